import { gemmTile } from "./microkernel";
import { parallelFor } from "../parallel/pool";
import { panelCount, tileAddress, tileBytes } from "./packed";

/**
 * Longest inner dimension of one pass: a row panel of 4 x 512 float64 is 16 kB, half of a first-level cache. Longer is no
 * faster (the tile of C is then read and written seldom enough), shorter is slower by some per cent.
 */
export const DEPTH: i32 = 512;

/** Panels of the right operand that all rows pass before the next ones: 16 x 16 kB are half of a second-level cache. */
export const PANEL_BLOCK: i32 = 16;

/**
 * C := C + alpha A A^T, lower triangle.
 *
 *   n  rows of A; C is n x n, panel-packed lower
 *   k  columns of A, at most DEPTH for speed
 *   a  panels of four rows, each 4 x k column by column, one after the other; rows beyond n are zero
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
  parallelFor(rowsTask, (job.panels + ROWS - 1) / ROWS, region);
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

/** Row panels of one task. Tasks go from the last rows, which are the longest, to the first, so that the threads end together. */
const ROWS: i32 = 16;

function rowsTask(i: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const stride = <usize>job.k << 5;
  const tasks = (job.panels + ROWS - 1) / ROWS;
  const start = (tasks - 1 - i) * ROWS;
  const end = min(start + ROWS, job.panels);
  for (let block = 0; block < end; block += PANEL_BLOCK) {
    const blockEnd = min(block + PANEL_BLOCK, end);
    for (let row = max(start, block); row < end; row++) {
      const last = min(row + 1, blockEnd);
      const rowPanel = job.a + <usize>row * stride;
      let columnPanel = job.a + <usize>block * stride;
      let tile = tileAddress<f64>(job.c, row, block);
      for (let column = block; column < last; column++) {
        gemmTile<f64>(job.k, job.alpha, rowPanel, columnPanel, tile);
        columnPanel += stride;
        tile += tileBytes<f64>();
      }
    }
  }
}
