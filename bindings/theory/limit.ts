import { activationTraits, checkActivation } from "../activations.js";
import { loadInputs } from "../data.js";
import type { Arena, Engine } from "../engine/engine.js";
import { invalid, ResourceError } from "../errors.js";
import type { Activation, Matrix } from "../types.js";
import { checkInteger, checkNumber, checkOptions } from "../validate.js";
import { loadSymmetric, type SymmetricMatrix, withEngine } from "./matrix.js";
import type { TheoryOptions } from "./spectrum.js";

export interface LimitOptions extends TheoryOptions {
  /** Default `"tanh"`. */
  readonly activation?: Activation;
  /** d, the number of inputs; default 1. */
  readonly inputs?: number;
  /** Second set of points; by default the first. */
  readonly x2?: Matrix;
  /** Error of the quadrature, relative to the scale of the kernel, that is good enough; default 1e-12. */
  readonly tolerance?: number;
  /** Most nodes in one dimension; default 1024. */
  readonly maxNodes?: number;
  /** Default true; false integrates numerically where a closed form is known too, as a check of both. */
  readonly closedForm?: boolean;
}

export interface LimitKernel {
  /** Limit of N^(2 beta - 1) J(x) J(x2)^T, M x M2 row-major; with several outputs each has this kernel and none reaches another. */
  readonly ntk: Float64Array;
  /** Covariance of N^(beta - 1/2) f at the initial parameters, E[sigma sigma'] / 3: the Gaussian process of the untrained network. */
  readonly nngp: Float64Array;
  /** Nodes of the quadrature in one dimension; 0 for closed forms (erf, relu, sin). */
  readonly nodes: number;
  /** Estimated error of `ntk`, relative to its scale; 0 for closed forms. */
  readonly error: number;
}

/** Nodes of the first quadrature; each following one has half as many more, an even number, and is compared with the one before. */
const FIRST_NODES = 32;

/**
 * Gauss-Hermite quadrature of a function that is analytic in a strip converges like exp(-c sqrt(n)): with half as many more nodes an
 * error e, which the difference of the two quadratures shows, becomes e^sqrt(1.5).
 */
const FINER = 1.2;

/**
 * Kernels of the infinitely wide network, with w and eta standard normal and c uniform on [-1, 1].
 *
 * In closed form for erf, relu and sin; by two-dimensional Gauss-Hermite quadrature for the other activations, refined until two
 * quadratures agree.
 *
 * @throws InputError `invalid-argument` and for points that do not fit
 * @throws ResourceError `not-converged` when `maxNodes` are not enough: points far from the origin make the integrand steep
 */
export async function limitKernel(x: Matrix, options: LimitOptions = {}): Promise<LimitKernel> {
  checkOptions(options, "options", [
    "activation",
    "inputs",
    "x2",
    "tolerance",
    "maxNodes",
    "closedForm",
    "engine",
  ]);
  const kind = activationTraits(
    checkActivation(options.activation ?? "tanh", "options.activation"),
  ).kind;
  const inputs = checkInteger(options.inputs ?? 1, "options.inputs", 1, 2 ** 20);
  const tolerance = checkNumber(options.tolerance ?? 1e-12, "options.tolerance", { above: 0 });
  const maxNodes = checkInteger(options.maxNodes ?? 1024, "options.maxNodes", FIRST_NODES, 4096);
  return withEngine(options.engine, (engine) =>
    engine.scope((arena) => {
      const pair = new Pair(engine, arena, kind, inputs, x, options.x2);
      const closed = engine.core.hasClosedForm(kind) !== 0 && options.closedForm !== false;
      if (closed) return pair.result(pair.evaluate(0), 0, 0);
      let [nodes, error] = [FIRST_NODES, Infinity];
      let current = pair.evaluate(nodes);
      while (error > tolerance) {
        const more = 2 * Math.round(0.75 * nodes);
        if (more > maxNodes) throw notConverged(error, tolerance, nodes);
        const finer = pair.evaluate(more);
        error = pair.distance(current, finer) ** FINER;
        [nodes, current] = [more, finer];
      }
      return pair.result(current, nodes, error);
    }),
  );
}

/** The limit of N^(2 beta - 1) J(x) J(x2)^T, M x M2 row-major: `limitKernel(...).ntk`. */
export async function limitNtk(x: Matrix, options: LimitOptions = {}): Promise<Float64Array> {
  return (await limitKernel(x, options)).ntk;
}

export interface LimitNewtonOptions extends LimitOptions {
  /** Regularization of the limit, above 0; the network of width N has gamma N^(1 - 2 beta). */
  readonly gamma: number;
}

/**
 * Newton kernel of the infinitely wide network, A (A + gamma I)^-1 with A = K / M: rows at `x2` (by default x), columns at x. Its
 * eigenvalues are lambda / (lambda + gamma). The curvature of single neurons has no part in the limit.
 */
export async function limitNntk(x: Matrix, options: LimitNewtonOptions): Promise<Float64Array> {
  const { gamma, x2, ...rest } = options;
  checkNumber(gamma, "options.gamma", { above: 0 });
  const { ntk } = await limitKernel(x, rest);
  const cross = x2 === undefined ? ntk : (await limitKernel(x2, { ...rest, x2: x })).ntk;
  return withEngine(options.engine, (engine) =>
    engine.scope((arena) =>
      regularizedQuotient(
        engine,
        arena,
        loadSymmetric(engine, arena, ntk, "x"),
        cross,
        gamma,
        x2 === undefined,
      ),
    ),
  );
}

/** B (K + M gamma I)^-1 for a symmetric K of order M and rows B. */
function regularizedQuotient(
  engine: Engine,
  arena: Arena,
  { pointer, n, ld }: SymmetricMatrix,
  rows: Float64Array,
  gamma: number,
  symmetric: boolean,
): Float64Array {
  const { core } = engine;
  const count = rows.length / n;
  const packed = arena.bytes(core.packedBytes(n));
  core.packedFromFull(n, pointer, ld, packed);
  core.packedAddDiagonal(n, packed, n * gamma);
  const reciprocals = arena.f64(n + 4);
  if (core.potrf(n, packed, reciprocals) !== 0) {
    throw invalid(
      "invalid-argument",
      "options.gamma",
      "large enough for K + gamma I to be positive definite to working precision",
      String(gamma),
    );
  }
  const out = arena.f64(rows.length);
  const row = arena.f64(n + 4);
  engine.f64(out, rows.length).set(rows);
  for (let i = 0; i < count; i++) {
    core.functionSpaceSolve(n, packed, reciprocals, out + 8 * n * i, row);
    core.copyVector(n, row, out + 8 * n * i);
  }
  if (symmetric) core.symmetrize(n, out);
  return engine.f64(out, rows.length).slice();
}

/**
 * Newton kernel that belongs to a tangent kernel when the curvature of single neurons is left out: K (K + M gamma I)^-1 for a symmetric
 * kernel K of order M. For `ntk(network, x)` it is `nntk` with curvature "gauss-newton", at a fraction of the cost for many gammas.
 *
 * @throws InputError `invalid-shape`, `non-finite`; `invalid-argument` if K + M gamma I is not positive definite to working precision
 */
export async function newtonKernel(
  kernel: Float64Array,
  options: { readonly gamma: number } & TheoryOptions,
): Promise<Float64Array> {
  checkOptions(options, "options", ["gamma", "engine"]);
  const gamma = checkNumber(options.gamma, "options.gamma", { above: 0 });
  return withEngine(options.engine, (engine) =>
    engine.scope((arena) => {
      const loaded = loadSymmetric(engine, arena, kernel, "kernel");
      return regularizedQuotient(engine, arena, loaded, kernel, gamma, true);
    }),
  );
}

/** gamma_N = gamma N^(1 - 2 beta), the regularization of the scaling rule. */
export async function scaledGamma(
  gamma: number,
  { width, beta = 0.52, engine }: { width: number; beta?: number } & TheoryOptions,
): Promise<number> {
  checkNumber(gamma, "gamma", { least: 0 });
  checkInteger(width, "options.width", 1, 2 ** 31);
  checkNumber(beta, "options.beta", { above: 0.5, most: 1 });
  return withEngine(engine, ({ core }) => core.scaledGamma(gamma, width, beta));
}

/** Pointers to the kernels of one quadrature. */
interface Kernels {
  readonly ntk: number;
  readonly nngp: number;
  /** What errors are relative to: the largest entry, of the tangent kernel or, where x and x2 are orthogonal, of a part of it. */
  readonly scale: number;
}

/** Two sets of points, and the kernels between them. */
class Pair {
  readonly #engine: Engine;
  readonly #arena: Arena;
  readonly #kind: number;
  readonly #inputs: number;
  readonly #a: number;
  readonly #b: number;
  readonly #entries: number;

  constructor(engine: Engine, arena: Arena, kind: number, inputs: number, x: Matrix, x2?: Matrix) {
    this.#engine = engine;
    this.#arena = arena;
    this.#kind = kind;
    this.#inputs = inputs;
    const bind = (value: Matrix, argument: string) => {
      const { x, samples, ldx } = loadInputs(engine, arena, value, inputs, argument);
      const points = arena.bytes(engine.core.pointsBytes());
      engine.core.pointsSet(points, x, samples, ldx);
      return { points, samples };
    };
    const first = bind(x, "x");
    const second = x2 === undefined ? first : bind(x2, "options.x2");
    this.#a = first.points;
    this.#b = second.points;
    this.#entries = first.samples * second.samples;
  }

  evaluate(nodes: number): Kernels {
    const { core } = this.#engine;
    const nngp = this.#arena.f64(this.#entries);
    const ntk = this.#arena.f64(this.#entries);
    const scale = this.#engine.scope((scratch) => {
      const [points, weights] = [scratch.f64(nodes), scratch.f64(nodes)];
      if (nodes > 0) core.gaussHermite(nodes, points, weights, scratch.f64(3 * nodes));
      const slopes = scratch.f64(this.#entries);
      const work = scratch.f64(core.limitWork(nodes));
      const [a, b] = [this.#a, this.#b];
      core.limitExpectations(
        this.#kind,
        this.#inputs,
        a,
        b,
        nodes,
        points,
        weights,
        nngp,
        slopes,
        work,
      );
      core.limitTangent(this.#inputs, a, b, nngp, slopes, ntk);
      return Math.max(core.normMax(this.#entries, ntk), core.normMax(this.#entries, slopes) / 3);
    });
    // E c^2 of the uniform distribution on [-1, 1].
    core.axpby(this.#entries, 0, nngp, 1 / 3, nngp);
    return { ntk, nngp, scale };
  }

  /** Largest difference of two kernels, relative to their scale. Overwrites the first. */
  distance(first: Kernels, second: Kernels): number {
    const { core } = this.#engine;
    core.axpy(this.#entries, -1, second.ntk, first.ntk);
    return core.normMax(this.#entries, first.ntk) / second.scale;
  }

  result({ ntk, nngp }: Kernels, nodes: number, error: number): LimitKernel {
    const copy = (pointer: number) => this.#engine.f64(pointer, this.#entries).slice();
    return { ntk: copy(ntk), nngp: copy(nngp), nodes, error };
  }
}

function notConverged(error: number, tolerance: number, nodes: number): ResourceError {
  return new ResourceError(
    "not-converged",
    `options.maxNodes: ${nodes} nodes in each dimension leave an error of ${error.toExponential(1)}, and ${tolerance} is asked for; raise maxNodes or tolerance`,
    {
      argument: "options.maxNodes",
      expected: `an error of ${tolerance}`,
      got: error.toExponential(1),
    },
  );
}
