import { sytrf, sytrfWorkBytes } from "../../assembly/linalg/bunchKaufman/sytrf";
import { sytrfNegative, sytrs } from "../../assembly/linalg/bunchKaufman/sytrs";
import {
  begin, RATIO, allocate, allocateNumbers, fillUniform, get, matrixNorm, put, release, releaseNumbers, seed, solveRatio, uniform,
} from "./support";

const LARGEST: i32 = 300;

/** Reused: the matrix, its factors, pivots. */
const matrix = allocateNumbers(LARGEST * LARGEST);
const factors = allocateNumbers(LARGEST * (LARGEST + 3));
const pivots = allocateNumbers(LARGEST);

function pivot(k: i32): i32 {
  return load<i32>(pivots + (<usize>k << 2));
}

/**
 * Copies the lower triangle, with NaN above it, which must not be read; -1 when scratch is written
 * over its end.
 */
function factor(n: i32, ld: i32): i32 {
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < ld; q++) put(factors, p * ld + q, q <= p ? get(matrix, p * n + q) : NaN);
  }
  const bytes = sytrfWorkBytes(n), work = allocate(bytes);
  const info = sytrf(n, factors, ld, pivots, work, begin(), Infinity);
  return release(work, bytes) ? info : -1;
}

function swap(x: usize, i: i32, j: i32): void {
  const value = get(x, i);
  put(x, i, get(x, j));
  put(x, j, value);
}

function addRow(n: i32, row: usize, factor: f64, x: usize): void {
  for (let i = 0; i < n; i++) put(x, i, get(x, i) + get(row, i) * factor);
}

function dotRow(n: i32, row: usize, x: usize): f64 {
  let sum = 0.0;
  for (let i = 0; i < n; i++) sum += get(row, i) * get(x, i);
  return sum;
}

/** x := U D U^T x from the factors, with the interchanges where they were made. */
function multiply(n: i32, ld: i32, x: usize): void {
  for (let k = n - 1; k >= 0; k--) {
    const row = factors + (<usize>(k * ld) << 3);
    if (pivot(k) >= 0) {
      swap(x, k, pivot(k));
      put(x, k, get(x, k) + dotRow(k, row, x));
    } else {
      const above = row - (<usize>ld << 3), m = k - 1;
      swap(x, m, -1 - pivot(k));
      put(x, k, get(x, k) + dotRow(m, row, x));
      put(x, m, get(x, m) + dotRow(m, above, x));
      k = m;
    }
  }
  for (let k = 0; k < n; k++) {
    const row = factors + (<usize>(k * ld) << 3);
    if (pivot(k) >= 0) {
      put(x, k, get(x, k) * get(row, k));
    } else {
      const below = row + (<usize>ld << 3), first = get(x, k), second = get(x, k + 1);
      put(x, k, get(row, k) * first + get(below, k) * second);
      put(x, k + 1, get(below, k) * first + get(below, k + 1) * second);
      k += 1;
    }
  }
  for (let k = 0; k < n; k++) {
    const row = factors + (<usize>(k * ld) << 3);
    if (pivot(k) >= 0) {
      addRow(k, row, get(x, k), x);
      swap(x, k, pivot(k));
    } else {
      addRow(k, row, get(x, k), x);
      addRow(k, row + (<usize>ld << 3), get(x, k + 1), x);
      swap(x, k, -1 - pivot(k));
      k += 1;
    }
  }
}

/** |A - U D U^T| / (n eps |A|) in the 1-norm */
function factorRatio(n: i32, ld: i32): f64 {
  const x = allocateNumbers(n);
  let largest = 0.0;
  for (let q = 0; q < n; q++) {
    for (let i = 0; i < n; i++) put(x, i, i == q ? 1.0 : 0.0);
    multiply(n, ld, x);
    let sum = 0.0;
    for (let p = 0; p < n; p++) sum += Math.abs(get(x, p) - get(matrix, p * n + q));
    largest = max(largest, sum);
  }
  releaseNumbers(x, n);
  return largest / (<f64>n * f64.EPSILON * matrixNorm(n, matrix));
}

/** Factors and solves `matrix`; are both ratios below 10? */
function ratiosHold(n: i32): bool {
  const ld = n + (n & 3), b = allocateNumbers(n), x = allocateNumbers(n);
  fillUniform(n, b);
  memory.copy(x, b, <usize>n << 3);
  let right = factor(n, ld) == 0;
  sytrs(n, factors, ld, pivots, x);
  right = right && solveRatio(n, matrix, x, b) < RATIO && factorRatio(n, ld) < RATIO;
  const intact = releaseNumbers(b, n);
  return releaseNumbers(x, n) && intact && right;
}

function negative(n: i32): i32 {
  return sytrfNegative(n, factors, n + (n & 3), pivots);
}

function twoByTwo(n: i32): i32 {
  let count = 0;
  for (let k = 0; k < n; k++) count += pivot(k) < 0 ? 1 : 0;
  return count / 2;
}

/** Uniform, symmetric; the diagonal times `diagonal`. */
function uniformMatrix(n: i32, diagonal: f64): void {
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      const value = uniform() * (p == q ? diagonal : 1.0);
      put(matrix, p * n + q, value);
      put(matrix, q * n + p, value);
    }
  }
}

/**
 * L D L^T, D of `count` negative and n - count positive entries in random order, L unit lower and
 * well conditioned.
 */
function withInertia(n: i32, count: i32): void {
  const lower = allocateNumbers(n * n), d = allocateNumbers(n);
  let left = count;
  for (let p = 0; p < n; p++) {
    const isNegative = (uniform() + 1.0) * 0.5 * <f64>(n - p) < <f64>left;
    if (isNegative) left -= 1;
    put(d, p, (isNegative ? -1.0 : 1.0) * (1.25 + uniform()));
    for (let q = 0; q < n; q++) put(lower, p * n + q, p == q ? 1.0 : q < p ? uniform() / Math.sqrt(<f64>n) : 0.0);
  }
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      let sum = 0.0;
      for (let k = 0; k <= q; k++) sum += get(lower, p * n + k) * get(d, k) * get(lower, q * n + k);
      put(matrix, p * n + q, sum);
      put(matrix, q * n + p, sum);
    }
  }
  releaseNumbers(lower, n * n);
  releaseNumbers(d, n);
}

/**
 * [ 0 B; B^T 0 ] with B uniform and square: n = 2 half, as many negative eigenvalues as positive
 * ones.
 */
function antidiagonal(half: i32): void {
  const n = 2 * half;
  for (let i = 0; i < n * n; i++) put(matrix, i, 0.0);
  for (let p = 0; p < half; p++) {
    for (let q = 0; q < half; q++) {
      const value = uniform() + (p == q ? 2.0 : 0.0);
      put(matrix, p * n + half + q, value);
      put(matrix, (half + q) * n + p, value);
    }
  }
}

describe("sytrf", () => {
  it("has ratios below 10, and those of sytrs, for random matrices of n = 1 .. 100", () => {
    for (let n = 1; n <= 100; n++) {
      seed(n);
      uniformMatrix(n, 1.0);
      expect<bool>(ratiosHold(n)).toBe(true);
    }
  });
  it("has them for larger orders", () => {
    const orders: StaticArray<i32> = [126, 127, 128, 129, 130, 191, 192, 193, 200, 257, LARGEST];
    for (let i = 0; i < orders.length; i++) {
      seed(i);
      uniformMatrix(orders[i], 1.0);
      expect<bool>(ratiosHold(orders[i])).toBe(true);
    }
  });
  it("has them with a diagonal of zeros or nearly so, by 2 x 2 pivots", () => {
    // From 65 on in blocks: pairs at their edges, and blocks of 63.
    for (let n = 2; n <= 140; n++) {
      seed(n);
      uniformMatrix(n, n % 2 == 0 ? 0.0 : 1e-20);
      expect<bool>(ratiosHold(n)).toBe(true);
      expect<bool>(twoByTwo(n) > 0).toBe(true);
    }
  });
  it("has them when the matrix is scaled by 1e-150 or 1e250", () => {
    for (let n = 1; n <= 100; n += 3) {
      for (let sign = -1; sign <= 1; sign += 2) {
        seed(n);
        uniformMatrix(n, 1.0);
        for (let i = 0; i < n * n; i++) put(matrix, i, get(matrix, i) * (sign < 0 ? 1e-150 : 1e250));
        expect<bool>(ratiosHold(n)).toBe(true);
      }
    }
  });
});

describe("sytrfNegative", () => {
  it("counts the signs of D in L D L^T", () => {
    for (let n = 1; n <= 60; n++) {
      for (let count = 0; count <= n; count += 1 + n / 5) {
        seed(61 * n + count);
        withInertia(n, count);
        expect<bool>(ratiosHold(n)).toBe(true);
        expect<i32>(negative(n)).toBe(count);
      }
    }
    seed(0);
    withInertia(200, 77);
    expect<bool>(ratiosHold(200)).toBe(true);
    expect<i32>(negative(200)).toBe(77);
  });
  it("gives one negative eigenvalue for each positive one of [0 B; B^T 0]", () => {
    for (let half = 1; half <= 40; half++) {
      seed(half);
      antidiagonal(half);
      expect<bool>(ratiosHold(2 * half)).toBe(true);
      expect<i32>(negative(2 * half)).toBe(half);
    }
  });
  it("knows the inertia of a saddle point: [I B^T; B 0]", () => {
    for (let m = 1; m <= 20; m++) {
      const n = 2 * m, order = n + m;
      seed(m);
      for (let i = 0; i < order * order; i++) put(matrix, i, 0.0);
      for (let p = 0; p < n; p++) put(matrix, p * order + p, 1.0);
      for (let p = n; p < order; p++) {
        for (let q = 0; q < n; q++) {
          const value = uniform();
          put(matrix, p * order + q, value);
          put(matrix, q * order + p, value);
        }
      }
      expect<bool>(ratiosHold(order)).toBe(true);
      expect<i32>(negative(order)).toBe(m);
    }
  });
});

describe("sytrf of what has no factorization", () => {
  it("says that the zero matrix is singular", () => {
    for (let n = 1; n <= 20; n++) {
      for (let i = 0; i < n * n; i++) put(matrix, i, 0.0);
      expect<i32>(factor(n, n)).toBe(n);
    }
  });
  it("says that a matrix with a zero row is singular", () => {
    for (let n = 1; n <= 90; n += n < 20 ? 1 : 35) {
      for (let zero = 0; zero < n; zero++) {
        seed(n);
        // Exact: the row stays zero whatever is subtracted from it.
        uniformMatrix(n, 1.0);
        for (let i = 0; i < n; i++) {
          put(matrix, zero * n + i, 0.0);
          put(matrix, i * n + zero, 0.0);
        }
        expect<bool>(factor(n, n) != 0).toBe(true);
      }
    }
  });
  it("does not pass over NaN or infinity", () => {
    for (let n = 1; n <= 90; n += n < 16 ? 1 : 37) {
      const step = n < 16 ? 1 : 7;
      for (let p = 0; p < n; p += step) {
        for (let q = 0; q <= p; q += step) {
          seed(n);
          uniformMatrix(n, 1.0);
          put(matrix, p * n + q, NaN);
          expect<bool>(factor(n, n) != 0).toBe(true);
          put(matrix, p * n + q, Infinity);
          expect<bool>(factor(n, n) != 0).toBe(true);
        }
      }
    }
  });
});
