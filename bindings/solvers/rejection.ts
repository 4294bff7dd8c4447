/** What becomes of a try that is not taken, and of a training that goes no other way. */
interface ReasonTraits {
  /** What the try said of H + gamma I: that it is not positive definite, or nothing. */
  readonly positiveDefinite: false | null;
  /** How a training ends whose method has no other gamma to try. */
  readonly end: "stalled" | "diverged";
}

/** The table a reason is added to. */
export const reasons = {
  /** H + gamma I is not. */
  "not-positive-definite": { positiveDefinite: false, end: "diverged" },
  /**
   * Rounding left no step that is worth its name (`function-space` with fewer parameters than rows
   * and a gamma near it): whether H + gamma I is positive definite is not known.
   */
  inaccurate: { positiveDefinite: null, end: "diverged" },
  "loss-increased": { positiveDefinite: null, end: "diverged" },
  "non-finite-loss": { positiveDefinite: null, end: "diverged" },
  /** The line search found no lower point. */
  "no-decrease": { positiveDefinite: null, end: "stalled" },
} as const satisfies Readonly<Record<string, ReasonTraits>>;

/** A try that was not taken, and why. */
export interface RejectedTry {
  /** `null` for methods without regularization. */
  readonly gamma: number | null;
  /**
   * `"inaccurate"`: rounding left no step that is worth its name (`function-space` with fewer
   * parameters than rows and a gamma near it). `"no-decrease"`: the line search found no lower
   * point.
   */
  readonly reason: keyof typeof reasons;
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

/** What a solver, a method or a policy says of a try that it does not take, at the gamma in use. */
export interface Rejection extends Omit<RejectedTry, "gamma"> {
  /** gamma up to which H + gamma I is known not to be positive definite. */
  readonly indefiniteUpTo?: number;
}

/** H + gamma I is not positive definite; `facts` are what the solver knows of that. */
export function indefinite(facts: Pick<Rejection, "pivot" | "negative"> = {}): Rejection {
  return { reason: "not-positive-definite", ...facts };
}
