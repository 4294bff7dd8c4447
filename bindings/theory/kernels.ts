import { loadDataset, loadInputs } from "../data/load.js";
import type { Dataset, Matrix } from "../data/matrix.js";
import type { Arena, Engine } from "../engine/engine.js";
import { checkFinite, checkFiniteNumber, finiteResult } from "../engine/finite.js";
import { type Network, networkAccess } from "../network/network.js";
import {
  CURVATURES,
  type Curvature,
  curvatureNames,
  requireCurvature,
} from "../objective/curvature.js";
import { Linearization } from "../objective/linearization.js";
import { Point } from "../objective/point.js";
import { Problem } from "../objective/problem.js";
import type { NetworkMemory } from "../shape/parameters.js";
import { parameterCount } from "../shape/shape.js";
import { singular } from "../solvers/solver.js";
import { checkChoice, checkNumber, checkOptions } from "../support/validate.js";
import { denseKernel } from "./dense-kernel.js";
import { KernelSystem } from "./kernel-system.js";

export interface NewtonKernelOptions {
  /** Regularization, above 0; `scaledGamma` has the scaling of the theory. */
  readonly gamma: number;
  /** Default `"exact"`. */
  readonly curvature?: Curvature;
  /** Points to see the kernel from; by default those of the data. */
  readonly at?: Matrix;
}

/**
 * Empirical neural tangent kernel J(x) J(x2)^T at the current parameters, M k x M2 k row-major (not
 * divided by M), rows sample by sample with their outputs side by side. Streamed over neurons:
 * beside the parameters, memory depends on the points alone.
 *
 * @throws InputError for points that do not fit or whose kernel overflows; ResourceError
 *   `out-of-memory`
 */
export function ntk(network: Network, x: Matrix, x2?: Matrix): Float64Array {
  const memory = networkAccess(network);
  const { engine } = memory;
  return engine.scope((arena) => {
    const first = bindPoints(memory, arena, x, "x");
    const second = x2 === undefined ? first : bindPoints(memory, arena, x2, "x2");
    const [a, b] = [first.point, second.point];
    const argument = x2 === undefined || first.size >= second.size ? "x" : "x2";
    // With gamma = 1 the matrix B is the identity.
    const tiles = gramTiles(engine, arena, a, b, noCurvature(arena, a.problem), 1, argument);
    return engine.scope((scratch) => rowsOfGram(engine, scratch, a.problem, b.problem, tiles));
  });
}

/**
 * Empirical Newton kernel J(at) (H + gamma I)^-1 J(X)^T / M at the current parameters: rows at the
 * points `at` (those of the data by default), columns at the data. One regularized Newton step with
 * alpha = 1 changes the linearized function by minus this times the residual. Computed as G (M I +
 * G)^-1 with G = J B^-1 J^T, B = S + gamma I (push-through identity), streamed over neurons; with
 * fewer parameters than rows, by the factors of H + gamma I.
 *
 * @throws InputError `unsupported-activation`; `invalid-argument`, also when H + gamma I is
 *   singular to working precision; `non-finite`, also when the kernel overflows
 * @throws ResourceError `out-of-memory`
 */
export function nntk(network: Network, data: Dataset, options: NewtonKernelOptions): Float64Array {
  checkOptions(options, "options", ["gamma", "curvature", "at"]);
  const gamma = checkNumber(options.gamma, "options.gamma", { above: 0 });
  const { curvature = "exact" } = options;
  checkChoice(curvature, "options.curvature", curvatureNames);
  const memory = networkAccess(network);
  const { engine, shape, theta } = memory;
  requireCurvature(engine, shape.activation, curvature, "options.curvature");
  return engine.scope((arena) => {
    const loaded = loadDataset(engine, arena, data, shape);
    const direct = parameterCount(shape) < loaded.samples * shape.outputs;
    const problem = new Problem(engine, arena, shape, loaded);
    const point = new Point(problem, arena, { keepJets: direct, theta });
    checkFiniteNumber(point.evaluate(), "data", "the loss");
    const linearization = new Linearization(point, arena, curvature);
    linearization.moveTo(point);
    linearization.checkFinite("data");
    const points =
      options.at === undefined ? point : bindPoints(memory, arena, options.at, "options.at").point;
    const compute = direct ? denseKernel : functionSpaceKernel;
    const kernel = compute(arena, linearization, points, gamma);
    if (kernel === null) throw singular(gamma);
    const entries = points.problem.samples * problem.samples * shape.outputs * shape.outputs;
    if (points === point) engine.core.symmetrize(problem.samples * shape.outputs, kernel);
    return finiteResult(engine, kernel, entries, points === point ? "data" : "options.at");
  });
}

/** The kernel as G' (M I + G)^-1; `null` if that matrix is singular. */
function functionSpaceKernel(
  arena: Arena,
  linearization: Linearization,
  points: Point,
  gamma: number,
): number | null {
  const { problem, point } = linearization;
  const { engine } = problem;
  const tilesBetween = (a: Point, argument: string) =>
    gramTiles(engine, arena, a, point, linearization, gamma, argument);
  const tiles = tilesBetween(point, "data");
  const indefinite = linearization.blocksNegative(gamma) > 0;
  const system = KernelSystem.factor(problem, arena, tiles, indefinite);
  if (system === null) return null;
  if (points === point) return system.apply(arena, problem, tiles);
  return system.apply(arena, points.problem, tilesBetween(points, "options.at"));
}

/** What a Gram matrix needs to know of the curvature of the neurons. */
type Blocks = Pick<Linearization, "values" | "vectors" | "curvatureCode">;

/** That of one neuron stands for all, where none has any. */
function noCurvature(arena: Arena, problem: Problem): Blocks {
  const { neuronSize: q, engine, descriptor } = problem;
  const [values, vectors] = [arena.f64(q), arena.f64(q * q)];
  engine.core.decomposeBlocks(descriptor, 0, values, vectors, 0, 1);
  return { values, vectors, curvatureCode: CURVATURES["gauss-newton"].code };
}

/** `size` is the largest coordinate. */
function bindPoints(
  { engine, shape, theta }: NetworkMemory,
  arena: Arena,
  x: Matrix,
  argument: string,
): { readonly point: Point; readonly size: number } {
  const loaded = loadInputs(engine, arena, x, shape.inputs, argument);
  const problem = new Problem(engine, arena, shape, loaded);
  const point = new Point(problem, arena, { keepJets: false, theta });
  return { point, size: engine.core.normMax(shape.inputs * loaded.ldx, loaded.x) };
}

/**
 * Tiles of J_a B^-1 J_b^T (assembly/theory/gram.ts); `argument` is to blame where they overflow.
 */
function gramTiles(
  engine: Engine,
  arena: Arena,
  a: Point,
  b: Point,
  { values, vectors, curvatureCode }: Blocks,
  gamma: number,
  argument: string,
): number {
  const { core } = engine;
  const { inputs, outputs } = a.problem.shape;
  const bytes = core.tilesBytes(a.problem.rows, b.problem.rows);
  const tiles = arena.bytes(bytes);
  engine.scope((scratch) => {
    const [groupA, groupB] = [a, b].map(({ problem }) =>
      scratch.bytes(core.groupBytes(inputs, outputs, problem.ldx)),
    ) as [number, number];
    core.gram(
      a.descriptor,
      b.descriptor,
      values,
      vectors,
      curvatureCode,
      gamma,
      groupA,
      groupB,
      tiles,
    );
  });
  checkFinite(engine, bytes / 8, tiles, argument, "the kernel");
  return tiles;
}

/** A Gram matrix as the caller sees it. */
function rowsOfGram(
  engine: Engine,
  arena: Arena,
  a: Problem,
  b: Problem,
  tiles: number,
): Float64Array {
  const { core } = engine;
  const { outputs } = a.shape;
  const columns = b.samples * outputs;
  const row = arena.f64(b.rows);
  const out = arena.f64(a.samples * outputs * columns);
  for (let m = 0; m < a.samples; m++) {
    for (let o = 0; o < outputs; o++) {
      core.gramRow(a.descriptor, b.descriptor, tiles, o * a.ldx + m, row);
      core.gramUnpad(b.descriptor, row, out + 8 * columns * (m * outputs + o));
    }
  }
  const count = a.samples * outputs * columns;
  return engine.f64(out, count).slice();
}
