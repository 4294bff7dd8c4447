import { f64Address, f64At, setF64 } from "../memory";
import { elementAddress } from "../linalg/packed";
import { erfc } from "../math/erf";

/**
 * The predictive of several members at m rows: a mixture of normals whose weights at a row are
 * proportional to 1 / variance, so that a member counts where it knows something.
 *
 *   k members; member j has means at f[j m + row], variances of the model at v[j m + row], and the
 *   variance of its noise at noise[j]
 */

/** weights[j m + row] := those of the mixture. */
export function mixtureWeights(m: i32, k: i32, v: usize, noise: usize, weights: usize): void {
  for (let row = 0; row < m; row++) {
    let least = Infinity;
    for (let j = 0; j < k; j++) least = min(least, f64At(v, j * m + row) + f64At(noise, j));
    let sum = 0.0;
    for (let j = 0; j < k; j++) {
      const weight = least / (f64At(v, j * m + row) + f64At(noise, j));
      setF64(weights, j * m + row, weight);
      sum += weight;
    }
    for (let j = 0; j < k; j++) setF64(weights, j * m + row, f64At(weights, j * m + row) / sum);
  }
}

/**
 * Mean and standard deviations: that of the model has the members' own and what they differ by,
 * that of the noise the rest; m values each.
 */
export function mixtureMoments(
  m: i32,
  k: i32,
  f: usize,
  v: usize,
  noise: usize,
  weights: usize,
  mean: usize,
  ofModel: usize,
  ofNoise: usize,
  ofBoth: usize,
): void {
  for (let row = 0; row < m; row++) {
    let first = 0.0;
    for (let j = 0; j < k; j++) first += f64At(weights, j * m + row) * f64At(f, j * m + row);
    let model = 0.0,
      rest = 0.0;
    for (let j = 0; j < k; j++) {
      const weight = f64At(weights, j * m + row);
      const apart = f64At(f, j * m + row) - first;
      model += weight * (f64At(v, j * m + row) + apart * apart);
      rest += weight * f64At(noise, j);
    }
    setF64(mean, row, first);
    setF64(ofModel, row, sqrt<f64>(model));
    setF64(ofNoise, row, sqrt<f64>(rest));
    setF64(ofBoth, row, sqrt<f64>(model + rest));
  }
}

const SQRT_HALF: f64 = 0.7071067811865476;
const LOG_TWO_PI: f64 = 1.8378770664093453;

/** Distribution function of the standard normal. */
@inline
function normal(z: f64): f64 {
  return 0.5 * f64x2.extract_lane(erfc(f64x2.splat(-SQRT_HALF * z)), 0);
}

/** Distribution function of the mixture at row `row`. */
function distribution(
  m: i32,
  k: i32,
  row: i32,
  f: usize,
  v: usize,
  noise: usize,
  weights: usize,
  y: f64,
): f64 {
  let sum = 0.0;
  for (let j = 0; j < k; j++) {
    const sd = sqrt<f64>(f64At(v, j * m + row) + f64At(noise, j));
    sum += f64At(weights, j * m + row) * normal((y - f64At(f, j * m + row)) / sd);
  }
  return sum;
}

/** More deviations than any quantile of float64 is from the mean. */
const FARTHEST: f64 = 40.0;
/** Halvings that leave the rounding of a bracket. */
const HALVINGS: i32 = 64;

/** out[row] := the quantile of the mixture at probability p, by bisection. */
export function mixtureQuantiles(
  m: i32,
  k: i32,
  f: usize,
  v: usize,
  noise: usize,
  weights: usize,
  p: f64,
  out: usize,
): void {
  for (let row = 0; row < m; row++) {
    let low = Infinity,
      high = -Infinity;
    for (let j = 0; j < k; j++) {
      const sd = sqrt<f64>(f64At(v, j * m + row) + f64At(noise, j));
      low = min(low, f64At(f, j * m + row) - FARTHEST * sd);
      high = max(high, f64At(f, j * m + row) + FARTHEST * sd);
    }
    for (let i = 0; i < HALVINGS; i++) {
      const middle = 0.5 * low + 0.5 * high;
      if (distribution(m, k, row, f, v, noise, weights, middle) < p) low = middle;
      else high = middle;
    }
    setF64(out, row, 0.5 * low + 0.5 * high);
  }
}

/**
 * How well the mixture says y: out[0] := mean log density, out[1] := share of the rows whose y lies
 * between the quantiles at `tail` and 1 - `tail`.
 */
export function mixtureScore(
  m: i32,
  k: i32,
  f: usize,
  v: usize,
  noise: usize,
  weights: usize,
  y: usize,
  tail: f64,
  out: usize,
): void {
  let logs = 0.0;
  let inside = 0;
  for (let row = 0; row < m; row++) {
    let top = -Infinity;
    for (let j = 0; j < k; j++) top = max(top, logTerm(m, row, j, f, v, noise, weights, y));
    let sum = 0.0;
    for (let j = 0; j < k; j++) sum += Math.exp(logTerm(m, row, j, f, v, noise, weights, y) - top);
    logs += top + Math.log(sum);
    const u = distribution(m, k, row, f, v, noise, weights, f64At(y, row));
    if (u > tail && u < 1.0 - tail) inside++;
  }
  setF64(out, 0, logs / <f64>m);
  setF64(out, 1, <f64>inside / <f64>m);
}

/** log of one weighted density. */
function logTerm(
  m: i32,
  row: i32,
  j: i32,
  f: usize,
  v: usize,
  noise: usize,
  weights: usize,
  y: usize,
): f64 {
  const at = j * m + row;
  const variance = f64At(v, at) + f64At(noise, j);
  const apart = f64At(y, row) - f64At(f, at);
  return (
    Math.log(f64At(weights, at)) -
    0.5 * (LOG_TWO_PI + Math.log(variance)) -
    (apart * apart) / (2.0 * variance)
  );
}

/**
 * Adds one member's part of the covariance of the mixture, row-major m x m:
 *
 *   out[p, q] += sqrt(u_p u_q) ( s2 c[p, q] + (f_p - mean_p)(f_q - mean_q) )
 *
 * Its diagonal is the variance of the model in `mixtureMoments`, and it is positive semidefinite.
 *
 *   c     covariance of the member in units of s2, panel-packed lower
 *   u, f  its weights and means; mean is that of the mixture
 */
export function addCovariance(
  m: i32,
  s2: f64,
  c: usize,
  u: usize,
  f: usize,
  mean: usize,
  out: usize,
): void {
  for (let p = 0; p < m; p++) {
    const apart = f64At(f, p) - f64At(mean, p);
    for (let q = 0; q <= p; q++) {
      const both = s2 * load<f64>(elementAddress<f64>(c, p, q));
      const value =
        sqrt<f64>(f64At(u, p) * f64At(u, q)) * (both + apart * (f64At(f, q) - f64At(mean, q)));
      const lower = f64Address(out, <usize>p * <usize>m + <usize>q),
        upper = f64Address(out, <usize>q * <usize>m + <usize>p);
      store<f64>(lower, load<f64>(lower) + value);
      if (q < p) store<f64>(upper, load<f64>(upper) + value);
    }
  }
}

/** out[row] := 1 where x[row] is below `low` or above `high`, otherwise as it is; bytes. */
export function markOutside(m: i32, x: usize, low: f64, high: f64, out: usize): void {
  for (let row = 0; row < m; row++) {
    const value = f64At(x, row);
    if (value < low || value > high) store<u8>(out + <usize>row, 1);
  }
}

/** Smallest and largest of m values. */
export function columnRange(m: i32, x: usize, out: usize): void {
  let low = Infinity,
    high = -Infinity;
  for (let row = 0; row < m; row++) {
    low = min(low, f64At(x, row));
    high = max(high, f64At(x, row));
  }
  store<f64>(out, low);
  store<f64>(f64Address(out, 1), high);
}
