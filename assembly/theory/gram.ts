import { f64At, setF64 } from "../memory";
import { gemmPanels, tileOf } from "../linalg/gemm";
import {
  panelCount,
  packedAddDiagonal,
  packedZero,
  tileAddress,
  tileBytes,
} from "../linalg/packed";
import { Point } from "../model/point";
import { Problem } from "../model/problem";
import { Columns, columnsCount, columnsMake, columnsSet } from "../newton/columns";

/**
 * Kernels of a network between two sets of points a and b, G = J_a B^-1 J_b^T with B block-diagonal
 * over neurons. With B = I it is the empirical neural tangent kernel J_a J_b^T, otherwise the part
 * of the Newton kernel that sums over neurons. Streamed: memory does not grow with the width beyond
 * that of the parameters.
 */

const regionA = memory.data(offsetof<Columns>(), 16);
const regionB = memory.data(offsetof<Columns>(), 16);

/**
 * tiles := J_a B^-1 J_b^T, R_a x R_b (gemm.ts). If b is a, only the lower tiles, and the rest is
 * their mirror image.
 *
 *   a, b                        points of one theta on two problems, or one point
 *   values, vectors, curvature  of curvature.ts, with gamma: B = curved(S) + gamma I; for
 *                               GAUSS_NEWTON those of one neuron are enough
 *   groupA, groupB groupBytes(d, k, ldx) of scratch each; the second is not needed if b is a
 */
export function gram(
  a: usize,
  b: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  gamma: f64,
  groupA: usize,
  groupB: usize,
  tiles: usize,
): void {
  const same = a == b;
  const p = changetype<Point>(a).problem,
    other = changetype<Point>(b).problem;
  const left = changetype<Columns>(regionA);
  const right = same ? left : changetype<Columns>(regionB);
  const rowPanels = panelCount<f64>(p.k * p.ldx),
    columnPanels = panelCount<f64>(other.k * other.ldx);
  columnsSet(left, a, 0, values, vectors, curvature, gamma, groupA);
  if (!same) columnsSet(right, b, 0, values, vectors, curvature, gamma, groupB);
  memory.fill(tiles, 0, (<usize>rowPanels * <usize>columnPanels) << 7);
  for (let first = 0; first < p.n; first += left.count) {
    columnsMake(left, first, columnsCount(left, first));
    if (!same) columnsMake(right, first, columnsCount(right, first));
    if (left.positives > 0) {
      gemmPanels(
        rowPanels,
        columnPanels,
        left.positives,
        1.0,
        left.positive,
        right.positive,
        tiles,
        same,
      );
    }
    if (left.negatives > 0) {
      gemmPanels(
        rowPanels,
        columnPanels,
        left.negatives,
        -1.0,
        left.negative,
        right.negative,
        tiles,
        same,
      );
    }
  }
}

/** Entry of G between sample m, output o of a and sample mb, output ob of b. */
@inline
function entry(tiles: usize, columnPanels: i32, same: bool, row: i32, column: i32): f64 {
  if (same && column >> 2 > row >> 2) {
    const swapped = row;
    row = column;
    column = swapped;
  }
  const tile = tileOf(tiles, columnPanels, row >> 2, column >> 2);
  return f64At(tile, (column & 3) * 4 + (row & 3));
}

/** out := row `row` of G (in the order of function vectors) as a function vector of b. */
export function gramRow(a: usize, b: usize, tiles: usize, row: i32, out: usize): void {
  const p = changetype<Problem>(b);
  const columns = p.k * p.ldx;
  for (let column = 0; column < columns; column++) {
    setF64(out, column, entry(tiles, panelCount<f64>(columns), a == b, row, column));
  }
}

/** c := m I + G, panel-packed lower, of the tiles between one set of points and itself. */
export function gramSystem(problem: usize, tiles: usize, c: usize): void {
  const p = changetype<Problem>(problem);
  const rows = p.k * p.ldx,
    panels = panelCount<f64>(rows);
  packedZero(rows, c);
  for (let row = 0; row < panels; row++) {
    // The padding rows of the last panel keep their identity.
    if (row == panels - 1 && (rows & 3) != 0) break;
    memory.copy(
      tileAddress<f64>(c, row, 0),
      tileOf(tiles, panels, row, 0),
      <usize>(row + 1) * tileBytes<f64>(),
    );
  }
  if ((rows & 3) != 0) lastPanel(rows, panels, tiles, c);
  packedAddDiagonal(rows, c, <f64>p.m);
}

/** Rows of a last panel that is not full. */
function lastPanel(rows: i32, panels: i32, tiles: usize, c: usize): void {
  for (let row = (panels - 1) << 2; row < rows; row++) {
    for (let column = 0; column <= row; column++) {
      const to = tileAddress<f64>(c, row >> 2, column >> 2);
      const value = entry(tiles, panels, true, row, column);
      setF64(to, (column & 3) * 4 + (row & 3), value);
    }
  }
}

/**
 * Columns of a kernel as the caller sees it: sample by sample, its outputs side by side. out[m k +
 * o] := f[o ldx + m]
 */
export function gramUnpad(problem: usize, f: usize, out: usize): void {
  const p = changetype<Problem>(problem);
  for (let m = 0; m < p.m; m++) {
    for (let o = 0; o < p.k; o++) {
      setF64(out, m * p.k + o, f64At(f, o * p.ldx + m));
    }
  }
}
