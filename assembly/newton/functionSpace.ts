import { f64At } from "../memory";
import {
  elementAddress,
  packedAddDiagonal,
  packedTrace,
  packedZero,
  paddedOrder,
} from "../linalg/packed";
import { syrkProceed } from "../linalg/syrk";
import { MORE, Progress } from "../parallel/progress";
import { Point } from "../model/point";
import { Rows } from "../model/rows";
import { Columns, columnsCount, columnsMake, columnsSet } from "./columns";

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

/** Operations that a value of a column takes, beside its part in C. */
const COLUMN_FLOPS = 64.0;

/** What of a group is next. */
const enum Stage {
  COLUMNS,
  POSITIVE,
  NEGATIVE,
}

const region = memory.data(offsetof<Columns>(), 16);

/**
 * c := m I + J B^-1 J^T, panel-packed lower of order R = k ldx; with rows m E + A B^-1 A^T, where
 * A = |D|^(1/2) J and E has the signs of D, 1 where D is 0.
 *
 *   rows                        of model/rows.ts, or 0
 *   values, vectors, curvature  of curvature.ts
 *   group                       groupBytes(d, k, ldx) of scratch
 *   returns the trace of A |B|^-1 A^T, whose rounding error c has beside that of m I, by what each
 *           part of the sum makes of the trace of c; or MORE: c is then not whole, and the group
 *           still needed
 */
export function functionSpaceMatrix(
  point: usize,
  rows: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  gamma: f64,
  c: usize,
  group: usize,
  progress: usize,
  flops: f64,
): f64 {
  const at = changetype<Progress>(progress);
  at.left = flops;
  const p = changetype<Point>(point).problem;
  const job = changetype<Columns>(region);
  const order = p.k * p.ldx;
  columnsSet(job, point, rows, values, vectors, curvature, gamma, group);
  if (at.outer == 0 && at.inner == Stage.COLUMNS) {
    packedZero(order, c);
    packedAddDiagonal(order, c, <f64>p.m);
    if (rows != 0) signs(order, changetype<Rows>(rows), <f64>p.m, c);
    at.sum = -packedTrace(order, c);
  }
  const padded = paddedOrder<f64>(order);
  let neurons = 0;
  for (; at.outer < p.n; at.outer += neurons) {
    neurons = columnsCount(job, at.outer);
    const positives = job.positives * padded,
      negatives = job.negatives * padded;
    if (at.inner == Stage.COLUMNS) {
      if (at.left <= 0.0) return MORE;
      columnsMake(job, at.outer, neurons);
      at.left -= COLUMN_FLOPS * <f64>(positives + negatives);
      at.inner = Stage.POSITIVE;
    }
    if (at.inner == Stage.POSITIVE) {
      if (positives > 0 && !syrkProceed(at, order, job.positives, 1.0, job.positive, c))
        return MORE;
      if (negatives > 0) at.sum += 2.0 * packedTrace(order, c);
      at.inner = Stage.NEGATIVE;
    }
    if (negatives > 0) {
      if (!syrkProceed(at, order, job.negatives, -1.0, job.negative, c)) return MORE;
      at.sum -= 2.0 * packedTrace(order, c);
    }
    at.inner = Stage.COLUMNS;
  }
  return at.sum + packedTrace(order, c);
}

/** The diagonal -m of the rows whose D is negative. */
function signs(order: i32, rows: Rows, m: f64, c: usize): void {
  if (rows.negatives == 0) return;
  for (let row = 0; row < order; row++) {
    if (f64At(rows.d, row) < 0.0) store<f64>(elementAddress<f64>(c, row, row), -m);
  }
}
