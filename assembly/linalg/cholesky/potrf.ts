import { isAligned } from "../../memory";
import { Task, parallelFor } from "../../parallel/pool";
import { MORE, Progress, proceed } from "../../parallel/progress";
import { DEPTH, PANEL_BLOCK, STRIP, STRIP_ROWS, UPDATE_ROWS } from "../blocking";
import { gemmTile, gemmTriple } from "../microkernel";
import {
  COLUMN_BYTES,
  paddedOrder,
  panelCount,
  panelRows,
  tileAddress,
  tileBytes,
} from "../packed";

/** Bytes of the reciprocal pivots of `potrf`. */
export function potrfReciprocalBytes(n: i32): f64 {
  return 8.0 * <f64>paddedOrder<f64>(n);
}

/**
 * Cholesky factorization A = L L^T in place, panel-packed lower: right-looking over block columns,
 * left-looking over the strips of one.
 *
 *   n      order of A
 *   a      panel-packed lower; on success L, with zeros above the diagonal of the diagonal tiles
 *   rdiag  scratch and result, potrfReciprocalBytes(n): 1 / L[j, j]
 *   returns 0, or k + 1 when the pivot of column k (0-based) is not positive (or is NaN, or
 *   infinite): A is then not
 *           positive definite to working precision and its contents are spoiled; or MORE
 *
 * Golub and Van Loan, Matrix Computations, 4th ed., 4.2.
 * Scalar form:
 *   for j:  L[j, j] = sqrt(A[j, j] - sum_{l<j} L[j, l]^2);
 *           for i > j:  L[i, j] = (A[i, j] - sum_{l<j} L[i, l] L[j, l]) / L[j, j]
 */
export function potrf(n: i32, a: usize, rdiag: usize, progress: usize, flops: f64): i32 {
  return factor<f64>(n, a, rdiag, progress, flops, stripDouble, updateDouble);
}

/** The same in float32. */
export function spotrf(n: i32, a: usize, rdiag: usize, progress: usize, flops: f64): i32 {
  return factor<f32>(n, a, rdiag, progress, flops, stripSingle, updateSingle);
}

/** What the tasks of one parallel region need to know. */
@unmanaged
class Region {
  a: usize;
  rdiag: usize;
  /** Panels of A; first of the block column; the strip or block column is [first, end). */
  panels: i32;
  block: i32;
  first: i32;
  end: i32;
}

/** The one region there is at a time; not a state that outlives a call. */
const region = memory.data(offsetof<Region>(), 16);

/** `strip` and `update` are the tasks for T: a generic function cannot be passed by its name. */
function factor<T>(
  n: i32,
  a: usize,
  rdiag: usize,
  progress: usize,
  flops: f64,
  strip: Task,
  update: Task,
): i32 {
  assert(n > 0 && isAligned(a | rdiag, 16), "matrix and pivots, 16-byte aligned");
  const panels = panelCount<T>(n);
  const blockPanels = DEPTH / panelRows<T>();
  const stripPanels = STRIP / panelRows<T>();
  const job = changetype<Region>(region);
  job.a = a;
  job.rdiag = rdiag;
  job.panels = panels;
  const at = changetype<Progress>(progress);
  at.left = flops;
  // at.inner is the first panel whose strip is not yet factored.
  for (; at.outer < panels; at.outer += blockPanels) {
    const block = at.outer;
    const blockEnd = min(block + blockPanels, panels);
    job.block = block;
    for (; at.inner < blockEnd; at.inner = job.end) {
      if (at.left <= 0.0) return MORE;
      job.first = at.inner;
      job.end = min(at.inner + stripPanels, blockEnd);
      const info = factorDiagonal<T>(block, at.inner, job.end, a, rdiag);
      if (info != 0) return info;
      parallelFor(strip, chunks(panels - job.end, STRIP_ROWS), region);
      at.left -= tileFlops<T>(panels - at.inner) * <f64>((job.end - at.inner) * (job.end - block));
    }
    job.first = block;
    job.end = blockEnd;
    const tasks = updateTasks(panels - blockEnd);
    const taskFlops = tileFlops<T>(UPDATE_ROWS) * <f64>(PANEL_BLOCK * (blockEnd - block));
    if (!proceed(at, update, tasks, taskFlops, region)) return MORE;
  }
  return 0;
}

/** Operations of a product of `count` tiles with one, as they are counted for float64. */
@inline
function tileFlops<T>(count: i32): f64 {
  const rows = <f64>panelRows<T>();
  return (<f64>count * rows * rows * rows * <f64>sizeof<T>()) / 8.0;
}

@inline
function chunks(count: i32, size: i32): i32 {
  return (count + size - 1) / size;
}

/** Task i of a strip: STRIP_ROWS row panels below its diagonal block. */
function stripTask<T>(i: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const start = job.end + i * STRIP_ROWS;
  const rows = min(start + STRIP_ROWS, job.panels);
  for (let row = start; row < rows; row++)
    solveRow<T>(row, job.block, job.first, job.end, job.a, job.rdiag);
}

function stripDouble(i: i32, pointer: usize): void {
  stripTask<f64>(i, pointer);
}

function stripSingle(i: i32, pointer: usize): void {
  stripTask<f32>(i, pointer);
}

/**
 * Tasks of a trailing update of `panels` panels: block columns of PANEL_BLOCK, each in chunks of
 * UPDATE_ROWS rows.
 */
function updateTasks(panels: i32): i32 {
  let count = 0;
  for (let column = 0; column < panels; column += PANEL_BLOCK)
    count += chunks(panels - column, UPDATE_ROWS);
  return count;
}

/**
 * Task i of A22 := A22 - L21 L21^T, where L21 is the block column [first, end) of panels below its
 * diagonal block.
 */
function updateTask<T>(i: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const a = job.a,
    first = job.first,
    panels = job.panels;
  let block = job.end;
  let index = i;
  let inColumn = chunks(panels - block, UPDATE_ROWS);
  while (index >= inColumn) {
    index -= inColumn;
    block += PANEL_BLOCK;
    inColumn = chunks(panels - block, UPDATE_ROWS);
  }
  const blockEnd = min(block + PANEL_BLOCK, panels);
  const start = block + index * UPDATE_ROWS;
  const rows = min(start + UPDATE_ROWS, panels);
  for (let row = start; row < rows; row++)
    multiplyRow<T>(row, first, job.end, block, min(row + 1, blockEnd), a);
}

function updateDouble(i: i32, pointer: usize): void {
  updateTask<f64>(i, pointer);
}

function updateSingle(i: i32, pointer: usize): void {
  updateTask<f32>(i, pointer);
}

/**
 * Diagonal block of the strip [strip, end) of the block column that starts at panel `block`; 0 or
 * the 1-based pivot.
 */
function factorDiagonal<T>(block: i32, strip: i32, end: i32, a: usize, rdiag: usize): i32 {
  for (let row = strip; row < end; row++) {
    solveRow<T>(row, block, strip, row, a, rdiag);
    const start = tileAddress<T>(a, row, block);
    const tile = tileAddress<T>(a, row, row);
    gemmTile<T>((row - block) * panelRows<T>(), <T>-1.0, start, start, tile);
    const pivot = potrfTile<T>(tile, rdiag + <usize>row * COLUMN_BYTES);
    if (pivot != 0) return row * panelRows<T>() + pivot;
  }
  return 0;
}

/**
 * Tiles [strip, end) of one row panel: what the block column has left of it is subtracted, then
 * solved with L^T.
 */
function solveRow<T>(row: i32, block: i32, strip: i32, end: i32, a: usize, rdiag: usize): void {
  multiplyRow<T>(row, block, strip, strip, end, a);
  const start = tileAddress<T>(a, row, strip);
  let tile = start;
  for (let column = strip; column < end; column++) {
    gemmTile<T>(
      (column - strip) * panelRows<T>(),
      <T>-1.0,
      start,
      tileAddress<T>(a, column, strip),
      tile,
    );
    trsmTile<T>(tileAddress<T>(a, column, column), rdiag + <usize>column * COLUMN_BYTES, tile);
    tile += tileBytes<T>();
  }
}

/**
 * Tiles [column, end) of one row panel, minus the product of the columns [first, last) of panels.
 */
function multiplyRow<T>(row: i32, first: i32, last: i32, column: i32, end: i32, a: usize): void {
  const k = (last - first) * panelRows<T>();
  const start = tileAddress<T>(a, row, first);
  let tile = tileAddress<T>(a, row, column);
  for (; column + 3 <= end; column += 3) {
    const next = tileAddress<T>(a, column + 1, first),
      afterNext = tileAddress<T>(a, column + 2, first);
    gemmTriple<T>(k, <T>-1.0, start, tileAddress<T>(a, column, first), next, afterNext, tile);
    tile += 3 * tileBytes<T>();
  }
  for (; column < end; column++) {
    gemmTile<T>(k, <T>-1.0, start, tileAddress<T>(a, column, first), tile);
    tile += tileBytes<T>();
  }
}

/** Unblocked Cholesky of one diagonal tile; returns 0 or the 1-based failing column. */
function potrfTile<T>(tile: usize, rdiag: usize): i32 {
  const rows = panelRows<T>();
  for (let j = 0; j < rows; j++) {
    const columnJ = tile + <usize>j * COLUMN_BYTES;
    for (let l = 0; l < j; l++) {
      const columnL = tile + <usize>l * COLUMN_BYTES;
      const factor = at<T>(columnL, j);
      for (let i = j; i < rows; i++)
        put<T>(columnJ, i, at<T>(columnJ, i) - at<T>(columnL, i) * factor);
    }
    const pivot = at<T>(columnJ, j);
    // Written so that NaN fails too; an infinite pivot would turn the rest into NaN.
    if (!(pivot > <T>0.0 && pivot < <T>Infinity)) return j + 1;
    const diagonal = sqrt<T>(pivot);
    const reciprocal = <T>1.0 / diagonal;
    put<T>(rdiag, j, reciprocal);
    for (let i = 0; i < j; i++) put<T>(columnJ, i, <T>0.0);
    put<T>(columnJ, j, diagonal);
    for (let i = j + 1; i < rows; i++) put<T>(columnJ, i, at<T>(columnJ, i) * reciprocal);
  }
  return 0;
}

/**
 * X := X L^-T for one tile X, L the factored diagonal tile.
 * Scalar form:  for j, each row i:  x[i, j] = (x[i, j] - sum_{l<j} x[i, l] L[j, l]) / L[j, j]
 */
export function trsmTile<T>(l: usize, rdiag: usize, x: usize): void {
  const rows = panelRows<T>();
  for (let j = 0; j < rows; j++) {
    const columnJ = x + <usize>j * COLUMN_BYTES;
    let low = v128.load(columnJ),
      high = v128.load(columnJ, 16);
    for (let k = 0; k < j; k++) {
      const columnK = x + <usize>k * COLUMN_BYTES;
      const factor = v128.splat<T>(at<T>(l + <usize>k * COLUMN_BYTES, j));
      low = v128.sub<T>(low, v128.mul<T>(v128.load(columnK), factor));
      high = v128.sub<T>(high, v128.mul<T>(v128.load(columnK, 16), factor));
    }
    const reciprocal = v128.splat<T>(at<T>(rdiag, j));
    v128.store(columnJ, v128.mul<T>(low, reciprocal));
    v128.store(columnJ, v128.mul<T>(high, reciprocal), 16);
  }
}

@inline
function at<T>(x: usize, i: i32): T {
  return load<T>(x + <usize>i * sizeof<T>());
}

@inline
function put<T>(x: usize, i: i32, value: T): void {
  store<T>(x + <usize>i * sizeof<T>(), value);
}
