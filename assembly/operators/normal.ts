import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { DEPTH } from "../linalg/blocking";
import { packedZero } from "../linalg/packed";
import { syrkProceed } from "../linalg/syrk";
import { axpy, dot, norm2 } from "../linalg/vector";
import { addBlocks } from "../model/hessian";
import { Problem } from "../model/problem";
import { MORE, Progress } from "../parallel/progress";

/**
 * Products of a matrix of columns, as a QR factorization has it: `columns` of `rows` values, the
 * next one ld values further. rows is even; a column is 8-byte aligned.
 */

/** out := A^T u */
export function columnsTranspose(
  rows: i32,
  columns: i32,
  a: usize,
  ld: i32,
  u: usize,
  out: usize,
): void {
  for (let p = 0; p < columns; p++) {
    setF64(out, p, dot(rows, f64Address(a, <usize>p * <usize>ld), u));
  }
}

/** out := A v */
export function columnsMultiply(
  rows: i32,
  columns: i32,
  a: usize,
  ld: i32,
  v: usize,
  out: usize,
): void {
  memory.fill(out, 0, (<usize>rows) << 3);
  for (let p = 0; p < columns; p++) {
    axpy(rows, f64At(v, p), f64Address(a, <usize>p * <usize>ld), out);
  }
}

/** Largest Euclidean norm of the columns. */
export function largestColumn(rows: i32, columns: i32, a: usize, ld: i32): f64 {
  let largest = 0.0;
  for (let p = 0; p < columns; p++) {
    largest = max<f64>(largest, norm2(rows, f64Address(a, <usize>p * <usize>ld)));
  }
  return largest;
}

/** Entry p of column p := value. */
export function fillDiagonal(columns: i32, value: f64, a: usize, ld: i32): void {
  for (let p = 0; p < columns; p++) setF64(a, <usize>p * <usize>(ld + 1), value);
}

/** The first `count` entries of each column := 0. */
export function clearTop(columns: i32, count: i32, a: usize, ld: i32): void {
  for (let p = 0; p < columns; p++) {
    memory.fill(f64Address(a, <usize>p * <usize>ld), 0, (<usize>count) << 3);
  }
}

/** Bytes of the panels of `normalMatrix`. */
export function normalPanelBytes(rows: i32, columns: i32): f64 {
  return 32.0 * <f64>((columns + 3) >> 2) * <f64>min(rows, DEPTH);
}

/**
 * h := A^T A, packed lower (linalg/packed.ts). In parts (parallel/progress.ts): returns 0, or MORE.
 *
 *   panels  normalPanelBytes(rows, columns)
 */
export function normalMatrix(
  rows: i32,
  columns: i32,
  a: usize,
  ld: i32,
  h: usize,
  panels: usize,
  progress: usize,
  flops: f64,
): i32 {
  assert((rows & 1) == 0 && isAligned(a, 8) && isAligned(h | panels, 16), "an even number of rows");
  const at = changetype<Progress>(progress);
  at.left = flops;
  if (at.inner == 0 && at.task == 0) packedZero(columns, h);
  for (; at.inner < rows; at.inner += DEPTH) {
    const depth = min(DEPTH, rows - at.inner);
    if (at.task == 0) {
      if (at.left <= 0.0) return MORE;
      toPanels(depth, columns, f64Address(a, at.inner), ld, panels);
    }
    if (!syrkProceed(at, columns, depth, 1.0, panels, h)) return MORE;
  }
  return 0;
}

/** Four columns side by side are a panel, as syrk reads the rows of A^T; the padding is zero. */
function toPanels(depth: i32, columns: i32, a: usize, ld: i32, panels: usize): void {
  const next = (<usize>ld) << 3;
  let out = panels;
  for (let p = 0; p < columns; p += 4) {
    const column = a + <usize>p * next;
    if (p + 4 <= columns) {
      for (let m: usize = 0, end = (<usize>depth) << 3; m < end; m += 16) {
        const c0 = v128.load(column + m),
          c1 = v128.load(column + next + m),
          c2 = v128.load(column + 2 * next + m),
          c3 = v128.load(column + 3 * next + m);
        v128.store(out, v128.shuffle<f64>(c0, c1, 0, 2));
        v128.store(out, v128.shuffle<f64>(c2, c3, 0, 2), 16);
        v128.store(out, v128.shuffle<f64>(c0, c1, 1, 3), 32);
        v128.store(out, v128.shuffle<f64>(c2, c3, 1, 3), 48);
        out += 64;
      }
      continue;
    }
    for (let m = 0; m < depth; m++) {
      for (let lane = 0; lane < 4; lane++) {
        const within = p + lane < columns;
        setF64(out, lane, within ? f64At(column + <usize>lane * next, m) : 0.0);
      }
      out += 32;
    }
  }
}

/** h += the blocks of the neurons, packed lower triangles (model/blocks.ts). */
export function normalAddBlocks(problem: usize, blocks: usize, h: usize): void {
  addBlocks(changetype<Problem>(problem), blocks, h);
}
