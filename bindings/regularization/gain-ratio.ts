import type { Outcome, RegularizationPolicy, Rejection } from "./policy.js";

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
/** Gain ratio of a whole step above which gamma shrinks, and below which it grows although the step is taken. */
const GOOD = 0.5;
const POOR = 0.25;

/**
 * Damping by the gain ratio, as in trust-region methods (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 4.1): what the
 * loss lost over what the quadratic model said it would lose.
 *
 * A step that does not lower the loss is first shortened, along its path, and only then solved for again with a larger gamma: the
 * former costs an evaluation of the network, the latter a factorization. gamma learns from the length all the same, and shrinks after
 * a whole step that went well.
 */
export class GainRatioPolicy implements RegularizationPolicy {
  readonly lengths = 3;
  readonly #options: { readonly [K in keyof typeof GAIN_RATIO]: number };
  #gamma: number;
  #triesLeft: number;
  #exhausted = false;

  constructor(options: { readonly [K in keyof typeof GAIN_RATIO]: number }) {
    this.#options = options;
    this.#gamma = options.initial;
    this.#triesLeft = options.tries;
  }

  get gamma(): number {
    return this.#gamma;
  }
  get triesLeft(): number {
    return this.#triesLeft;
  }
  get exhausted(): boolean {
    return this.#exhausted;
  }
  accepts(outcome: Outcome): boolean {
    const decrease = outcome.before - outcome.after;
    return decrease > 0 && decrease > TAKEN * outcome.predicted;
  }
  accepted(outcome: Outcome): void {
    const { decrease, increase } = this.#options;
    const gain = gainRatio(outcome);
    this.#exhausted = false;
    if (outcome.length < 1) this.#scale(1 / outcome.length);
    else if (gain > GOOD) this.#scale(decrease);
    else if (gain < POOR && gain > 0) this.#scale(increase);
  }
  rejected({ indefiniteUpTo = 0 }: Rejection = {}): void {
    const { increase, maximum } = this.#options;
    this.#exhausted = this.#gamma >= maximum;
    // No gamma below the bound needs to be tried; above it, the lengths that failed say that twice is not enough.
    this.#gamma = Math.max(this.#gamma * increase, indefiniteUpTo);
    this.#scale(increase);
    this.#triesLeft--;
  }
  endStep(): void {
    this.#triesLeft = this.#options.tries;
  }
  save(): Readonly<Record<string, number>> {
    return { gamma: this.#gamma, exhausted: this.#exhausted ? 1 : 0 };
  }
  restore({ gamma, exhausted }: Readonly<Record<string, number>>): void {
    this.#gamma = gamma!;
    this.#exhausted = exhausted === 1;
  }

  #scale(factor: number): void {
    const { minimum, maximum } = this.#options;
    this.#gamma = Math.min(Math.max(this.#gamma * factor, minimum), maximum);
  }
}

/** Negative when the model predicted an increase: Gauss-Newton steps, which leave out what the model has, may do that and be good. */
function gainRatio({ before, after, predicted }: Outcome): number {
  return (before - after) / predicted;
}
