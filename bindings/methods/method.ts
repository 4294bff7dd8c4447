import type { MethodState, StateBounds } from "../formats/state.js";
import type { Acceleration } from "../objective/acceleration.js";
import type { Evaluable, Point } from "../objective/point.js";
import type { Outcome, RegularizationPolicy } from "../regularization/policy.js";
import type { SolverPlan } from "../solvers/plan.js";
import type { Rejection } from "../solvers/rejection.js";
import type { StepSolver } from "../solvers/solver.js";
import type { Work } from "../support/pauses.js";

export type { MethodState, StateBounds };

/** A step that leads to the trial point. */
export interface Move {
  readonly kind: "move";
  /** Whether H + gamma I is positive definite; `null` where that is not known. */
  readonly positiveDefinite: boolean | null;
  /** Decrease of the loss by the true quadratic model; `null` where there is none. */
  readonly predicted: number | null;
  /** Part of the step that leads there. */
  readonly length: number;
  readonly accelerationRatio: number | null;
  /**
   * Moves the trial point to another length of the same step; `null` where a step is taken whole or
   * not at all.
   */
  readonly shorten: ((length: number) => Move) | null;
}

/** A move, or why there is none. */
export type Proposal = Move | ({ readonly kind: "refused" } & Rejection);

/** A move whose loss nothing was promised about. */
export const UNMODELLED: Move = {
  kind: "move",
  positiveDefinite: null,
  predicted: null,
  length: 1,
  accelerationRatio: null,
  shorten: null,
};

/**
 * Changes of the loss within this many of its last digits are rounding: at a minimum that is not
 * zero, all of them are, long before the gradient is as small as it can be.
 */
const ROUNDING = 256;

/** Whether a step promised and made a change of the loss that is within its rounding error. */
export function isWithinRounding({ before, after, predicted }: Omit<Outcome, "length">): boolean {
  const least = ROUNDING * Number.EPSILON * Math.abs(before);
  return predicted > 0 && predicted <= least && Math.abs(after - before) <= least;
}

/** What a second-order method says of itself in the record of the run. */
export interface SystemFacts {
  readonly plan: SolverPlan;
  readonly solver: StepSolver;
  readonly acceleration: Acceleration;
}

/**
 * A method proposes steps. It knows no history, no progress, no stop rule: `train` asks it to
 * linearize at the current point, then for proposals until one is accepted.
 */
export interface StepMethod<P extends Evaluable = Point> {
  /**
   * Decides gamma and acceptance; `null` for methods without regularization, whose every finite
   * step is taken.
   */
  readonly policy: RegularizationPolicy | null;
  /** `null` for methods that solve no system. */
  readonly system: SystemFacts | null;
  /**
   * Prepares steps from a point that has been evaluated; returns the norm of the gradient. Pauses
   * where the work is long (bindings/support/pauses.ts), and may be left there for good.
   */
  linearize(point: P): Work<number>;
  /**
   * Moves the trial point, and may leave it unevaluated. Uses the policy's gamma. Pauses as
   * `linearize` does: until it is over, `save` gives what a step from the same point may start
   * with.
   */
  proposing(trial: P): Work<Proposal>;
  /** `null` where nothing is known beforehand but that all is finite. */
  readonly bounds: StateBounds | null;
  /**
   * Copies of what the next step depends on beside theta, the data and the options; the policy's
   * included.
   */
  save(): MethodState;
  /** Puts back what `save` gave; the argument is within `bounds`. */
  restore(state: MethodState): void;
}
