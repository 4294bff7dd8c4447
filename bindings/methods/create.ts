import { requireCurvature } from "../activations.js";
import type { Arena } from "../engine/engine.js";
import { describe, InputError } from "../errors.js";
import type { Problem } from "../problem.js";
import { createPolicy } from "../regularization.js";
import type { MethodName, TrainOptions } from "../types.js";
import { checkNumber } from "../validate.js";
import { Adam, GradientDescent } from "./first-order.js";
import type { Method } from "./method.js";
import { Newton } from "./newton.js";

export const methodNames = ["newton", "gauss-newton", "gd", "adam"] as const satisfies MethodName[];

/** Whether a method forms a Hessian: it then has a solver and a regularization. */
export function isSecondOrder(name: MethodName): boolean {
  return name === "newton" || name === "gauss-newton";
}

/** The table a method is added to, beside its file. `options` hold validated names. */
export function createMethod(
  name: MethodName,
  problem: Problem,
  arena: Arena,
  options: TrainOptions,
): Method {
  const rate = learningRate(name, options);
  if (!isSecondOrder(name)) refuseSecondOrderOptions(name, options);
  switch (name) {
    case "gd":
      return new GradientDescent(problem, arena, rate);
    case "adam":
      return new Adam(problem, arena, rate);
    default: {
      const curvature = name === "newton" ? "exact" : "gauss-newton";
      requireCurvature(problem.shape.activation, curvature, "options.method");
      const { scaledGamma } = problem.engine.core;
      const policy = createPolicy(options.regularization, problem.shape, scaledGamma);
      return new Newton(problem, arena, curvature, policy, rate, options.precision);
    }
  }
}

function refuseSecondOrderOptions(name: MethodName, options: TrainOptions): void {
  for (const key of ["regularization", "solver", "precision"] as const) {
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
    return checkNumber(learningRate, "options.learningRate", { above: 0 });
  }
  if (isSecondOrder(name)) return 1;
  if (name === "adam") return 1e-2;
  throw new InputError(
    "invalid-argument",
    'options.learningRate: "gd" has no default that is safe for every problem; give one',
    { argument: "options.learningRate", expected: "a finite number above 0", got: "undefined" },
  );
}
