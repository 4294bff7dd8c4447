import type { PackedMatrix } from "../engine/factorization/packed-matrix.js";
import type { Point } from "../objective/point.js";

/**
 * The posterior of the parameters at a point, by Gauss-Newton: A = J^T J + B, B = diag(b) with a b
 * for each group of parameters (assembly/fit/groups.ts), in units of the variance of the noise.
 * Vectors are pointers, to P parameters, to d + 2 values a group, to a value a sample.
 */
export interface Posterior {
  /** A of the point under b. Returns whether it is positive definite to working precision. */
  build(point: Point, b: number): Generator<void, boolean>;
  /** out := A^-1 v; out may be v. */
  solving(v: number, out: number): Generator<void, void>;
  /** out := J* A^-1 J*^T of the rows at another point, all of them. */
  covariance(at: Point, out: PackedMatrix): Generator<void, void>;
  /** out := j A^-1 j^T for the rows j of the Jacobian at another point, of any samples. */
  variances(at: Point, out: number): Generator<void, void>;
}

/** The same while a network is fitted: one linearization serves several b. */
export interface WorkingPosterior extends Posterior {
  /** Samples whose leverages are made, int32 indices; 0 stands for all. */
  readonly rows: number;
  readonly rowCount: number;
  /** Takes the Jacobian of the point, which has to stay as it is. */
  linearize(point: Point): Generator<void, void>;
  /** A of the linearization under b. */
  factor(b: number): Generator<void, boolean>;
  /**
   * gamma := effective parameters of each group, leverages := j A^-1 j^T of `rows`. What was
   * factored is spent. Returns log det A - log det B.
   */
  inspect(gamma: number, leverages: number): Generator<void, number>;
}

/** Bytes of a column of a panel of rows: four values (assembly/linalg/packed.ts). */
export const COLUMN_BYTES = 32;

/** Samples of a block of rows: the panels of one are some megabytes. */
export const ROW_BLOCK = 512;
