import { f64At } from "../memory";
import { HALF, SIGN_BIT, spread } from "../math/constant";
import { softplusJet } from "../activations/softplus";

/** For the wrapper (loss.ts). */
export function logisticTraits(): string {
  return '{ "targets": "0 or 1", "mostClasses": 2, "accelerates": false, "prediction": "logistic" }';
}

/**
 * l = log(1 + e^f) - y f for y = 0 or 1. With g = -f where y = 1, and f where it is 0, that is
 *
 *   l = log(1 + e^g), l' = +- 1 / (1 + e^-g), l'' = e^g / (1 + e^g)^2
 *
 * without a difference that could cancel: the softplus and its derivatives.
 */
export function logisticJet(
  n: i32,
  f: usize,
  y: usize,
  value: usize,
  slope: usize,
  bend: usize,
): void {
  const end = (<usize>n) << 3;
  for (let i: usize = 0; i < end; i += 16)
    v128.store(value + i, v128.xor(v128.load(f + i), positiveClass(y + i)));
  softplusJet(n, value, value, slope, bend);
  for (let i: usize = 0; i < end; i += 16)
    v128.store(slope + i, v128.xor(v128.load(slope + i), positiveClass(y + i)));
}

/** The sign bit of the lanes where y = 1. */
@inline
function positiveClass(y: usize): v128 {
  return v128.and(f64x2.gt(v128.load(y), spread(HALF)), spread(SIGN_BIT));
}

export function logisticBad(n: i32, y: usize): i32 {
  for (let i = 0; i < n; i++) {
    const value = f64At(y, i);
    if (value != 0.0 && value != 1.0) return i;
  }
  return -1;
}
