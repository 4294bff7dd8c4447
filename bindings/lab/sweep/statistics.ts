import jstat from "jstat";

/** Statistics of a handful of trials, for bands and fits. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Quantile by linear interpolation between order statistics. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

export interface Band {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Mean and the band between two quantiles; with `trim`, the mean of what lies within the band, as
 * published for figures 1b, 2a and 2b.
 */
export function band(values: readonly number[], low: number, high: number, trim = false): Band {
  const bounds = { low: quantile(values, low), high: quantile(values, high) };
  const kept = trim ? values.filter((v) => v >= bounds.low && v <= bounds.high) : values;
  return { mean: mean(kept.length === 0 ? values : kept), ...bounds };
}

export interface Fit {
  readonly slope: number;
  /** 95 percent confidence interval of the slope (Student's t). */
  readonly low: number;
  readonly high: number;
  readonly points: number;
}

/**
 * Exponent of a power law, y = a x^slope, by least squares on logarithms; at least three points.
 */
export function fitPower(x: readonly number[], y: readonly number[]): Fit {
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const [um, vm] = [mean(u), mean(v)];
  const uu = u.reduce((sum, value) => sum + (value - um) ** 2, 0);
  const slope = u.reduce((sum, value, i) => sum + (value - um) * (v[i]! - vm), 0) / uu;
  const residual = u.reduce((sum, value, i) => sum + (v[i]! - vm - slope * (value - um)) ** 2, 0);
  const freedom = u.length - 2;
  const error = Math.sqrt(residual / freedom / uu) * jstat.studentt.inv(0.975, freedom);
  return { slope, low: slope - error, high: slope + error, points: u.length };
}
