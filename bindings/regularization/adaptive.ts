import { DampingPolicy } from "./damping.js";
import type { Outcome } from "./policy.js";

/**
 * Levenberg-Marquardt damping as published: grows when a try is rejected, shrinks when one is
 * accepted.
 */
export interface AdaptiveRegularization {
  readonly policy: "adaptive";
  /** Default 1e-8. */
  readonly initial?: number;
  /** Factor after a rejected try; default 2. */
  readonly increase?: number;
  /** Factor after an accepted try; default 0.8. */
  readonly decrease?: number;
  /** Default 1e-12. */
  readonly minimum?: number;
  /** Default 100. */
  readonly maximum?: number;
  /** Tries a step before the step is given up and recorded as rejected; default 6. */
  readonly tries?: number;
}

export const ADAPTIVE = {
  initial: 1e-8,
  increase: 2,
  decrease: 0.8,
  minimum: 1e-12,
  maximum: 100,
  tries: 6,
} as const;

/**
 * Levenberg-Marquardt damping as published with the method (arXiv:2605.08352, experiments): a try
 * that lowers the loss is taken and gamma shrinks; any other is undone and gamma grows; after
 * `tries` the step is given up, and the next one goes on with the gamma reached.
 */
export class AdaptivePolicy extends DampingPolicy {
  readonly lengths = 1;

  accepts({ before, after }: Outcome): boolean {
    return after < before;
  }

  protected factorAfter(): number {
    return this.options.decrease;
  }

  protected gammaAfterRejection(): number {
    return this.gamma * this.options.increase;
  }
}
