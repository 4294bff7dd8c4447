import { isAligned } from "../memory";
import { parallelFor } from "../parallel/pool";
import { Progress, proceed } from "../parallel/progress";
import { PANEL_BLOCK, TASK_ROWS } from "./blocking";
import { gemmRow } from "./microkernel";
import { panelCount, tileAddress } from "./packed";

/**
 * C := C + alpha A A^T, lower triangle.
 *
 *   n  rows of A; C is n x n, panel-packed lower
 *   k  columns of A, at most DEPTH for speed
 *   a  panels of four rows, each 4 x k column by column, one after the other; rows beyond n are
 *      zero
 *
 * Scalar form:  for p, q <= p:  c[p, q] += alpha * sum_l a[p, l] a[q, l]
 */
export function syrk(n: i32, k: i32, alpha: f64, a: usize, c: usize): void {
  bind(n, k, alpha, a, c);
  parallelFor(rowsTask, tasksOf(n), region);
}

/** The same in parts (parallel/progress.ts): whether it is done. */
export function syrkProceed(
  progress: Progress,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  c: usize,
): bool {
  bind(n, k, alpha, a, c);
  const tasks = tasksOf(n);
  const flops = (0.5 * <f64>n * <f64>n * <f64>k) / <f64>tasks;
  return proceed(progress, rowsTask, tasks, flops, region);
}

@inline
function tasksOf(n: i32): i32 {
  return (panelCount<f64>(n) + TASK_ROWS - 1) / TASK_ROWS;
}

function bind(n: i32, k: i32, alpha: f64, a: usize, c: usize): void {
  assert(n > 0 && k >= 0 && isAligned(a | c, 16), "panels and matrix, 16-byte aligned");
  const job = changetype<Region>(region);
  job.a = a;
  job.c = c;
  job.alpha = alpha;
  job.k = k;
  job.panels = panelCount<f64>(n);
}

/** What the tasks of one call need to know. */
@unmanaged
class Region {
  alpha: f64;
  a: usize;
  c: usize;
  k: i32;
  panels: i32;
}

/** The one region there is at a time; not a state that outlives a call. */
const region = memory.data(offsetof<Region>(), 16);

/**
 * Tasks go from the last rows, which are the longest, to the first, so that the threads end
 * together.
 */
function rowsTask(i: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const stride = (<usize>job.k) << 5;
  const tasks = (job.panels + TASK_ROWS - 1) / TASK_ROWS;
  const start = (tasks - 1 - i) * TASK_ROWS;
  const end = min(start + TASK_ROWS, job.panels);
  for (let block = 0; block < end; block += PANEL_BLOCK) {
    const blockEnd = min(block + PANEL_BLOCK, end);
    for (let row = max(start, block); row < end; row++) {
      const last = min(row + 1, blockEnd);
      const rowPanel = job.a + <usize>row * stride;
      const columnPanel = job.a + <usize>block * stride;
      const tile = tileAddress<f64>(job.c, row, block);
      gemmRow(last - block, job.k, job.alpha, rowPanel, columnPanel, stride, tile);
    }
  }
}
