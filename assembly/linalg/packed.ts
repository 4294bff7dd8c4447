import { isAligned } from "../memory";
/**
 * Panel-packed lower storage of a symmetric or triangular n x n matrix, of float64 or (T = f32)
 * float32.
 *
 * Rows are grouped in panels of R = 4 (float64) or 8 (float32): a column of a panel is 32 bytes,
 * two vectors. Panel I holds rows R I .. R I + R - 1 and columns 0 .. R I + R - 1, column by
 * column, the R rows of a column side by side:
 *
 *   element (p, q), q <= p: panel I = p / R, lane p % R, at R^2 I (I + 1) / 2 + R q + lane (in
 *   elements)
 *
 * A range of columns of a panel is therefore already the packed operand that the microkernel reads,
 * for either side of a product L L^T: neither syrk nor potrf copies anything. The matrix takes
 * n^2/2 + n R/2 elements, half of a square. n is rounded up to a multiple of R; the rows and
 * columns beyond n are those of the identity, so that no kernel has an edge case. Diagonal tiles
 * are stored whole; above their diagonal they hold what the producing kernel says.
 */

/** Bytes of one column of a panel. */
export const COLUMN_BYTES: usize = 32;

/** Rows of a panel, and rows and columns of a tile. */
@inline
export function panelRows<T>(): i32 {
  return <i32>(COLUMN_BYTES / sizeof<T>());
}

/** Bytes of one tile. */
@inline
export function tileBytes<T>(): usize {
  return COLUMN_BYTES * <usize>panelRows<T>();
}

/** Number of panels of an n x n matrix. */
@inline
export function panelCount<T>(n: i32): i32 {
  return (n + panelRows<T>() - 1) / panelRows<T>();
}

/** n rounded up to whole panels. */
@inline
export function paddedOrder<T>(n: i32): i32 {
  return panelCount<T>(n) * panelRows<T>();
}

/**
 * Bytes that an n x n matrix takes; as float64 because it may exceed 32 bits before memory is
 * refused.
 */
export function packedBytesOf<T>(n: i32): f64 {
  const panels = <f64>panelCount<T>(n);
  return <f64>(tileBytes<T>() / 2) * panels * (panels + 1.0);
}

export function packedBytes(n: i32): f64 {
  return packedBytesOf<f64>(n);
}

/** Address of column 0 of panel I. */
@inline
export function panelAddress<T>(a: usize, panel: i32): usize {
  return a + <usize>panel * (<usize>panel + 1) * (tileBytes<T>() / 2);
}

/** Address of tile (I, J), J <= I: R rows and R columns, column by column. */
@inline
export function tileAddress<T>(a: usize, row: i32, column: i32): usize {
  if (!ASC_NO_ASSERT) assert(0 <= column && column <= row, "a tile of the lower triangle");
  return panelAddress<T>(a, row) + <usize>column * tileBytes<T>();
}

/** Address of element (p, q), q <= p. */
@inline
export function elementAddress<T>(a: usize, p: i32, q: i32): usize {
  const lane = <usize>(p % panelRows<T>()) * sizeof<T>();
  return panelAddress<T>(a, p / panelRows<T>()) + <usize>q * COLUMN_BYTES + lane;
}

/** A := 0 within n, identity in the padding rows (float64, as all that follows). */
export function packedZero(n: i32, a: usize): void {
  assert(n > 0 && isAligned(a, 16), "a packed matrix, 16-byte aligned");
  const padded = paddedOrder<f64>(n);
  memory.fill(a, 0, <usize>packedBytes(n));
  for (let p = n; p < padded; p++) store<f64>(elementAddress<f64>(a, p, p), 1.0);
}

/** A := A + gamma I. */
export function packedAddDiagonal(n: i32, a: usize, gamma: f64): void {
  for (let p = 0; p < n; p++) {
    const address = elementAddress<f64>(a, p, p);
    store<f64>(address, load<f64>(address) + gamma);
  }
}

/** Sum of the diagonal of A. */
export function packedTrace(n: i32, a: usize): f64 {
  let sum = 0.0;
  for (let p = 0; p < n; p++) sum += load<f64>(elementAddress<f64>(a, p, p));
  return sum;
}

/** full := A, both triangles, row-major n x n with leading dimension ld. */
export function packedToFull(n: i32, a: usize, full: usize, ld: i32): void {
  assert(ld >= n && isAligned(a, 16) && isAligned(full, 8), "rows of n in a matrix");
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      const value = load<f64>(elementAddress<f64>(a, p, q));
      store<f64>(full + (<usize>p * <usize>ld + <usize>q) * 8, value);
      store<f64>(full + (<usize>q * <usize>ld + <usize>p) * 8, value);
    }
  }
}

/** A := lower triangle of the row-major n x n matrix full, with leading dimension ld. */
export function packedFromFull(n: i32, full: usize, ld: i32, a: usize): void {
  assert(ld >= n && isAligned(full, 8), "rows of n in a matrix");
  packedZero(n, a);
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      store<f64>(
        elementAddress<f64>(a, p, q),
        load<f64>(full + (<usize>p * <usize>ld + <usize>q) * 8),
      );
    }
  }
}
