import { f64Address, isAligned } from "../../memory";
import { MORE, Progress, proceed } from "../../parallel/progress";
import { DEPTH, PANEL_BLOCK, TASK_ROWS } from "../blocking";
import { gemmTile, gemmTriple } from "../microkernel";
import { panelCount, packedBytes, tileAddress, tileBytes } from "../packed";
import { STRIP_PANELS, rowSquares, trsmStrip } from "./trsm";

/**
 * The inverse of A = L L^T from its factor: U = L^-T row by row, then A^-1 = U U^T. The diagonal of
 * A^-1 is the squared norms of the rows of U alone.
 *
 * U is kept in panels of four rows, panel I from its tile (I, I) on to the last: half of a square,
 * as a packed matrix.
 */

/** Bytes of U. */
export function inverseFactorBytes(n: i32): f64 {
  return packedBytes(n);
}

/** Address that tile (row, 0) of U would have: tiles before the diagonal are not stored. */
@inline
function rowOf(u: usize, panels: i32, row: i32): usize {
  const before = <usize>row * <usize>panels - (<usize>row * (<usize>row + 1)) / 2;
  return u + before * tileBytes<f64>();
}

@unmanaged
class Region {
  l: usize;
  rdiag: usize;
  u: usize;
  inverse: usize;
  panels: i32;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * u := L^-T.
 *
 *   n         order
 *   l, rdiag  from potrf
 *   u         inverseFactorBytes(n)
 *   returns 0, or MORE
 */
export function inverseFactor(
  n: i32,
  l: usize,
  rdiag: usize,
  u: usize,
  progress: usize,
  flops: f64,
): i32 {
  assert(n > 0 && isAligned(l | rdiag | u, 16), "factor and inverse, 16-byte aligned");
  const job = changetype<Region>(region);
  job.l = l;
  job.rdiag = rdiag;
  job.u = u;
  job.panels = panelCount<f64>(n);
  const at = changetype<Progress>(progress);
  at.left = flops;
  if (at.task == 0) memory.fill(u, 0, <usize>inverseFactorBytes(n));
  return proceed(at, factorTask, tasksOf(job), taskFlops(n), region) ? 0 : MORE;
}

@inline
function tasksOf(job: Region): i32 {
  return (job.panels + TASK_ROWS - 1) / TASK_ROWS;
}

/** Of a task of the mean size: n^3 / 6 multiply-adds in all. */
@inline
function taskFlops(n: i32): f64 {
  return (<f64>(4 * TASK_ROWS) * <f64>n * <f64>n) / 6.0;
}

function factorTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const start = task * TASK_ROWS,
    end = min(start + TASK_ROWS, job.panels);
  for (let row = start; row < end; row++) {
    const tile = rowOf(job.u, job.panels, row) + <usize>row * tileBytes<f64>();
    for (let i = 0; i < 4; i++) store<f64>(f64Address(tile, 5 * i), 1.0);
  }
  for (let strip = start; strip < job.panels; strip += STRIP_PANELS) {
    const last = min(strip + STRIP_PANELS, job.panels);
    for (let row = start; row < min(end, last); row++)
      trsmStrip(row, max(row, strip), last, job.l, job.rdiag, rowOf(job.u, job.panels, row));
  }
}

/** out := the diagonal of A^-1, n values. */
export function inverseDiagonal(n: i32, u: usize, out: usize): void {
  const panels = panelCount<f64>(n);
  for (let row = 0; row < panels; row++) {
    const diagonal = rowOf(u, panels, row) + <usize>row * tileBytes<f64>();
    rowSquares(min(4, n - 4 * row), 4 * (panels - row), diagonal, 0, f64Address(out, 4 * row));
  }
}

/** inverse := A^-1 = U U^T, panel-packed lower. Returns 0, or MORE. */
export function inverseMatrix(n: i32, u: usize, inverse: usize, progress: usize, flops: f64): i32 {
  assert(n > 0 && isAligned(u | inverse, 16), "factor and inverse, 16-byte aligned");
  const job = changetype<Region>(region);
  job.u = u;
  job.inverse = inverse;
  job.panels = panelCount<f64>(n);
  const at = changetype<Progress>(progress);
  at.left = flops;
  if (at.task == 0) memory.fill(inverse, 0, <usize>packedBytes(n));
  return proceed(at, productTask, tasksOf(job), taskFlops(n), region) ? 0 : MORE;
}

/**
 * A few panels of rows. The sum over the columns of U begins with the diagonal and goes a pass of
 * the microkernel at a time, and so has the same order wherever a task ends.
 */
function productTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const start = task * TASK_ROWS,
    end = min(start + TASK_ROWS, job.panels);
  for (let pass = start - (start % DEPTH_PANELS); pass < job.panels; pass += DEPTH_PANELS) {
    const passEnd = min(pass + DEPTH_PANELS, job.panels);
    for (let block = 0; block < end; block += PANEL_BLOCK) {
      for (let row = max(start, block); row < min(end, passEnd); row++) {
        productRow(job, row, max(row, pass), passEnd, block, min(row + 1, block + PANEL_BLOCK));
      }
    }
  }
}

const DEPTH_PANELS: i32 = DEPTH / 4;

/** Tiles (row, column .. end - 1), plus the product of the tiles [first, last) of U. */
function productRow(job: Region, row: i32, first: i32, last: i32, column: i32, end: i32): void {
  const k = (last - first) << 2;
  const panels = job.panels,
    skip = <usize>first * tileBytes<f64>();
  const a = rowOf(job.u, panels, row) + skip;
  for (; column + 3 <= end; column += 3) {
    gemmTriple<f64>(
      k,
      1.0,
      a,
      rowOf(job.u, panels, column) + skip,
      rowOf(job.u, panels, column + 1) + skip,
      rowOf(job.u, panels, column + 2) + skip,
      tileAddress<f64>(job.inverse, row, column),
    );
  }
  for (; column < end; column++) {
    gemmTile<f64>(
      k,
      1.0,
      a,
      rowOf(job.u, panels, column) + skip,
      tileAddress<f64>(job.inverse, row, column),
    );
  }
}
