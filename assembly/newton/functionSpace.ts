import { f64Address } from "../memory";
import { packedAddDiagonal, packedToFull, packedZero, paddedOrder } from "../linalg/packed";
import { sytrf } from "../linalg/bunchKaufman/sytrf";
import { sytrfNegative, sytrs } from "../linalg/bunchKaufman/sytrs";
import { potrf } from "../linalg/cholesky/potrf";
import { potrs } from "../linalg/cholesky/potrs";
import { syrk } from "../linalg/syrk";
import { dot } from "../linalg/vector";
import { Problem } from "../model/problem";
import { Columns, columnsMake, columnsSet } from "../model/columns";

/**
 * The function-space solver of the regularized Newton step. By the push-through identity, with B =
 * S + gamma I (block-diagonal) and
 *
 *   C = m I + J B^-1 J^T      (R x R, one row an output and sample)
 *
 * the step (J^T J / m + B)^-1 J^T u / m is B^-1 J^T C^-1 u: the same step, at a cost linear in the
 * number of neurons. By Haynsworth's inertia additivity the number of negative eigenvalues of H +
 * gamma I is that of B less that of C.
 *
 * J is never held whole: groups of neurons are turned into the eigenvectors of their blocks, scaled
 * by |lambda + gamma|^(-1/2), and added to C as A A^T, or subtracted where lambda + gamma is
 * negative. C starts as m I and nothing of nearly the same size is ever subtracted from it unless B
 * is indefinite.
 */

const region = memory.data(64, 16);

/**
 * c := m I + J B^-1 J^T, panel-packed lower of order R = k ldx.
 *
 *   values, vectors, curvature  of curvature.ts
 *   group                       groupBytes(d, k, ldx) of scratch
 *   returns the trace of J |B|^-1 J^T, whose rounding error c has beside that of m I
 */
export function functionSpaceMatrix(
  problem: usize,
  theta: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  gamma: f64,
  c: usize,
  group: usize,
): f64 {
  const p = changetype<Problem>(problem);
  const job = changetype<Columns>(region);
  const rows = p.k * p.ldx;
  columnsSet(job, problem, theta, values, vectors, curvature, gamma, group);
  packedZero(rows, c);
  packedAddDiagonal(rows, c, <f64>p.m);
  const padded = paddedOrder<f64>(rows);
  let trace = 0.0;
  for (let first = 0; first < p.n; first += job.neurons) {
    columnsMake(job, first);
    if (job.positives > 0) syrk(rows, job.positives, 1.0, job.positive, c);
    if (job.negatives > 0) syrk(rows, job.negatives, -1.0, job.negative, c);
    trace += dot(job.positives * padded, job.positive, job.positive);
    trace += dot(job.negatives * padded, job.negative, job.negative);
  }
  return trace;
}

/**
 * Factors C, positive definite because B is: 0, or the 1-based pivot that rounding or overflow
 * spoiled (see potrf).
 */
export function functionSpaceFactor(rows: i32, c: usize, rdiag: usize): i32 {
  return potrf(rows, c, rdiag);
}

/** v := C^-1 u; v has room for whole panels of four and may be u. */
export function functionSpaceSolve(rows: i32, c: usize, rdiag: usize, u: usize, v: usize): void {
  if (v != u) memory.copy(v, u, (<usize>rows) << 3);
  memory.fill(f64Address(v, rows), 0, (<usize>(((rows + 3) & ~3) - rows)) << 3);
  potrs(rows, c, rdiag, v);
}

/**
 * The same where B is indefinite: pivoted L D L^T of a square copy.
 *
 *   full, pivot, work  R x R, R int32, `sytrfWorkBytes(R)` bytes
 *   returns the number of negative eigenvalues of C, or -1 when it is singular to working precision
 *   or not finite
 */
export function functionSpaceFactorIndefinite(
  rows: i32,
  c: usize,
  full: usize,
  pivot: usize,
  work: usize,
): i32 {
  packedToFull(rows, c, full, rows);
  if (sytrf(rows, full, rows, pivot, work) != 0) return -1;
  return sytrfNegative(rows, full, rows, pivot);
}

export function functionSpaceSolveIndefinite(
  rows: i32,
  full: usize,
  pivot: usize,
  u: usize,
  v: usize,
): void {
  if (v != u) memory.copy(v, u, (<usize>rows) << 3);
  sytrs(rows, full, rows, pivot, v);
}
