import { HALF, ONE, spread } from "./constant";
import { madd } from "./fma";

/**
 * The exponential on two lanes, in the pieces from which the other functions are built:
 *
 *   e^x = 2^k (1 + p), k = round(x / log 2), p = expm1(x - k log 2), |x - k log 2| <= log(2)/2
 *
 * The last sum 1 + p is left to the caller: p often goes into a product or a difference first, and
 * is then rounded once less. The argument is reduced with log 2 in two parts (W. J. Cody and W.
 * Waite, Software Manual for the Elementary Functions, 1980, chapter 6). Coefficients:
 * scripts/coefficients/exp.py.
 */

/** Adding 3/2 2^52 rounds a number below 2^51 to an integer, which the low bits of the sum hold. */
@lazy @inline
export const ROUNDING = memory.data<f64>([6755399441055744.0]);
@lazy @inline
const LOG2_E = memory.data<f64>([1.4426950408889634]);
/** log 2 in two parts. The first has 42 bits, so that its product with k is exact. */
@lazy @inline
export const LN2 = memory.data<f64>([0.6931471805598903, 5.497923018708371e-14]);
/** (expm1(r) - r - r^2/2) / r^3; the error of expm1 is 2^-58.5 of it. */
@lazy @inline
const P = memory.data<f64>([
  0.16666666666666669, 0.041666666666666664, 0.008333333333330065, 0.0013888888888886554,
  0.00019841269863040545, 2.4801587317135164e-5, 2.7557268480310024e-6, 2.755728298405588e-7,
  2.510037583256132e-8, 2.091122972975863e-9,
]);
/** The bounds beyond which e^x is 0 or infinite in float64. */
@lazy @inline
const RANGE = memory.data<f64>([-746.0, 710.0]);
/** Bias of the exponent in float64 without a factor, with a factor 2^512 and with 2^-512. */
@lazy @inline
const BIAS = memory.data<i64>([1023, 1535, 511]);
/** 2^-512 */
@lazy @inline
const UNBIAS = memory.data<f64>([7.458340731200207e-155]);

/** round(x / log 2) + ROUNDING, |x| < 2^50: the low bits are k. */
@inline
export function exponentBits(x: v128): v128 {
  return madd(x, spread(LOG2_E), spread(ROUNDING));
}

/** k as a float64 */
@inline
export function exponent(bits: v128): v128 {
  return f64x2.sub(bits, spread(ROUNDING));
}

/** 2^k for k in [-1022, 1023] */
@inline
export function power(bits: v128): v128 {
  return i64x2.shl(i64x2.add(bits, spread(BIAS)), 52);
}

/**
 * 2^(k + 512), a normal number for k in [-1534, 511]: for results that may fall below the normal
 * range.
 */
@inline
export function biasedPower(bits: v128): v128 {
  return i64x2.shl(i64x2.add(bits, spread(BIAS, 1)), 52);
}

/** 2^(k - 512), a normal number for k in [-510, 1535]: for powers that may lie above the range. */
@inline
export function reducedPower(bits: v128): v128 {
  return i64x2.shl(i64x2.add(bits, spread(BIAS, 2)), 52);
}

/** a / 2^512 */
@inline
export function unbias(a: v128): v128 {
  return f64x2.mul(a, spread(UNBIAS));
}

/** a 2^k, rounded once: the first of the two products is exact. */
@inline
export function scale(a: v128, biased: v128): v128 {
  return unbias(f64x2.mul(a, biased));
}

/**
 * (expm1(r) - r) / r^2 = 1/2 + r P(r), in pairs (G. Estrin, 1960): Horner's chain of sums takes a
 * third more time.
 */
@inline
function curvature(r: v128, r2: v128): v128 {
  const r4 = f64x2.mul(r2, r2);
  const p0 = madd(r2, madd(r, spread(P, 2), spread(P, 1)), madd(r, spread(P), spread(HALF)));
  const p4 = madd(r2, madd(r, spread(P, 6), spread(P, 5)), madd(r, spread(P, 4), spread(P, 3)));
  const p8 = madd(r2, spread(P, 9), madd(r, spread(P, 8), spread(P, 7)));
  return madd(r4, madd(r4, p8, p4), p0);
}

/**
 * expm1(a - b): the rounding error c of r = a - b is below an ulp of r, and expm1(r + c) = expm1(r)
 * + c to the last digit.
 */
@inline
function expm1Difference(a: v128, b: v128): v128 {
  const r = f64x2.sub(a, b);
  const c = f64x2.sub(f64x2.sub(a, r), b);
  const r2 = f64x2.mul(r, r);
  return f64x2.add(r, madd(r2, curvature(r, r2), c));
}

/** p for a float64 x. With k = 0 it has the relative accuracy of expm1. */
@inline
export function expm1Reduced(x: v128, k: v128): v128 {
  return expm1Difference(f64x2.sub(x, f64x2.mul(k, spread(LN2))), f64x2.mul(k, spread(LN2, 1)));
}

/** p for an argument x + low, |low| <= 2^-20 |x| */
@inline
export function expm1ReducedPair(x: v128, low: v128, k: v128): v128 {
  return expm1Difference(
    f64x2.sub(x, f64x2.mul(k, spread(LN2))),
    f64x2.sub(f64x2.mul(k, spread(LN2, 1)), low),
  );
}

/** e^x for every float64 */
@inline
export function exp(x: v128): v128 {
  // A NaN compares false and passes both bounds.
  const y = f64x2.pmax(f64x2.pmin(x, spread(RANGE, 1)), spread(RANGE));
  const bits = exponentBits(y);
  const k = exponent(bits);
  const p = expm1Reduced(y, k);
  // k lies between -1076 and 1024, beyond one power: 2^k = 2^h 2^(k - h) with h = round(k/2).
  const h = madd(k, spread(HALF), spread(ROUNDING));
  const rest = i64x2.shl(i64x2.add(i64x2.sub(bits, h), spread(BIAS)), 52);
  return f64x2.mul(f64x2.mul(f64x2.add(spread(ONE), p), power(h)), rest);
}
