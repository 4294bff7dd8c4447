import { f64Address, f64At } from "../memory";
import { axpy } from "../linalg/vector";
import { Problem } from "./problem";

/**
 * The row sum_o c_o u_o that the derivatives of w and eta contain. With one output it is u itself,
 * and c_1 a factor of the result: one product less a sample, and that for the commonest case.
 */

/** Address of the row, made in `out` if it has to be; to be multiplied by weightedScale. */
export function weightedRow(
  p: Problem,
  c: usize,
  u: usize,
  first: i32,
  count: i32,
  out: usize,
): usize {
  const row = f64Address(u, first);
  if (p.k == 1) return row;
  memory.fill(out, 0, (<usize>count) << 3);
  for (let o = 0; o < p.k; o++) {
    axpy(count, f64At(c, o), f64Address(row, <usize>o * <usize>p.ldx), out);
  }
  return out;
}

@inline
export function weightedScale(p: Problem, c: usize): f64 {
  return p.k == 1 ? load<f64>(c) : 1.0;
}
