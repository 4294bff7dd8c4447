import { madd } from "../../math/fma";
import { f64Address, f64At, isAligned, setF64 } from "../../memory";
import { parallelFor } from "../../parallel/pool";

/** Reflectors of a panel: what is applied together. */
export const PANEL_COLUMNS: i32 = 32;

/** Columns of C that are treated together, and those of one region of threads. */
export const GROUP: i32 = 4;
const REGION: i32 = 256;

/** Values of W of a group: PANEL_COLUMNS rows of GROUP. */
const GROUP_VALUES: i32 = PANEL_COLUMNS * GROUP;

/** Rows of a column of V: pairs. */
@inline
function columnRows(m: i32): i32 {
  return (m + 1) & ~1;
}

/** Rows of V in panels of four rows. */
@inline
function packedRows(m: i32): i32 {
  return (m + 3) & ~3;
}

/*
 * The scratch of a panel: V by columns; V in panels of four rows, PANEL_COLUMNS columns each; T,
 * PANEL_COLUMNS^2 row-major; W of the groups of a region.
 */

/** Bytes of the scratch of a panel, for m rows. */
export function panelBytes(m: i32): f64 {
  const nb = <f64>PANEL_COLUMNS;
  return 8.0 * nb * (<f64>columnRows(m) + <f64>packedRows(m) + nb + <f64>REGION);
}

@inline
function packedOf(m: i32, work: usize): usize {
  return f64Address(work, <usize>PANEL_COLUMNS * <usize>columnRows(m));
}

@inline
function triangleOf(m: i32, work: usize): usize {
  return f64Address(packedOf(m, work), <usize>PANEL_COLUMNS * <usize>packedRows(m));
}

@inline
function productsOf(m: i32, work: usize): usize {
  return f64Address(triangleOf(m, work), PANEL_COLUMNS * PANEL_COLUMNS);
}

/**
 * V and T of the reflectors in columns first .. first + count - 1 of A, for `applyPanel`: what they
 * do together is I - V T V^T. `first` is even, so that pairs of V are pairs of A.
 */
export function preparePanel(
  m: i32,
  first: i32,
  count: i32,
  a: usize,
  ld: i32,
  tau: usize,
  work: usize,
): void {
  copyPanel(m, first, count, a, ld, work);
  packPanel(m, first, count, work);
  triangle(m, first, count, tau, work);
}

/** V := the reflectors with their ones and zeros, from row `first` to a whole pair. */
function copyPanel(m: i32, first: i32, count: i32, a: usize, ld: i32, work: usize): void {
  const rows = columnRows(m - first);
  // An even number of columns: `products` takes two.
  for (let j = 0, even = (count + 1) & ~1; j < even; j++) {
    const v = f64Address(work, <usize>j * <usize>rows);
    if (j == count) {
      memory.fill(v, 0, (<usize>rows) << 3);
      continue;
    }
    const column = f64Address(a, <usize>(first + j) * <usize>ld + <usize>first);
    memory.fill(v, 0, (<usize>j) << 3);
    setF64(v, j, 1.0);
    memory.copy(f64Address(v, j + 1), f64Address(column, j + 1), (<usize>(m - first - j - 1)) << 3);
    if (rows > m - first) setF64(v, rows - 1, 0.0);
  }
}

function packPanel(m: i32, first: i32, count: i32, work: usize): void {
  const rows = columnRows(m - first),
    packed = packedOf(m, work);
  for (let j = 0; j < count; j++) {
    let v = f64Address(work, <usize>j * <usize>rows);
    let target = packed + ((<usize>j) << 5);
    let i = 0;
    for (; i + 4 <= rows; i += 4) {
      v128.store(target, v128.load(v));
      v128.store(target, v128.load(v, 16), 16);
      v += 32;
      target += (<usize>PANEL_COLUMNS) << 5;
    }
    if (i < rows) v128.store(target, v128.load(v));
  }
}

/**
 * T (LAPACK's dlarft, forward, columnwise): upper triangular, T_jj = tau_j,
 * T_(0..j, j) = -tau_j T_(0..j, 0..j) V^T v_j.
 */
function triangle(m: i32, first: i32, count: i32, tau: usize, work: usize): void {
  const rows = columnRows(m - first),
    t = triangleOf(m, work),
    gram = productsOf(m, work);
  for (let column = 0; column < count; column += GROUP) {
    const end = min(count, column + GROUP);
    products(rows, end, work, work, rows, column, end, f64Address(gram, column * PANEL_COLUMNS));
  }
  for (let j = 0; j < count; j++) {
    const factor = f64At(tau, first + j);
    // V^T v_j, of the group of j.
    const products = f64Address(gram, (j & -GROUP) * PANEL_COLUMNS + (j & (GROUP - 1)));
    for (let i = 0; i < j; i++) {
      let sum = 0.0;
      for (let l = i; l < j; l++) {
        sum += f64At(t, i * PANEL_COLUMNS + l) * f64At(products, l * GROUP);
      }
      setF64(t, i * PANEL_COLUMNS + j, -factor * sum);
    }
    setF64(t, j * PANEL_COLUMNS + j, factor);
  }
}

@unmanaged
class Application {
  m: i32;
  first: i32;
  count: i32;
  transposed: bool;
  columns: i32;
  work: usize;
  c: usize;
  ld: i32;
}

const region = memory.data(offsetof<Application>(), 16);

/**
 * C := (I - V T V^T) C, or with the transpose of T its transpose, for columns of C.
 *
 * Where m is odd the last pair of a column reaches beyond it, and comes back as it was: v is zero
 * there. What stands there must be finite.
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
  assert(isAligned(c | work, 16) && (ld & 1) == 0 && (first & 1) == 0, "pairs");
  const job = changetype<Application>(region);
  job.m = m;
  job.first = first;
  job.count = count;
  job.transposed = transposed;
  job.work = work;
  job.ld = ld;
  for (let column = 0; column < columns; column += REGION) {
    job.columns = min(REGION, columns - column);
    job.c = f64Address(c, <usize>column * <usize>ld + <usize>first);
    parallelFor(groupTask, (job.columns + GROUP - 1) / GROUP, region);
  }
}

function groupTask(group: i32, pointer: usize): void {
  const job = changetype<Application>(pointer);
  const rows = columnRows(job.m - job.first),
    column = group * GROUP,
    end = min(job.columns, column + GROUP);
  const w = f64Address(productsOf(job.m, job.work), group * GROUP_VALUES);
  products(rows, job.count, job.work, job.c, job.ld, column, end, w);
  multiply(job.count, job.transposed, triangleOf(job.m, job.work), w);
  update(rows, job.count, packedOf(job.m, job.work), job.c, job.ld, column, end, w);
}

/** Address of a column of a group; the last one stands in for those that are missing. */
@inline
function columnOf(c: usize, ld: i32, column: i32, end: i32): usize {
  return f64Address(c, <usize>min(column, end - 1) * <usize>ld);
}

/** W := V^T C for a group of columns; W row by row. Two columns of V at a time. */
function products(
  rows: i32,
  count: i32,
  v: usize,
  c: usize,
  ld: i32,
  column: i32,
  end: i32,
  w: usize,
): void {
  const y0 = columnOf(c, ld, column, end),
    y1 = columnOf(c, ld, column + 1, end) - y0,
    y2 = columnOf(c, ld, column + 2, end) - y0,
    y3 = columnOf(c, ld, column + 3, end) - y0;
  const next = (<usize>rows) << 3,
    last = y0 + next;
  for (let j = 0; j < count; j += 2) {
    let a0 = f64x2.splat(0),
      a1 = a0,
      a2 = a0,
      a3 = a0,
      b0 = a0,
      b1 = a0,
      b2 = a0,
      b3 = a0;
    let a = v + <usize>j * next;
    for (let y = y0; y < last; y += 16) {
      const va = v128.load(a),
        vb = v128.load(a + next);
      let x = v128.load(y);
      a0 = madd(va, x, a0);
      b0 = madd(vb, x, b0);
      x = v128.load(y + y1);
      a1 = madd(va, x, a1);
      b1 = madd(vb, x, b1);
      x = v128.load(y + y2);
      a2 = madd(va, x, a2);
      b2 = madd(vb, x, b2);
      x = v128.load(y + y3);
      a3 = madd(va, x, a3);
      b3 = madd(vb, x, b3);
      a += 16;
    }
    const row = f64Address(w, j * GROUP);
    v128.store(row, laneSums(a0, a1));
    v128.store(row, laneSums(a2, a3), 16);
    v128.store(row, laneSums(b0, b1), 32);
    v128.store(row, laneSums(b2, b3), 48);
  }
}

@inline
function laneSums(a: v128, b: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
}

/** W := T W, or T^T W, in place. */
function multiply(count: i32, transposed: bool, t: usize, w: usize): void {
  for (let turn = 0; turn < count; turn++) {
    const i = transposed ? count - 1 - turn : turn;
    let low = f64x2.splat(0),
      high = low;
    const from = transposed ? 0 : i,
      to = transposed ? i + 1 : count;
    for (let l = from; l < to; l++) {
      const entry = transposed ? l * PANEL_COLUMNS + i : i * PANEL_COLUMNS + l;
      const factor = v128.load64_splat(f64Address(t, entry));
      const row = f64Address(w, l * GROUP);
      low = madd(factor, v128.load(row), low);
      high = madd(factor, v128.load(row, 16), high);
    }
    const row = f64Address(w, i * GROUP);
    v128.store(row, low);
    v128.store(row, high, 16);
  }
}

/**
 * C := C - V W for a group of columns, four rows at a time. All loads come before the stores:
 * columns that stand in for missing ones get what they got before.
 */
function update(
  rows: i32,
  count: i32,
  packed: usize,
  c: usize,
  ld: i32,
  column: i32,
  end: i32,
  w: usize,
): void {
  const y0 = columnOf(c, ld, column, end),
    y1 = columnOf(c, ld, column + 1, end) - y0,
    y2 = columnOf(c, ld, column + 2, end) - y0,
    y3 = columnOf(c, ld, column + 3, end) - y0;
  const size = (<usize>count) << 5;
  let y = y0,
    panel = packed;
  for (let i = 0; i + 4 <= rows; i += 4) {
    let a0 = f64x2.splat(0),
      a1 = a0,
      a2 = a0,
      a3 = a0,
      b0 = a0,
      b1 = a0,
      b2 = a0,
      b3 = a0;
    for (let v = panel, x = w, stop = panel + size; v < stop; v += 32) {
      const va = v128.load(v),
        vb = v128.load(v, 16);
      let factor = v128.load64_splat(x);
      a0 = madd(va, factor, a0);
      b0 = madd(vb, factor, b0);
      factor = v128.load64_splat(x, 8);
      a1 = madd(va, factor, a1);
      b1 = madd(vb, factor, b1);
      factor = v128.load64_splat(x, 16);
      a2 = madd(va, factor, a2);
      b2 = madd(vb, factor, b2);
      factor = v128.load64_splat(x, 24);
      a3 = madd(va, factor, a3);
      b3 = madd(vb, factor, b3);
      x += 32;
    }
    a0 = f64x2.sub(v128.load(y), a0);
    b0 = f64x2.sub(v128.load(y, 16), b0);
    a1 = f64x2.sub(v128.load(y + y1), a1);
    b1 = f64x2.sub(v128.load(y + y1, 16), b1);
    a2 = f64x2.sub(v128.load(y + y2), a2);
    b2 = f64x2.sub(v128.load(y + y2, 16), b2);
    a3 = f64x2.sub(v128.load(y + y3), a3);
    b3 = f64x2.sub(v128.load(y + y3, 16), b3);
    v128.store(y, a0);
    v128.store(y, b0, 16);
    v128.store(y + y1, a1);
    v128.store(y + y1, b1, 16);
    v128.store(y + y2, a2);
    v128.store(y + y2, b2, 16);
    v128.store(y + y3, a3);
    v128.store(y + y3, b3, 16);
    y += 32;
    panel += (<usize>PANEL_COLUMNS) << 5;
  }
  if ((rows & 2) == 0) return;
  let a0 = f64x2.splat(0),
    a1 = a0,
    a2 = a0,
    a3 = a0;
  for (let v = panel, x = w, stop = panel + size; v < stop; v += 32) {
    const va = v128.load(v);
    a0 = madd(va, v128.load64_splat(x), a0);
    a1 = madd(va, v128.load64_splat(x, 8), a1);
    a2 = madd(va, v128.load64_splat(x, 16), a2);
    a3 = madd(va, v128.load64_splat(x, 24), a3);
    x += 32;
  }
  a0 = f64x2.sub(v128.load(y), a0);
  a1 = f64x2.sub(v128.load(y + y1), a1);
  a2 = f64x2.sub(v128.load(y + y2), a2);
  a3 = f64x2.sub(v128.load(y + y3), a3);
  v128.store(y, a0);
  v128.store(y + y1, a1);
  v128.store(y + y2, a2);
  v128.store(y + y3, a3);
}
