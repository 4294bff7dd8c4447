import { f64Address, f64At, isAligned, setF64 } from "../../memory";
import { madd } from "../../math/fma";
import { MORE, Progress, proceed } from "../../parallel/progress";
import { DEPTH, STRIP, TASK_ROWS } from "../blocking";
import { gemmTile, gemmTriple } from "../microkernel";
import { COLUMN_BYTES, paddedOrder, panelCount, tileAddress, tileBytes } from "../packed";
import { trsmTile } from "./potrf";

/**
 * Rows in panels: four rows side by side, column after column, as syrk reads them; a panel has
 * whole tiles of columns.
 */

/** Bytes of a panel of four rows of n columns, whole tiles. */
export function rowPanelBytes(n: i32): f64 {
  return 32.0 * <f64>paddedOrder<f64>(n);
}

@unmanaged
class Region {
  l: usize;
  rdiag: usize;
  x: usize;
  panels: i32;
  count: i32;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * X := X L^-T, with the factor A = L L^T that potrf made: the squared norm of a row is then
 * x A^-1 x^T, and the products of two rows are X A^-1 X^T.
 *
 *   n      order of A
 *   l      L, panel-packed lower
 *   rdiag  1 / L[j, j], from potrf
 *   count  panels of four rows in x
 *   x      panels of rowPanelBytes(n), one after the other; the padding columns are zero
 *   returns 0, or MORE
 *
 * Scalar form: for each row x, for j:  x[j] = (x[j] - sum_{l<j} x[l] L[j, l]) / L[j, j]
 */
export function trsm(
  n: i32,
  l: usize,
  rdiag: usize,
  count: i32,
  x: usize,
  progress: usize,
  flops: f64,
): i32 {
  assert(n > 0 && count >= 0 && isAligned(l | rdiag | x, 16), "factor and rows, 16-byte aligned");
  const job = changetype<Region>(region);
  job.l = l;
  job.rdiag = rdiag;
  job.x = x;
  job.panels = panelCount<f64>(n);
  job.count = count;
  const at = changetype<Progress>(progress);
  at.left = flops;
  const task = <f64>(4 * TASK_ROWS) * 0.5 * <f64>n * <f64>n;
  const tasks = (count + TASK_ROWS - 1) / TASK_ROWS;
  return proceed(at, rowsTask, tasks, task, region) ? 0 : MORE;
}

/** Strip after strip for all rows of a task, so that L passes once a task. */
function rowsTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const bytes = <usize>job.panels * tileBytes<f64>();
  const end = min((task + 1) * TASK_ROWS, job.count);
  for (let strip = 0; strip < job.panels; strip += STRIP_PANELS) {
    const last = min(strip + STRIP_PANELS, job.panels);
    for (let row = task * TASK_ROWS; row < end; row++)
      trsmStrip(0, strip, last, job.l, job.rdiag, job.x + <usize>row * bytes);
  }
}

/** Panels of a strip. */
export const STRIP_PANELS: i32 = STRIP / 4;

/**
 * Tiles [strip, end) of one panel of rows, of which tiles [first, strip) are solved.
 *
 *   x  address of tile 0
 */
export function trsmStrip(
  first: i32,
  strip: i32,
  end: i32,
  l: usize,
  rdiag: usize,
  x: usize,
): void {
  for (let inner = first; inner < strip; inner += DEPTH_PANELS)
    subtract(inner, min(inner + DEPTH_PANELS, strip), strip, end, l, x);
  for (let column = strip; column < end; column++) {
    const tile = tileOf(x, column);
    gemmTile<f64>(
      (column - strip) << 2,
      -1.0,
      tileOf(x, strip),
      tileAddress<f64>(l, column, strip),
      tile,
    );
    trsmTile<f64>(tileAddress<f64>(l, column, column), rdiag + <usize>column * COLUMN_BYTES, tile);
  }
}

const DEPTH_PANELS: i32 = DEPTH / 4;

@inline
function tileOf(x: usize, column: i32): usize {
  return x + <usize>column * tileBytes<f64>();
}

/** Tiles [column, end) of the rows, minus the product of the tiles [first, last) with L^T. */
function subtract(first: i32, last: i32, column: i32, end: i32, l: usize, x: usize): void {
  const k = (last - first) << 2;
  const start = tileOf(x, first);
  for (; column + 3 <= end; column += 3) {
    gemmTriple<f64>(
      k,
      -1.0,
      start,
      tileAddress<f64>(l, column, first),
      tileAddress<f64>(l, column + 1, first),
      tileAddress<f64>(l, column + 2, first),
      tileOf(x, column),
    );
  }
  for (; column < end; column++)
    gemmTile<f64>(k, -1.0, start, tileAddress<f64>(l, column, first), tileOf(x, column));
}

/**
 * out[i] := the squared norm of row i < rows of panels of `columns` columns, whole tiles, that are
 * `stride` bytes apart.
 */
export function rowSquares(rows: i32, columns: i32, x: usize, stride: usize, out: usize): void {
  for (let row = 0; row < rows; row += 4) {
    let low = f64x2.splat(0),
      high = low;
    const panel = x + <usize>(row >> 2) * stride;
    const end = panel + <usize>columns * COLUMN_BYTES;
    for (let column = panel; column < end; column += COLUMN_BYTES) {
      const a = v128.load(column),
        b = v128.load(column, 16);
      low = madd(a, a, low);
      high = madd(b, b, high);
    }
    const at = f64Address(out, row);
    store<f64>(at, f64x2.extract_lane(low, 0));
    if (row + 1 < rows) setF64(at, 1, f64x2.extract_lane(low, 1));
    if (row + 2 < rows) setF64(at, 2, f64x2.extract_lane(high, 0));
    if (row + 3 < rows) setF64(at, 3, f64x2.extract_lane(high, 1));
  }
}

/** log det A of the factor that potrf made, by the reciprocals of its pivots. */
export function potrfLogDeterminant(n: i32, rdiag: usize): f64 {
  let sum = 0.0;
  for (let j = 0; j < n; j++) sum -= Math.log(f64At(rdiag, j));
  return 2.0 * sum;
}
