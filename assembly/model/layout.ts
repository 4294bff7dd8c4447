import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { madd } from "../math/fma";

/** n^-beta, computed here because engines differ in the last bits of their own powers. */
export function outputScale(n: f64, beta: f64): f64 {
  return Math.pow(n, -beta);
}

/**
 * gamma_N = gamma N^(1 - 2 beta), the scaling rule under which the regularization follows the Gram
 * matrix.
 */
export function scaledGamma(gamma: f64, n: f64, beta: f64): f64 {
  return gamma * Math.pow(n, 1.0 - 2.0 * beta);
}

/** Samples of a block, rounded up to whole vectors. */
@inline
export function evenCount(samples: i32): i32 {
  return (samples + 1) & ~1;
}

/**
 * z[m] = eta + sum_k w[k] x[k, m] for the samples of one block (count even, x at the block's first
 * column).
 */
export function preactivation(
  d: i32,
  count: i32,
  w: usize,
  eta: f64,
  x: usize,
  ldx: i32,
  z: usize,
): void {
  assert(d > 0 && (count & 1) == 0 && isAligned(x | z, 16), "samples of a block, in whole vectors");
  const bytes = (<usize>count) << 3;
  const bias = f64x2.splat(eta);
  const first = v128.load64_splat(w);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(z + offset, madd(first, v128.load(x + offset), bias));
  }
  const next = (<usize>ldx) << 3;
  let k = 1;
  // Four inputs in one pass over z, each entry summed in the same order.
  for (; k + 4 <= d; k += 4) {
    const w0 = v128.load64_splat(f64Address(w, k)),
      w1 = v128.load64_splat(f64Address(w, k), 8),
      w2 = v128.load64_splat(f64Address(w, k), 16),
      w3 = v128.load64_splat(f64Address(w, k), 24);
    const x0 = x + next,
      x1 = x0 + next,
      x2 = x1 + next,
      x3 = x2 + next;
    for (let offset: usize = 0; offset < bytes; offset += 16) {
      let value = madd(w0, v128.load(x0 + offset), v128.load(z + offset));
      value = madd(w1, v128.load(x1 + offset), value);
      value = madd(w2, v128.load(x2 + offset), value);
      v128.store(z + offset, madd(w3, v128.load(x3 + offset), value));
    }
    x = x3;
  }
  for (; k < d; k++) {
    x += next;
    const weight = v128.load64_splat(f64Address(w, k));
    for (let offset: usize = 0; offset < bytes; offset += 16) {
      v128.store(z + offset, madd(weight, v128.load(x + offset), v128.load(z + offset)));
    }
  }
}

/**
 * xt := x^T: from row-major m x d to d rows of ldx values, zero from column m on; inputs and
 * targets alike.
 */
export function toColumns(m: i32, d: i32, x: usize, ldx: i32, xt: usize): void {
  assert(ldx >= m && isAligned(x | xt, 8), "rows of m in a matrix");
  for (let k = 0; k < d; k++) {
    const row = f64Address(xt, <usize>k * <usize>ldx);
    for (let i = 0; i < m; i++) {
      setF64(row, i, f64At(x, <usize>i * <usize>d + <usize>k));
    }
    for (let i = m; i < ldx; i++) setF64(row, i, 0.0);
  }
}

/** x := xt^T: from d rows of ldx values to row-major m x d. */
export function toRows(m: i32, d: i32, xt: usize, ldx: i32, x: usize): void {
  assert(ldx >= m && isAligned(x | xt, 8), "rows of m in a matrix");
  for (let k = 0; k < d; k++) {
    const row = f64Address(xt, <usize>k * <usize>ldx);
    for (let i = 0; i < m; i++) {
      setF64(x, <usize>i * <usize>d + <usize>k, f64At(row, i));
    }
  }
}
