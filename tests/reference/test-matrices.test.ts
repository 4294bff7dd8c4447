/**
 * Test matrices of the literature (Higham, "Accuracy and Stability of Numerical Algorithms",
 * chapter 28; Rosser et al. 1951), whose factors, solutions or eigenvalues are known in closed
 * form.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../bindings/index.js";
import { spectrum } from "../../bindings/theory.js";

type Matrix = readonly (readonly number[])[];

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});

const make = (n: number, entry: (i: number, j: number) => number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => entry(i, j)));

/** A B^T */
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b.map((other) => row.reduce((sum, value, k) => sum + value * other[k]!, 0)));

const largest = (a: Matrix) => Math.max(...a.flat().map(Math.abs));

interface Factored {
  /** 0, or the 1-based pivot that is not positive. */
  readonly failed: number;
  readonly lower: Matrix;
  /** Solution for a right-hand side. */
  readonly solve: (b: readonly number[]) => Float64Array;
}

/** potrf and potrs of the core. */
function factor(a: Matrix): Factored {
  const { core } = engine;
  const n = a.length;
  const scope = engine.open();
  const full = scope.f64(n * n);
  const packed = scope.bytes(core.packedBytes(n));
  const reciprocals = scope.bytes(core.potrfReciprocalBytes(n));
  const x = scope.bytes(core.potrsVectorBytes(n));
  engine.f64(full, n * n).set(a.flat());
  core.packedFromFull(n, full, n, packed);
  const progress = scope.bytes(core.progressBytes());
  core.progressStart(progress);
  const failed = core.potrf(n, packed, reciprocals, progress, Infinity);
  core.packedToFull(n, packed, full, n);
  const values = engine.f64(full, n * n).slice();
  return {
    failed,
    lower: make(n, (i, j) => (j > i ? 0 : values[i * n + j]!)),
    solve: (b) => {
      engine.f64(x, n).set(b);
      core.potrs(n, packed, reciprocals, x);
      return engine.f64(x, n).slice();
    },
  };
}

/** |A - L L^T| / (n eps |A|), LAPACK's ratio: a few units at most. */
function residualRatio(a: Matrix, lower: Matrix): number {
  const back = product(lower, lower);
  const difference = a.map((row, i) => row.map((value, j) => value - back[i]![j]!));
  return largest(difference) / (a.length * Number.EPSILON * largest(a));
}

function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 0; i < k; i++) value = (value * (n - i)) / (i + 1);
  return Math.round(value);
}

const pascal = (n: number) => make(n, (i, j) => binomial(i + j, i));
const moler = (n: number) => make(n, (i, j) => (i === j ? i + 1 : Math.min(i, j) - 1));
const hilbert = (n: number) => make(n, (i, j) => 1 / (i + j + 1));
const lehmer = (n: number) => make(n, (i, j) => (Math.min(i, j) + 1) / (Math.max(i, j) + 1));

/** Upper triangular with columns that are nearly dependent. */
function kahan(n: number, theta = 1.2): Matrix {
  const [s, c] = [Math.sin(theta), Math.cos(theta)];
  return make(n, (i, j) => s ** i * (i === j ? 1 : j > i ? -c : 0));
}

const orders = [1, 2, 3, 7, 8, 9, 16, 17, 24];

describe("Cholesky factors that are known", () => {
  it.each(orders)("Pascal, order %i: binomial coefficients, to the bit", (n) => {
    const { failed, lower } = factor(pascal(n));
    expect(failed).toBe(0);
    expect(lower).toEqual(make(n, (i, j) => (j > i ? 0 : binomial(i, j))));
  });

  it.each(orders)("Moler, order %i: ones and minus ones, to the bit", (n) => {
    const { failed, lower } = factor(moler(n));
    expect(failed).toBe(0);
    expect(lower).toEqual(make(n, (i, j) => (i === j ? 1 : j > i ? 0 : -1)));
  });

  it.each([8, 33, 90])(
    "Kahan, order %i: the residual is that of rounding, whatever the condition",
    (n) => {
      const upper = kahan(n);
      // K^T K, graded over many orders of magnitude.
      const transposed = make(n, (i, j) => upper[j]![i]!);
      const a = product(transposed, transposed);
      const { failed, lower } = factor(a);
      // Squared, the condition number passes 1 / eps at some order; then a pivot may drown in
      // rounding.
      if (failed === 0) expect(residualRatio(a, lower)).toBeLessThan(2);
      else expect(n).toBeGreaterThan(33);
    },
  );
});

describe("systems that are ill-conditioned", () => {
  it.each([2, 5, 8, 11])("Hilbert, order %i: within the condition number times rounding", (n) => {
    const a = hilbert(n);
    const { failed, lower, solve } = factor(a);
    expect(failed).toBe(0);
    expect(residualRatio(a, lower)).toBeLessThan(2);
    const ones = a.map((row) => row.reduce((sum, value) => sum + value, 0));
    // Szegő: the condition number grows like (1 + sqrt 2)^(4 n) / sqrt n.
    const condition = (1 + Math.SQRT2) ** (4 * n) / Math.sqrt(n);
    for (const value of solve(ones)) {
      expect(Math.abs(value - 1)).toBeLessThan(n * condition * Number.EPSILON);
    }
  });

  it("Hilbert, order 20: not positive definite in float64, and said to be", () => {
    expect(factor(hilbert(20)).failed).toBeGreaterThan(10);
  });

  it.each([1e-140, 1e-8, 1, 1e8, 1e140])(
    "Lehmer, graded by powers of %d: scaling is no error",
    (base) => {
      const n = 12;
      const scale = (i: number) => base ** (i / (n - 1));
      const plain = factor(lehmer(n));
      const graded = factor(make(n, (i, j) => scale(i) * lehmer(n)[i]![j]! * scale(j)));
      expect(graded.failed).toBe(0);
      graded.lower.forEach((row, i) => {
        row.slice(0, i + 1).forEach((value, j) => {
          expect(Math.abs(value / (scale(i) * plain.lower[i]![j]!) - 1)).toBeLessThan(1e-13);
        });
      });
    },
  );
});

describe("eigenvalues that are known", () => {
  const valuesOf = async (a: Matrix) => {
    const { values } = await spectrum(Float64Array.from(a.flat()), { engine });
    return [...values];
  };

  it.each([4, 9, 12])("Pascal, order %i: come in pairs with product 1", async (n) => {
    const values = await valuesOf(pascal(n));
    values.forEach((value, i) => {
      const partner = values[n - 1 - i]!;
      // The small ones carry the absolute error of the largest.
      const tolerance = 4 * n * Number.EPSILON * values[0]! * Math.max(value, partner);
      expect(Math.abs(value * partner - 1)).toBeLessThan(tolerance);
    });
  });

  it("Rosser: double, nearly equal, zero, small and opposite ones", async () => {
    const a = [
      [611, 196, -192, 407, -8, -52, -49, 29],
      [196, 899, 113, -192, -71, -43, -8, -44],
      [-192, 113, 899, 196, 61, 49, 8, 52],
      [407, -192, 196, 611, 8, 44, 59, -23],
      [-8, -71, 61, 8, 411, -599, 208, 208],
      [-52, -43, 49, 44, -599, 411, 208, 208],
      [-49, -8, 8, 59, 208, 208, 99, -911],
      [29, -44, 52, -23, 208, 208, -911, 99],
    ];
    const root = Math.sqrt(10405);
    const known = [10 * root, 1020, 510 + 100 * Math.sqrt(26), 1000, 1000, 510 - 100 * Math.sqrt(26), 0, -10 * root]; // biome-ignore format: by size
    for (const [i, value] of (await valuesOf(a)).entries()) {
      expect(Math.abs(value - known[i]!)).toBeLessThan(20 * Number.EPSILON * known[0]!);
    }
  });

  it.each([2, 5, 16, 31])("Clement, order %i: whole numbers", async (n) => {
    const a = make(n, (i, j) => {
      const k = Math.min(i, j) + 1;
      return Math.abs(i - j) === 1 ? Math.sqrt(k * (n - k)) : 0;
    });
    for (const [i, value] of (await valuesOf(a)).entries()) {
      expect(Math.abs(value - (n - 1 - 2 * i))).toBeLessThan(10 * n * Number.EPSILON * n);
    }
  });
});
