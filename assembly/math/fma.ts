/**
 * Multiply-add on two float64 lanes, the one place where the `simd` and `relaxed` builds differ:
 * `simd` rounds the product and the sum (the same bits on every engine), `relaxed` lets the
 * processor fuse them.
 */

/** a b + c */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** c - a b */
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, c);
  return f64x2.sub(c, f64x2.mul(a, b));
}

/** a b + c on the lanes of T, float64 or float32 */
@inline
export function maddOf<T>(a: v128, b: v128, c: v128): v128 {
  if (sizeof<T>() == 8) return madd(a, b, c);
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
