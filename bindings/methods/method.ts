import type { RegularizationPolicy } from "../regularization.js";

/** A proposed point, or the reason why there is none. */
export type Proposal =
  | { readonly positiveDefinite: true | null }
  | { readonly positiveDefinite: false; readonly pivot: number };

/**
 * A method proposes steps. It knows no history, no progress, no stop rule: `train` asks it to linearize at the current
 * point, then for proposals until one is accepted.
 */
export interface Method {
  /** Decides gamma and acceptance; `null` for methods without regularization, whose every finite step is taken. */
  readonly policy: RegularizationPolicy | null;
  /** How many systems were solved with which arithmetic; `null` for methods that solve none. */
  readonly solved: { readonly float64: number; readonly mixed: number } | null;
  /** Prepares steps from `theta` (the residual of the problem is that of theta); returns the norm of the gradient. */
  linearize(theta: number): number;
  /** Writes theta - alpha step to `candidate`. Uses the policy's gamma. */
  propose(candidate: number): Proposal;
}
