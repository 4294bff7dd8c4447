import { gemmRow } from "./microkernel";
import { parallelFor } from "../parallel/pool";
import { panelCount, tileAddress } from "./packed";

/**
 * Longest inner dimension of one pass: a row panel of 4 x 256 float64 is 8 kB, a quarter of a
 * first-level cache, and stays there while the panels of the other side pass. Longer ones evict
 * each other, shorter ones read and write the tiles of C too often.
 */
export const DEPTH: i32 = 256;

/**
 * Panels of the right operand that all rows pass before the next ones: 48 x 8 kB fit a second-level
 * cache, and so many tiles of C, 6 kB one behind the other, come from memory in long runs. A
 * multiple of three, for the microkernel.
 */
export const PANEL_BLOCK: i32 = 48;

/** Row panels of one task: few enough for several threads, also on small matrices. */
export const TASK_ROWS: i32 = 16;

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
  const job = changetype<Region>(region);
  job.a = a;
  job.c = c;
  job.alpha = alpha;
  job.k = k;
  job.panels = panelCount<f64>(n);
  parallelFor(rowsTask, (job.panels + TASK_ROWS - 1) / TASK_ROWS, region);
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
const region = memory.data(32, 16);

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
