import { f64At } from "../memory";

/**
 * The preactivations a = w . x + eta and b = w . x' + eta of a random neuron, w and eta standard
 * normal, are jointly normal with variances 1 + |x|^2, 1 + |x'|^2 and covariance 1 + x . x'.
 */

/** A set of points, transposed: d rows of ldx values (model/layout.ts). */
@unmanaged
export class Points {
  x: usize;
  count: i32;
  ldx: i32;
}

export function pointsSet(points: usize, x: usize, count: i32, ldx: i32): void {
  const p = changetype<Points>(points);
  p.x = x;
  p.count = count;
  p.ldx = ldx;
}

export function pointsBytes(): i32 {
  return offsetof<Points>();
}

/**
 * Two variances and the covariance; their determinant and the variances of a - b and a + b, free of
 * cancellation.
 */
@unmanaged
export class Covariance {
  aa: f64;
  bb: f64;
  ab: f64;
  determinant: f64;
  difference: f64;
  sum: f64;
}

/**
 * The determinant (1 + |x|^2)(1 + |x'|^2) - (1 + x . x')^2 is |x - x'|^2 + |x|^2 |e|^2, where e is
 * the part of x' - x that is orthogonal to x (Lagrange's identity). It is computed so because near
 * the diagonal of a kernel the difference of the products would have no correct digit.
 */
export function covarianceOf(
  a: Points,
  i: i32,
  b: Points,
  j: i32,
  d: i32,
  result: Covariance,
): void {
  let xx = 0.0,
    yy = 0.0,
    xy = 0.0,
    apart = 0.0,
    xz = 0.0,
    plus = 0.0;
  for (let l = 0; l < d; l++) {
    const x = coordinate(a, i, l),
      y = coordinate(b, j, l),
      z = y - x;
    xx += x * x;
    yy += y * y;
    xy += x * y;
    xz += x * z;
    apart += z * z;
    plus += (x + y) * (x + y);
  }
  let orthogonal = 0.0;
  if (d > 1 && xx > 0.0) {
    for (let l = 0; l < d; l++) {
      const x = coordinate(a, i, l),
        e = coordinate(b, j, l) - x - (xz / xx) * x;
      orthogonal += e * e;
    }
  }
  result.aa = 1.0 + xx;
  result.bb = 1.0 + yy;
  result.ab = 1.0 + xy;
  result.determinant = apart + xx * orthogonal;
  result.difference = apart;
  result.sum = 4.0 + plus;
}

/** That of a point with itself. */
export function covarianceOfOne(a: Points, i: i32, d: i32, result: Covariance): void {
  covarianceOf(a, i, a, i, d, result);
}

/** Whether no kernel between these points overflows: determinants are products of two variances. */
export function pointsFit(points: usize, d: i32): bool {
  const p = changetype<Points>(points);
  for (let i = 0; i < p.count; i++) {
    let aa = 1.0;
    for (let l = 0; l < d; l++) aa += coordinate(p, i, l) * coordinate(p, i, l);
    if (!isFinite<f64>(64.0 * aa * aa)) return false;
  }
  return true;
}

@inline
function coordinate(points: Points, i: i32, l: i32): f64 {
  return f64At(points.x, <usize>l * <usize>points.ldx + <usize>i);
}
