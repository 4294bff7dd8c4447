import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { axpy, dot } from "../linalg/vector";

/**
 * The chain rule from the residual rows R(x, v) of an equation to what its variables v are made of:
 * q features of the network, a row of ldx values each, then e parameters of the equation, numbers
 * that all points share.
 *
 *   first   q + e rows, R_v
 *   second  packed lower triangle of rows, R_uv in row u (u + 1) / 2 + v, v <= u
 *   along   q rows, the derivative of each feature along a direction
 *   shared  e values, that of each parameter
 */

/** out := sum_v R_v v', one row: the derivative of R along the direction. */
export function chainAlong(
  ldx: i32,
  q: i32,
  e: i32,
  first: usize,
  along: usize,
  shared: usize,
  out: usize,
): void {
  assert((ldx & 1) == 0 && isAligned(first | along | out, 16), "rows of an even length");
  memory.fill(out, 0, (<usize>ldx) << 3);
  for (let v = 0; v < q; v++) multiplyAdd(ldx, row(first, ldx, v), row(along, ldx, v), out);
  for (let v = 0; v < e; v++) axpy(ldx, f64At(shared, v), row(first, ldx, q + v), out);
}

/**
 * out += sum_uv R_uv u' v', one row: what the curvature of R itself adds to its second derivative
 * along the direction.
 */
export function chainBend(
  ldx: i32,
  q: i32,
  e: i32,
  second: usize,
  along: usize,
  shared: usize,
  out: usize,
): void {
  assert((ldx & 1) == 0 && isAligned(second | along | out, 16), "rows of an even length");
  let entry = second;
  for (let u = 0; u < q + e; u++) {
    for (let v = 0; v <= u; v++) {
      const times = u == v ? 1.0 : 2.0;
      for (let m = 0; m < ldx; m++) {
        const product = direction(ldx, q, u, m, along, shared) * f64At(entry, m);
        const bend = product * direction(ldx, q, v, m, along, shared);
        setF64(out, m, f64At(out, m) + times * bend);
      }
      entry = row(entry, ldx, 1);
    }
  }
}

@inline
function direction(ldx: i32, q: i32, v: i32, m: i32, along: usize, shared: usize): f64 {
  return v < q ? f64At(row(along, ldx, v), m) : f64At(shared, v - q);
}

/** rows_v := R_v u, of the q features: what stands beside their derivatives in J^T u. */
export function chainRows(ldx: i32, q: i32, first: usize, u: usize, rows: usize): void {
  assert((ldx & 1) == 0 && isAligned(first | u | rows, 16), "rows of an even length");
  for (let v = 0; v < q; v++) {
    const from = row(first, ldx, v),
      to = row(rows, ldx, v);
    for (let m: usize = 0, end = (<usize>ldx) << 3; m < end; m += 16) {
      v128.store(to + m, f64x2.mul(v128.load(from + m), v128.load(u + m)));
    }
  }
}

/** out_v += R_v . u of the e parameters: their part of J^T u. */
export function chainShared(ldx: i32, q: i32, e: i32, first: usize, u: usize, out: usize): void {
  for (let v = 0; v < e; v++) {
    setF64(out, v, f64At(out, v) + dot(ldx, row(first, ldx, q + v), u));
  }
}

@inline
function row(rows: usize, ldx: i32, index: i32): usize {
  return f64Address(rows, <usize>index * <usize>ldx);
}

/** y[m] += a[m] b[m], n even. */
function multiplyAdd(n: i32, a: usize, b: usize, y: usize): void {
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    const product = f64x2.mul(v128.load(a + m), v128.load(b + m));
    v128.store(y + m, f64x2.add(v128.load(y + m), product));
  }
}
