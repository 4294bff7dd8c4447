import type { Rejection } from "../solvers/rejection.js";
import type { NumberBound } from "../support/validate.js";

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
 * Says gamma for the next try and learns from what became of it. `train` takes an object of this
 * interface as `options.regularization`, in the place of a named policy.
 *
 * A step is: tries, each with the gamma of that moment, until one is accepted or `triesLeft` is 0;
 * then `endStep`. Of a try either `accepted` or `rejected` is called. An object is that of one
 * training: it remembers.
 */
export interface RegularizationPolicy {
  /** For checkpoints, which go on only with a policy of the same name; none of a named policy. */
  readonly name: string;
  /** At least 0 and finite. */
  readonly gamma: number;
  /** Systems that may still be solved for this step; 0 at the latest after 1000. */
  readonly triesLeft: number;
  /**
   * No larger gamma will come: a step that is rejected now will be rejected for ever, and the
   * training ends as `stalled`.
   */
  readonly exhausted: boolean;
  /**
   * Lengths of one step that may be tried before another gamma, each half of the one before: 1 for
   * policies that take the step whole or not at all; at most 100.
   */
  readonly lengths: number;
  /** Whether to move; not asked where the loss is not finite, which is a rejection. */
  accepts(outcome: Outcome): boolean;
  accepted(outcome: Outcome): void;
  rejected(rejection: Rejection): void;
  endStep(): void;
  /**
   * What the numbers of `save` may be: a checkpoint is held against it before anything is changed.
   * Without it any finite numbers are given to `restore`, which may throw.
   */
  readonly bounds?: Readonly<Record<string, NumberBound>> | undefined;
  /** What the policy remembers from step to step, finite numbers; `{}` if nothing. */
  save(): Readonly<Record<string, number>>;
  /** Puts back what `save` gave. */
  restore(numbers: Readonly<Record<string, number>>): void;
}
