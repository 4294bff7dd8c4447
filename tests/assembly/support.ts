/**
 * What the tests of the kernels share: random numbers, arrays at raw addresses, guards around them,
 * plain matrices.
 */

import { progressBytes, progressStart } from "../../assembly/parallel/progress";

/** Of a kernel that is called once. */
const once = memory.data(64, 16);

/** Progress of a kernel that is to run through, with Infinity as its limit. */
export function begin(): usize {
  assert(progressBytes() <= 64, "room for it");
  progressStart(once);
  return once;
}

let state: u64 = 0x9e3779b97f4a7c15;

/** Starts the random numbers again, so that a test does not depend on those before it. */
export function seed(value: i32): void {
  state = 0x9e3779b97f4a7c15 ^ (<u64>value * 0xd1342543de82ef95);
  for (let i = 0; i < 8; i++) uniform();
}

/** Uniform on [-1, 1): xorshift64*, the upper 53 bits. */
export function uniform(): f64 {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return <f64>((state * 0x2545f4914f6cdd1d) >> 11) * 2.220446049250313e-16 - 1.0;
}

/** Integer from 0 to n - 1 */
export function choice(n: i32): i32 {
  return <i32>((uniform() + 1.0) * 0.5 * <f64>n);
}

// @ts-ignore: decorator
@inline
export function get(x: usize, i: i32): f64 {
  return load<f64>(x + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
export function put(x: usize, i: i32, value: f64): void {
  store<f64>(x + (<usize>i << 3), value);
}

export function fillUniform(n: i32, x: usize): void {
  for (let i = 0; i < n; i++) put(x, i, uniform());
}

/** Bytes of a guard, before and behind an array. */
const GUARD: usize = 64;
const PATTERN: u8 = 0xa5;

/**
 * Memory of `bytes` bytes between guards; its contents are not zero, so that nothing can rely on
 * that.
 */
export function allocate(bytes: f64): usize {
  const size = <usize>bytes;
  const base = heap.alloc(size + 2 * GUARD);
  memory.fill(base, PATTERN, size + 2 * GUARD);
  return base + GUARD;
}

export function allocateNumbers(n: i32): usize {
  return allocate(<f64>n * 8.0);
}

/** Has nothing been written outside of the array? Frees it. */
export function release(x: usize, bytes: f64): bool {
  const size = <usize>bytes;
  let intact = true;
  for (let i: usize = 0; i < GUARD; i++) {
    intact = intact && load<u8>(x - GUARD + i) == PATTERN && load<u8>(x + size + i) == PATTERN;
  }
  heap.free(x - GUARD);
  return intact;
}

export function releaseNumbers(x: usize, n: i32): bool {
  return release(x, <f64>n * 8.0);
}

/** Same bits? NaN and the sign of zero count. */
export function sameBits(n: i32, x: usize, y: usize): bool {
  return memory.compare(x, y, <usize>n << 3) == 0;
}

/** A := B B^T / n + I with B uniform: symmetric, n x n, condition number below 10. */
export function positiveDefinite(n: i32, a: usize): void {
  const b = heap.alloc(<usize>(n * n) << 3);
  fillUniform(n * n, b);
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      let sum = 0.0;
      for (let l = 0; l < n; l++) sum += get(b, p * n + l) * get(b, q * n + l);
      sum = sum / <f64>n + (p == q ? 1.0 : 0.0);
      put(a, p * n + q, sum);
      put(a, q * n + p, sum);
    }
  }
  heap.free(b);
}

/**
 * Largest sum of magnitudes of a row of an n x n matrix: the infinity norm, and the 1-norm of a
 * symmetric one.
 */
export function matrixNorm(n: i32, a: usize): f64 {
  let largest = 0.0;
  for (let p = 0; p < n; p++) {
    let sum = 0.0;
    for (let q = 0; q < n; q++) sum += Math.abs(get(a, p * n + q));
    largest = max(largest, sum);
  }
  return largest;
}

/**
 * |b - A x| / (n eps |A| |x|) in the infinity norm: the backward error of a solution in units of
 * what it may be.
 */
export function solveRatio(n: i32, a: usize, x: usize, b: usize): f64 {
  let residual = 0.0, size = 0.0;
  for (let p = 0; p < n; p++) {
    let sum = get(b, p);
    for (let q = 0; q < n; q++) sum -= get(a, p * n + q) * get(x, q);
    residual = max(residual, Math.abs(sum));
    size = max(size, Math.abs(get(x, p)));
  }
  return residual / (<f64>n * f64.EPSILON * matrixNorm(n, a) * size);
}

/** What factorizations and solutions have to stay below, as in LAPACK's own tests. */
export const RATIO: f64 = 10.0;

/** Random symmetric matrix times `scale`, rows and columns scaled by 10^(-spread i). */
export function fillSymmetric(n: i32, a: usize, spread: f64, scale: f64): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = uniform() * Math.pow(10.0, -spread * <f64>(i + j)) * scale;
      put(a, i * n + j, value);
      put(a, j * n + i, value);
    }
  }
}

/**
 * Are |A V - V diag| / (n eps |A|) and |V^T V - I| / (n eps), entry by entry, below what LAPACK's
 * tests allow? Entry i of eigenvector l is number i entry + l vector.
 */
export function isEigendecomposition(n: i32, a: usize, values: usize, vectors: usize, entry: i32, vector: i32): bool {
  let residual = 0.0, orthogonality = 0.0;
  for (let l = 0; l < n; l++) {
    for (let i = 0; i < n; i++) {
      let product = -get(vectors, i * entry + l * vector) * get(values, l), inner = i == l ? -1.0 : 0.0;
      for (let j = 0; j < n; j++) {
        product += get(a, i * n + j) * get(vectors, j * entry + l * vector);
        inner += get(vectors, j * entry + i * vector) * get(vectors, j * entry + l * vector);
      }
      if (isNaN(product) || isNaN(inner)) return false;
      residual = max(residual, Math.abs(product));
      orthogonality = max(orthogonality, Math.abs(inner));
    }
  }
  const unit = RATIO * <f64>n * f64.EPSILON;
  return residual <= unit * matrixNorm(n, a) && orthogonality <= unit;
}
