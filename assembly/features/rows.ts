/** Rows of a block of points, n values each, n even. */

/** y[m] += alpha a[m], n even */
export function addScaled(n: i32, alpha: f64, a: usize, y: usize): void {
  if (alpha == 0.0) return;
  const factor = f64x2.splat(alpha);
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    v128.store(y + m, f64x2.add(v128.load(y + m), f64x2.mul(factor, v128.load(a + m))));
  }
}

/** y[m] += alpha a[m] b[m], n even */
export function addProduct(n: i32, alpha: f64, a: usize, b: usize, y: usize): void {
  if (alpha == 0.0) return;
  const factor = f64x2.splat(alpha);
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    const product = f64x2.mul(v128.load(a + m), v128.load(b + m));
    v128.store(y + m, f64x2.add(v128.load(y + m), f64x2.mul(factor, product)));
  }
}

/** y[m] += alpha a[m]^2 b[m], n even */
export function addSquare(n: i32, alpha: f64, a: usize, b: usize, y: usize): void {
  if (alpha == 0.0) return;
  const factor = f64x2.splat(alpha);
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    const value = v128.load(a + m);
    const product = f64x2.mul(f64x2.mul(value, value), v128.load(b + m));
    v128.store(y + m, f64x2.add(v128.load(y + m), f64x2.mul(factor, product)));
  }
}

/** sum a[m], n even */
export function sum(n: i32, a: usize): f64 {
  let lanes = f64x2.splat(0);
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    lanes = f64x2.add(lanes, v128.load(a + m));
  }
  return laneSum(lanes);
}

/** sum a[m] b[m], n even */
export function dot2(n: i32, a: usize, b: usize): f64 {
  let lanes = f64x2.splat(0);
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    lanes = f64x2.add(lanes, f64x2.mul(v128.load(a + m), v128.load(b + m)));
  }
  return laneSum(lanes);
}

/** sum a[m] b[m] c[m], n even */
export function dot3(n: i32, a: usize, b: usize, c: usize): f64 {
  let lanes = f64x2.splat(0);
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    const product = f64x2.mul(v128.load(a + m), v128.load(b + m));
    lanes = f64x2.add(lanes, f64x2.mul(product, v128.load(c + m)));
  }
  return laneSum(lanes);
}

@inline
function laneSum(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}
