import type { MethodState, StateBounds } from "../formats/state.js";
import type { Acceleration } from "../objective/acceleration.js";
import type { RegularizationPolicy, Rejection } from "../regularization/policy.js";
import type { SolverPlan } from "../solvers/plan.js";
import type { Refusal, StepSolver } from "../solvers/solver.js";
import type { RejectedTry } from "./rejection.js";

export type { MethodState, StateBounds };

/** Pointers to what a method reads: the residual at the current point, and the targets. */
export interface Located {
  readonly residual: number;
  readonly y: number;
}

/** A point to move to. */
export interface Point {
  readonly kind: "point";
  /** Whether H + gamma I is positive definite; `null` where that is not known. */
  readonly positiveDefinite: boolean | null;
  /** Decrease of the loss by the true quadratic model; `null` where there is none. */
  readonly predicted: number | null;
  /** Part of the step that leads to the point. */
  readonly length: number;
  readonly accelerationRatio: number | null;
  /**
   * Writes the point at another length of the same step; `null` where a step is taken whole or not
   * at all.
   */
  readonly shorten: ((length: number) => Point) | null;
  /**
   * The loss at the point, if the method has evaluated it and put the residual there in the place
   * of that at theta.
   */
  readonly loss?: number;
}

/** No point to move to, and why. */
export interface Refused extends Omit<Refusal, "inaccurate">, Rejection {
  readonly kind: "refused";
  readonly reason: RejectedTry["reason"];
}

export type Proposal = Point | Refused;

/** A point whose loss nothing was promised about. */
export const UNMODELLED: Point = {
  kind: "point",
  positiveDefinite: null,
  predicted: null,
  length: 1,
  accelerationRatio: null,
  shorten: null,
};

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
export interface StepMethod {
  /**
   * Decides gamma and acceptance; `null` for methods without regularization, whose every finite
   * step is taken.
   */
  readonly policy: RegularizationPolicy | null;
  /** `null` for methods that solve no system. */
  readonly system: SystemFacts | null;
  /**
   * Prepares steps from `theta`, whose residual is in memory; returns the norm of the gradient.
   * Pauses where the work is long (bindings/support/pauses.ts), and may be left there for good.
   */
  linearize(theta: number): Generator<void, number>;
  /** Writes a point to `candidate`. Uses the policy's gamma. */
  propose(candidate: number): Proposal;
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
