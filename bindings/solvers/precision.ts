import { namesOf } from "../support/validate.js";

interface PrecisionTraits {
  /** Whether the factors are float32, to be refined to float64. */
  readonly refined: boolean;
}

export const PRECISIONS = {
  float64: { refined: false },
  mixed: { refined: true },
} as const satisfies Record<string, PrecisionTraits>;

/**
 * Arithmetic of the factorization. `mixed` factors in float32, at twice the speed, and iterates to
 * the accuracy of float64; where that does not converge the step is done in float64, and counted in
 * `run.precision`.
 */
export type Precision = keyof typeof PRECISIONS;

export const precisionNames = namesOf(PRECISIONS);
