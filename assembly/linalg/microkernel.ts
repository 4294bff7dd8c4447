import { maddOf } from "../math/fma";
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

/**
 * Four columns of the tile. Eight accumulators of one vector fill the latency of two multiply-add
 * pipes and, with two registers of A, one of B and one for a product, are within the fifteen vector
 * registers V8 has to give on x86-64.
 *
 * The loop body below is one step, repeated eight times because V8 gives every loop an interrupt
 * check. Each step ends in the exit of the loop: V8 places all loads of a basic block ahead of its
 * arithmetic, and without the branch would spill what it loads for the steps after. Each step moves
 * the pointers: a load that spreads a value takes no constant offset, so that only offsets which
 * are the same in all steps are computed once, before the loop.
 */
function fourColumns<T>(k: i32, alpha: T, a: usize, b: usize, c: usize): void {
  if (k <= 0) return;
  let c00 = v128.splat<T>(<T>0),
    c10 = c00;
  let c01 = c00,
    c11 = c00;
  let c02 = c00,
    c12 = c00;
  let c03 = c00,
    c13 = c00;
  let a0: v128, a1: v128, bj: v128;
  const end = a + ((<usize>k) << 5);
  while (true) {
    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    a += 32;
    b += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    a += 32;
    b += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    a += 32;
    b += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    a += 32;
    b += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    a += 32;
    b += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    a += 32;
    b += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    a += 32;
    b += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    a += 32;
    b += 32;
    if (a >= end) break;
  }
  const scale = v128.splat<T>(alpha);
  v128.store(c, maddOf<T>(scale, c00, v128.load(c)));
  v128.store(c, maddOf<T>(scale, c10, v128.load(c, 16)), 16);
  v128.store(c, maddOf<T>(scale, c01, v128.load(c, 32)), 32);
  v128.store(c, maddOf<T>(scale, c11, v128.load(c, 48)), 48);
  v128.store(c, maddOf<T>(scale, c02, v128.load(c, 64)), 64);
  v128.store(c, maddOf<T>(scale, c12, v128.load(c, 80)), 80);
  v128.store(c, maddOf<T>(scale, c03, v128.load(c, 96)), 96);
  v128.store(c, maddOf<T>(scale, c13, v128.load(c, 112)), 112);
}

/**
 * The same loop for four columns of the panel b and two of the panel d; their columns of C are at c
 * and e. With two registers of A and one of B, twelve accumulators take all fifteen; they also
 * leave more time between two additions to one of them.
 */
function sixColumns<T>(k: i32, alpha: T, a: usize, b: usize, d: usize, c: usize, e: usize): void {
  if (k <= 0) return;
  let c00 = v128.splat<T>(<T>0),
    c10 = c00;
  let c01 = c00,
    c11 = c00;
  let c02 = c00,
    c12 = c00;
  let c03 = c00,
    c13 = c00;
  let c04 = c00,
    c14 = c00;
  let c05 = c00,
    c15 = c00;
  let a0: v128, a1: v128, bj: v128;
  const end = a + ((<usize>k) << 5);
  while (true) {
    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    bj = v128.load_splat<T>(d);
    c04 = maddOf<T>(a0, bj, c04);
    c14 = maddOf<T>(a1, bj, c14);
    bj = v128.load_splat<T>(d, sizeof<T>());
    c05 = maddOf<T>(a0, bj, c05);
    c15 = maddOf<T>(a1, bj, c15);
    a += 32;
    b += 32;
    d += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    bj = v128.load_splat<T>(d);
    c04 = maddOf<T>(a0, bj, c04);
    c14 = maddOf<T>(a1, bj, c14);
    bj = v128.load_splat<T>(d, sizeof<T>());
    c05 = maddOf<T>(a0, bj, c05);
    c15 = maddOf<T>(a1, bj, c15);
    a += 32;
    b += 32;
    d += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    bj = v128.load_splat<T>(d);
    c04 = maddOf<T>(a0, bj, c04);
    c14 = maddOf<T>(a1, bj, c14);
    bj = v128.load_splat<T>(d, sizeof<T>());
    c05 = maddOf<T>(a0, bj, c05);
    c15 = maddOf<T>(a1, bj, c15);
    a += 32;
    b += 32;
    d += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    bj = v128.load_splat<T>(d);
    c04 = maddOf<T>(a0, bj, c04);
    c14 = maddOf<T>(a1, bj, c14);
    bj = v128.load_splat<T>(d, sizeof<T>());
    c05 = maddOf<T>(a0, bj, c05);
    c15 = maddOf<T>(a1, bj, c15);
    a += 32;
    b += 32;
    d += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    bj = v128.load_splat<T>(d);
    c04 = maddOf<T>(a0, bj, c04);
    c14 = maddOf<T>(a1, bj, c14);
    bj = v128.load_splat<T>(d, sizeof<T>());
    c05 = maddOf<T>(a0, bj, c05);
    c15 = maddOf<T>(a1, bj, c15);
    a += 32;
    b += 32;
    d += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    bj = v128.load_splat<T>(d);
    c04 = maddOf<T>(a0, bj, c04);
    c14 = maddOf<T>(a1, bj, c14);
    bj = v128.load_splat<T>(d, sizeof<T>());
    c05 = maddOf<T>(a0, bj, c05);
    c15 = maddOf<T>(a1, bj, c15);
    a += 32;
    b += 32;
    d += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    bj = v128.load_splat<T>(d);
    c04 = maddOf<T>(a0, bj, c04);
    c14 = maddOf<T>(a1, bj, c14);
    bj = v128.load_splat<T>(d, sizeof<T>());
    c05 = maddOf<T>(a0, bj, c05);
    c15 = maddOf<T>(a1, bj, c15);
    a += 32;
    b += 32;
    d += 32;
    if (a >= end) break;

    a0 = v128.load(a);
    a1 = v128.load(a, 16);
    bj = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, bj, c00);
    c10 = maddOf<T>(a1, bj, c10);
    bj = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, bj, c01);
    c11 = maddOf<T>(a1, bj, c11);
    bj = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, bj, c02);
    c12 = maddOf<T>(a1, bj, c12);
    bj = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, bj, c03);
    c13 = maddOf<T>(a1, bj, c13);
    bj = v128.load_splat<T>(d);
    c04 = maddOf<T>(a0, bj, c04);
    c14 = maddOf<T>(a1, bj, c14);
    bj = v128.load_splat<T>(d, sizeof<T>());
    c05 = maddOf<T>(a0, bj, c05);
    c15 = maddOf<T>(a1, bj, c15);
    a += 32;
    b += 32;
    d += 32;
    if (a >= end) break;
  }
  const scale = v128.splat<T>(alpha);
  v128.store(c, maddOf<T>(scale, c00, v128.load(c)));
  v128.store(c, maddOf<T>(scale, c10, v128.load(c, 16)), 16);
  v128.store(c, maddOf<T>(scale, c01, v128.load(c, 32)), 32);
  v128.store(c, maddOf<T>(scale, c11, v128.load(c, 48)), 48);
  v128.store(c, maddOf<T>(scale, c02, v128.load(c, 64)), 64);
  v128.store(c, maddOf<T>(scale, c12, v128.load(c, 80)), 80);
  v128.store(c, maddOf<T>(scale, c03, v128.load(c, 96)), 96);
  v128.store(c, maddOf<T>(scale, c13, v128.load(c, 112)), 112);
  v128.store(e, maddOf<T>(scale, c04, v128.load(e)));
  v128.store(e, maddOf<T>(scale, c14, v128.load(e, 16)), 16);
  v128.store(e, maddOf<T>(scale, c05, v128.load(e, 32)), 32);
  v128.store(e, maddOf<T>(scale, c15, v128.load(e, 48)), 48);
}
