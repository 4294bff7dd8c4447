import { gemmTile } from "./microkernel";
import { panelAddress, panelCount, tileBytes } from "./packed";

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
 *   k  columns of A, multiple of four (pad with zeros), at most DEPTH for speed
 *   a  panels of four rows, each 4 x k column by column, one after the other; rows beyond n are zero
 *
 * Scalar form:  for p, q <= p:  c[p, q] += alpha * sum_l a[p, l] a[q, l]
 */
export function syrk(n: i32, k: i32, alpha: f64, a: usize, c: usize): void {
  const panels = panelCount<f64>(n);
  const stride = <usize>k << 5;
  for (let block = 0; block < panels; block += PANEL_BLOCK) {
    const blockEnd = min(block + PANEL_BLOCK, panels);
    for (let row = block; row < panels; row++) {
      const last = min(row + 1, blockEnd);
      const rowPanel = a + <usize>row * stride;
      let columnPanel = a + <usize>block * stride;
      let tile = panelAddress<f64>(c, row) + <usize>block * tileBytes<f64>();
      for (let column = block; column < last; column++) {
        gemmTile<f64>(k, alpha, rowPanel, columnPanel, tile);
        columnPanel += stride;
        tile += tileBytes<f64>();
      }
    }
  }
}
