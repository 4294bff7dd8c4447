import { f64Address } from "../memory";
import { packedAddDiagonal, packedToFull } from "../linalg/packed";
import { potrf } from "../linalg/cholesky/potrf";
import { potrs } from "../linalg/cholesky/potrs";
import { sytrf } from "../linalg/bunchKaufman/sytrf";
import { sytrfNegative, sytrs } from "../linalg/bunchKaufman/sytrs";

/**
 * The dense solver of the regularized Newton step: (H + gamma I) step = g by Cholesky.
 * Prepare once for a gamma, solve for as many right-hand sides as wanted.
 */

/**
 * h := L with L L^T = h + gamma I; 0, or the 1-based pivot at which it is not positive definite
 * (see potrf).
 */
export function densePrepare(n: i32, h: usize, gamma: f64, rdiag: usize): i32 {
  packedAddDiagonal(n, h, gamma);
  return potrf(n, h, rdiag);
}

/** step := (L L^T)^-1 g; step has room for n rounded up to a multiple of four and may be g. */
export function denseSolve(n: i32, l: usize, rdiag: usize, g: usize, step: usize): void {
  memory.copy(step, g, (<usize>n) << 3);
  const padded = (n + 3) & ~3;
  memory.fill(f64Address(step, n), 0, (<usize>(padded - n)) << 3);
  potrs(n, l, rdiag, step);
}

/**
 * The same system when h + gamma I may be indefinite, by Bunch-Kaufman on a square copy: for
 * inspection, not for training.
 *
 *   h                  panel-packed lower, unchanged but for gamma on its diagonal
 *   full, pivot, work  n x n, n int32, `sytrfWorkBytes(n)` bytes
 *   returns the number of negative eigenvalues, or -1 when h + gamma I is singular to working
 *   precision
 */
export function denseFactorIndefinite(
  n: i32,
  h: usize,
  gamma: f64,
  full: usize,
  pivot: usize,
  work: usize,
): i32 {
  packedAddDiagonal(n, h, gamma);
  packedToFull(n, h, full, n);
  if (sytrf(n, full, n, pivot, work) != 0) return -1;
  return sytrfNegative(n, full, n, pivot);
}

/** step := (h + gamma I)^-1 g */
export function denseSolveIndefinite(
  n: i32,
  full: usize,
  pivot: usize,
  g: usize,
  step: usize,
): void {
  memory.copy(step, g, (<usize>n) << 3);
  sytrs(n, full, n, pivot, step);
}
