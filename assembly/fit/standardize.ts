import { f64Address } from "../memory";

/** Standardization of one column of a row-major table: m values, `stride` elements apart. */

@inline
function at(x: usize, stride: i32, i: i32): usize {
  return f64Address(x, <usize>i * <usize>stride);
}

/**
 * Mean. The sum of the deviations from a first mean corrects its rounding, which matters when the
 * values share a large offset.
 */
export function columnMean(m: i32, stride: i32, x: usize): f64 {
  // Relative to the first value, so that neither an offset nor values near the largest float64
  // spoil the sum.
  const origin = load<f64>(x);
  let sum = 0.0;
  for (let i = 0; i < m; i++) sum += (load<f64>(at(x, stride, i)) - origin) / <f64>m;
  const mean = origin + sum;
  let rest = 0.0;
  for (let i = 0; i < m; i++) rest += (load<f64>(at(x, stride, i)) - mean) / <f64>m;
  return mean + rest;
}

/**
 * Standard deviation of the population, sqrt(1/m sum (x - mean)^2), two-pass with the correction of
 * Chan, Golub and LeVeque, The American Statistician 37 (1983) 242-247; scaled by the largest
 * deviation, so that it neither overflows nor underflows.
 */
export function columnScale(m: i32, stride: i32, x: usize, mean: f64): f64 {
  let largest = 0.0;
  for (let i = 0; i < m; i++)
    largest = max<f64>(largest, abs<f64>(load<f64>(at(x, stride, i)) - mean));
  if (!(largest > 0.0 && largest < Infinity)) return largest;
  let squares = 0.0;
  let sum = 0.0;
  for (let i = 0; i < m; i++) {
    const deviation = (load<f64>(at(x, stride, i)) - mean) / largest;
    squares += deviation * deviation;
    sum += deviation;
  }
  return largest * sqrt<f64>(max<f64>((squares - (sum * sum) / <f64>m) / <f64>m, 0.0));
}

/** x := (x - mean) / scale */
export function standardizeColumn(m: i32, stride: i32, x: usize, mean: f64, scale: f64): void {
  for (let i = 0; i < m; i++) {
    const address = at(x, stride, i);
    store<f64>(address, (load<f64>(address) - mean) / scale);
  }
}

/** x := x scale + mean */
export function restoreColumn(m: i32, stride: i32, x: usize, mean: f64, scale: f64): void {
  for (let i = 0; i < m; i++) {
    const address = at(x, stride, i);
    store<f64>(address, load<f64>(address) * scale + mean);
  }
}
