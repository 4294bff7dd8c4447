import { f64Address, f64At, i32At, setF64, setI32 } from "../memory";
import { fillUniform } from "../random/initialize";

/**
 * Points in a box, row-major m x d.
 *
 *   low, high  d values each
 */

/** First of the streams of the points, one a coordinate, and of their order. */
const STREAM_POINTS: u32 = 2048;
const STREAM_ORDER: u32 = 4096;

/** Independent and uniform. `work`: m values. */
export function uniformPoints(
  seedLow: u32,
  seedHigh: u32,
  m: i32,
  d: i32,
  low: usize,
  high: usize,
  work: usize,
  out: usize,
): void {
  const seed = ((<u64>seedHigh) << 32) | <u64>seedLow;
  for (let j = 0; j < d; j++) {
    fillUniform(seed, STREAM_POINTS + <u32>j, m, work);
    for (let i = 0; i < m; i++) place(out, i, d, j, low, high, 0.5 * (f64At(work, i) + 1.0));
  }
}

/**
 * A Latin hypercube: of m slices of each coordinate every one has a point (McKay, Beckman and
 * Conover, Technometrics 21, 1979). `work`: 2 m values, and `order` m integers.
 */
export function latinPoints(
  seedLow: u32,
  seedHigh: u32,
  m: i32,
  d: i32,
  low: usize,
  high: usize,
  work: usize,
  order: usize,
  out: usize,
): void {
  const seed = ((<u64>seedHigh) << 32) | <u64>seedLow;
  const draws = f64Address(work, m);
  for (let j = 0; j < d; j++) {
    fillUniform(seed, STREAM_POINTS + <u32>j, m, work);
    fillUniform(seed, STREAM_ORDER + <u32>j, m, draws);
    for (let i = 0; i < m; i++) setI32(order, i, i);
    // Fisher and Yates.
    for (let i = m - 1; i > 0; i--) {
      const other = min(i, <i32>(0.5 * (f64At(draws, i) + 1.0) * <f64>(i + 1)));
      const kept = i32At(order, i);
      setI32(order, i, i32At(order, other));
      setI32(order, other, kept);
    }
    for (let i = 0; i < m; i++) {
      const within = 0.5 * (f64At(work, i) + 1.0);
      place(out, i, d, j, low, high, (<f64>i32At(order, i) + within) / <f64>m);
    }
  }
}

/** Coordinates for which there are direction numbers. */
export function sobolDimensions(): i32 {
  return 10;
}

/**
 * Degree and coefficients of the primitive polynomials, and the first direction numbers, of the
 * coordinates from the second on: S. Joe and F. Y. Kuo, SIAM J. Sci. Comput. 30 (2008) 2635-2654.
 */
@lazy @inline
const DIRECTIONS = memory.data<i32>([
  1, 0, 1, 0, 0, 0, 0, 2, 1, 1, 3, 0, 0, 0, 3, 1, 1, 3, 1, 0, 0, 3, 2, 1, 1, 1, 0, 0, 4, 1, 1, 1, 3,
  3, 0, 4, 4, 1, 3, 5, 13, 0, 5, 2, 1, 1, 5, 5, 17, 5, 4, 1, 1, 5, 5, 5, 5, 7, 1, 1, 7, 11, 19,
]);
const DIRECTION_VALUES: i32 = 7;
const BITS: i32 = 32;

const numbers = memory.data(BITS * 4, 16);

/** The first m points of the Sobol sequence, in Gray code order, from the origin on; d <= 10. */
export function sobolPoints(m: i32, d: i32, low: usize, high: usize, out: usize): void {
  assert(d <= sobolDimensions(), "direction numbers");
  for (let j = 0; j < d; j++) {
    directionNumbers(j);
    let x: u32 = 0;
    for (let i = 0; i < m; i++) {
      place(out, i, d, j, low, high, <f64>x * 2.3283064365386963e-10);
      x ^= <u32>i32At(numbers, ctz(~i));
    }
  }
}

function directionNumbers(j: i32): void {
  if (j == 0) {
    for (let b = 0; b < BITS; b++) setI32(numbers, b, 1 << (BITS - 1 - b));
    return;
  }
  const row = DIRECTIONS + <usize>(j - 1) * <usize>DIRECTION_VALUES * 4;
  const degree = i32At(row, 0),
    coefficients = i32At(row, 1);
  for (let b = 0; b < BITS; b++) {
    if (b < degree) {
      setI32(numbers, b, i32At(row, 2 + b) << (BITS - 1 - b));
      continue;
    }
    const before = <u32>i32At(numbers, b - degree);
    let value = before ^ (before >> <u32>degree);
    for (let t = 1; t < degree; t++) {
      if (((coefficients >> (degree - 1 - t)) & 1) != 0) value ^= <u32>i32At(numbers, b - t);
    }
    setI32(numbers, b, <i32>value);
  }
}

@inline
function place(out: usize, i: i32, d: i32, j: i32, low: usize, high: usize, part: f64): void {
  const from = f64At(low, j);
  setF64(out, <usize>i * <usize>d + <usize>j, from + part * (f64At(high, j) - from));
}
