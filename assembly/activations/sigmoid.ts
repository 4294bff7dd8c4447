import { ONE, SIGN_BIT, spread } from "../math/constant";
import { exponent, exponentBits, expm1Reduced, reducedPower, unbias } from "../math/exp";
import { madd } from "../math/fma";

/**
 * sigma = 1 / (1 + e^-z),   sigma' = sigma (1 - sigma),   sigma'' = -sigma' tanh(z/2)
 *
 * With a = |z| and E = e^a everything follows from q = sigma(-a) = 1/(1 + E) <= 1/2 without
 * cancellation: sigma(a) = 1 - q, sigma' = q (1 - q), tanh(a/2) = (E - 1) q. E is carried with a
 * factor 2^-512, so that it does not overflow before q underflows.
 */

/** From 746 on q rounds to 0. */
@lazy @inline
const VANISHING = memory.data<f64>([760.0]);
/** 2^-512 */
@lazy @inline
const SMALL_ONE = memory.data<f64>([7.458340731200207e-155]);

/**
 * 2^-512 (1 + E) from the parts of E, the first sum with its rounding error: 1 + 2^k is not exact
 * for k = 53.
 */
@inline
function onePlus(power: v128, powerP: v128): v128 {
  const head = f64x2.add(power, spread(SMALL_ONE));
  const lost = f64x2.sub(spread(SMALL_ONE), f64x2.sub(head, power));
  return f64x2.add(head, f64x2.add(powerP, lost));
}

export function sigmoidValue(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    // A NaN is not above the bound and passes.
    const a = f64x2.pmin(f64x2.abs(x), spread(VANISHING));
    const bits = exponentBits(a);
    const p = expm1Reduced(a, exponent(bits));
    const power = reducedPower(bits);
    const plus = onePlus(power, f64x2.mul(power, p));
    const one = spread(ONE);
    const q = unbias(f64x2.div(one, plus));
    v128.store(s + i, v128.bitselect(q, f64x2.sub(one, q), f64x2.lt(x, f64x2.splat(0.0))));
  }
}

export function sigmoidJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    const a = f64x2.pmin(f64x2.abs(x), spread(VANISHING));
    const bits = exponentBits(a);
    const p = expm1Reduced(a, exponent(bits));
    const power = reducedPower(bits);
    const plus = onePlus(power, f64x2.mul(power, p));
    const one = spread(ONE);
    const inverse = f64x2.div(one, plus);
    const q = unbias(inverse);
    const rest = f64x2.sub(one, q);
    v128.store(s0 + i, v128.bitselect(q, rest, f64x2.lt(x, f64x2.splat(0.0))));
    const slope = unbias(f64x2.mul(inverse, rest));
    v128.store(s1 + i, slope);
    // tanh(a/2) = ((2^k - 1) + 2^k p) q; p by itself is not scaled down, where a and p may be tiny.
    const head = f64x2.mul(f64x2.sub(power, spread(SMALL_ONE)), inverse);
    const bend = f64x2.mul(slope, madd(p, f64x2.mul(power, inverse), head));
    v128.store(s2 + i, v128.xor(bend, v128.andnot(spread(SIGN_BIT), x)));
  }
}
