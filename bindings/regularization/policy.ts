import type { NumberBound } from "../support/validate.js";

/** Why a try was not taken, as far as a policy can learn from it. */
export interface Rejection {
  /** gamma up to which H + gamma I is known not to be positive definite. */
  readonly indefiniteUpTo?: number;
}

/** A finite loss after a try, beside what was expected of it. */
export interface Outcome {
  readonly before: number;
  readonly after: number;
  /** Decrease that the quadratic model promised. */
  readonly predicted: number;
  /** Part of the step that was tried, 1 for the whole. */
  readonly length: number;
}

/**
 * Says gamma for the next try and learns from what became of it. A step is: tries until one is
 * accepted or `triesLeft` is 0; then `endStep`.
 */
export interface RegularizationPolicy {
  readonly gamma: number;
  readonly triesLeft: number;
  /** No larger gamma will come: a step that is rejected now will be rejected for ever. */
  readonly exhausted: boolean;
  /**
   * Lengths of one step that may be tried before another gamma: 1 for policies that take the step
   * whole or not at all.
   */
  readonly lengths: number;
  accepts(outcome: Outcome): boolean;
  accepted(outcome: Outcome): void;
  rejected(rejection?: Rejection): void;
  endStep(): void;
  /** What `save` may give: a checkpoint is held against it. */
  readonly bounds: Readonly<Record<string, NumberBound>>;
  /** What the policy remembers from step to step. */
  save(): Readonly<Record<string, number>>;
  restore(numbers: Readonly<Record<string, number>>): void;
}
