import { fourColumns, sixColumns } from "./microkernelLoops";
import { tileBytes } from "./packed";

/**
 * C := C + alpha A B^T for one tile: 4 x 4 of float64, 8 x 8 of float32.
 *
 *   a  R x k, column by column (32 bytes a column), 16-byte aligned; R = 4 or 8
 *   b  R x k, column by column
 *   c  R x R, column by column: c[R j + i] is row i of A against row j of B
 *
 * Scalar form:
 *   for j, i in 0..R-1: sum = 0; for l in 0..k-1: sum += a[R l + i] * b[R l + j]; c[R j + i] +=
 *   alpha * sum
 *
 * Each entry is summed over l in ascending order whatever surrounds the tile, so that neither
 * blocking nor threads change its bits.
 */
@inline
export function gemmTile<T>(k: i32, alpha: T, a: usize, b: usize, c: usize): void {
  fourColumns<T>(k, alpha, a, b, c);
  if (sizeof<T>() == 4) fourColumns<T>(k, alpha, a, b + QUAD, c + QUAD_OF_C);
}

/** The same for three tiles that lie one behind the other at c, with the panels b0, b1, b2. */
@inline
export function gemmTriple<T>(
  k: i32,
  alpha: T,
  a: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  c: usize,
): void {
  if (sizeof<T>() == 8) {
    twelveColumns<T>(k, alpha, a, b0, b1, b2, c);
  } else {
    twelveColumns<T>(k, alpha, a, b0, b0 + QUAD, b1, c);
    twelveColumns<T>(k, alpha, a, b1 + QUAD, b2, b2 + QUAD, c + 3 * QUAD_OF_C);
  }
}

/**
 * `count` tiles of C one behind the other: one row panel with panels that are `stride` bytes apart.
 */
export function gemmRow(
  count: i32,
  k: i32,
  alpha: f64,
  row: usize,
  column: usize,
  stride: usize,
  c: usize,
): void {
  let left = count;
  for (; left >= 3; left -= 3) {
    gemmTriple<f64>(k, alpha, row, column, column + stride, column + 2 * stride, c);
    column += 3 * stride;
    c += 3 * tileBytes<f64>();
  }
  for (; left > 0; left--) {
    gemmTile<f64>(k, alpha, row, column, c);
    column += stride;
    c += tileBytes<f64>();
  }
}

/** From four columns of a tile to the next four, in a float32 panel of B and in C. */
const QUAD: usize = 16;
const QUAD_OF_C: usize = 128;

/**
 * Twelve columns; where a product is fused with the sum and needs no register of its own, six at a
 * time.
 */
@inline
function twelveColumns<T>(
  k: i32,
  alpha: T,
  a: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  c: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) inSixes<T>(k, alpha, a, b0, b1, b2, c);
  else inFours<T>(k, alpha, a, b0, b1, b2, c);
}

@inline
function inFours<T>(k: i32, alpha: T, a: usize, b0: usize, b1: usize, b2: usize, c: usize): void {
  fourColumns<T>(k, alpha, a, b0, c);
  fourColumns<T>(k, alpha, a, b1, c + QUAD_OF_C);
  fourColumns<T>(k, alpha, a, b2, c + 2 * QUAD_OF_C);
}

/**
 * The four columns of b1 are shared out: eight loads for twelve multiply-adds, instead of six for
 * eight.
 */
@inline
export function inSixes<T>(
  k: i32,
  alpha: T,
  a: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  c: usize,
): void {
  sixColumns<T>(k, alpha, a, b0, b1, c, c + QUAD_OF_C);
  sixColumns<T>(k, alpha, a, b2, b1 + 2 * sizeof<T>(), c + 2 * QUAD_OF_C, c + QUAD_OF_C + 64);
}
