import { maddOf } from "../math/fma";

/**
 * The loops of microkernel.ts. Made by scripts/microkernel.mjs from one step, not by hand.
 *
 * Scalar form of a step, for the rows i of A and the columns j of C that a loop holds:
 *   c[R j + i] += a[i] * b[j]
 *
 * A round is 8 steps because V8 gives every loop an interrupt check. Each step ends in the
 * exit of the loop: V8 places all loads of a basic block ahead of its arithmetic, and without the
 * branch would spill what it loads for the steps after. Each step moves the pointers: a load that
 * spreads a value takes no constant offset, so that only offsets which are the same in all steps
 * are computed once, before the loop.
 */

/**
 * Four columns of the tile. Eight accumulators of one vector fill the latency of two multiply-add
 * pipes and, with two registers of A, one of B and one for a product, are within the fifteen vector
 * registers V8 has to give on x86-64.
 */
export function fourColumns<T>(k: i32, alpha: T, a: usize, b: usize, c: usize): void {
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
 * Four columns of the panel b and two of the panel d; their columns of C are at c and e. With two
 * registers of A and one of B, twelve accumulators take all fifteen; they also leave more time
 * between two additions to one of them.
 */
export function sixColumns<T>(
  k: i32,
  alpha: T,
  a: usize,
  b: usize,
  d: usize,
  c: usize,
  e: usize,
): void {
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
