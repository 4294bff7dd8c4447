import { activationTraits, requireCurvature } from "./activations.js";
import { loadDataset, loadInputs } from "./data.js";
import type { Arena, Engine } from "./engine/engine.js";
import { InputError } from "./errors.js";
import { Problem } from "./problem.js";
import { paddedCount, parameterCount, type Shape } from "./shape.js";
import { checkFits, DEFINITE, DenseSolver } from "./solvers/dense.js";
import type { Curvature, Dataset, Matrix, Parameters } from "./types.js";
import { checkChoice, checkNumber, checkOptions } from "./validate.js";

/** A network at its current parameters: what the functions of this file are evaluated at. */
export interface Point {
  readonly engine: Engine;
  readonly shape: Shape;
  /** Pointer to P values. */
  readonly theta: number;
}

export interface NewtonStepOptions {
  /** Regularization, at least 0. */
  readonly gamma: number;
  /** Default `"exact"`. */
  readonly curvature?: Curvature;
  readonly solver?: "auto" | "dense";
}

export interface NewtonStep {
  /** (H + gamma I)^-1 g; the method moves to theta - step. */
  readonly step: Parameters;
  /** Whether H + gamma I is positive definite. If not, the step still solves the system, but need not descend. */
  readonly positiveDefinite: boolean;
  /** Signs of the eigenvalues of H + gamma I. */
  readonly inertia: { readonly positive: number; readonly negative: number };
}

/** Copies of the three parts of a parameter vector. */
export function splitParameters({ engine, shape }: Point, pointer: number): Parameters {
  const { width, inputs } = shape;
  const all = engine.f64(pointer, parameterCount(shape));
  const eta = width * inputs;
  return { w: all.slice(0, eta), eta: all.slice(eta, eta + width), c: all.slice(eta + width) };
}

export function predict({ engine, shape, theta }: Point, x: Matrix): Float64Array {
  return engine.scope((arena) => {
    const { core } = engine;
    const { width, inputs, beta, activation } = shape;
    const data = loadInputs(engine, arena, x, inputs, "x");
    const f = arena.f64(data.ldx);
    const work = arena.bytes(core.forwardScratchBytes());
    const { kind } = activationTraits(activation);
    const scale = core.outputScale(width, beta);
    core.forward(kind, width, inputs, data.samples, scale, theta, data.x, data.ldx, f, work);
    return engine.f64(f, data.samples).slice();
  });
}

export function loss(point: Point, data: Dataset): number {
  return point.engine.scope((arena) => bind(point, arena, data).loss(point.theta));
}

export function gradient(point: Point, data: Dataset): Parameters {
  return point.engine.scope((arena) => {
    const problem = bind(point, arena, data);
    const result = arena.f64(paddedCount(point.shape));
    problem.loss(point.theta);
    problem.linearize(point.theta, result, 0);
    return splitParameters(point, result);
  });
}

export function jacobian({ engine, shape, theta }: Point, x: Matrix): Float64Array {
  return engine.scope((arena) => {
    const { core } = engine;
    const { width, inputs, beta, activation } = shape;
    const parameters = parameterCount(shape);
    const { x: columns, samples, ldx } = loadInputs(engine, arena, x, inputs, "x");
    const scale = core.outputScale(width, beta);
    const { kind } = activationTraits(activation);
    const block = core.jacobianBlock();
    const work = arena.bytes(core.jacobianScratchBytes());
    const panels = arena.bytes(core.hessianPanelBytes(parameters, samples));
    const full = arena.bytes(8 * samples * parameters);
    for (let first = 0; first < samples; first += block) {
      const count = Math.min(block, samples - first);
      const start = columns + 8 * first;
      core.jacobianPanels(kind, width, inputs, count, scale, theta, start, ldx, panels, work);
      core.jacobianToFull(parameters, count, panels, full + 8 * first * parameters);
    }
    return engine.f64(full, samples * parameters).slice();
  });
}

export function hessian(
  point: Point,
  data: Dataset,
  options: { readonly curvature?: Curvature },
): Float64Array {
  checkOptions(options, "options", ["curvature"]);
  const curvature = checkCurvature(point, options.curvature);
  return point.engine.scope((arena) => {
    // The square copy is the larger part: it must be refused before the packed matrix is made.
    const count = parameterCount(point.shape);
    checkFits(point.engine, count, point.engine.core.packedBytes(count) + 8 * count * count);
    const { solver } = linearize(point, arena, data, curvature);
    return solver.matrix(arena);
  });
}

export function newtonStep(point: Point, data: Dataset, options: NewtonStepOptions): NewtonStep {
  checkOptions(options, "options", ["gamma", "curvature", "solver"]);
  const gamma = checkNumber(options.gamma, "options.gamma", { least: 0 });
  const curvature = checkCurvature(point, options.curvature);
  if (options.solver !== undefined) {
    checkChoice(options.solver, "options.solver", ["auto", "dense"]);
  }
  return point.engine.scope((arena) => {
    const { solver, gradient } = linearize(point, arena, data, curvature);
    const step = arena.f64(paddedCount(point.shape));
    const positiveDefinite = solver.factor(gamma) === DEFINITE;
    let negative = 0;
    if (positiveDefinite) solver.solve(gradient, step);
    else negative = solver.solveIndefinite(gamma, gradient, step, arena);
    if (negative < 0) throw singular(gamma);
    return {
      step: splitParameters(point, step),
      positiveDefinite,
      inertia: { positive: parameterCount(point.shape) - negative, negative },
    };
  });
}

function bind({ engine, shape }: Point, arena: Arena, data: Dataset): Problem {
  return new Problem(engine, arena, shape, loadDataset(engine, arena, data, shape.inputs));
}

/** Gradient and curvature at the point, ready for the dense solver. */
function linearize(
  point: Point,
  arena: Arena,
  data: Dataset,
  curvature: Curvature,
): { solver: DenseSolver; gradient: number } {
  const problem = bind(point, arena, data);
  const blocks = curvature === "exact" ? arena.f64(problem.blockValues) : 0;
  const solver = new DenseSolver(problem, arena, blocks);
  const gradient = arena.f64(paddedCount(point.shape));
  problem.loss(point.theta);
  problem.linearize(point.theta, gradient, blocks);
  solver.linearize(point.theta);
  return { solver, gradient };
}

function checkCurvature({ shape }: Point, value: Curvature = "exact"): Curvature {
  const curvature = checkChoice(value, "options.curvature", ["exact", "gauss-newton"]);
  requireCurvature(shape.activation, curvature, "options.curvature");
  return curvature;
}

function singular(gamma: number): InputError {
  return new InputError(
    "invalid-argument",
    `options.gamma: H + gamma I is singular to working precision at gamma = ${gamma}; change gamma`,
    {
      argument: "options.gamma",
      expected: "a gamma that is not minus an eigenvalue of H",
      got: String(gamma),
    },
  );
}
