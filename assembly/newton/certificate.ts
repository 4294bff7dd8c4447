import { f64At, setF64 } from "../memory";
import { valuesOf, vectorsOf } from "./curvature";
import { jet } from "../model/jets";
import { SAMPLE_BLOCK } from "../model/blocking";
import { evenCount } from "../model/layout";
import { NeuronJob, overNeurons } from "../model/neurons";
import { Point } from "../model/point";
import { neuronSize, outgoing, partWork, productRow, sumRows } from "../model/problem";
import { rotatedSlope } from "../model/rotated";
import { Rows, difference, sampleWeight } from "../model/rows";

@unmanaged
class Region extends NeuronJob {
  point: Point;
  rows: usize;
  values: usize;
  vectors: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * An upper bound of the smallest eigenvalue of H = J^T D J / m + B: the least Rayleigh quotient
 *
 *   lambda_il + (J_i v_il)^T D (J_i v_il) / m
 *
 * over the eigenvectors of all blocks of B, values and vectors of curvature.ts, here of neurons
 * first .. first + count - 1; rows as in `hessian`. H + gamma I is certainly not positive definite
 * unless gamma exceeds minus this; and it certainly is once gamma exceeds minus the least lambda,
 * where J^T D J is not negative.
 */
export function rayleighMinimum(
  point: usize,
  rows: usize,
  values: usize,
  vectors: usize,
  first: i32,
  count: i32,
): f64 {
  const at = changetype<Point>(point),
    p = at.problem;
  const job = changetype<Region>(region);
  job.problem = p;
  job.point = at;
  job.rows = rows;
  job.values = values;
  job.vectors = vectors;
  overNeurons(rayleighTask, job, first, count);
  let least = Infinity;
  for (let part = 0; part < job.parts; part++) least = min(least, load<f64>(partWork(p, part)));
  return least;
}

/** Leaves the least of its neurons in the scratch. */
function rayleighTask(pointer: usize, first: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem,
    q = neuronSize(p);
  let least = Infinity;
  for (let i = first; i < end; i++) {
    const vectors = vectorsOf(job.vectors, q, i);
    for (let l = 0; l < q; l++) {
      const lambda = f64At(valuesOf(job.values, q, i), l);
      if (job.rows != 0) {
        const rows = changetype<Rows>(job.rows);
        least = min(least, lambda + curvedSquare(job.point, rows, i, vectors, l, work) / <f64>p.m);
      } else if (lambda < least)
        least = min(least, lambda + imageSquare(job.point, i, vectors, l, work) / <f64>p.m);
    }
  }
  store<f64>(work, least);
}

/** |J_i v_l|^2, summed over outputs and samples. */
function imageSquare(at: Point, i: i32, vectors: usize, l: i32, work: usize): f64 {
  const p = at.problem,
    q = neuronSize(p);
  const c = outgoing(p, at.theta, i);
  const slope = productRow(p, work);
  let total = 0.0;
  for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
    const count = min(SAMPLE_BLOCK, p.m - first);
    const s0 = jet(at, i, first, evenCount(count), work);
    rotatedSlope(p, q, l, vectors, first, evenCount(count), s0 + p.row, slope);
    for (let o = 0; o < p.k; o++) {
      const bend = f64At(c, o),
        level = f64At(vectors, (p.d + 1 + o) * q + l);
      for (let m: usize = 0, end = (<usize>count) << 3; m < end; m += 8) {
        const value = bend * load<f64>(slope + m) + level * load<f64>(s0 + m);
        total += value * value;
      }
    }
  }
  return p.s * p.s * total;
}

/** (J_i v_l)^T D (J_i v_l), which may be negative, summed over samples. */
function curvedSquare(at: Point, rows: Rows, i: i32, vectors: usize, l: i32, work: usize): f64 {
  const p = at.problem,
    q = neuronSize(p);
  const c = outgoing(p, at.theta, i);
  const slope = productRow(p, work),
    image = sumRows(p, work);
  let total = 0.0;
  for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
    const count = min(SAMPLE_BLOCK, p.m - first);
    const s0 = jet(at, i, first, evenCount(count), work);
    rotatedSlope(p, q, l, vectors, first, evenCount(count), s0 + p.row, slope);
    for (let m = 0; m < count; m++) {
      for (let o = 0; o < p.k; o++) {
        const level = f64At(vectors, (p.d + 1 + o) * q + l);
        setF64(image, o, f64At(c, o) * f64At(slope, m) + level * f64At(s0, m));
      }
      for (let o = 0; o < p.k; o++) {
        const d = f64At(rows.d, o * p.ldx + first + m);
        if (rows.rest == 0) total += d * f64At(image, o) * f64At(image, o);
        else {
          const value = difference(p, rows.d, o, first + m, image, 1);
          total += sampleWeight(p, first + m) * d * value * value;
        }
      }
    }
  }
  return p.s * p.s * total;
}
