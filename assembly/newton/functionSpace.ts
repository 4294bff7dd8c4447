import { packedAddDiagonal, packedZero, paddedOrder } from "../linalg/packed";
import { syrk } from "../linalg/syrk";
import { dot } from "../linalg/vector";
import { Point } from "../model/point";
import { Columns, columnsMake, columnsSet } from "./columns";

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

const region = memory.data(offsetof<Columns>(), 16);

/**
 * c := m I + J B^-1 J^T, panel-packed lower of order R = k ldx.
 *
 *   values, vectors, curvature  of curvature.ts
 *   group                       groupBytes(d, k, ldx) of scratch
 *   returns the trace of J |B|^-1 J^T, whose rounding error c has beside that of m I
 */
export function functionSpaceMatrix(
  point: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  gamma: f64,
  c: usize,
  group: usize,
): f64 {
  const p = changetype<Point>(point).problem;
  const job = changetype<Columns>(region);
  const rows = p.k * p.ldx;
  columnsSet(job, point, values, vectors, curvature, gamma, group);
  packedZero(rows, c);
  packedAddDiagonal(rows, c, <f64>p.m);
  const padded = paddedOrder<f64>(rows);
  let trace = 0.0;
  for (let first = 0; first < p.n; first += job.count) {
    columnsMake(job, first);
    if (job.positives > 0) syrk(rows, job.positives, 1.0, job.positive, c);
    if (job.negatives > 0) syrk(rows, job.negatives, -1.0, job.negative, c);
    trace += dot(job.positives * padded, job.positive, job.positive);
    trace += dot(job.negatives * padded, job.negative, job.negative);
  }
  return trace;
}
