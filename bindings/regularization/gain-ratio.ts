import { DampingPolicy } from "./damping.js";
import type { Outcome } from "./policy.js";

/**
 * Damping by the gain ratio, the actual over the predicted decrease of the loss: gamma shrinks
 * while the quadratic model predicts well and grows when a step is rejected, shortened or predicted
 * badly. A step that does not lower the loss is shortened twice before it is solved for again.
 */
export interface GainRatioRegularization {
  readonly policy: "gain-ratio";
  /** Default 1e-4. */
  readonly initial?: number;
  /** Factor after a badly predicted step, and its square after a rejected one; default 2. */
  readonly increase?: number;
  /** Factor after a well predicted step; default 0.3. */
  readonly decrease?: number;
  /** Default 1e-18. */
  readonly minimum?: number;
  /** Default 1e6. */
  readonly maximum?: number;
  /** Systems solved for a step before it is given up and recorded as rejected; default 30. */
  readonly tries?: number;
}

export const GAIN_RATIO = {
  initial: 1e-4,
  increase: 2,
  decrease: 0.3,
  minimum: 1e-18,
  maximum: 1e6,
  tries: 30,
} as const;

/** Least decrease of a step that is taken, in parts of what was predicted. */
const TAKEN = 1e-3;
/**
 * Gain ratio of a whole step above which gamma shrinks, and below which it grows although the step
 * is taken.
 */
const GOOD = 0.5;
const POOR = 0.25;

/**
 * Damping by the gain ratio, as in trust-region methods (Nocedal and Wright, Numerical
 * Optimization, 2nd ed., algorithm 4.1): what the loss lost over what the quadratic model said it
 * would lose.
 *
 * A step that does not lower the loss is first shortened, along its path. Only then is it solved
 * for again with a larger gamma, because that costs a factorization, and shortening an evaluation
 * of the network. gamma learns from the length all the same, and shrinks after a whole step that
 * went well.
 */
export class GainRatioPolicy extends DampingPolicy {
  readonly lengths = 3;

  accepts(outcome: Outcome): boolean {
    const decrease = outcome.before - outcome.after;
    return decrease > 0 && decrease > TAKEN * outcome.predicted;
  }

  protected factorAfter(outcome: Outcome): number {
    const { decrease, increase } = this.options;
    const gain = gainRatio(outcome);
    if (outcome.length < 1) return 1 / outcome.length;
    if (gain > GOOD) return decrease;
    return gain < POOR && gain > 0 ? increase : 1;
  }

  /**
   * No gamma below the bound needs to be tried; above it, the lengths that failed say that twice is
   * not enough.
   */
  protected gammaAfterRejection(indefiniteUpTo: number): number {
    const { increase, maximum } = this.options;
    return Math.min(Math.max(this.gamma * increase, indefiniteUpTo) * increase, maximum);
  }
}

/**
 * Negative when the model predicted an increase: Gauss-Newton steps, which leave out what the model
 * has, may do that and be good.
 */
function gainRatio({ before, after, predicted }: Outcome): number {
  return (before - after) / predicted;
}
