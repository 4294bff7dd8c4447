import { ONE, SIGN_BIT, spread } from "../math/constant";
import { biasedPower, exponent, exponentBits, expm1Reduced, unbias } from "../math/exp";
import { oneMinusExp, onePlusExp, tanh } from "../math/tanh";

/**
 * sigma = tanh z, sigma' = 1 - sigma^2 = 4 e^(-2|z|) / (1 + e^(-2|z|))^2, sigma'' = -2 sigma sigma'
 */

/** Bytes of a piece of each array. */
const PIECE: usize = 1024;

@lazy @inline
const MINUS_TWO = memory.data<f64>([-2.0]);
/** From u = -748 on sigma' rounds to 0. */
@lazy @inline
const VANISHING = memory.data<f64>([-760.0]);
/** 4 / 2^512: the factor 4 of sigma' and the inverse bias of the power in one. */
@lazy @inline
const FOUR_UNBIAS = memory.data<f64>([2.983336292480083e-154]);

export function tanhValue(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16)
    v128.store(s + i, tanh(v128.load(z + i)));
}

/** -2|x|, not below the range; a NaN is not below it and passes. */
@inline
function minusTwice(x: v128): v128 {
  return f64x2.pmax(v128.or(f64x2.add(x, x), spread(SIGN_BIT)), spread(VANISHING));
}

/**
 * In two passes over pieces that stay in the first-level cache: each chain of operations is half as
 * long, and a processor has more of them under way at once. In between s1 holds p, and s2 the bits
 * of the exponent.
 */
export function tanhJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  const end = (<usize>n) << 3;
  for (let piece: usize = 0; piece < end; piece += PIECE) {
    const last = min(piece + PIECE, end);
    let i = piece;
    // Two chains side by side.
    for (; i + 16 < last; i += 32) {
      const u0 = minusTwice(v128.load(z + i)),
        u1 = minusTwice(v128.load(z + i, 16));
      const bits0 = exponentBits(u0),
        bits1 = exponentBits(u1);
      v128.store(s2 + i, bits0);
      v128.store(s2 + i, bits1, 16);
      v128.store(s1 + i, expm1Reduced(u0, exponent(bits0)));
      v128.store(s1 + i, expm1Reduced(u1, exponent(bits1)), 16);
    }
    if (i < last) {
      const u = minusTwice(v128.load(z + i));
      const bits = exponentBits(u);
      v128.store(s2 + i, bits);
      v128.store(s1 + i, expm1Reduced(u, exponent(bits)));
    }
    for (i = piece; i < last; i += 16) {
      const p = v128.load(s1 + i);
      const biased = biasedPower(v128.load(s2 + i));
      const power = unbias(biased);
      const powerP = f64x2.mul(power, p);
      const plus = onePlusExp(power, powerP);
      const sign = v128.and(v128.load(z + i), spread(SIGN_BIT));
      const t = v128.or(f64x2.div(oneMinusExp(power, powerP), plus), sign);
      const ratio = f64x2.div(f64x2.add(spread(ONE), p), f64x2.mul(plus, plus));
      const slope = f64x2.mul(f64x2.mul(ratio, biased), spread(FOUR_UNBIAS));
      v128.store(s0 + i, t);
      v128.store(s1 + i, slope);
      v128.store(s2 + i, f64x2.mul(f64x2.mul(t, spread(MINUS_TWO)), slope));
    }
  }
}
