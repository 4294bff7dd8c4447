import { f64Address, isAligned } from "../memory";
import { parallelFor } from "../parallel/pool";
import { PANEL_BLOCK, TASK_ROWS } from "./blocking";
import { gemmRow } from "./microkernel";
import { dot } from "./vector";

/** Rectangular products. */

@unmanaged
class Region {
  alpha: f64;
  a: usize;
  b: usize;
  c: usize;
  k: i32;
  aPanels: i32;
  bPanels: i32;
  lower: bool;
}

const region = memory.data(offsetof<Region>(), 16);

/** Tiles of 4 x 4, column by column as `gemmTile` has them; a row of tiles after the other. */
export function tilesBytes(aRows: i32, bRows: i32): f64 {
  return 128.0 * <f64>((aRows + 3) >> 2) * <f64>((bRows + 3) >> 2);
}

@inline
export function tileOf(c: usize, bPanels: i32, row: i32, column: i32): usize {
  return c + ((<usize>row * <usize>bPanels + <usize>column) << 7);
}

/**
 * C := C + alpha A B^T in tiles, A and B in panels of four rows and k columns (syrk.ts). With
 * `lower`, only the tiles on and below the diagonal.
 */
export function gemmPanels(
  aPanels: i32,
  bPanels: i32,
  k: i32,
  alpha: f64,
  a: usize,
  b: usize,
  c: usize,
  lower: bool,
): void {
  assert(k >= 0 && isAligned(a | b | c, 16), "panels and tiles, 16-byte aligned");
  const job = changetype<Region>(region);
  job.a = a;
  job.b = b;
  job.c = c;
  job.k = k;
  job.alpha = alpha;
  job.aPanels = aPanels;
  job.bPanels = bPanels;
  job.lower = lower;
  parallelFor(rowsTask, (aPanels + TASK_ROWS - 1) / TASK_ROWS, region);
}

function rowsTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const stride = (<usize>job.k) << 5;
  const end = min((task + 1) * TASK_ROWS, job.aPanels);
  for (let block = 0; block < job.bPanels; block += PANEL_BLOCK) {
    for (let row = task * TASK_ROWS; row < end; row++) {
      const last = min(block + PANEL_BLOCK, job.lower ? min(row + 1, job.bPanels) : job.bPanels);
      gemmRow(
        last - block,
        job.k,
        job.alpha,
        job.a + <usize>row * stride,
        job.b + <usize>block * stride,
        stride,
        tileOf(job.c, job.bPanels, row, block),
      );
    }
  }
}

/**
 * C := A B^T of row-major matrices, for products that are too small to be packed.
 *
 *   a, b m x k and n x k with leading dimension lda and ldb; k even (a column of zeros fills an odd
 *   number up)
 *   c     m x n with leading dimension ldc
 */
export function gemmRows(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  c: usize,
  ldc: i32,
): void {
  assert((k & 1) == 0, "rows of even length");
  assert(lda >= k && ldb >= k && ldc >= n && isAligned(a | b | c, 8), "rows within matrices");
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      store<f64>(
        f64Address(c, <usize>i * <usize>ldc + <usize>j),
        dot(k, f64Address(a, <usize>i * <usize>lda), f64Address(b, <usize>j * <usize>ldb)),
      );
    }
  }
}
