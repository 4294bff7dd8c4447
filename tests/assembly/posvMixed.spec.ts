import { packedBytes, packedFromFull, paddedOrder } from "../../assembly/linalg/packed";
import { mixedFactor, mixedFactorBytes, mixedPrepare, mixedScratchBytes, mixedSolve } from "../../assembly/linalg/cholesky/posvMixed";
import { packedNorm, symv } from "../../assembly/linalg/symv";
import {
  begin, RATIO, allocate, allocateNumbers, fillUniform, get, positiveDefinite, put, release, releaseNumbers, seed, solveRatio,
} from "./support";

const LARGEST: i32 = 330;
const full = allocateNumbers(LARGEST * LARGEST);
const packed = allocate(packedBytes(LARGEST));

/** b := uniform, its padding zero. */
function rightHandSide(n: i32, padded: i32): usize {
  const b = allocateNumbers(padded);
  fillUniform(n, b);
  for (let i = n; i < padded; i++) put(b, i, 0.0);
  return b;
}

/**
 * Solves (full + gamma I) x = b; returns the residual ratio, or minus one, two, ... when it says it
 * cannot.
 */
function solve(n: i32, gamma: f64): f64 {
  const padded = paddedOrder<f32>(n);
  packedFromFull(n, full, n, packed);
  const factor = allocate(mixedFactorBytes(n)), work = allocate(mixedScratchBytes(n));
  const b = rightHandSide(n, padded), x = allocateNumbers(padded);
  let result = -1.0;
  if (mixedPrepare(n, packed, gamma, factor, work) == 0 && mixedFactor(n, factor, work, begin(), Infinity) == 0) {
    result = -2.0;
    if (mixedSolve(n, packed, gamma, factor, b, x, work, begin(), Infinity) > 0) {
      for (let p = 0; p < n; p++) put(full, p * n + p, get(full, p * n + p) + gamma);
      result = solveRatio(n, full, x, b);
    }
  }
  let intact = release(factor, mixedFactorBytes(n));
  intact = release(work, mixedScratchBytes(n)) && intact;
  intact = releaseNumbers(b, padded) && intact;
  intact = releaseNumbers(x, padded) && intact;
  return intact ? result : NaN;
}

/** D A D with D from 10^-e to 10^e */
function scaleBadly(n: i32, decades: f64): void {
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < n; q++) {
      const exponent = (<f64>(p + q) / <f64>(n > 1 ? n - 1 : 1) - 1.0) * decades;
      put(full, p * n + q, get(full, p * n + q) * Math.pow(10.0, exponent));
    }
  }
}

/** The Hilbert matrix, of condition number above 1e13 from order 10 on. */
function hilbert(n: i32): void {
  for (let p = 0; p < n; p++) for (let q = 0; q < n; q++) put(full, p * n + q, 1.0 / <f64>(p + q + 1));
}

describe("symv", () => {
  it("is the plain product, for all orders, and stays within its arrays", () => {
    seed(1);
    let worst = 0.0;
    let intact = true;
    for (let n = 1; n <= 80; n++) {
      positiveDefinite(n, full);
      packedFromFull(n, full, n, packed);
      const padded = paddedOrder<f64>(n);
      const x = rightHandSide(n, padded), y = allocateNumbers(padded);
      symv(n, packed, 0.75, x, y);
      for (let p = 0; p < n; p++) {
        let sum = 0.75 * get(x, p), size = Math.abs(sum);
        for (let q = 0; q < n; q++) {
          const term = get(full, p * n + q) * get(x, q);
          sum += term;
          size += Math.abs(term);
        }
        worst = max(worst, Math.abs(sum - get(y, p)) / (<f64>n * f64.EPSILON * size));
      }
      intact = releaseNumbers(x, padded) && releaseNumbers(y, padded) && intact;
    }
    expect<f64>(worst).toBeLessThan(1.0);
    expect<bool>(intact).toBe(true);
  });

  it("the norm is Frobenius'", () => {
    seed(2);
    positiveDefinite(37, full);
    packedFromFull(37, full, 37, packed);
    let sum = 0.0;
    for (let p = 0; p < 37; p++) {
      for (let q = 0; q < 37; q++) {
        const value = get(full, p * 37 + q) + (p == q ? 0.5 : 0.0);
        sum += value * value;
      }
    }
    expect<f64>(Math.abs(packedNorm(37, packed, 0.5) / Math.sqrt(sum) - 1.0)).toBeLessThan(37.0 * f64.EPSILON);
  });
});

describe("mixed precision", () => {
  it("solves to the accuracy of float64, for all orders up to 130 and some larger", () => {
    seed(3);
    let worst = 0.0;
    for (let n = 1; n <= 130; n++) {
      positiveDefinite(n, full);
      const ratio = solve(n, 0.25);
      if (!(ratio >= 0.0)) worst = Infinity;
      worst = max(worst, ratio);
    }
    for (let n = 255; n <= LARGEST; n += 25) {
      positiveDefinite(n, full);
      const ratio = solve(n, 0.0);
      if (!(ratio >= 0.0)) worst = Infinity;
      worst = max(worst, ratio);
    }
    expect<f64>(worst).toBeLessThan(RATIO);
  });

  it("bad scaling that a diagonal undoes is undone: 1e-100 to 1e100", () => {
    seed(4);
    for (let n = 2; n < 60; n += 7) {
      positiveDefinite(n, full);
      scaleBadly(n, 50.0);
      const ratio = solve(n, 0.0);
      expect<bool>(ratio >= 0.0 && ratio < RATIO).toBe(true);
    }
  });

  it("solves or says that it cannot; never a wrong solution", () => {
    seed(5);
    for (let n = 2; n <= 30; n++) {
      hilbert(n);
      const ratio = solve(n, 0.0);
      expect<bool>(ratio == -1.0 || ratio == -2.0 || (ratio >= 0.0 && ratio < RATIO)).toBe(true);
    }
    hilbert(20);
    expect<f64>(solve(20, 0.0)).toBeLessThan(0.0);
    hilbert(20);
    expect<f64>(solve(20, 1e-3)).toBeGreaterThan(-1.0);
  });

  it("refuses what is not positive definite, NaN and infinity", () => {
    seed(6);
    for (let at = 0; at < 21; at += 10) {
      positiveDefinite(21, full);
      put(full, at * 21 + at, -1.0);
      expect<f64>(solve(21, 0.0)).toBe(-1.0);
      positiveDefinite(21, full);
      put(full, at * 21 + at, NaN);
      expect<f64>(solve(21, 0.0)).toBe(-1.0);
      positiveDefinite(21, full);
      put(full, 20 * 21 + at, Infinity);
      expect<f64>(solve(21, 0.0)).toBe(-1.0);
    }
  });

  it("a zero right-hand side has the solution zero", () => {
    seed(7);
    positiveDefinite(9, full);
    packedFromFull(9, full, 9, packed);
    const factor = allocate(mixedFactorBytes(9)), work = allocate(mixedScratchBytes(9));
    const b = allocateNumbers(16), x = allocateNumbers(16);
    for (let i = 0; i < 16; i++) put(b, i, 0.0);
    expect<i32>(mixedPrepare(9, packed, 0.0, factor, work)).toBe(0);
    expect<i32>(mixedFactor(9, factor, work, begin(), Infinity)).toBe(0);
    expect<i32>(mixedSolve(9, packed, 0.0, factor, b, x, work, begin(), Infinity)).toBe(0);
    for (let i = 0; i < 9; i++) expect<f64>(get(x, i)).toBe(0.0);
    release(factor, mixedFactorBytes(9));
    release(work, mixedScratchBytes(9));
    releaseNumbers(b, 16);
    releaseNumbers(x, 16);
  });
});
