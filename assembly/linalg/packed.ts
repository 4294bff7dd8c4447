/**
 * Panel-packed lower storage of a symmetric or triangular n x n matrix, float64.
 *
 * Rows are grouped in panels of four. Panel I holds rows 4I .. 4I+3 and columns 0 .. 4I+3, column by column, the four
 * rows of a column side by side:
 *
 *   element (p, q), q <= p:  panel I = p / 4, lane p % 4, at 8 I (I + 1) + 4 q + lane   (in float64)
 *
 * A range of columns of a panel is therefore already the packed operand that the 4 x 4 microkernel reads, for either
 * side of a product L L^T: neither syrk nor potrf copies anything. The matrix takes n^2/2 + 2n values, half of a square.
 * n is rounded up to a multiple of four; the rows and columns beyond n are those of the identity, so that no kernel
 * has an edge case. Diagonal tiles are stored whole; above their diagonal they hold what the producing kernel says.
 */

/** Rows of a panel, and rows and columns of a tile: what the microkernel keeps in registers. */
export const PANEL: i32 = 4;
/** Bytes of one column of a panel. */
export const COLUMN_BYTES: usize = 32;
/** Bytes of one 4 x 4 tile. */
export const TILE_BYTES: usize = 128;

/** Number of panels of an n x n matrix. */
// @ts-ignore: decorator
@inline
export function panelCount(n: i32): i32 {
  return (n + 3) >> 2;
}

/** Bytes that an n x n matrix takes; as float64 because it may exceed 32 bits before memory is refused. */
export function packedBytes(n: i32): f64 {
  const panels = <f64>panelCount(n);
  return 64.0 * panels * (panels + 1.0);
}

/** Address of column 0 of panel I. */
// @ts-ignore: decorator
@inline
export function panelAddress(a: usize, panel: i32): usize {
  return a + <usize>panel * (<usize>panel + 1) * 64;
}

/** Address of tile (I, J), J <= I: rows 4I .. 4I+3, columns 4J .. 4J+3, column by column. */
// @ts-ignore: decorator
@inline
export function tileAddress(a: usize, row: i32, column: i32): usize {
  return panelAddress(a, row) + <usize>column * TILE_BYTES;
}

/** Address of element (p, q), q <= p. */
// @ts-ignore: decorator
@inline
export function elementAddress(a: usize, p: i32, q: i32): usize {
  return panelAddress(a, p >> 2) + ((<usize>q << 2) + <usize>(p & 3)) * 8;
}

/** A := 0 within n, identity in the padding rows. */
export function packedZero(n: i32, a: usize): void {
  const panels = panelCount(n);
  memory.fill(a, 0, <usize>packedBytes(n));
  for (let p = n; p < panels * PANEL; p++) store<f64>(elementAddress(a, p, p), 1.0);
}

/** A := A + gamma I. */
export function packedAddDiagonal(n: i32, a: usize, gamma: f64): void {
  for (let p = 0; p < n; p++) {
    const address = elementAddress(a, p, p);
    store<f64>(address, load<f64>(address) + gamma);
  }
}

/** full := A, both triangles, row-major n x n with leading dimension ld. */
export function packedToFull(n: i32, a: usize, full: usize, ld: i32): void {
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      const value = load<f64>(elementAddress(a, p, q));
      store<f64>(full + (<usize>p * <usize>ld + <usize>q) * 8, value);
      store<f64>(full + (<usize>q * <usize>ld + <usize>p) * 8, value);
    }
  }
}

/** A := lower triangle of the row-major n x n matrix full, with leading dimension ld. */
export function packedFromFull(n: i32, full: usize, ld: i32, a: usize): void {
  packedZero(n, a);
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      store<f64>(elementAddress(a, p, q), load<f64>(full + (<usize>p * <usize>ld + <usize>q) * 8));
    }
  }
}
