import { HALF, ONE, TWO, spread } from "../math/constant";
import {
  squareRest,
  tailCenter,
  tailHead,
  tailRest,
  tailRow,
  tailRows,
  upperHalf,
} from "../math/erf";
import { biasedPower, exponent, exponentBits, expm1ReducedPair, scale } from "../math/exp";
import { madd, nmadd } from "../math/fma";

/**
 * sigma = z Phi(z),   sigma' = Phi(z) + z phi(z),   sigma'' = (2 - z^2) phi(z)
 *
 * with the normal density phi(z) = e^(-z^2/2) / sqrt(2 pi) and distribution Phi(z) = erfc(-z/sqrt
 * 2)/2. Everything is computed for a = |z| from T = Phi(-a) and then reflected: Phi(a) = 1 - T.
 */

/** From 39 on T, and a^2 phi, round to 0. */
@lazy @inline
const VANISHING = memory.data<f64>([40.0]);
/**
 * 1/sqrt(2) in two parts. The first has 26 bits, so that its product with 26 bits of a is exact.
 */
@lazy @inline
const SQRT_HALF = memory.data<f64>([0.7071067690849304, 1.210161710447897e-8]);
/** 1/sqrt(2 pi) as a sum of two float64 */
@lazy @inline
const DENSITY = memory.data<f64>([0.3989422804014327, -2.49232720227773e-17]);
@lazy @inline
const MINUS_HALF = memory.data<f64>([-0.5]);

/** -a^2/2 less its leading part -u^2/2 */
@inline
function halfSquareRest(a: v128, u: v128): v128 {
  return f64x2.mul(squareRest(a, u), spread(MINUS_HALF));
}

/** The leading part of a/sqrt(2), an exact product. */
@inline
function argument(u: v128): v128 {
  return f64x2.mul(u, spread(SQRT_HALF));
}

/**
 * 2 T - G(c) without the power of 2; the argument a/sqrt(2) of erfc is `head` and what is left of
 * it.
 */
@inline
function lowerTailRest(a: v128, u: v128, head: v128, p: v128, row0: usize, row1: usize): v128 {
  const rest = madd(a, spread(SQRT_HALF, 1), f64x2.mul(f64x2.sub(a, u), spread(SQRT_HALF)));
  return tailRest(f64x2.add(f64x2.sub(head, tailCenter(row0, row1)), rest), p, row0, row1);
}

/** a t with one rounding, for t = head + rest rounded; u is the upper half of a. */
@inline
function product(a: v128, u: v128, t: v128, head: v128, rest: v128): v128 {
  const v = upperHalf(t);
  const low = f64x2.add(f64x2.sub(t, v), f64x2.sub(rest, f64x2.sub(t, head)));
  return madd(u, v, madd(f64x2.sub(a, u), t, f64x2.mul(u, low)));
}

export function geluValue(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    // A NaN is not above the bound and passes.
    const a = f64x2.pmin(f64x2.abs(x), spread(VANISHING));
    const u = upperHalf(a);
    const square = f64x2.mul(f64x2.mul(u, u), spread(MINUS_HALF));
    const bits = exponentBits(square);
    const p = expm1ReducedPair(square, halfSquareRest(a, u), exponent(bits));
    const biased = biasedPower(bits);
    const half = argument(u);
    const rows = tailRows(half);
    const row0 = tailRow(i32x4.extract_lane(rows, 0));
    const row1 = tailRow(i32x4.extract_lane(rows, 2));
    const head = tailHead(row0, row1);
    const rest = lowerTailRest(a, u, half, p, row0, row1);
    const t = f64x2.add(head, rest);
    const left = scale(f64x2.mul(product(a, u, t, head, rest), spread(MINUS_HALF)), biased);
    const right = f64x2.mul(x, f64x2.sub(spread(ONE), scale(f64x2.mul(t, spread(HALF)), biased)));
    v128.store(s + i, v128.bitselect(left, right, f64x2.lt(x, f64x2.splat(0.0))));
  }
}

export function geluJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    const a = f64x2.pmin(f64x2.abs(x), spread(VANISHING));
    const u = upperHalf(a);
    const squareU = f64x2.mul(u, u);
    const bits = exponentBits(f64x2.mul(squareU, spread(MINUS_HALF)));
    const p = expm1ReducedPair(
      f64x2.mul(squareU, spread(MINUS_HALF)),
      halfSquareRest(a, u),
      exponent(bits),
    );
    const biased = biasedPower(bits);
    const half = argument(u);
    const rows = tailRows(half);
    const row0 = tailRow(i32x4.extract_lane(rows, 0));
    const row1 = tailRow(i32x4.extract_lane(rows, 2));
    const head = tailHead(row0, row1);
    const rest = lowerTailRest(a, u, half, p, row0, row1);
    const t = f64x2.add(head, rest);
    const halfT = f64x2.mul(t, spread(HALF));
    const factor = spread(DENSITY);
    const density = f64x2.add(factor, madd(factor, p, spread(DENSITY, 1)));
    const one = spread(ONE);
    const negative = f64x2.lt(x, f64x2.splat(0.0));
    const left = scale(f64x2.mul(product(a, u, t, head, rest), spread(MINUS_HALF)), biased);
    const right = f64x2.mul(x, f64x2.sub(one, scale(halfT, biased)));
    v128.store(s0 + i, v128.bitselect(left, right, negative));
    // sigma'(-a), and sigma'(a) = 1 - sigma'(-a).
    const slope = scale(f64x2.sub(halfT, f64x2.mul(a, density)), biased);
    v128.store(s1 + i, v128.bitselect(slope, f64x2.sub(one, slope), negative));
    // 2 - (u + v)^2 = (2 - u^2) - 2 u v - v^2: next to sqrt(2) the first two differences are exact.
    const v = f64x2.sub(a, u);
    const bend = nmadd(v, v, nmadd(f64x2.mul(u, spread(TWO)), v, f64x2.sub(spread(TWO), squareU)));
    v128.store(s2 + i, scale(f64x2.mul(bend, density), biased));
  }
}
