import type { RejectedTry } from "../solvers/rejection.js";

/** What one step did. */
export interface StepRecord {
  /** 1 for the first step. */
  readonly step: number;
  /** The objective after the step, penalty included. Unchanged if the step was rejected. */
  readonly loss: number;
  /** Loss after the step of the rows that are kept aside; `null` where there are none. */
  readonly validationLoss: number | null;
  /** Norm of the gradient at the point the step started from. */
  readonly gradientNorm: number;
  /** Regularization of the last try; `null` for methods without one. */
  readonly gamma: number | null;
  /** Euclidean norm of the change of the parameters; 0 if the step was rejected. */
  readonly updateNorm: number;
  /** Largest absolute change of a single parameter; 0 if the step was rejected. */
  readonly updateMax: number;
  /**
   * Whether H + gamma I was positive definite at the last try; `null` where no Hessian is formed.
   * Of `trust-region` `false` where negative curvature of H was met.
   */
  readonly positiveDefinite: boolean | null;
  readonly accepted: boolean;
  /**
   * Part of the step that was taken: below 1 when it was shortened; `null` if rejected or without a
   * Hessian.
   */
  readonly length: number | null;
  /**
   * Actual over predicted decrease of the loss, by the true quadratic model; `null` if rejected or
   * without a Hessian.
   */
  readonly gainRatio: number | null;
  /**
   * 2 |acceleration| / |velocity| of an accepted step at its whole length; `null` without
   * acceleration.
   */
  readonly accelerationRatio: number | null;
  /** Iterations and relative residual of the last solution, where the solver iterates. */
  readonly iterations: number | null;
  readonly residual: number | null;
  /** Tries that were not taken, in order; empty when the first one was. */
  readonly rejected: readonly RejectedTry[];
  /** Seconds from the start of the training to the end of this step. */
  readonly seconds: number;
}

export type StopReason =
  | "loss"
  | "gradient"
  | "seconds"
  | "max-steps"
  /** The loss on the rows that are kept aside has not fallen for `patience` steps. */
  | "validation"
  /** The signal was aborted; the network holds the last accepted parameters. */
  | "aborted"
  /**
   * The loss (`gd`, `adam`, `lbfgs`) or its gradient became NaN or infinite; the network holds the
   * last finite parameters.
   */
  | "diverged"
  /** gamma is at its maximum and every try was rejected: no further progress is possible. */
  | "stalled";
