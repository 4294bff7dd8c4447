import { f64Address, f64At, i32At, isAligned, setF64 } from "../memory";
import { panelCount } from "../linalg/packed";
import { Curvature, shifted, valuesOf, vectorsOf } from "./curvature";
import { jet } from "../model/jets";
import { GROUP_COLUMNS, SAMPLE_BLOCK } from "../model/blocking";
import { evenCount } from "../model/layout";
import { NeuronJob, overNeurons } from "../model/neurons";
import { Point } from "../model/point";
import { Problem, neuronSize, outgoing, productRow, sumRows } from "../model/problem";
import { rotatedSlope } from "../model/rotated";
import { Rows, differenceRow } from "../model/rows";

/**
 * Columns of J B^(-1/2), group by group of neurons, as panels for the matrix products: J is turned
 * into the eigenvectors of the blocks of B = S + gamma I and scaled by |lambda + gamma|^(-1/2).
 * Columns of negative lambda + gamma go to panels of their own.
 */

@inline
function groupNeurons(q: i32): i32 {
  return max(1, GROUP_COLUMNS / q);
}

/** Columns that one group can have. */
@inline
function groupColumns(q: i32): i32 {
  return groupNeurons(q) * q;
}

/** Rows of C, whole panels of four. */
@inline
function paddedRows(k: i32, ldx: i32): i32 {
  return (k * ldx + 3) & ~3;
}

/** Bytes of the panels of one group: positive and negative columns, and the place of each. */
export function groupBytes(d: i32, k: i32, ldx: i32): f64 {
  const columns = <f64>groupColumns(d + 1 + k);
  return columns * (16.0 * <f64>paddedRows(k, ldx) + 8.0) + 64.0;
}

/**
 * The neuron whose eigenvalues and eigenvectors are those of neuron i: the first one's are
 * everybody's where the curvature of all is zero, and the only ones that need to be there.
 */
@inline
function modelOf(curvature: i32, i: i32): i32 {
  return curvature == Curvature.GAUSS_NEWTON ? 0 : i;
}

/** One group, its neurons those of the job. */
@unmanaged
export class Columns extends NeuronJob {
  gamma: f64;
  point: Point;
  /** Of |D|^(1/2) J in the place of J (model/rows.ts), or 0. */
  rows: usize;
  values: usize;
  vectors: usize;
  curvature: i32;
  /** Panels of the columns with positive and with negative lambda + gamma, and their numbers. */
  positive: usize;
  negative: usize;
  positives: i32;
  negatives: i32;
  /**
   * Place of each column of the group: index p among the positive ones, or -1 - p among the
   * negative ones.
   */
  places: usize;
}

/**
 * Binds a point, its rows or 0, and the curvature of its neurons, for GAUSS_NEWTON of the first
 * alone; `group` is groupBytes(d, k, ldx) of scratch.
 */
export function columnsSet(
  job: Columns,
  point: usize,
  rows: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  gamma: f64,
  group: usize,
): void {
  assert(isAligned(group, 16), "16-byte aligned");
  const at = changetype<Point>(point),
    p = at.problem;
  const bytes = (<usize>groupColumns(neuronSize(p)) * <usize>paddedRows(p.k, p.ldx)) << 3;
  job.problem = p;
  job.point = at;
  job.rows = rows;
  job.values = values;
  job.vectors = vectors;
  job.curvature = curvature;
  job.gamma = gamma;
  job.positive = group;
  job.negative = group + bytes;
  job.places = group + 2 * bytes;
}

/** Makes the panels of the group of `count` neurons from `first`, whose columns were counted. */
export function columnsMake(job: Columns, first: i32, count: i32): void {
  const rows = job.problem.k * job.problem.ldx;
  overNeurons(columnsTask, job, first, count);
  clearPadding(rows, job.positives, job.positive);
  clearPadding(rows, job.negatives, job.negative);
}

/** Counts the columns of the group that starts with neuron `first`, and returns its neurons. */
export function columnsCount(job: Columns, first: i32): i32 {
  const p = job.problem,
    q = neuronSize(p);
  const neurons = min(groupNeurons(q), p.n - first);
  placeColumns(job, q, first, neurons);
  return neurons;
}

/** Of the eigenvalues of `count` neurons from `first`. */
function placeColumns(job: Columns, q: i32, first: i32, count: i32): void {
  job.positives = 0;
  job.negatives = 0;
  let place = job.places;
  for (let i = first; i < first + count; i++) {
    const values = valuesOf(job.values, q, modelOf(job.curvature, i));
    for (let l = 0; l < q; l++) {
      const positive = shifted(job.curvature, f64At(values, l), job.gamma) > 0.0;
      store<i32>(place, positive ? job.positives++ : -1 - job.negatives++);
      place += 4;
    }
  }
}

/** Rows of the last panel beyond the order := 0. */
function clearPadding(rows: i32, columns: i32, panels: usize): void {
  const last = panels + <usize>(panelCount<f64>(rows) - 1) * ((<usize>columns) << 5);
  for (let row = rows; row < ((rows + 3) & ~3); row++) {
    for (let column = 0; column < columns; column++)
      setF64(last + ((<usize>column) << 5), row & 3, 0.0);
  }
}

function columnsTask(pointer: usize, start: i32, end: i32, work: usize): void {
  const job = changetype<Columns>(pointer);
  const p = job.problem;
  for (let i = start; i < end; i++) {
    for (let first = 0; first < p.m; first += SAMPLE_BLOCK) neuronColumns(p, job, i, first, work);
  }
}

/**
 * Columns of neuron i for one block of samples. Column l, output o, sample m:
 *
 *   s |lambda_l + gamma|^(-1/2) [ c_o sigma' (V_wl . x + V_etal) + V_col sigma ]
 */
function neuronColumns(p: Problem, job: Columns, i: i32, first: i32, work: usize): void {
  const q = neuronSize(p);
  const count = evenCount(min(SAMPLE_BLOCK, p.m - first));
  const s0 = jet(job.point, i, first, count, work),
    s1 = s0 + p.row;
  const model = modelOf(job.curvature, i);
  const values = valuesOf(job.values, q, model),
    vectors = vectorsOf(job.vectors, q, model);
  const c = outgoing(p, job.point.theta, i);
  const slope = productRow(p, work);
  for (let l = 0; l < q; l++) {
    const scale = p.s / sqrt<f64>(abs(shifted(job.curvature, f64At(values, l), job.gamma)));
    const place = i32At(job.places, (i - job.first) * q + l);
    const panels = place >= 0 ? job.positive : job.negative;
    const stride = (<usize>(place >= 0 ? job.positives : job.negatives)) << 5;
    const column = (<usize>(place >= 0 ? place : -1 - place)) << 5;
    rotatedSlope(p, q, l, vectors, first, count, s1, slope);
    if (job.rows != 0) {
      const levels = f64Address(vectors, (p.d + 1) * q + l);
      const rows = changetype<Rows>(job.rows);
      scaledColumn(p, rows, scale, first, count, c, levels, q, s0, work, panels + column, stride);
      continue;
    }
    for (let o = 0; o < p.k; o++) {
      const bend = f64x2.splat(scale * f64At(c, o));
      const level = f64x2.splat(scale * f64At(vectors, (p.d + 1 + o) * q + l));
      writeColumn(count, o * p.ldx + first, bend, slope, level, s0, panels + column, stride);
    }
    if ((p.m & 1) != 0 && first + count > p.m) zeroLast(p, panels + column, stride);
  }
}

/**
 * The same column of |D|^(1/2) J: every row times its scale; of softmax with the differences of
 * rows.ts in the place of c_o and V_col. The scale of the sample that fills an odd number up is 0.
 *
 *   levels  V_col of output o, q values from one to the next
 *   work    of the part, with the rotated slope in its first row of products
 */
function scaledColumn(
  p: Problem,
  rows: Rows,
  factor: f64,
  first: i32,
  count: i32,
  c: usize,
  levels: usize,
  q: i32,
  s0: usize,
  work: usize,
  column: usize,
  stride: usize,
): void {
  const slope = productRow(p, work),
    value = slope + p.row,
    difference = sumRows(p, work);
  for (let o = 0; o < p.k; o++) {
    const scale = f64Address(rows.scale, <usize>o * <usize>p.ldx + <usize>first);
    const end = (<usize>count) << 3;
    if (rows.rest == 0) {
      const bend = f64x2.splat(factor * f64At(c, o)),
        level = f64x2.splat(factor * f64At(levels, o * q));
      for (let m: usize = 0; m < end; m += 16) {
        const a = f64x2.mul(bend, v128.load(slope + m)),
          b = f64x2.mul(level, v128.load(s0 + m));
        v128.store(value + m, f64x2.mul(v128.load(scale + m), f64x2.add(a, b)));
      }
    } else {
      const whole = f64x2.splat(factor);
      differenceRow(p, rows, o, first, count, c, 1, value);
      differenceRow(p, rows, o, first, count, levels, q, difference);
      for (let m: usize = 0; m < end; m += 16) {
        const a = f64x2.mul(v128.load(value + m), v128.load(slope + m)),
          b = f64x2.mul(v128.load(difference + m), v128.load(s0 + m));
        const row = f64x2.mul(whole, f64x2.add(a, b));
        v128.store(value + m, f64x2.mul(v128.load(scale + m), row));
      }
    }
    copyColumn(count, o * p.ldx + first, value, column, stride);
  }
}

/** The same rows from an array. */
function copyColumn(count: i32, row: i32, a: usize, column: usize, stride: usize): void {
  for (let pair = 0; pair < count; pair += 2) {
    const to = <usize>((row + pair) >> 2) * stride + ((<usize>((row + pair) & 2)) << 3);
    v128.store(column + to, v128.load(f64Address(a, pair)));
  }
}

/** Rows `row` .. row + count - 1 (both even) of one column of the panels: bend a + level b. */
function writeColumn(
  count: i32,
  row: i32,
  bend: v128,
  a: usize,
  level: v128,
  b: usize,
  column: usize,
  stride: usize,
): void {
  for (let pair = 0; pair < count; pair += 2) {
    const m = (<usize>pair) << 3;
    const value = f64x2.add(f64x2.mul(bend, v128.load(a + m)), f64x2.mul(level, v128.load(b + m)));
    v128.store(
      column + <usize>((row + pair) >> 2) * stride + ((<usize>((row + pair) & 2)) << 3),
      value,
    );
  }
}

/** The padding sample of each output is no row of J. */
function zeroLast(p: Problem, column: usize, stride: usize): void {
  for (let o = 0; o < p.k; o++) {
    const row = o * p.ldx + p.m;
    setF64(column + <usize>(row >> 2) * stride, row & 3, 0.0);
  }
}
