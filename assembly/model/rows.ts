import { f64Address, f64At, setF64 } from "../memory";
import { LossKind } from "../losses/loss";
import { Point } from "./point";
import { Problem } from "./problem";

/**
 * The second derivatives D = w l'' of the loss as a curvature has them (newton/rows.ts), and the
 * rows A = |D|^(1/2) J of which J^T D J = A^T E A is made, E the signs of D.
 *
 * Softmax has D_m = w_m (diag(p) - p p^T) = W W^T with W = w_m^(1/2) (diag(p^(1/2)) - p
 * p^(1/2)^T), for every curvature. So row o of A is
 *
 *   (w_m p_o)^(1/2) (J_o - sum_o' p_o' J_o') = (w_m p_o)^(1/2) sum_o' p_o' (J_o - J_o')
 *
 * of which the last form does not cancel where one p is nearly 1.
 */
@unmanaged
export class Rows {
  /** D, a function vector; of softmax p. */
  d: usize;
  /** |D|^(1/2); of softmax (w p)^(1/2). */
  scale: usize;
  /** 1 - p of softmax, 0 for the others. */
  rest: usize;
  /** Scales of the samples of one pass of syrk. */
  pass: usize;
  /** How many entries of D are negative. */
  negatives: i32;
}

@inline
export function sampleWeight(p: Problem, m: i32): f64 {
  return p.sampleWeights == 0 ? 1.0 : f64At(p.sampleWeights, m);
}

/**
 * out := D u for function vectors, D of the rows, or as it is where rows = 0; out is not u. Of a
 * point whose D is not 1.
 */
export function curvatureProduct(point: usize, rows: usize, u: usize, out: usize): void {
  const at = changetype<Point>(point),
    p = at.problem;
  const d = rows == 0 ? at.bend : changetype<Rows>(rows).d;
  if (p.loss == LossKind.SOFTMAX) {
    for (let m = 0; m < p.ldx; m++) classProduct(p, d, m, u, out);
    return;
  }
  for (let i: usize = 0, end = (<usize>(p.k * p.ldx)) << 3; i < end; i += 16)
    v128.store(out + i, f64x2.mul(v128.load(d + i), v128.load(u + i)));
}

function classProduct(p: Problem, d: usize, m: i32, u: usize, out: usize): void {
  const weight = sampleWeight(p, m);
  for (let o = 0; o < p.k; o++) {
    const i = o * p.ldx + m;
    setF64(out, i, weight * f64At(d, i) * difference(p, d, o, m, f64Address(u, m), p.ldx));
  }
}

/** sum_o' p_o' (a_o - a_o') for one sample; values of a are `stride` apart. */
@inline
export function difference(p: Problem, d: usize, o: i32, m: i32, a: usize, stride: i32): f64 {
  const value = f64At(a, o * stride);
  let sum = 0.0;
  for (let other = 0; other < p.k; other++)
    sum += f64At(d, other * p.ldx + m) * (value - f64At(a, other * stride));
  return sum;
}

/**
 * row[m] := sum_o' p_o' (a_o - a_o') for `count` samples from `first`, count even; values of a are
 * `stride` apart.
 */
export function differenceRow(
  p: Problem,
  rows: Rows,
  o: i32,
  first: i32,
  count: i32,
  a: usize,
  stride: i32,
  row: usize,
): void {
  memory.fill(row, 0, (<usize>count) << 3);
  const value = f64At(a, o * stride);
  for (let other = 0; other < p.k; other++) {
    if (other == o) continue;
    const factor = f64x2.splat(value - f64At(a, other * stride));
    const share = f64Address(rows.d, <usize>other * <usize>p.ldx + <usize>first);
    for (let m: usize = 0, end = (<usize>count) << 3; m < end; m += 16) {
      const sum = f64x2.add(v128.load(row + m), f64x2.mul(factor, v128.load(share + m)));
      v128.store(row + m, sum);
    }
  }
}

/** How many entries of D are negative. */
export function rowsNegative(rows: usize): i32 {
  return changetype<Rows>(rows).negatives;
}

/**
 * out := T u with A = T J, for function vectors: |D|^(1/2) u; of softmax (w p_o)^(1/2) sum_o' p_o'
 * (u_o - u_o'). out is not u.
 */
export function rowsMultiply(point: usize, rows: usize, u: usize, out: usize): void {
  const p = changetype<Point>(point).problem,
    made = changetype<Rows>(rows);
  for (let o = 0; o < p.k; o++) {
    for (let m = 0; m < p.ldx; m++) {
      const i = o * p.ldx + m;
      const value =
        made.rest == 0 ? f64At(u, i) : difference(p, made.d, o, m, f64Address(u, m), p.ldx);
      setF64(out, i, f64At(made.scale, i) * value);
    }
  }
}

/**
 * out := T^T v: |D|^(1/2) v; of softmax x - p sum_o x_o with x = (w p)^(1/2) v. out may be v.
 */
export function rowsTranspose(point: usize, rows: usize, v: usize, out: usize): void {
  const p = changetype<Point>(point).problem,
    made = changetype<Rows>(rows);
  for (let m = 0; m < p.ldx; m++) {
    let sum = 0.0;
    for (let o = 0; o < p.k; o++) {
      const i = o * p.ldx + m;
      const value = f64At(made.scale, i) * f64At(v, i);
      sum += value;
      setF64(out, i, value);
    }
    if (made.rest == 0) continue;
    for (let o = 0; o < p.k; o++) {
      const i = o * p.ldx + m;
      setF64(out, i, f64At(out, i) - f64At(made.d, i) * sum);
    }
  }
}

/**
 * Splits u = T^T t + rest: t is u / |D|^(1/2) where that is a number of some size, and 0 where D is
 * 0 or so small that it is not. Returns the largest magnitude of `rest`.
 *
 * With t in the place of E C^-1 t the part of the step that comes from it is no difference of large
 * terms. What is left are rows that have no D, and of softmax what is not a sum of zero.
 */
export function rowsSplit(point: usize, rows: usize, u: usize, t: usize, rest: usize): f64 {
  const p = changetype<Point>(point).problem,
    made = changetype<Rows>(rows);
  const count = p.k * p.ldx;
  for (let i = 0; i < count; i++) {
    const scale = f64At(made.scale, i),
      value = f64At(u, i);
    setF64(t, i, scale > 0.0 && abs(value) <= scale * LARGEST ? value / scale : 0.0);
  }
  rowsTranspose(point, rows, t, rest);
  const rounding = <f64>(p.k + 4) * f64.EPSILON;
  let largest = 0.0;
  for (let i = 0; i < count; i++) {
    const left = f64At(u, i) - f64At(rest, i);
    // What roundings left is none of it.
    const value = abs(left) <= rounding * abs(f64At(u, i)) ? 0.0 : left;
    setF64(rest, i, value);
    largest = max(largest, abs(value));
  }
  return largest;
}

/** Of an entry of t, whose square is far from overflowing. */
const LARGEST: f64 = 1e100;

/** v := E v, of the rows. */
export function rowsSigns(point: usize, rows: usize, v: usize): void {
  const p = changetype<Point>(point).problem,
    made = changetype<Rows>(rows);
  if (made.negatives == 0) return;
  for (let i = 0; i < p.k * p.ldx; i++) {
    if (f64At(made.d, i) < 0.0) setF64(v, i, -f64At(v, i));
  }
}
