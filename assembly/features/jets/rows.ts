/** Row `order` of the jets at byte i. */
@inline
export function setRow(out: usize, row: usize, order: i32, i: usize, value: v128): void {
  v128.store(out + <usize>order * row + i, value);
}

/** a + b x + c x^2 + d x^3 */
@inline
export function polynomial3(x: v128, a: f64, b: f64, c: f64, d: f64): v128 {
  const high = f64x2.add(f64x2.mul(x, f64x2.splat(d)), f64x2.splat(c));
  const middle = f64x2.add(f64x2.mul(x, high), f64x2.splat(b));
  return f64x2.add(f64x2.mul(x, middle), f64x2.splat(a));
}

/** a + b x + c x^2 */
@inline
export function polynomial2(x: v128, a: f64, b: f64, c: f64): v128 {
  const high = f64x2.add(f64x2.mul(x, f64x2.splat(c)), f64x2.splat(b));
  return f64x2.add(f64x2.mul(x, high), f64x2.splat(a));
}
