import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { JACOBI_ORDER } from "./blocking";
import { syev, syevWork, rowLength } from "./eigen/syev";
import { syevj } from "./eigen/syevj";

/**
 * Eigenvalues and eigenvectors of the blocks of single neurons: Jacobi rotations for small ones,
 * tridiagonal reduction for the others, which is six times as fast at order 32 and twenty times at
 * 300 (bench/kernels.mjs).
 */

/** Doubles of work space of `eigen`, the matrix included: even. */
export function eigenWork(n: i32): i32 {
  if (n <= JACOBI_ORDER) return n * (n + 1);
  const ld = rowLength(n);
  return 2 * n * ld + ld + syevWork(n);
}

/** Doubles from one row of the matrix that `eigen` takes to the next. */
export function eigenRow(n: i32): i32 {
  return n <= JACOBI_ORDER ? n : rowLength(n);
}

/**
 * A = V diag(values) V^T.
 *
 *   n        order
 *   work     eigenWork(n) doubles, which begin with A, symmetric, in rows of eigenRow(n), padding
 *            0; destroyed
 *   values   n eigenvalues, in no particular order; NaN if A is not finite
 *   vectors  row-major n x n, eigenvector l in column l
 */
export function eigen(n: i32, work: usize, values: usize, vectors: usize): void {
  assert(n > 0 && isAligned(work | values | vectors, 8), "float64 matrices");
  if (n <= JACOBI_ORDER) {
    syevj(n, work, values, vectors);
    return;
  }
  const ld = rowLength(n);
  const rows = f64Address(work, <usize>n * <usize>ld),
    sorted = f64Address(rows, <usize>n * <usize>ld);
  const right = syev(n, work, sorted, rows, f64Address(sorted, ld));
  for (let l = 0; l < n; l++) {
    setF64(values, l, right ? f64At(sorted, l) : NaN);
    const row = f64Address(rows, <usize>l * <usize>ld);
    for (let i = 0; i < n; i++) {
      setF64(vectors, i * n + l, f64At(row, i));
    }
  }
}
