import { HALF, ONE, TWO, spread } from "./constant";
import { LN2 } from "./exp";
import { madd } from "./fma";

/**
 * log(1 + f) on two lanes, first for f in [0, 1], where log(1 + e^(-|z|)) needs it:
 *
 *   log(1 + f) = 2 artanh s = f - (f^2/2 - s (f^2/2 + z R(z))),   s = f/(2 + f) <= 1/3,   z = s^2
 *
 * f itself is the leading term, so a small f returns without a rounding error (the form of fdlibm's
 * log, here without a reduction by powers of 2). Coefficients: scripts/coefficients/log1p.py.
 */

/** (2 artanh(s)/s - 2)/z, relative error of the logarithm 2^-58.7. */
@lazy @inline
const R = memory.data<f64>([
  0.6666666666666666, 0.39999999999999525, 0.285714285716001, 0.2222222219823677,
  0.18181819897962714, 0.15384543964860548, 0.13335178631449265, 0.11734279061303071,
  0.10845178394881039, 0.07492143795546181, 0.15630577800931553,
]);

/** log(1 + f + low) for f in [0, 1] and a low below an ulp of f */
@inline
export function log1pUnit(f: v128, low: v128): v128 {
  const s = f64x2.div(f, f64x2.add(f, spread(TWO)));
  const z = f64x2.mul(s, s);
  const z2 = f64x2.mul(z, z);
  const z4 = f64x2.mul(z2, z2);
  const r0 = madd(z2, madd(z, spread(R, 3), spread(R, 2)), madd(z, spread(R, 1), spread(R)));
  const r4 = madd(z2, madd(z, spread(R, 7), spread(R, 6)), madd(z, spread(R, 5), spread(R, 4)));
  const r8 = madd(z2, spread(R, 10), madd(z, spread(R, 9), spread(R, 8)));
  const series = f64x2.mul(z, madd(z4, madd(z4, r8, r4), r0));
  const half = f64x2.mul(f64x2.mul(f, f), spread(HALF));
  // The derivative 1/(1 + f) = (1 - s)/(1 + s) is (1 - s)^2 to 1/9, enough for the last digits.
  const t = f64x2.sub(spread(ONE), s);
  const correction = madd(s, f64x2.add(half, series), f64x2.mul(low, f64x2.mul(t, t)));
  return f64x2.sub(f, f64x2.sub(half, correction));
}

/** 2^52 + 1023 as a number, and the bits of 2^52: they make a number of a biased exponent. */
@lazy @inline
const EXPONENT = memory.data<f64>([4503599627371519.0, 4503599627370496.0]);
/** The bits of a fraction, and those of 1, which make a number in [1, 2) of it. */
@lazy @inline
const FRACTION = memory.data<u64>([0x000fffffffffffff]);
/** The bits of 1 twice: less those of 2^e they are the bits of 2^-e. */
@lazy @inline
const INVERSE = memory.data<u64>([0x7fe0000000000000]);
@lazy @inline
const INFINITE = memory.data<f64>([Infinity]);

/**
 * log(1 + x) for every x >= 0: with 1 + x = 2^e (1 + f), f in [0, 1), it is e log 2 + log(1 + f).
 * What the sum 1 + x loses is given back to f. Nothing cancels, because f is not negative.
 */
@inline
export function log1p(x: v128): v128 {
  const one = spread(ONE);
  const sum = f64x2.add(one, x);
  const small = f64x2.lt(x, one);
  const biased = v128.or(i64x2.shr_u(sum, 52), spread(EXPONENT, 1));
  const e = v128.andnot(f64x2.sub(biased, spread(EXPONENT)), small);
  const fraction = v128.or(v128.and(sum, spread(FRACTION)), one);
  const f = v128.bitselect(x, f64x2.sub(fraction, one), small);
  const inverse = i64x2.sub(spread(INVERSE), v128.andnot(sum, spread(FRACTION)));
  const lost = f64x2.mul(f64x2.sub(one, f64x2.sub(sum, x)), inverse);
  const rest = madd(e, spread(LN2, 1), log1pUnit(f, v128.andnot(lost, small)));
  const result = f64x2.add(f64x2.mul(e, spread(LN2)), rest);
  // Infinity and NaN are their own logarithm.
  return v128.bitselect(result, x, f64x2.lt(x, spread(INFINITE)));
}
