import type { PackedMatrix } from "./packed-matrix.js";

/** What became of a factorization. */
export type Factored =
  | {
      /** Number of negative eigenvalues of what was factored; all others are positive. */
      readonly negative: number;
      readonly pivot: null;
    }
  | {
      readonly negative: null;
      /** Index of the pivot that ended it, from 0; `solve` must not be called. */
      readonly pivot: number;
    };

/**
 * A symmetric system of order n. Prepared once for a matrix and a shift, it solves for as many
 * right-hand sides as wanted. It owns the factor, pivots and scratch, and knows their sizes.
 */
export interface Factorization {
  /**
   * Factors A + gamma I, pausing where that is long. A is left as it is, unless the factorization
   * was made to overwrite it.
   */
  factoring(a: PackedMatrix, gamma?: number): Generator<void, Factored>;
  /** x := (A + gamma I)^-1 b, n values each; x may be b. */
  solve(b: number, x: number): void;
}

/** The outcome by the info integer of LAPACK: 0, or the pivot that failed, from 1. */
export function definite(info: number): Factored {
  return info === 0 ? { negative: 0, pivot: null } : { negative: null, pivot: info - 1 };
}
