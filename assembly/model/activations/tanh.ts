import { ONE, SIGN_BIT, spread } from "../../math/constant";
import { biasedPower, exponent, exponentBits, expm1Reduced, unbias } from "../../math/exp";
import { oneMinusExp, onePlusExp, tanh } from "../../math/tanh";

/** sigma = tanh z,   sigma' = 1 - sigma^2 = 4 e^(-2|z|) / (1 + e^(-2|z|))^2,   sigma'' = -2 sigma sigma' */

// @ts-ignore: decorator
@lazy @inline
const MINUS_TWO = memory.data<f64>([-2.0]);
/** From 374 on sigma' rounds to 0. */
// @ts-ignore: decorator
@lazy @inline
const VANISHING = memory.data<f64>([380.0]);
/** 4 / 2^512: the factor 4 of sigma' and the inverse bias of the power in one. */
// @ts-ignore: decorator
@lazy @inline
const FOUR_UNBIAS = memory.data<f64>([2.983336292480083e-154]);

export function tanhValue(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) v128.store(s + i, tanh(v128.load(z + i)));
}

export function tanhJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    // A NaN is not above the bound and passes.
    const u = f64x2.mul(f64x2.pmin(f64x2.abs(x), spread(VANISHING)), spread(MINUS_TWO));
    const bits = exponentBits(u);
    const p = expm1Reduced(u, exponent(bits));
    const biased = biasedPower(bits);
    const power = unbias(biased);
    const powerP = f64x2.mul(power, p);
    const plus = onePlusExp(power, powerP);
    const t = v128.or(f64x2.div(oneMinusExp(power, powerP), plus), v128.and(x, spread(SIGN_BIT)));
    const ratio = f64x2.div(f64x2.add(spread(ONE), p), f64x2.mul(plus, plus));
    const slope = f64x2.mul(f64x2.mul(ratio, biased), spread(FOUR_UNBIAS));
    v128.store(s0 + i, t);
    v128.store(s1 + i, slope);
    v128.store(s2 + i, f64x2.mul(f64x2.mul(t, spread(MINUS_TWO)), slope));
  }
}
