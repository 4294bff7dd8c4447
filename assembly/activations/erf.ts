import { SIGN_BIT, spread } from "../math/constant";
import { erf, erfPositive, squareRest, upperHalf } from "../math/erf";
import { biasedPower, exponent, exponentBits, expm1ReducedPair, scale, unbias } from "../math/exp";
import { madd } from "../math/fma";

/** sigma = erf z,   sigma' = 2/sqrt(pi) e^(-z^2),   sigma'' = -2 z sigma' */

/** From 28 on sigma' and z sigma' round to 0. */
@lazy @inline
const VANISHING = memory.data<f64>([28.0]);
/** 2/sqrt(pi) as a sum of two float64 */
@lazy @inline
const TWO_SQRT_PI = memory.data<f64>([1.1283791670955126, 1.533545961316588e-17]);
@lazy @inline
const MINUS_TWO = memory.data<f64>([-2.0]);

export function erfValue(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16)
    v128.store(s + i, erf(v128.load(z + i)));
}

export function erfJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    const a = f64x2.abs(x);
    // A NaN is not above the bound and passes.
    const b = f64x2.pmin(a, spread(VANISHING));
    const u = upperHalf(b);
    const square = f64x2.neg(f64x2.mul(u, u));
    const bits = exponentBits(square);
    const p = expm1ReducedPair(square, f64x2.neg(squareRest(b, u)), exponent(bits));
    const biased = biasedPower(bits);
    const sign = v128.and(x, spread(SIGN_BIT));
    v128.store(s0 + i, v128.or(erfPositive(a, b, p, unbias(biased)), sign));
    const factor = spread(TWO_SQRT_PI);
    const density = f64x2.add(factor, madd(factor, p, spread(TWO_SQRT_PI, 1)));
    v128.store(s1 + i, scale(density, biased));
    const bend = f64x2.mul(f64x2.mul(b, spread(MINUS_TWO)), density);
    // Scaled by itself: a slope below the normal range has lost digits that z would magnify.
    v128.store(s2 + i, v128.xor(scale(bend, biased), sign));
  }
}
