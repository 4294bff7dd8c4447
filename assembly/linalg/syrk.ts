import { gemmTile } from "./microkernel";
import { TILE_BYTES, panelAddress, panelCount } from "./packed";

/** Panels of the right operand that stay in the second-level cache while all rows pass: 32 x 8 kB at k = 256. */
export const PANEL_BLOCK: i32 = 32;

/** Longest inner dimension of one pass: one panel of 4 x 256 float64 is 8 kB, a quarter of a first-level cache. */
export const DEPTH: i32 = 256;

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
  const panels = panelCount(n);
  const stride = <usize>k << 5;
  for (let block = 0; block < panels; block += PANEL_BLOCK) {
    const blockEnd = min(block + PANEL_BLOCK, panels);
    for (let row = block; row < panels; row++) {
      const last = min(row + 1, blockEnd);
      const rowPanel = a + <usize>row * stride;
      let columnPanel = a + <usize>block * stride;
      let tile = panelAddress(c, row) + <usize>block * TILE_BYTES;
      for (let column = block; column < last; column++) {
        gemmTile(k, alpha, rowPanel, columnPanel, tile);
        columnPanel += stride;
        tile += TILE_BYTES;
      }
    }
  }
}
