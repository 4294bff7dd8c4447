import type { Linearization } from "../objective/linearization.js";
import { InputError, ResourceError } from "../support/errors.js";
import type { Rejection } from "./rejection.js";

/** A system solved whatever its signs. */
export interface Inspection {
  /** `null` where the solver cannot know. */
  readonly positiveDefinite: boolean | null;
  readonly negative: number | null;
}

/** Why a system was not solved: it is singular to working precision, or this solver loses it. */
export type Unsolved = "singular" | "inaccurate";

/** What one solution took, for the record. */
export interface SolveReport {
  readonly iterations?: number;
  /** Relative residual at the end. */
  readonly residual?: number;
}

/**
 * Solves (H + gamma I) step = J^T u / M at the point of a linearization, u a function vector; with
 * u = r this is the Newton step. `linearizing` once a point, `factoring` for each gamma, `solving`
 * for each u: work that pauses where it is long (bindings/support/pauses.ts), and may be left there
 * for good.
 */
export interface StepSolver {
  readonly linearization: Linearization;
  /** The linearization has moved. */
  linearizing(): Generator<void, void>;
  factoring(gamma: number): Generator<void, Rejection | null>;
  /**
   * Writes the step and, unless `image` is 0, its image J step (the linearized residual after the
   * step is u - J step) and a step refined to what float64 can give. Without the image the solution
   * is for a correction of the step. May still reject: some faults show only here.
   */
  solving(u: number, step: number, image: number): Generator<void, Rejection | null>;
  /** Factors and solves also when H + gamma I is indefinite. */
  inspecting(
    gamma: number,
    u: number,
    step: number,
    image: number,
  ): Generator<void, Inspection | Unsolved>;
  /** Of the last `solving`. */
  readonly report: SolveReport;
  /** How many systems were solved with which arithmetic. */
  readonly solved: { readonly float64: number; readonly mixed: number };
}

/** No solver has a solution: a mistake of the caller, who chose gamma. */
export function singular(gamma: number): InputError {
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

/** The function-space solver has lost a system that another solver may still have. */
export function inaccurate(gamma: number): ResourceError {
  return new ResourceError(
    "not-converged",
    `options.solver: at gamma = ${gamma} rounding spoils the function-space matrix, and neither the step nor its inertia can be known from it; "dense" does not form that matrix`,
    { argument: "options.solver", expected: '"dense", or a larger gamma', got: '"function-space"' },
  );
}
