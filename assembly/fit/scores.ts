import { f64At, setF64 } from "../memory";

/** How good predictions are, where samples have weights or are classes. */

/** out[i] := index of the largest of the k values of row i, the first of equal ones; m rows. */
export function largestClasses(k: i32, m: i32, p: usize, out: usize): void {
  for (let i = 0; i < m; i++) {
    const row = p + ((<usize>i * k) << 3);
    let best = 0;
    for (let o = 1; o < k; o++) if (f64At(row, o) > f64At(row, best)) best = o;
    setF64(out, i, <f64>best);
  }
}

/** The least probability whose logarithm is taken; some 708 nats. */
const LEAST: f64 = 2.2250738585072014e-308;

/**
 * Means over m samples, each counted w times:
 *
 *   out[0]  share of the samples whose class y has the largest probability
 *   out[1]  -log p_y, in nats
 *   out[2]  sum_o (p_o - [o = y])^2 (Brier, Monthly Weather Review 78 (1950) 1-3)
 *
 *   k  classes
 *   p  rows of k probabilities
 *   y  classes, 0 to k - 1
 *   w  weights, not all 0; 0 where there are none
 */
export function classScores(k: i32, m: i32, p: usize, y: usize, w: usize, out: usize): void {
  let weights = 0.0,
    right = 0.0,
    log = 0.0,
    squares = 0.0;
  const unit = w == 0 ? 1.0 : largestOf(m, w);
  for (let i = 0; i < m; i++) {
    const weight = w == 0 ? 1.0 : f64At(w, i) / unit;
    const row = p + ((<usize>i * k) << 3);
    const target = <i32>f64At(y, i);
    let best = 0,
      square = 0.0;
    for (let o = 0; o < k; o++) {
      const share = f64At(row, o);
      if (share > f64At(row, best)) best = o;
      const error = o == target ? 1.0 - share : share;
      square += error * error;
    }
    weights += weight;
    if (best == target) right += weight;
    log -= weight * Math.log(max<f64>(f64At(row, target), LEAST));
    squares += weight * square;
  }
  setF64(out, 0, right / weights);
  setF64(out, 1, log / weights);
  setF64(out, 2, squares / weights);
}

/**
 * out[0] := sqrt(sum w (y - f)^2 / sum w), out[1] := sqrt(sum w (y - mean)^2 / sum w), mean that of
 * y with these weights; m samples. Scaled, so that no square overflows or vanishes.
 */
export function weightedErrors(m: i32, w: usize, y: usize, f: usize, out: usize): void {
  const unit = largestOf(m, w);
  let weights = 0.0;
  for (let i = 0; i < m; i++) weights += f64At(w, i) / unit;
  // Relative to one value that counts: an offset does not spoil the sum.
  let first = 0;
  while (!(f64At(w, first) > 0.0)) first++;
  const origin = f64At(y, first);
  let sum = 0.0;
  for (let i = 0; i < m; i++) {
    const weight = f64At(w, i) / unit;
    // What has no weight may be of any size.
    if (weight > 0.0) sum += (weight / weights) * (f64At(y, i) - origin);
  }
  const mean = origin + sum;
  for (let part = 0; part < 2; part++) {
    let largest = 0.0;
    for (let i = 0; i < m; i++) {
      if (f64At(w, i) > 0.0) largest = max<f64>(largest, abs<f64>(errorAt(part, y, f, mean, i)));
    }
    let squares = 0.0;
    for (let i = 0; largest > 0.0 && i < m; i++) {
      const error = errorAt(part, y, f, mean, i) / largest;
      if (f64At(w, i) > 0.0) squares += (f64At(w, i) / unit) * error * error;
    }
    setF64(out, part, largest * sqrt<f64>(squares / weights));
  }
}

@inline
function errorAt(part: i32, y: usize, f: usize, mean: f64, i: i32): f64 {
  return f64At(y, i) - (part == 0 ? f64At(f, i) : mean);
}

function largestOf(m: i32, w: usize): f64 {
  let largest = 0.0;
  for (let i = 0; i < m; i++) largest = max<f64>(largest, f64At(w, i));
  return largest;
}
