import { maddOf } from "../math/fma";

/**
 * C := C + alpha A B^T for one tile: 4 x 4 of float64, 8 x 8 of float32.
 *
 *   a  R x k, column by column (32 bytes a column), 16-byte aligned; R = 4 or 8
 *   b  R x k, column by column
 *   c  R x R, column by column: c[R j + i] is row i of A against row j of B
 *
 * Scalar form:
 *   for j, i in 0..R-1:  sum = 0;  for l in 0..k-1: sum += a[R l + i] * b[R l + j];   c[R j + i] += alpha * sum
 *
 * Each entry is summed over l in ascending order whatever surrounds the tile, so that neither blocking nor threads change
 * its bits.
 */
// @ts-ignore: decorator
@inline
export function gemmTile<T>(k: i32, alpha: T, a: usize, b: usize, c: usize): void {
  fourColumns<T>(k, alpha, a, b, c);
  if (sizeof<T>() == 4) fourColumns<T>(k, alpha, a, b + 16, c + 128);
}

/**
 * Four columns of the tile. Eight accumulators of one vector fill the latency of two multiply-add pipes and, with two registers
 * of A, four of B and one for a product, are just within the fifteen vector registers V8 has to give on x86-64. For the
 * same reason the loop is not unrolled: V8 places all loads of a loop body ahead of its arithmetic, and those of a second
 * column of A and B would be spilled (measured: a third of the speed).
 */
function fourColumns<T>(k: i32, alpha: T, a: usize, b: usize, c: usize): void {
  let c00 = v128.splat<T>(<T>0), c10 = c00;
  let c01 = c00, c11 = c00;
  let c02 = c00, c12 = c00;
  let c03 = c00, c13 = c00;
  const end = a + (<usize>k << 5);
  while (a < end) {
    const a0 = v128.load(a), a1 = v128.load(a, 16);
    const b0 = v128.load_splat<T>(b);
    c00 = maddOf<T>(a0, b0, c00);
    c10 = maddOf<T>(a1, b0, c10);
    const b1 = v128.load_splat<T>(b, sizeof<T>());
    c01 = maddOf<T>(a0, b1, c01);
    c11 = maddOf<T>(a1, b1, c11);
    const b2 = v128.load_splat<T>(b, 2 * sizeof<T>());
    c02 = maddOf<T>(a0, b2, c02);
    c12 = maddOf<T>(a1, b2, c12);
    const b3 = v128.load_splat<T>(b, 3 * sizeof<T>());
    c03 = maddOf<T>(a0, b3, c03);
    c13 = maddOf<T>(a1, b3, c13);
    a += 32;
    b += 32;
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
