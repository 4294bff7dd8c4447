/** Helpers of the tests of the vector functions. */

/** How many float64 lie between a and b; both zeros are one number, and any two NaN. */
export function ulpDistance(a: f64, b: f64): u64 {
  if (isNaN(a) || isNaN(b)) return isNaN(a) && isNaN(b) ? 0 : u64.MAX_VALUE;
  const i = ordered(a);
  const j = ordered(b);
  return <u64>(i > j ? i - j : j - i);
}

/** Consecutive integers for consecutive float64 */
function ordered(x: f64): i64 {
  const bits = reinterpret<i64>(x);
  return bits < 0 ? i64.MIN_VALUE - bits : bits;
}

/** The vector (a, b) */
export function lanes(a: f64, b: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(a), 1, b);
}
