import { f64Address, f64At, setF64 } from "../../memory";
import { dot, subtractRows } from "../vector";

/** Reflectors of a panel: what is applied together. */
export const PANEL_COLUMNS: i32 = 32;

/** Rows of the copy of a panel, made even. */
@inline
export function panelRows(m: i32): i32 {
  return (m + 2) & ~1;
}

/*
 * The scratch of a panel: V, PANEL_COLUMNS columns of panelRows(m) values; T, PANEL_COLUMNS^2; W,
 * PANEL_COLUMNS values a column.
 */

@inline
function triangleOf(m: i32, work: usize): usize {
  return f64Address(work, <usize>PANEL_COLUMNS * <usize>panelRows(m));
}

@inline
function productsOf(m: i32, work: usize): usize {
  return f64Address(triangleOf(m, work), PANEL_COLUMNS * PANEL_COLUMNS);
}

/** First row of the copy: one row earlier where that makes its pairs of values those of A. */
@inline
function startOf(first: i32): i32 {
  return first & ~1;
}

/** V := the reflectors with their ones and zeros, from row startOf(first) to a whole pair. */
export function copyPanel(m: i32, first: i32, count: i32, a: usize, ld: i32, work: usize): void {
  const rows = panelRows(m),
    start = startOf(first);
  for (let j = 0; j < count; j++) {
    const v = f64Address(work, <usize>j * <usize>rows);
    const column = f64Address(a, <usize>(first + j) * <usize>ld);
    const diagonal = first + j;
    memory.fill(v, 0, (<usize>(diagonal - start)) << 3);
    setF64(v, diagonal - start, 1.0);
    const rest = m - diagonal - 1;
    memory.copy(
      f64Address(v, diagonal - start + 1),
      f64Address(column, diagonal + 1),
      (<usize>rest) << 3,
    );
    if (((m - start) & 1) != 0) setF64(v, m - start, 0.0);
  }
}

/**
 * T of I - V T V^T = H_1 H_2 .. (LAPACK's dlarft, forward, columnwise): upper triangular,
 * T_jj = tau_j, T_(0..j, j) = -tau_j T_(0..j, 0..j) V^T v_j. Row-major.
 */
export function triangle(m: i32, first: i32, count: i32, tau: usize, work: usize): void {
  const rows = panelRows(m),
    length = (m - startOf(first) + 1) & ~1;
  const t = triangleOf(m, work),
    products = productsOf(m, work);
  for (let j = 0; j < count; j++) {
    const factor = f64At(tau, first + j);
    const v = f64Address(work, <usize>j * <usize>rows);
    for (let i = 0; i < j; i++) {
      setF64(products, i, dot(length, f64Address(work, <usize>i * <usize>rows), v));
    }
    for (let i = 0; i < j; i++) {
      let sum = 0.0;
      for (let l = i; l < j; l++) sum += f64At(t, i * PANEL_COLUMNS + l) * f64At(products, l);
      setF64(t, i * PANEL_COLUMNS + j, -factor * sum);
    }
    setF64(t, j * PANEL_COLUMNS + j, factor);
  }
}

/**
 * C := (I - V T V^T) C, or with the transpose of T its transpose, for columns of C.
 *
 * Where m is odd the last pair of a column reaches beyond it, and comes back as it was: v is zero
 * there.
 */
export function applyPanel(
  m: i32,
  first: i32,
  count: i32,
  transposed: bool,
  columns: i32,
  work: usize,
  c: usize,
  ld: i32,
): void {
  const rows = panelRows(m),
    start = startOf(first),
    length = (m - start + 1) & ~1;
  const t = triangleOf(m, work),
    w = productsOf(m, work);
  for (let column = 0; column < columns; column += 2) {
    const y0 = f64Address(c, <usize>column * <usize>ld + <usize>start);
    // The last of an odd number beside itself.
    const pair = column + 1 < columns;
    const y1 = pair ? f64Address(y0, ld) : y0;
    const w1 = f64Address(w, 2 * PANEL_COLUMNS);
    products(length, count, rows, work, y0, y1, w, w1);
    multiply(count, transposed, t, w);
    subtractRows(length, count, work, rows, w, 1, y0);
    if (pair) {
      multiply(count, transposed, t, w1);
      subtractRows(length, count, work, rows, w1, 1, y1);
    }
  }
}

/** w := V^T y for two vectors y at a time; two columns of V beside each other. */
function products(
  n: i32,
  count: i32,
  rows: i32,
  v: usize,
  y0: usize,
  y1: usize,
  w0: usize,
  w1: usize,
): void {
  const end = (<usize>n) << 3,
    next = (<usize>rows) << 3;
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const a = v + <usize>j * next,
      b = a + next,
      c = b + next,
      d = c + next;
    let a0 = f64x2.splat(0),
      b0 = a0,
      c0 = a0,
      d0 = a0,
      a1 = a0,
      b1 = a0,
      c1 = a0,
      d1 = a0;
    for (let i: usize = 0; i < end; i += 16) {
      const x0 = v128.load(y0 + i),
        x1 = v128.load(y1 + i);
      const va = v128.load(a + i),
        vb = v128.load(b + i),
        vc = v128.load(c + i),
        vd = v128.load(d + i);
      a0 = f64x2.add(a0, f64x2.mul(va, x0));
      b0 = f64x2.add(b0, f64x2.mul(vb, x0));
      c0 = f64x2.add(c0, f64x2.mul(vc, x0));
      d0 = f64x2.add(d0, f64x2.mul(vd, x0));
      a1 = f64x2.add(a1, f64x2.mul(va, x1));
      b1 = f64x2.add(b1, f64x2.mul(vb, x1));
      c1 = f64x2.add(c1, f64x2.mul(vc, x1));
      d1 = f64x2.add(d1, f64x2.mul(vd, x1));
    }
    setF64(w0, j, laneSum(a0));
    setF64(w0, j + 1, laneSum(b0));
    setF64(w0, j + 2, laneSum(c0));
    setF64(w0, j + 3, laneSum(d0));
    setF64(w1, j, laneSum(a1));
    setF64(w1, j + 1, laneSum(b1));
    setF64(w1, j + 2, laneSum(c1));
    setF64(w1, j + 3, laneSum(d1));
  }
  for (; j < count; j++) {
    setF64(w0, j, dot(n, v + <usize>j * next, y0));
    setF64(w1, j, dot(n, v + <usize>j * next, y1));
  }
}

@inline
function laneSum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** w := T w, or T^T w, in place. */
function multiply(count: i32, transposed: bool, t: usize, w: usize): void {
  if (transposed) {
    for (let i = count - 1; i >= 0; i--) {
      let sum = 0.0;
      for (let l = 0; l <= i; l++) sum += f64At(t, l * PANEL_COLUMNS + i) * f64At(w, l);
      setF64(w, i, sum);
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    let sum = 0.0;
    for (let l = i; l < count; l++) sum += f64At(t, i * PANEL_COLUMNS + l) * f64At(w, l);
    setF64(w, i, sum);
  }
}
