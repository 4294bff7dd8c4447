import { HALF, ONE, SIGN_BIT, spread } from "../math/constant";

/** For the wrapper (loss.ts). */
export function huberTraits(): string {
  return '{ "parameters": { "delta": 1 } }';
}

/**
 * With r = f - y: l = r^2/2, l' = r, l'' = 1 where |r| <= delta; beyond, l = delta (|r| - delta/2),
 * l' = delta sign r, l'' = 0 (P. J. Huber, Annals of Mathematical Statistics 35 (1964) 73-101).
 */
export function huberJet(
  n: i32,
  delta: f64,
  f: usize,
  y: usize,
  value: usize,
  slope: usize,
  bend: usize,
): void {
  const bound = f64x2.splat(delta),
    half = f64x2.splat(0.5 * delta);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const r = f64x2.sub(v128.load(f + i), v128.load(y + i));
    const size = f64x2.abs(r);
    // A NaN is not beyond the bound, and stays in the value and the slope.
    const outside = f64x2.gt(size, bound);
    const square = f64x2.mul(f64x2.mul(r, r), spread(HALF));
    const line = f64x2.mul(bound, f64x2.sub(size, half));
    const tail = v128.or(bound, v128.and(r, spread(SIGN_BIT)));
    v128.store(value + i, v128.bitselect(line, square, outside));
    v128.store(slope + i, v128.bitselect(tail, r, outside));
    v128.store(bend + i, v128.andnot(spread(ONE), outside));
  }
}
