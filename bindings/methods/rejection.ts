/** A try that was not taken, and why. */
export interface RejectedTry {
  /** `null` for methods without regularization. */
  readonly gamma: number | null;
  readonly reason:
    | "not-positive-definite"
    /**
     * Rounding left no step that is worth its name (`function-space` with fewer parameters than
     * rows and a gamma near it).
     */
    | "inaccurate"
    | "loss-increased"
    | "non-finite-loss"
    /** The line search found no lower point. */
    | "no-decrease";
  /**
   * Index of the first pivot that was not positive (0-based), when that was the reason (`dense`).
   */
  readonly pivot?: number;
  /**
   * Negative eigenvalues that H + gamma I has at least, when that was the reason
   * (`function-space`).
   */
  readonly negative?: number;
  /**
   * A curvature of H + gamma I that was found not to be positive, when that was the reason (`cg`).
   */
  readonly curvature?: number;
  /** Part of the step that was tried, when it came so far. */
  readonly length?: number;
  /** Loss at the rejected point, when it came so far. */
  readonly loss?: number;
}
