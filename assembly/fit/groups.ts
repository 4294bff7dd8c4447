import { f64At, setF64 } from "../memory";
import { elementAddress } from "../linalg/packed";

/**
 * Groups of the parameters of a network with one output, each with a precision of its own: the
 * weights of each input, all eta, all c. Group vectors have d + 2 values in this order; a parameter
 * vector has n d values of w (row-major), n of eta, n of c.
 */

/** Group of parameter p. */
@inline
export function groupOf(n: i32, d: i32, p: i32): i32 {
  return p < n * d ? p % d : d + (p >= n * (d + 1) ? 1 : 0);
}

/** out[g] := sum of v over group g. */
export function groupSums(n: i32, d: i32, v: usize, out: usize): void {
  memory.fill(out, 0, (<usize>(d + 2)) << 3);
  for (let p = 0, end = n * (d + 2); p < end; p++) {
    const g = groupOf(n, d, p);
    setF64(out, g, f64At(out, g) + f64At(v, p));
  }
}

/** out[g] := sum of v^2 over group g. */
export function groupSquares(n: i32, d: i32, v: usize, out: usize): void {
  memory.fill(out, 0, (<usize>(d + 2)) << 3);
  for (let p = 0, end = n * (d + 2); p < end; p++) {
    const g = groupOf(n, d, p);
    setF64(out, g, f64At(out, g) + f64At(v, p) * f64At(v, p));
  }
}

/** out[g] := noise alpha[g] + shift, d + 2 values: what the precisions add to J^T J. */
export function groupPenalty(d: i32, noise: f64, shift: f64, alpha: usize, out: usize): void {
  for (let g = 0; g < d + 2; g++) setF64(out, g, noise * f64At(alpha, g) + shift);
}

/** out[p] := v[p] / b[g(p)]; out may be v. */
export function groupDivide(n: i32, d: i32, b: usize, v: usize, out: usize): void {
  for (let p = 0, end = n * (d + 2); p < end; p++)
    setF64(out, p, f64At(v, p) / f64At(b, groupOf(n, d, p)));
}

/** out[p] := out[p] + b[g(p)] v[p] */
export function groupMultiplyAdd(n: i32, d: i32, b: usize, v: usize, out: usize): void {
  for (let p = 0, end = n * (d + 2); p < end; p++)
    setF64(out, p, f64At(out, p) + f64At(b, groupOf(n, d, p)) * f64At(v, p));
}

/** out[p] := out[p] + sqrt(b[g(p)]) v[p] */
export function groupRootMultiplyAdd(n: i32, d: i32, b: usize, v: usize, out: usize): void {
  for (let p = 0, end = n * (d + 2); p < end; p++)
    setF64(out, p, f64At(out, p) + sqrt<f64>(f64At(b, groupOf(n, d, p))) * f64At(v, p));
}

/** sum_g b[g] |v_g|^2 */
export function groupQuadratic(n: i32, d: i32, b: usize, v: usize): f64 {
  let total = 0.0;
  for (let p = 0, end = n * (d + 2); p < end; p++)
    total += f64At(b, groupOf(n, d, p)) * f64At(v, p) * f64At(v, p);
  return total;
}

/** A := A + factor diag(b[g(p)]), panel-packed lower of order n (d + 2). */
export function groupAddDiagonal(n: i32, d: i32, factor: f64, b: usize, a: usize): void {
  for (let p = 0, end = n * (d + 2); p < end; p++) {
    const address = elementAddress<f64>(a, p, p);
    store<f64>(address, load<f64>(address) + factor * f64At(b, groupOf(n, d, p)));
  }
}

/**
 * Effective numbers of parameters by the diagonal of A^-1: out[g] := n - b[g] tr_g A^-1 (MacKay,
 * Neural Computation 4 (1992) 448-472, formula 4.8).
 *
 *   diagonal  that of a multiple of A^-1, n (d + 2) values; `factor` makes it that of A^-1
 */
export function effectiveByDiagonal(
  n: i32,
  d: i32,
  factor: f64,
  b: usize,
  diagonal: usize,
  out: usize,
): void {
  groupSums(n, d, diagonal, out);
  for (let g = 0; g < d + 2; g++) setF64(out, g, <f64>n - f64At(b, g) * (factor * f64At(out, g)));
}

/** The log determinant of factor diag(b). */
export function groupLogDeterminant(n: i32, d: i32, factor: f64, b: usize): f64 {
  let sum = 0.0;
  for (let g = 0; g < d + 2; g++) sum += Math.log(factor * f64At(b, g));
  return <f64>n * sum;
}
