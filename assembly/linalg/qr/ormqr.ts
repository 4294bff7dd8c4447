import { f64Address, f64At, setF64 } from "../../memory";
import { MORE, Progress } from "../../parallel/progress";
import { axpy } from "../vector";
import { PANEL_COLUMNS, applyPanel, preparePanel } from "./panel";

/**
 * C := Q^T C, or Q C, with the reflectors of `geqrf`.
 *
 *   c     columns of m values, ldc apart, ldc even, 16-byte aligned
 *   work  geqrfWork(m, n)
 *   In parts (parallel/progress.ts): returns 0, or MORE.
 */
export function ormqr(
  transposed: bool,
  m: i32,
  n: i32,
  columns: i32,
  a: usize,
  ld: i32,
  tau: usize,
  c: usize,
  ldc: i32,
  work: usize,
  progress: usize,
  flops: f64,
): i32 {
  assert(m <= ldc && (ldc & 1) == 0, "whole columns");
  const at = changetype<Progress>(progress);
  at.left = flops;
  const panels = (n + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
  for (; at.outer < panels; at.outer++) {
    if (at.left <= 0.0) return MORE;
    // Q^T = .. H_2 H_1 begins with the first panel, Q with the last.
    const first = (transposed ? at.outer : panels - 1 - at.outer) * PANEL_COLUMNS;
    const count = min(PANEL_COLUMNS, n - first);
    preparePanel(m, first, count, a, ld, tau, work);
    applyPanel(m, first, count, transposed, columns, work, c, ldc);
    at.left -= 4.0 * <f64>(m - first) * <f64>count * (<f64>columns + <f64>PANEL_COLUMNS);
  }
  return 0;
}

/**
 * x := R^-1 x, with the n x n upper triangle of a; a zero on its diagonal gives a zero there: a
 * column that says nothing.
 */
export function trtrs(n: i32, a: usize, ld: i32, x: usize): void {
  for (let j = n - 1; j >= 0; j--) {
    const column = f64Address(a, <usize>j * <usize>ld);
    const diagonal = f64At(column, j);
    const value = diagonal == 0.0 ? 0.0 : f64At(x, j) / diagonal;
    setF64(x, j, value);
    axpy(j, -value, column, x);
  }
}
