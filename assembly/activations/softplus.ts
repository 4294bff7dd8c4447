import { ONE, spread } from "../math/constant";
import { biasedPower, exponent, exponentBits, expm1Reduced, scale, unbias } from "../math/exp";
import { log1pUnit } from "../math/log1p";
import { onePlusExp } from "../math/tanh";

/**
 * sigma = log(1 + e^z) = max(z, 0) + log(1 + e^(-|z|)), sigma' = 1 / (1 + e^-z), sigma'' = sigma'
 * (1 - sigma')
 */

/** From 746 on e^(-|z|) rounds to 0. */
@lazy @inline
const VANISHING = memory.data<f64>([760.0]);

/** log(1 + e^(-|z|)) from 1 + p and p of e^(-|z|) */
@inline
function logarithm(m: v128, p: v128, biased: v128): v128 {
  const lost = f64x2.sub(p, f64x2.sub(m, spread(ONE)));
  return log1pUnit(scale(m, biased), scale(lost, biased));
}

export function softplusValue(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    const u = f64x2.neg(f64x2.pmin(f64x2.abs(x), spread(VANISHING)));
    const bits = exponentBits(u);
    const p = expm1Reduced(u, exponent(bits));
    const value = logarithm(f64x2.add(spread(ONE), p), p, biasedPower(bits));
    v128.store(s + i, f64x2.add(f64x2.pmax(x, f64x2.splat(0.0)), value));
  }
}

export function softplusJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    // A NaN is not above the bound and passes.
    const u = f64x2.neg(f64x2.pmin(f64x2.abs(x), spread(VANISHING)));
    const bits = exponentBits(u);
    const p = expm1Reduced(u, exponent(bits));
    const biased = biasedPower(bits);
    const power = unbias(biased);
    const one = spread(ONE);
    const m = f64x2.add(one, p);
    v128.store(s0 + i, f64x2.add(f64x2.pmax(x, f64x2.splat(0.0)), logarithm(m, p, biased)));
    const plus = onePlusExp(power, f64x2.mul(power, p));
    const negative = f64x2.lt(x, f64x2.splat(0.0));
    const ratio = f64x2.div(v128.bitselect(m, one, negative), plus);
    v128.store(s1 + i, v128.bitselect(scale(ratio, biased), ratio, negative));
    v128.store(s2 + i, scale(f64x2.div(m, f64x2.mul(plus, plus)), biased));
  }
}
