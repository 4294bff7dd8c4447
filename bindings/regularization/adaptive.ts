import type { Outcome, RegularizationPolicy } from "./policy.js";

export const ADAPTIVE = {
  initial: 1e-8,
  increase: 2,
  decrease: 0.8,
  minimum: 1e-12,
  maximum: 100,
  tries: 6,
} as const;

/**
 * Levenberg-Marquardt damping as published with the method (arXiv:2605.08352, experiments): a try that lowers the loss
 * is taken and gamma shrinks; any other is undone and gamma grows; after `tries` the step is given up, and the next
 * one goes on with the gamma reached.
 */
export class AdaptivePolicy implements RegularizationPolicy {
  readonly lengths = 1;
  readonly #options: { readonly [K in keyof typeof ADAPTIVE]: number };
  #gamma: number;
  #triesLeft: number;
  #exhausted = false;

  constructor(options: { readonly [K in keyof typeof ADAPTIVE]: number }) {
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
  accepts({ before, after }: Outcome): boolean {
    return after < before;
  }
  accepted(): void {
    this.#exhausted = false;
    this.#gamma = Math.max(this.#gamma * this.#options.decrease, this.#options.minimum);
  }
  rejected(): void {
    // By the gamma that was tried, not the one to come: the maximum itself deserves a try.
    this.#exhausted = this.#gamma >= this.#options.maximum;
    this.#gamma = Math.min(this.#gamma * this.#options.increase, this.#options.maximum);
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
}
