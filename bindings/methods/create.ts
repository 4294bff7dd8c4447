import type { Arena } from "../engine/engine.js";
import { requireCurvature } from "../network/activations.js";
import { denseFlops, eigenFlops, functionSpaceFlops, JACOBI_ORDER } from "../objective/costs.js";
import { Linearization } from "../objective/linearization.js";
import type { Problem } from "../objective/problem.js";
import { createPolicy } from "../regularization/create.js";
import { createSolver } from "../solvers/create.js";
import { planSolver } from "../solvers/plan.js";
import { describe, InputError } from "../support/errors.js";
import { checkNumber } from "../support/validate.js";
import type { Acceleration, Curvature, MethodName, SolverName, TrainOptions } from "../types.js";
import { Adam, GradientDescent } from "./first-order.js";
import { LBFGS } from "./lbfgs.js";
import type { Located, Method } from "./method.js";
import { Newton } from "./newton.js";

export const methodNames = [
  "newton",
  "gauss-newton",
  "lbfgs",
  "gd",
  "adam",
] as const satisfies MethodName[];

export const accelerationNames = ["geodesic", "none"] as const satisfies Acceleration[];

/** Whether a method solves a system: it then has a solver, a curvature and a regularization. */
export function isSecondOrder(name: MethodName): boolean {
  return name === "newton" || name === "gauss-newton";
}

/** The table a method is added to, beside its file. `options` hold validated names. */
export function createMethod(
  name: MethodName,
  problem: Problem,
  arena: Arena,
  located: Located,
  options: TrainOptions,
): Method {
  if (!isSecondOrder(name)) refuseSecondOrderOptions(name, options);
  const rate = learningRate(name, options);
  switch (name) {
    case "newton":
    case "gauss-newton":
      return createNewton(name, problem, arena, located, options, rate);
    case "gd":
      return new GradientDescent(problem, arena, located.residual, rate);
    case "adam":
      return new Adam(problem, arena, located.residual, rate);
    case "lbfgs":
      return new LBFGS(problem, arena, located, options.corrections ?? 20);
  }
}

function createNewton(
  name: MethodName,
  problem: Problem,
  arena: Arena,
  { residual }: Located,
  options: TrainOptions,
  rate: number,
): Newton {
  const { regularization, solver = "auto", precision = "float64", cg = {} } = options;
  const damped = (regularization?.policy ?? "gain-ratio") === "gain-ratio";
  const wanted = chooseCurvature(name, damped, options);
  requireCurvature(
    problem.shape.activation,
    wanted,
    options.curvature === undefined ? "options.method" : "options.curvature",
  );
  const note = options.curvature === undefined ? noteOnCurvature(problem, wanted, solver) : null;
  const curvature = note === null ? wanted : "gauss-newton";
  const policy = createPolicy(regularization, problem.shape, problem.engine.core.scaledGamma);
  const linearization = new Linearization(problem, arena, curvature, residual);
  const plan = { ...planSolver(linearization, solver, precision), note };
  const acceleration: Acceleration = options.acceleration ?? (damped ? "geodesic" : "none");
  const system = {
    plan,
    solver: createSolver(plan, linearization, arena, precision, cg),
    acceleration,
  };
  return new Newton(arena, system, policy, rate);
}

/** The paper's policies come with the paper's curvature. */
function chooseCurvature(name: MethodName, damped: boolean, options: TrainOptions): Curvature {
  if (name === "newton") return options.curvature ?? (damped ? "absolute" : "exact");
  if (options.curvature === undefined) return "gauss-newton";
  throw new InputError(
    "invalid-argument",
    'options.curvature: "gauss-newton" has its own; the option belongs to "newton"',
    {
      argument: "options.curvature",
      expected: "nothing",
      got: describe(options.curvature),
    },
  );
}

/**
 * Eigenvectors of the blocks take N q^3, for q parameters a neuron: with many inputs more than all
 * the rest of a step. Then the default is the curvature that needs none, and this says so; `null`
 * otherwise.
 */
function noteOnCurvature(
  problem: Problem,
  curvature: Curvature,
  solver: SolverName,
): string | null {
  const { parameters: P, rows: R, neuronSize: q, samples, shape } = problem;
  if (curvature === "gauss-newton" || q <= JACOBI_ORDER) return null;
  const direct = {
    dense: denseFlops(P, R),
    "function-space": functionSpaceFlops(P, R, samples * shape.outputs),
  };
  const least = Math.min(direct.dense, direct["function-space"]);
  const rest = solver === "auto" || solver === "cg" ? least : direct[solver];
  const eigenvectors = shape.width * eigenFlops(q);
  if (eigenvectors <= rest) return null;
  const [blocks, solution] = [eigenvectors, rest].map((flops) => (flops / 1e9).toPrecision(2));
  return `curvature "gauss-newton" in the place of "${curvature}": the eigenvectors of ${shape.width} blocks of order ${q} would take ${blocks} GFLOP a step, beside ${solution} for the system; options.curvature decides otherwise`;
}

function refuseSecondOrderOptions(name: MethodName, options: TrainOptions): void {
  const keys = [
    "regularization",
    "solver",
    "precision",
    "curvature",
    "acceleration",
    "cg",
  ] as const;
  for (const key of keys) {
    if (options[key] === undefined) continue;
    throw new InputError(
      "invalid-argument",
      `options.${key}: "${name}" solves no system; the option belongs to "newton" and "gauss-newton"`,
      { argument: `options.${key}`, expected: "nothing", got: describe(options[key]) },
    );
  }
}

function learningRate(name: MethodName, { learningRate }: TrainOptions): number {
  if (learningRate !== undefined) {
    if (name !== "lbfgs") return checkNumber(learningRate, "options.learningRate", { above: 0 });
    throw new InputError(
      "invalid-argument",
      'options.learningRate: "lbfgs" finds the length of its steps by a line search',
      { argument: "options.learningRate", expected: "nothing", got: describe(learningRate) },
    );
  }
  if (name === "adam") return 1e-2;
  if (name !== "gd") return 1;
  throw new InputError(
    "invalid-argument",
    'options.learningRate: "gd" has no default that is safe for every problem; give one',
    { argument: "options.learningRate", expected: "a finite number above 0", got: "undefined" },
  );
}
