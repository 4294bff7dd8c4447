import { madd } from "../math/fma";

/**
 * C := C + alpha A B^T for one 4 x 4 tile.
 *
 *   a  4 x k, column by column (4 float64 a column), 16-byte aligned
 *   b  4 x k, column by column
 *   c  4 x 4, column by column: c[4 j + i] is row i of A against row j of B
 *   k  multiple of four, at least 0
 *
 * Scalar form:
 *   for j, i in 0..3:  sum = 0;  for l in 0..k-1: sum += a[4 l + i] * b[4 l + j];   c[4 j + i] += alpha * sum
 *
 * Eight accumulators of two lanes fill the latency of two multiply-add pipes and, with two registers of A and one
 * of B, stay within the sixteen vector registers of x86-64; a larger tile spills. Each entry is summed over l in
 * ascending order whatever surrounds the tile, so blocking and threads do not change its bits.
 */
export function gemmTile(k: i32, alpha: f64, a: usize, b: usize, c: usize): void {
  let c00 = f64x2.splat(0), c10 = c00;
  let c01 = c00, c11 = c00;
  let c02 = c00, c12 = c00;
  let c03 = c00, c13 = c00;
  const end = a + (<usize>k << 5);
  while (a < end) {
    // Four columns a turn: the engine's loop check is paid once for 64 multiply-adds.
    let a0 = v128.load(a), a1 = v128.load(a, 16);
    let bj = v128.load64_splat(b);
    c00 = madd(a0, bj, c00); c10 = madd(a1, bj, c10);
    bj = v128.load64_splat(b, 8);
    c01 = madd(a0, bj, c01); c11 = madd(a1, bj, c11);
    bj = v128.load64_splat(b, 16);
    c02 = madd(a0, bj, c02); c12 = madd(a1, bj, c12);
    bj = v128.load64_splat(b, 24);
    c03 = madd(a0, bj, c03); c13 = madd(a1, bj, c13);

    a0 = v128.load(a, 32); a1 = v128.load(a, 48);
    bj = v128.load64_splat(b, 32);
    c00 = madd(a0, bj, c00); c10 = madd(a1, bj, c10);
    bj = v128.load64_splat(b, 40);
    c01 = madd(a0, bj, c01); c11 = madd(a1, bj, c11);
    bj = v128.load64_splat(b, 48);
    c02 = madd(a0, bj, c02); c12 = madd(a1, bj, c12);
    bj = v128.load64_splat(b, 56);
    c03 = madd(a0, bj, c03); c13 = madd(a1, bj, c13);

    a0 = v128.load(a, 64); a1 = v128.load(a, 80);
    bj = v128.load64_splat(b, 64);
    c00 = madd(a0, bj, c00); c10 = madd(a1, bj, c10);
    bj = v128.load64_splat(b, 72);
    c01 = madd(a0, bj, c01); c11 = madd(a1, bj, c11);
    bj = v128.load64_splat(b, 80);
    c02 = madd(a0, bj, c02); c12 = madd(a1, bj, c12);
    bj = v128.load64_splat(b, 88);
    c03 = madd(a0, bj, c03); c13 = madd(a1, bj, c13);

    a0 = v128.load(a, 96); a1 = v128.load(a, 112);
    bj = v128.load64_splat(b, 96);
    c00 = madd(a0, bj, c00); c10 = madd(a1, bj, c10);
    bj = v128.load64_splat(b, 104);
    c01 = madd(a0, bj, c01); c11 = madd(a1, bj, c11);
    bj = v128.load64_splat(b, 112);
    c02 = madd(a0, bj, c02); c12 = madd(a1, bj, c12);
    bj = v128.load64_splat(b, 120);
    c03 = madd(a0, bj, c03); c13 = madd(a1, bj, c13);

    a += 128;
    b += 128;
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
