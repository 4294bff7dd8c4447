import { madd } from "../math/fma";

/** Level-1 operations on float64 vectors. Sums run in a fixed order with a fixed number of chains. */

/** y := y + alpha x, any n. */
export function axpy(n: i32, alpha: f64, x: usize, y: usize): void {
  const factor = f64x2.splat(alpha);
  const end = x + (<usize>(n & ~1) << 3);
  while (x < end) {
    v128.store(y, madd(factor, v128.load(x), v128.load(y)));
    x += 16;
    y += 16;
  }
  // The last of an odd number goes through the same lane arithmetic, so that `relaxed` treats all entries alike.
  if (n & 1) {
    const value = madd(factor, v128.load64_splat(x), v128.load64_splat(y));
    store<f64>(y, f64x2.extract_lane(value, 0));
  }
}

/** Euclidean norm, scaled by the largest entry so that it neither overflows nor underflows; NaN if any entry is. */
export function norm2(n: i32, x: usize): f64 {
  const scale = normMax(n, x);
  if (!(scale > 0.0 && scale < Infinity)) return scale;
  let sum = 0.0;
  for (let i = 0; i < n; i++) {
    const value = load<f64>(x + (<usize>i << 3)) / scale;
    sum += value * value;
  }
  return scale * sqrt<f64>(sum);
}

/** max |x[i]|; NaN if any entry is. */
export function normMax(n: i32, x: usize): f64 {
  let result = 0.0;
  for (let i = 0; i < n; i++) result = max<f64>(result, abs<f64>(load<f64>(x + (<usize>i << 3))));
  return result;
}

/** Index of the first entry that is NaN or infinite, or -1. */
export function firstNonFinite(n: i32, x: usize): i32 {
  for (let i = 0; i < n; i++) {
    // x - x is 0 for finite x alone.
    if (load<f64>(x + (<usize>i << 3)) - load<f64>(x + (<usize>i << 3)) != 0.0) return i;
  }
  return -1;
}
