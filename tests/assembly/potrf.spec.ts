import { elementAddress, packedBytes, packedBytesOf, packedFromFull, packedZero, paddedOrder } from "../../assembly/linalg/packed";
import { potrf, potrfReciprocalBytes, spotrf } from "../../assembly/linalg/cholesky/potrf";
import { DEPTH } from "../../assembly/linalg/blocking";
import { potrs, potrsVectorBytes } from "../../assembly/linalg/cholesky/potrs";
import {
  begin, RATIO, allocate, allocateNumbers, choice, fillUniform, get, matrixNorm, positiveDefinite, put, release, releaseNumbers,
  seed, solveRatio, uniform,
} from "./support";

/** Largest order of a matrix here. */
const LARGEST: i32 = 700;

/** Reused: a full matrix, its packed form, the reciprocal pivots. */
const full = allocateNumbers(LARGEST * LARGEST);
const packed = allocate(packedBytes(LARGEST));
const reciprocals = allocateNumbers(LARGEST + 4);

function factorFull(n: i32): i32 {
  packedFromFull(n, full, n, packed);
  return potrf(n, packed, reciprocals, begin(), Infinity);
}

// @ts-ignore: decorator
@inline
function l(p: i32, q: i32): f64 {
  return load<f64>(elementAddress<f64>(packed, p, q));
}

/** sum_l L[p, l] L[q, l], q <= p */
function product(p: i32, q: i32): f64 {
  let left = elementAddress<f64>(packed, p, 0), right = elementAddress<f64>(packed, q, 0);
  let sum = 0.0;
  for (let k = 0; k <= q; k++) {
    sum += load<f64>(left) * load<f64>(right);
    left += 32;
    right += 32;
  }
  return sum;
}

/** |A - L L^T| / (n eps |A|) in the 1-norm */
function factorRatio(n: i32): f64 {
  const sums = allocateNumbers(n);
  for (let p = 0; p < n; p++) put(sums, p, 0.0);
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      const difference = Math.abs(get(full, p * n + q) - product(p, q));
      put(sums, p, get(sums, p) + difference);
      if (q < p) put(sums, q, get(sums, q) + difference);
    }
  }
  let largest = 0.0;
  for (let p = 0; p < n; p++) largest = max(largest, get(sums, p));
  releaseNumbers(sums, n);
  return largest / (<f64>n * f64.EPSILON * matrixNorm(n, full));
}

/**
 * The plain factorization of `full`, in place; its largest distance from that of potrf, over eps
 * |L|
 */
function distanceToScalar(n: i32): f64 {
  let largest = 0.0, size = 0.0;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = get(full, i * n + j);
      for (let k = 0; k < j; k++) sum -= get(full, i * n + k) * get(full, j * n + k);
      put(full, i * n + j, i == j ? Math.sqrt(sum) : sum / get(full, j * n + j));
      largest = max(largest, Math.abs(get(full, i * n + j) - l(i, j)));
      size = max(size, Math.abs(l(i, j)));
    }
  }
  return largest / (size * f64.EPSILON);
}

/**
 * Are the reciprocals those of the diagonal, to an ulp or so, and the diagonal tiles zero above it?
 */
function isClean(n: i32): bool {
  let clean = true;
  const padded = paddedOrder<f64>(n);
  for (let p = 0; p < padded; p++) {
    const error = Math.abs(get(reciprocals, p) * l(p, p) - 1.0);
    clean = clean && error <= 2.0 * f64.EPSILON;
    // A diagonal tile holds the columns up to the end of its panel.
    for (let q = p + 1; q <= (p | 3); q++) clean = clean && load<f64>(elementAddress<f64>(packed, p, q)) == 0.0;
  }
  return clean;
}

/** One order: the ratios of factorization and solution, and bounds of the arrays. */
function ratiosHold(n: i32): bool {
  seed(n);
  positiveDefinite(n, full);
  const bytes = packedBytes(n), pivotBytes = potrfReciprocalBytes(n), vectorBytes = potrsVectorBytes(n);
  const own = allocate(bytes), rdiag = allocate(pivotBytes), b = allocateNumbers(n), x = allocate(vectorBytes);
  packedFromFull(n, full, n, own);
  fillUniform(n, b);
  let right = potrf(n, own, rdiag, begin(), Infinity) == 0;
  memory.copy(x, b, <usize>n << 3);
  potrs(n, own, rdiag, x);
  right = right && solveRatio(n, full, x, b) < RATIO;
  memory.copy(packed, own, <usize>bytes);
  right = right && factorRatio(n) < RATIO;
  const intact = release(own, bytes) && release(rdiag, pivotBytes);
  return releaseNumbers(b, n) && release(x, vectorBytes) && intact && right;
}

/**
 * A = L D L^T of small integers, in which every operation of the factorization is exact; D is the
 * identity but for `pivot` at k, the first place at which a factorization can fail.
 */
function integerMatrix(n: i32, k: i32, pivot: f64): void {
  seed(n + 7 * k);
  const factor = allocateNumbers(n * n);
  // Few entries a row, or the products would leave the exact integers.
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < n; q++) put(factor, p * n + q, p == q ? 1.0 : q < p && choice(8) == 0 ? uniform() < 0.0 ? -1.0 : 1.0 : 0.0);
  }
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      let sum = 0.0;
      for (let j = 0; j <= q; j++) sum += get(factor, p * n + j) * get(factor, q * n + j) * (j == k ? pivot : 1.0);
      put(full, p * n + q, sum);
      put(full, q * n + p, sum);
    }
  }
  releaseNumbers(factor, n * n);
}

function failsAt(n: i32, k: i32, pivot: f64): i32 {
  integerMatrix(n, k, pivot);
  return factorFull(n);
}

/** info for a positive definite matrix with `value` at (i, j) and (j, i). */
function infoWith(n: i32, i: i32, j: i32, value: f64): i32 {
  seed(n);
  positiveDefinite(n, full);
  put(full, i * n + j, value);
  put(full, j * n + i, value);
  return factorFull(n);
}

/** Row and column p times 2^e[p], e between -limit and limit. */
function scaleRows(n: i32, limit: i32): void {
  const scale = allocateNumbers(n);
  for (let p = 0; p < n; p++) put(scale, p, Math.pow(2.0, Math.round(uniform() * <f64>limit)));
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < n; q++) put(full, p * n + q, get(full, p * n + q) * get(scale, p) * get(scale, q));
  }
  releaseNumbers(scale, n);
}

/**
 * max |A - L L^T|[p, q] / (n eps sqrt(a[p, p] a[q, q])), which no scaling of rows and columns
 * changes (Higham, 10.1)
 */
function scaledRatio(n: i32): f64 {
  let largest = 0.0;
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      const size = Math.sqrt(get(full, p * n + p)) * Math.sqrt(get(full, q * n + q));
      largest = max(largest, Math.abs(get(full, p * n + q) - product(p, q)) / size);
    }
  }
  return largest / (<f64>n * f64.EPSILON);
}

/** The same for spotrf, in units of the float32 eps. */
function singleRatio(n: i32): f64 {
  seed(n);
  positiveDefinite(n, full);
  const bytes = packedBytesOf<f32>(n), padded = paddedOrder<f32>(n);
  const a = allocate(bytes), rdiag = allocate(<f64>padded * 4.0);
  memory.fill(a, 0, <usize>bytes);
  for (let p = 0; p < padded; p++) {
    for (let q = 0; q <= p; q++) {
      const value = p < n ? get(full, p * n + q) : p == q ? 1.0 : 0.0;
      store<f32>(elementAddress<f32>(a, p, q), <f32>value);
    }
  }
  let largest = spotrf(n, a, rdiag, begin(), Infinity) == 0 ? 0.0 : Infinity;
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      let left = elementAddress<f32>(a, p, 0), right = elementAddress<f32>(a, q, 0);
      let sum = 0.0;
      for (let k = 0; k <= q; k++) {
        sum += <f64>load<f32>(left) * <f64>load<f32>(right);
        left += 32;
        right += 32;
      }
      largest = max(largest, Math.abs(<f64>(<f32>get(full, p * n + q)) - sum));
    }
  }
  const intact = release(a, bytes) && release(rdiag, <f64>padded * 4.0);
  return intact ? largest / (<f64>n * f32.EPSILON * matrixNorm(n, full)) : Infinity;
}

describe("potrf", () => {
  it("is the scalar factorization up to rounding for n = 1 .. 80", () => {
    for (let n = 1; n <= 80; n++) {
      seed(n);
      positiveDefinite(n, full);
      expect<i32>(factorFull(n)).toBe(0);
      expect<bool>(isClean(n)).toBe(true);
      // The condition number is below 10.
      expect<f64>(distanceToScalar(n)).toBeLessThanOrEqual(10.0 * <f64>n);
    }
  });
  it("has ratios below 10, and those of potrs, for n = 1 .. 200", () => {
    for (let n = 1; n <= 200; n++) expect<bool>(ratiosHold(n)).toBe(true);
  });
  it("has them around the edges of its blocks and for larger orders", () => {
    const orders: StaticArray<i32> = [255, 256, 257, 300, DEPTH - 1, DEPTH, DEPTH + 1, DEPTH + 65, LARGEST];
    for (let i = 0; i < orders.length; i++) expect<bool>(ratiosHold(orders[i])).toBe(true);
  });
});

describe("potrf of a matrix that is not positive definite", () => {
  it("names the pivot that is negative, wherever it is", () => {
    for (let n = 1; n <= 40; n++) {
      for (let k = 0; k < n; k++) expect<i32>(failsAt(n, k, -1.0)).toBe(k + 1);
    }
    const places: StaticArray<i32> = [0, 63, 64, 100, 127, 128, 129, 255, 256, 257];
    for (let i = 0; i < places.length; i++) expect<i32>(failsAt(258, places[i], -1.0)).toBe(places[i] + 1);
    expect<i32>(failsAt(DEPTH + 5, DEPTH - 1, -1.0)).toBe(DEPTH);
    expect<i32>(failsAt(DEPTH + 5, DEPTH, -1.0)).toBe(DEPTH + 1);
    expect<i32>(failsAt(DEPTH + 5, DEPTH + 4, -1.0)).toBe(DEPTH + 5);
  });
  it("names the pivot that is exactly zero: a singular matrix", () => {
    for (let n = 1; n <= 40; n++) {
      for (let k = 0; k < n; k++) expect<i32>(failsAt(n, k, 0.0)).toBe(k + 1);
    }
    expect<i32>(failsAt(200, 0, 0.0)).toBe(1);
    expect<i32>(failsAt(200, 100, 0.0)).toBe(101);
    expect<i32>(failsAt(200, 199, 0.0)).toBe(200);
  });
  it("fails at once for the zero matrix, and at the second pivot for one of ones", () => {
    for (let n = 2; n <= 20; n++) {
      packedZero(n, packed);
      expect<i32>(potrf(n, packed, reciprocals, begin(), Infinity)).toBe(1);
      for (let i = 0; i < n * n; i++) put(full, i, 1.0);
      expect<i32>(factorFull(n)).toBe(2);
    }
  });
  it("names the row of a NaN or an infinity", () => {
    for (let n = 1; n <= 24; n++) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          expect<i32>(infoWith(n, i, j, NaN)).toBe(i + 1);
          expect<i32>(infoWith(n, i, j, Infinity)).toBe(i + 1);
          expect<i32>(infoWith(n, i, j, -Infinity)).toBe(i + 1);
        }
      }
    }
    expect<i32>(infoWith(150, 140, 3, NaN)).toBe(141);
    expect<i32>(infoWith(150, 149, 148, Infinity)).toBe(150);
  });
});

describe("potrf of badly scaled matrices", () => {
  it("keeps its ratio when rows and columns are scaled by up to 2^500", () => {
    for (let n = 1; n <= 60; n++) {
      seed(n);
      positiveDefinite(n, full);
      scaleRows(n, 500);
      expect<i32>(factorFull(n)).toBe(0);
      expect<f64>(scaledRatio(n)).toBeLessThan(RATIO);
    }
  });
  it("keeps its ratio when the whole matrix is scaled by 1e-300 or 1e300", () => {
    for (let n = 1; n <= 60; n += 7) {
      for (let sign = -1; sign <= 1; sign += 2) {
        seed(n);
        positiveDefinite(n, full);
        const scale = sign < 0 ? 1e-300 : 1e300;
        for (let i = 0; i < n * n; i++) put(full, i, get(full, i) * scale);
        expect<i32>(factorFull(n)).toBe(0);
        expect<f64>(scaledRatio(n)).toBeLessThan(RATIO);
      }
    }
  });
});

describe("spotrf", () => {
  it("has the ratio below 10 in float32 for n = 1 .. 80 and around block edges", () => {
    for (let n = 1; n <= 80; n++) expect<f64>(singleRatio(n)).toBeLessThan(RATIO);
    const orders: StaticArray<i32> = [127, 128, 129, 300, DEPTH - 1, DEPTH, DEPTH + 1, DEPTH + 65];
    for (let i = 0; i < orders.length; i++) expect<f64>(singleRatio(orders[i])).toBeLessThan(RATIO);
  });
});
