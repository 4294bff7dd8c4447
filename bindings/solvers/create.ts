import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../objective/linearization.js";
import type { ConjugateGradientOptions, Precision, SolverPlan } from "../types.js";
import { ConjugateGradientSolver } from "./conjugate-gradients.js";
import { DenseSolver } from "./dense.js";
import { FunctionSpaceSolver } from "./function-space.js";
import type { StepSolver } from "./solver.js";

export const solverNames = ["auto", "dense", "function-space", "cg"] as const;

/** The table a solver is added to, beside its file and its counts in plan.ts. */
export function createSolver(
  plan: SolverPlan,
  linearization: Linearization,
  arena: Arena,
  precision: Precision,
  cg: ConjugateGradientOptions,
): StepSolver {
  switch (plan.solver) {
    case "dense":
      return new DenseSolver(linearization, arena, precision);
    case "function-space":
      return new FunctionSpaceSolver(linearization, arena);
    case "cg":
      return new ConjugateGradientSolver(linearization, arena, cg);
  }
}
