import { ONE, SIGN_BIT, spread } from "./constant";
import { exponent, exponentBits, expm1Reduced, power } from "./exp";

/**
 * The hyperbolic tangent on two lanes, through u = -2|x|, e^u = 2^k (1 + p):
 *
 *   tanh |x| = (1 - e^u) / (1 + e^u) = ((1 - 2^k) - 2^k p) / ((1 + 2^k) + 2^k p)
 *
 * 1 - 2^k and 1 + 2^k are exact wherever they differ from 1. With k = 0 the numerator is -p =
 * -expm1(u): one formula keeps the relative accuracy from 0 to infinity.
 */

@lazy @inline
const MINUS_TWO = memory.data<f64>([-2.0]);
/** From here on tanh rounds to 1. */
@lazy @inline
const SATURATION = memory.data<f64>([20.0]);

/** 1 - e^u for u <= 0, from 2^k and 2^k p */
@inline
export function oneMinusExp(power: v128, powerP: v128): v128 {
  return f64x2.sub(f64x2.sub(spread(ONE), power), powerP);
}

/** 1 + e^u for u <= 0, from 2^k and 2^k p */
@inline
export function onePlusExp(power: v128, powerP: v128): v128 {
  return f64x2.add(f64x2.add(spread(ONE), power), powerP);
}

/** tanh x for every float64 */
@inline
export function tanh(x: v128): v128 {
  // A NaN is not above the bound and passes.
  const u = f64x2.mul(f64x2.pmin(f64x2.abs(x), spread(SATURATION)), spread(MINUS_TWO));
  const bits = exponentBits(u);
  const p = expm1Reduced(u, exponent(bits));
  const s = power(bits);
  const sp = f64x2.mul(s, p);
  return v128.or(f64x2.div(oneMinusExp(s, sp), onePlusExp(s, sp)), v128.and(x, spread(SIGN_BIT)));
}
