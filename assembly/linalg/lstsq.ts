import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { rowLength } from "./eigen/syev";
import { axpy, dot, norm2 } from "./vector";

/**
 * Least squares min |A x - b| by modified Gram-Schmidt on the columns of A and b together, which is
 * as stable as Householder's method (Bjorck, Numerical Methods for Least Squares Problems, 2.4).
 *
 *   m, n  rows and columns of A, n <= m
 *   a     columns, each m values and a zero to make the number even (ld); overwritten by an
 *         orthonormal basis
 *   b     m values likewise; overwritten by the residual b - A x
 *   x     n values
 *   r     n x n doubles of work
 *   returns 0, or the 1-based index of a column that depends on those before it
 */
export function lstsq(m: i32, n: i32, a: usize, b: usize, x: usize, r: usize): i32 {
  assert(0 < n && n <= m && isAligned(a | b | x | r, 8), "no more columns than rows");
  const ld = rowLength(m);
  for (let j = 0; j < n; j++) {
    const q = f64Address(a, <usize>j * <usize>ld);
    const before = norm2(ld, q);
    for (let i = 0; i < j; i++) {
      const basis = f64Address(a, <usize>i * <usize>ld);
      const projection = dot(ld, basis, q);
      setF64(r, <usize>i * <usize>n + <usize>j, projection);
      axpy(ld, -projection, basis, q);
    }
    const after = norm2(ld, q);
    if (!(after > 10.0 * f64.EPSILON * before)) return j + 1;
    setF64(r, <usize>j * <usize>n + <usize>j, after);
    for (let i: usize = 0, end = (<usize>ld) << 3; i < end; i += 8)
      store<f64>(q + i, load<f64>(q + i) / after);
    const projection = dot(ld, q, b);
    setF64(x, j, projection);
    axpy(ld, -projection, q, b);
  }
  for (let j = n - 1; j >= 0; j--) {
    let sum = f64At(x, j);
    for (let i = j + 1; i < n; i++) sum -= f64At(r, <usize>j * <usize>n + <usize>i) * f64At(x, i);
    setF64(x, j, sum / f64At(r, <usize>j * <usize>n + <usize>j));
  }
  return 0;
}
