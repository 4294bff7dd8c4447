import {
  columnMean,
  columnScale,
  restoreColumn,
  standardizeColumn,
} from "../../assembly/fit/standardize";
import { allocateNumbers, choice, fillUniform, get, put, releaseNumbers, sameBits, seed } from "./support";

/** The middle column of a table of three, the others NaN: nothing but the column may be read. */
const STRIDE: i32 = 3;

function allocateColumn(m: i32): usize {
  const table = allocateNumbers(STRIDE * m);
  for (let i = 0; i < STRIDE * m; i++) put(table, i, NaN);
  return table + 8;
}

function releaseColumn(m: i32, column: usize): bool {
  let untouched = true;
  for (let i = 0; i < STRIDE * m; i++) untouched = untouched && (i % STRIDE == 1 || isNaN(get(column - 8, i)));
  return releaseNumbers(column - 8, STRIDE * m) && untouched;
}

/**
 * |mean - sum / m| in units of eps times the largest magnitude; the values are integers, and their
 * sum is exact.
 */
function meanError(m: i32, offset: f64): f64 {
  seed(m);
  const column = allocateColumn(m);
  let sum: i64 = 0;
  let largest = 0.0;
  for (let i = 0; i < m; i++) {
    const value = choice(2000) - 700;
    sum += value;
    largest = max(largest, Math.abs(offset + <f64>value));
    put(column, STRIDE * i, offset + <f64>value);
  }
  const error = Math.abs(columnMean(m, STRIDE, column) - offset - <f64>sum / <f64>m);
  return releaseColumn(m, column) ? error / (f64.EPSILON * largest) : Infinity;
}

/** Relative error of the scale of offset + unit {-k, ..., k}, which is unit sqrt(k (k + 1) / 3). */
function scaleError(k: i32, offset: f64, unit: f64): f64 {
  const m = 2 * k + 1;
  const column = allocateColumn(m);
  for (let i = 0; i < m; i++) put(column, STRIDE * i, offset + unit * <f64>(i - k));
  const mean = columnMean(m, STRIDE, column);
  const scale = columnScale(m, STRIDE, column, mean) / unit;
  const error = Math.abs(scale / Math.sqrt((<f64>k * <f64>(k + 1)) / 3.0) - 1.0);
  return releaseColumn(m, column) ? error : Infinity;
}

function scaleOfThree(a: f64, b: f64, c: f64): f64 {
  const x = allocateNumbers(3);
  put(x, 0, a);
  put(x, 1, b);
  put(x, 2, c);
  const scale = columnScale(3, 1, x, columnMean(3, 1, x));
  releaseNumbers(x, 3);
  return scale;
}

/** A column of m equal values has their mean, to the bit, and scale 0. */
function constantIsConstant(m: i32, value: f64): bool {
  const column = allocateColumn(m);
  for (let i = 0; i < m; i++) put(column, STRIDE * i, value);
  const mean = columnMean(m, STRIDE, column);
  const scale = columnScale(m, STRIDE, column, mean);
  return releaseColumn(m, column) && mean == value && scale == 0.0;
}

/**
 * standardizeColumn is the scalar formula, to the bit; restoreColumn undoes it up to the rounding
 * of two operations each.
 */
function roundTrip(m: i32, offset: f64): bool {
  seed(m);
  const column = allocateColumn(m), values = allocateNumbers(m);
  fillUniform(m, values);
  let largest = 0.0;
  for (let i = 0; i < m; i++) {
    put(values, i, offset + get(values, i));
    put(column, STRIDE * i, get(values, i));
    largest = max(largest, Math.abs(get(values, i)));
  }
  const mean = columnMean(m, STRIDE, column), scale = 0.375;
  standardizeColumn(m, STRIDE, column, mean, scale);
  let right = true;
  for (let i = 0; i < m; i++) right = right && get(column, STRIDE * i) == (get(values, i) - mean) / scale;
  restoreColumn(m, STRIDE, column, mean, scale);
  for (let i = 0; i < m; i++) {
    right = right && Math.abs(get(column, STRIDE * i) - get(values, i)) <= 4.0 * f64.EPSILON * largest;
  }
  return releaseNumbers(values, m) && releaseColumn(m, column) && right;
}

describe("columnMean", () => {
  it("is within two roundings of the exact mean, whatever the offset, for m = 1 .. 80 and 5000", () => {
    for (let m = 1; m <= 80; m++) {
      expect<f64>(meanError(m, 0.0)).toBeLessThanOrEqual(1.0);
      expect<f64>(meanError(m, 1e9)).toBeLessThanOrEqual(1.0);
      expect<f64>(meanError(m, -1e15)).toBeLessThanOrEqual(1.0);
    }
    expect<f64>(meanError(5000, 0.0)).toBeLessThanOrEqual(1.0);
    expect<f64>(meanError(5000, 1e15)).toBeLessThanOrEqual(1.0);
  });
  it("does not overflow where the mean does not", () => {
    const x = allocateNumbers(3);
    for (let i = 0; i < 3; i++) put(x, i, f64.MAX_VALUE);
    expect<f64>(columnMean(3, 1, x)).toBe(f64.MAX_VALUE);
    expect<bool>(releaseNumbers(x, 3)).toBe(true);
  });
});

describe("columnScale", () => {
  it("is the standard deviation of the population, to 4 m eps, for m = 3 .. 161", () => {
    for (let k = 1; k <= 80; k++) {
      const bound = 4.0 * <f64>(2 * k + 1) * f64.EPSILON;
      expect<f64>(scaleError(k, 0.0, 1.0)).toBeLessThanOrEqual(bound);
      // 1e9 plus multiples of 2^-20: the offset is 1e15 times the unit, and the values are exact.
      expect<f64>(scaleError(k, 1e9, 0.00000095367431640625)).toBeLessThanOrEqual(bound);
    }
  });
  it("neither overflows nor underflows", () => {
    const bound = 4.0 * 21.0 * f64.EPSILON;
    expect<f64>(scaleError(10, 0.0, 1e300)).toBeLessThanOrEqual(bound);
    expect<f64>(scaleError(10, 0.0, 1e-300)).toBeLessThanOrEqual(bound);
  });
  it("corrects for a mean that float64 does not have", () => {
    // Two values and the number after them, 2^-23 above: the mean rounds down to the first, the
    // deviation is sqrt(2) / 3 of the gap.
    const gap = 1.1920928955078125e-7;
    const exact = (gap * Math.sqrt(2.0)) / 3.0;
    const last = scaleOfThree(1e9, 1e9, 1e9 + gap), first = scaleOfThree(1e9 + gap, 1e9, 1e9);
    expect<f64>(Math.abs(last / exact - 1.0)).toBeLessThanOrEqual(12.0 * f64.EPSILON);
    expect<f64>(Math.abs(first / exact - 1.0)).toBeLessThanOrEqual(12.0 * f64.EPSILON);
  });
  it("is exactly 0 for a constant column, and its mean exactly the constant", () => {
    for (let m = 1; m <= 80; m++) {
      expect<bool>(constantIsConstant(m, 0.1)).toBe(true);
      expect<bool>(constantIsConstant(m, -1e300)).toBe(true);
      expect<bool>(constantIsConstant(m, 0.0)).toBe(true);
    }
  });
  it("is not finite when the deviations are not", () => {
    expect<bool>(isFinite(scaleOfThree(-f64.MAX_VALUE, f64.MAX_VALUE, f64.MAX_VALUE))).toBe(false);
  });
});

describe("standardizeColumn and restoreColumn", () => {
  it("change their column alone and undo each other, for m = 1 .. 80", () => {
    for (let m = 1; m <= 80; m++) {
      expect<bool>(roundTrip(m, 0.0)).toBe(true);
      expect<bool>(roundTrip(m, 1e9)).toBe(true);
    }
  });
});
