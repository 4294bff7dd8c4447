import { madd, maddSingle } from "../math/fma";

/**
 * C := C + alpha A B^T for one 4 x 4 tile.
 *
 *   a  4 x k, column by column (4 float64 a column), 16-byte aligned
 *   b  4 x k, column by column
 *   c  4 x 4, column by column: c[4 j + i] is row i of A against row j of B
 *
 * Scalar form:
 *   for j, i in 0..3:  sum = 0;  for l in 0..k-1: sum += a[4 l + i] * b[4 l + j];   c[4 j + i] += alpha * sum
 *
 * Eight accumulators of two lanes fill the latency of two multiply-add pipes and, with two registers of A, four of B
 * and one for a product, are just within the fifteen vector registers V8 has to give on x86-64. For the same reason the
 * loop is not unrolled: V8 places all loads of a loop body ahead of its arithmetic, and those of a second column of
 * A and B would be spilled (measured: a third of the speed). Each entry is summed over l in ascending order whatever surrounds
 * the tile, so that neither blocking nor threads change its bits.
 */
function gemmTileDouble(k: i32, alpha: f64, a: usize, b: usize, c: usize): void {
  let c00 = f64x2.splat(0), c10 = c00;
  let c01 = c00, c11 = c00;
  let c02 = c00, c12 = c00;
  let c03 = c00, c13 = c00;
  const end = a + (<usize>k << 5);
  while (a < end) {
    const a0 = v128.load(a), a1 = v128.load(a, 16);
    const b0 = v128.load64_splat(b);
    c00 = madd(a0, b0, c00);
    c10 = madd(a1, b0, c10);
    const b1 = v128.load64_splat(b, 8);
    c01 = madd(a0, b1, c01);
    c11 = madd(a1, b1, c11);
    const b2 = v128.load64_splat(b, 16);
    c02 = madd(a0, b2, c02);
    c12 = madd(a1, b2, c12);
    const b3 = v128.load64_splat(b, 24);
    c03 = madd(a0, b3, c03);
    c13 = madd(a1, b3, c13);
    a += 32;
    b += 32;
  }
  const scale = f64x2.splat(alpha);
  v128.store(c, madd(scale, c00, v128.load(c)));
  v128.store(c, madd(scale, c10, v128.load(c, 16)), 16);
  v128.store(c, madd(scale, c01, v128.load(c, 32)), 32);
  v128.store(c, madd(scale, c11, v128.load(c, 48)), 48);
  v128.store(c, madd(scale, c02, v128.load(c, 64)), 64);
  v128.store(c, madd(scale, c12, v128.load(c, 80)), 80);
  v128.store(c, madd(scale, c03, v128.load(c, 96)), 96);
  v128.store(c, madd(scale, c13, v128.load(c, 112)), 112);
}

/**
 * The same for one 8 x 8 tile of float32: a and b are 8 x k, c is 8 x 8, column by column. In two halves of four columns, each
 * with the register picture of the float64 tile.
 */
function gemmTileSingle(k: i32, alpha: f32, a: usize, b: usize, c: usize): void {
  gemmHalfSingle(k, alpha, a, b, c);
  gemmHalfSingle(k, alpha, a, b + 16, c + 128);
}

function gemmHalfSingle(k: i32, alpha: f32, a: usize, b: usize, c: usize): void {
  let c00 = f32x4.splat(0), c10 = c00;
  let c01 = c00, c11 = c00;
  let c02 = c00, c12 = c00;
  let c03 = c00, c13 = c00;
  const end = a + (<usize>k << 5);
  while (a < end) {
    const a0 = v128.load(a), a1 = v128.load(a, 16);
    const b0 = v128.load32_splat(b);
    c00 = maddSingle(a0, b0, c00);
    c10 = maddSingle(a1, b0, c10);
    const b1 = v128.load32_splat(b, 4);
    c01 = maddSingle(a0, b1, c01);
    c11 = maddSingle(a1, b1, c11);
    const b2 = v128.load32_splat(b, 8);
    c02 = maddSingle(a0, b2, c02);
    c12 = maddSingle(a1, b2, c12);
    const b3 = v128.load32_splat(b, 12);
    c03 = maddSingle(a0, b3, c03);
    c13 = maddSingle(a1, b3, c13);
    a += 32;
    b += 32;
  }
  const scale = f32x4.splat(alpha);
  v128.store(c, maddSingle(scale, c00, v128.load(c)));
  v128.store(c, maddSingle(scale, c10, v128.load(c, 16)), 16);
  v128.store(c, maddSingle(scale, c01, v128.load(c, 32)), 32);
  v128.store(c, maddSingle(scale, c11, v128.load(c, 48)), 48);
  v128.store(c, maddSingle(scale, c02, v128.load(c, 64)), 64);
  v128.store(c, maddSingle(scale, c12, v128.load(c, 80)), 80);
  v128.store(c, maddSingle(scale, c03, v128.load(c, 96)), 96);
  v128.store(c, maddSingle(scale, c13, v128.load(c, 112)), 112);
}

/** C := C + alpha A B^T for one tile of the element type T. */
// @ts-ignore: decorator
@inline
export function gemmTile<T>(k: i32, alpha: T, a: usize, b: usize, c: usize): void {
  if (sizeof<T>() == 8) gemmTileDouble(k, <f64>alpha, a, b, c);
  else gemmTileSingle(k, <f32>alpha, a, b, c);
}
