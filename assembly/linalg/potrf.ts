import { nmadd } from "../math/fma";
import { gemmTile } from "./microkernel";
import { PANEL, TILE_BYTES, panelAddress, panelCount, tileAddress } from "./packed";
import { DEPTH, PANEL_BLOCK } from "./syrk";

/** Panels of one block column: its width in scalar columns is the depth of the trailing update. */
const BLOCK: i32 = DEPTH / PANEL;

/** Panels of one strip of a block column: only the diagonal of a strip, 64 columns, has to be factored row after row. */
const STRIP: i32 = 16;

/**
 * Cholesky factorization A = L L^T in place, panel-packed lower: right-looking over block columns, left-looking over the
 * strips of one.
 *
 *   n      order of A
 *   a      panel-packed lower; on success L, with zeros above the diagonal of the diagonal tiles
 *   rdiag  scratch and result, n rounded up to a multiple of four: 1 / L[j, j]
 *   returns 0, or k + 1 when the pivot of column k (0-based) is not positive (or is NaN, or infinite): A is then not
 *           positive definite to working precision and its contents are spoiled
 *
 * Golub and Van Loan, Matrix Computations, 4th ed., 4.2.
 * Scalar form:
 *   for j:  L[j, j] = sqrt(A[j, j] - sum_{l<j} L[j, l]^2);
 *           for i > j:  L[i, j] = (A[i, j] - sum_{l<j} L[i, l] L[j, l]) / L[j, j]
 */
export function potrf(n: i32, a: usize, rdiag: usize): i32 {
  const panels = panelCount(n);
  for (let block = 0; block < panels; block += BLOCK) {
    const blockEnd = min(block + BLOCK, panels);
    for (let strip = block; strip < blockEnd; strip += STRIP) {
      const stripEnd = min(strip + STRIP, blockEnd);
      const info = factorDiagonal(block, strip, stripEnd, a, rdiag);
      if (info != 0) return info;
      for (let row = stripEnd; row < panels; row++) solveRow(row, block, strip, stripEnd, a, rdiag);
    }
    updateTrailing(panels, block, blockEnd, a);
  }
  return 0;
}

/** Diagonal block of the strip [strip, end) of the block column that starts at panel `block`; 0 or the 1-based pivot. */
function factorDiagonal(block: i32, strip: i32, end: i32, a: usize, rdiag: usize): i32 {
  for (let row = strip; row < end; row++) {
    solveRow(row, block, strip, row, a, rdiag);
    const start = tileAddress(a, row, block);
    const tile = tileAddress(a, row, row);
    gemmTile((row - block) * PANEL, -1.0, start, start, tile);
    const pivot = potrfTile(tile, rdiag + <usize>(row * PANEL) * 8);
    if (pivot != 0) return row * PANEL + pivot;
  }
  return 0;
}

/** Tiles [strip, end) of one row panel: what the block column has left of it is subtracted, then solved with L^T. */
function solveRow(row: i32, block: i32, strip: i32, end: i32, a: usize, rdiag: usize): void {
  const start = tileAddress(a, row, block);
  let tile = tileAddress(a, row, strip);
  for (let column = strip; column < end; column++) {
    gemmTile((column - block) * PANEL, -1.0, start, tileAddress(a, column, block), tile);
    trsmTile(tileAddress(a, column, column), rdiag + <usize>(column * PANEL) * 8, tile);
    tile += TILE_BYTES;
  }
}

/** A22 := A22 - L21 L21^T, where L21 is the block column [first, last) of panels below its diagonal block. */
function updateTrailing(panels: i32, first: i32, last: i32, a: usize): void {
  const k = (last - first) * PANEL;
  for (let block = last; block < panels; block += PANEL_BLOCK) {
    const blockEnd = min(block + PANEL_BLOCK, panels);
    for (let row = block; row < panels; row++) {
      const rowStart = tileAddress(a, row, first);
      const end = min(row + 1, blockEnd);
      let tile = panelAddress(a, row) + <usize>block * TILE_BYTES;
      for (let column = block; column < end; column++) {
        gemmTile(k, -1.0, rowStart, tileAddress(a, column, first), tile);
        tile += TILE_BYTES;
      }
    }
  }
}

/** Unblocked Cholesky of one diagonal tile; returns 0 or the 1-based failing column. */
function potrfTile(tile: usize, rdiag: usize): i32 {
  for (let j = 0; j < PANEL; j++) {
    const columnJ = tile + <usize>j * 32;
    for (let l = 0; l < j; l++) {
      const columnL = tile + <usize>l * 32;
      const factor = load<f64>(columnL + <usize>j * 8);
      for (let i = j; i < PANEL; i++) {
        const address = columnJ + <usize>i * 8;
        store<f64>(address, load<f64>(address) - load<f64>(columnL + <usize>i * 8) * factor);
      }
    }
    const pivot = load<f64>(columnJ + <usize>j * 8);
    // Written so that NaN fails too; an infinite pivot would turn the rest into NaN.
    if (!(pivot > 0.0 && pivot < Infinity)) return j + 1;
    const diagonal = sqrt<f64>(pivot);
    const reciprocal = 1.0 / diagonal;
    store<f64>(rdiag + <usize>j * 8, reciprocal);
    for (let i = 0; i < j; i++) store<f64>(columnJ + <usize>i * 8, 0.0);
    store<f64>(columnJ + <usize>j * 8, diagonal);
    for (let i = j + 1; i < PANEL; i++) {
      const address = columnJ + <usize>i * 8;
      store<f64>(address, load<f64>(address) * reciprocal);
    }
  }
  return 0;
}

/**
 * X := X L^-T for one tile X of four rows, L the factored diagonal tile.
 * Scalar form:  for j in 0..3, each row i:  x[i, j] = (x[i, j] - sum_{l<j} x[i, l] L[j, l]) / L[j, j]
 */
function trsmTile(l: usize, rdiag: usize, x: usize): void {
  let r = v128.load64_splat(rdiag);
  const x00 = f64x2.mul(v128.load(x), r), x10 = f64x2.mul(v128.load(x, 16), r);

  let f = v128.load64_splat(l, 8);
  r = v128.load64_splat(rdiag, 8);
  const x01 = f64x2.mul(nmadd(x00, f, v128.load(x, 32)), r);
  const x11 = f64x2.mul(nmadd(x10, f, v128.load(x, 48)), r);

  f = v128.load64_splat(l, 16);
  let g = v128.load64_splat(l, 48);
  r = v128.load64_splat(rdiag, 16);
  const x02 = f64x2.mul(nmadd(x01, g, nmadd(x00, f, v128.load(x, 64))), r);
  const x12 = f64x2.mul(nmadd(x11, g, nmadd(x10, f, v128.load(x, 80))), r);

  f = v128.load64_splat(l, 24);
  g = v128.load64_splat(l, 56);
  const h = v128.load64_splat(l, 88);
  r = v128.load64_splat(rdiag, 24);
  const x03 = f64x2.mul(nmadd(x02, h, nmadd(x01, g, nmadd(x00, f, v128.load(x, 96)))), r);
  const x13 = f64x2.mul(nmadd(x12, h, nmadd(x11, g, nmadd(x10, f, v128.load(x, 112)))), r);

  v128.store(x, x00);
  v128.store(x, x10, 16);
  v128.store(x, x01, 32);
  v128.store(x, x11, 48);
  v128.store(x, x02, 64);
  v128.store(x, x12, 80);
  v128.store(x, x03, 96);
  v128.store(x, x13, 112);
}
