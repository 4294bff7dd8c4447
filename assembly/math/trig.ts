import { f64Address } from "../memory";
import { HALF, ONE, SIGN_BIT, spread } from "./constant";
import { upperHalf } from "./erf";
import { ROUNDING } from "./exp";
import { madd } from "./fma";

/**
 * Sine and cosine on two lanes: |x| = n pi/2 + r, |r| <= pi/4, and by n modulo 4 one of
 *
 *   sin r = r + r^3 S(r^2),   cos r = 1 - r^2/2 + r^4 C(r^2).
 *
 * The float64 nearest to a multiple of pi/2 with n < 2^20 leaves r near 2^-60. So pi/2 is taken in
 * four parts of together 152 bits, three of them with exact products, and r as a sum of two
 * numbers. This keeps r to well below its last bit (after W. J. Cody and W. Waite, Software Manual
 * for the Elementary Functions, 1980, chapter 8).
 *
 * Larger arguments are rare in a network. They are reduced lane by lane, in integers, with the bits
 * of 2/pi that their exponent asks for (M. H. Payne and R. N. Hanek, Radian reduction for
 * trigonometric functions, SIGNUM Newsletter 18, 1983). Coefficients:
 * scripts/coefficients/trig.py.
 */

/** The largest argument with n < 2^20. */
@lazy @inline
const LIMIT = memory.data<f64>([1647000.0]);
@lazy @inline
const TWO_PI = memory.data<f64>([0.6366197723675814]);
/** pi/2 in parts: three of 33 bits, whose products with n are exact, and the rest. */
@lazy @inline
const PI_2 = memory.data<f64>([
  1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
]);
/** (sin r - r)/r^3 in powers of r^2, relative error of sin 2^-57. */
@lazy @inline
const S = memory.data<f64>([
  -0.16666666666666666, 0.008333333333333331, -0.00019841269841265065, 2.755731921933913e-6,
  -2.505210623243528e-8, 1.6058531617037152e-10, -7.586697002817504e-13,
]);
/** (cos r - 1 + r^2/2)/r^4 in powers of r^2, relative error of cos 2^-59.5. */
@lazy @inline
const C = memory.data<f64>([
  0.041666666666666664, -0.0013888888888887398, 2.4801587298765665e-5, -2.7557317271718644e-7,
  2.087614626607931e-9, -1.1382632258093615e-11,
]);

/** A word of zeros and the first 1216 bits of 2/pi. */
@lazy @inline
const TWO_PI_BITS = memory.data<u64>([
  0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
  0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e,
  0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
  0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
  0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
]);
/** pi/2 in two parts, the first of 26 bits. */
@lazy @inline
const PI_2_HALVES = memory.data<f64>([1.5707963109016418, 1.5893254773528196e-8]);

/**
 * (a - b) - d for d = a - b rounded, exactly (D. E. Knuth, The Art of Computer Programming 2,
 * section 4.2.2, theorem B).
 */
@inline
function differenceRest(a: v128, b: v128, d: v128): v128 {
  const e = f64x2.sub(a, d);
  return f64x2.add(f64x2.sub(a, f64x2.add(d, e)), f64x2.sub(e, b));
}

/** sin(r + c) for a c below an ulp of r */
@inline
function sinReduced(r: v128, c: v128): v128 {
  const z = f64x2.mul(r, r);
  const z2 = f64x2.mul(z, z);
  const s1 = madd(z2, madd(z, spread(S, 4), spread(S, 3)), madd(z, spread(S, 2), spread(S, 1)));
  const s5 = madd(z, spread(S, 6), spread(S, 5));
  const rest = madd(f64x2.mul(z2, z2), s5, s1);
  const cubic = madd(z, rest, spread(S));
  // sin(r + c) = sin r + c cos r, and cos r = 1 - r^2/2 is accurate enough there.
  const correction = f64x2.sub(c, f64x2.mul(f64x2.mul(c, z), spread(HALF)));
  return f64x2.add(r, madd(f64x2.mul(z, r), cubic, correction));
}

/** cos(r + c) for a c below an ulp of r */
@inline
function cosReduced(r: v128, c: v128): v128 {
  const z = f64x2.mul(r, r);
  const z2 = f64x2.mul(z, z);
  const c0 = madd(z2, madd(z, spread(C, 3), spread(C, 2)), madd(z, spread(C, 1), spread(C)));
  const quartic = madd(f64x2.mul(z2, z2), madd(z, spread(C, 5), spread(C, 4)), c0);
  const half = f64x2.mul(z, spread(HALF));
  const head = f64x2.sub(spread(ONE), half);
  // What the difference 1 - r^2/2 lost, and cos(r + c) = cos r - c sin r with sin r = r.
  const lost = f64x2.sub(f64x2.sub(spread(ONE), head), half);
  return f64x2.add(head, f64x2.add(lost, f64x2.sub(f64x2.mul(z2, quartic), f64x2.mul(r, c))));
}

/** sin or cos of r + c, whichever the quadrant asks for, with its sign */
@inline
function inQuadrant(quadrant: v128, sine: v128, cosine: v128): v128 {
  const odd = i64x2.neg(v128.and(quadrant, i64x2.splat(1)));
  const sign = v128.and(i64x2.shl(quadrant, 62), spread(SIGN_BIT));
  return v128.xor(v128.bitselect(cosine, sine, odd), sign);
}

/** The upper 64 bits of m w. */
function multiplyHigh(m: u64, w: u64): u64 {
  const m0 = m & 0xffffffff,
    m1 = m >> 32,
    w0 = w & 0xffffffff,
    w1 = w >> 32;
  const middle = m1 * w0 + ((m0 * w0) >> 32);
  return m1 * w1 + (middle >> 32) + ((m0 * w1 + (middle & 0xffffffff)) >> 32);
}

/**
 * a 2/pi modulo 4 in fixed point, two bits before the point and 126 after it: the first or second
 * word. With a = m 2^e, the bits of 2/pi above 2^(2-e) only add multiples of 4; the next 192 bits
 * leave an error below 2^-126.
 */
function turns(a: f64, second: bool): u64 {
  const bits = reinterpret<u64>(a);
  const m = (bits & 0x000fffffffffffff) | 0x0010000000000000;
  const position = <i32>(bits >> 52) - 1075 - 2 + 64;
  const words = f64Address(TWO_PI_BITS, position >> 6);
  const left = <u64>(position & 63),
    right = 63 - left;
  const w2 = (load<u64>(words) << left) | ((load<u64>(words, 8) >> 1) >> right);
  const w1 = (load<u64>(words, 8) << left) | ((load<u64>(words, 16) >> 1) >> right);
  const w0 = (load<u64>(words, 16) << left) | ((load<u64>(words, 24) >> 1) >> right);
  const carry = multiplyHigh(m, w0);
  const middle = m * w1 + carry;
  if (second) return middle;
  return m * w2 + multiplyHigh(m, w1) + u64(middle < carry);
}

/**
 * The leading 53 bits, or the following ones, of a fixed-point number in [-1/2, 1/2) with 126 bits
 * after the point.
 */
function fraction(top: i64, low: u64, following: bool): f64 {
  const negative = top < 0;
  if (negative) {
    top = ~top + i64(low == 0);
    low = 0 - low;
  }
  let high = <u64>top;
  let zeros: u64 = 0;
  if (high == 0) {
    zeros = 64;
    high = low;
    low = 0;
  }
  const shift = clz(high);
  zeros += shift;
  high = (high << shift) | ((low >> 1) >> (63 - shift));
  low <<= shift;
  const digits = following ? <f64>((high << 53) | (low >> 11)) : <f64>(high >> 11);
  const unit = reinterpret<f64>((1023 - (following ? 115 : 51) - zeros) << 52);
  return negative ? -digits * unit : digits * unit;
}

/** Both words of `turns` of the lanes of a, first or second. */
function farTurns(a: v128, second: bool): v128 {
  const t0 = turns(f64x2.extract_lane(a, 0), second);
  return i64x2.replace_lane(i64x2.splat(t0), 1, turns(f64x2.extract_lane(a, 1), second));
}

/** The quarter turns nearest to the fixed-point number whose first word is t. */
@inline
function farQuadrant(t: v128): v128 {
  return i64x2.shr_u(i64x2.add(t, i64x2.splat(1 << 61)), 62);
}

/** What the nearest quarter turn leaves, leading or following bits, from both words. */
function farFraction(t: v128, low: v128, following: bool): v128 {
  const f = i64x2.sub(t, i64x2.shl(farQuadrant(t), 62));
  const f0 = fraction(i64x2.extract_lane(f, 0), i64x2.extract_lane(low, 0), following);
  const f1 = fraction(i64x2.extract_lane(f, 1), i64x2.extract_lane(low, 1), following);
  return f64x2.replace_lane(f64x2.splat(f0), 1, f1);
}

/**
 * sin(a + quarter pi/2) for a >= 0; where `next` is an address, it gets sin(a + (quarter + 1)
 * pi/2).
 */
@inline
function circular(a: v128, quarter: i64, next: usize): v128 {
  const bits = madd(a, spread(TWO_PI), spread(ROUNDING));
  const n = f64x2.sub(bits, spread(ROUNDING));
  const a1 = f64x2.sub(a, f64x2.mul(n, spread(PI_2)));
  const b2 = f64x2.mul(n, spread(PI_2, 1));
  const a2 = f64x2.sub(a1, b2);
  const b3 = f64x2.mul(n, spread(PI_2, 2));
  const rest = f64x2.add(differenceRest(a1, b2, a2), differenceRest(a2, b3, f64x2.sub(a2, b3)));
  let head = f64x2.sub(a2, b3);
  let low = f64x2.sub(rest, f64x2.mul(n, spread(PI_2, 3)));
  let quadrant = bits;
  const far = f64x2.gt(a, spread(LIMIT));
  if (v128.any_true(far)) {
    // A lane that is not far, or NaN, is replaced by the limit and then ignored.
    const b = f64x2.pmax(spread(LIMIT), a);
    const first = farTurns(b, false);
    const second = farTurns(b, true);
    const f = farFraction(first, second, false);
    const g = farFraction(first, second, true);
    const u = upperHalf(f);
    const tail = madd(
      u,
      spread(PI_2_HALVES, 1),
      f64x2.mul(f64x2.add(f64x2.sub(f, u), g), spread(PI_2)),
    );
    // a - a makes infinity NaN.
    head = v128.bitselect(f64x2.add(f64x2.mul(u, spread(PI_2_HALVES)), f64x2.sub(a, a)), head, far);
    low = v128.bitselect(tail, low, far);
    quadrant = v128.bitselect(farQuadrant(first), quadrant, far);
  }
  const r = f64x2.add(head, low);
  const c = f64x2.add(f64x2.sub(head, r), low);
  const sine = sinReduced(r, c);
  const cosine = cosReduced(r, c);
  if (quarter) quadrant = i64x2.add(quadrant, i64x2.splat(quarter));
  if (next) v128.store(next, inQuadrant(i64x2.add(quadrant, i64x2.splat(1)), sine, cosine));
  return inQuadrant(quadrant, sine, cosine);
}

/** sin x for every float64 */
@inline
export function sin(x: v128): v128 {
  return v128.xor(circular(f64x2.abs(x), 0, 0), v128.and(x, spread(SIGN_BIT)));
}

/** cos x for every float64 */
@inline
export function cos(x: v128): v128 {
  return circular(f64x2.abs(x), 1, 0);
}

/** sin x, and cos x at the address `cosine`, with one reduction */
@inline
export function sinCos(x: v128, cosine: usize): v128 {
  return v128.xor(circular(f64x2.abs(x), 0, cosine), v128.and(x, spread(SIGN_BIT)));
}
