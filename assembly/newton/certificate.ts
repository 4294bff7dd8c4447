import { f64At } from "../memory";
import { valuesOf, vectorsOf } from "./curvature";
import { jet } from "../model/jets";
import { SAMPLE_BLOCK } from "../model/blocking";
import { evenCount } from "../model/layout";
import { NeuronJob, overNeurons } from "../model/neurons";
import { Point } from "../model/point";
import { neuronSize, outgoing, partWork, productRow } from "../model/problem";
import { rotatedSlope } from "../model/rotated";

@unmanaged
class Region extends NeuronJob {
  point: Point;
  values: usize;
  vectors: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * An upper bound of the smallest eigenvalue of H = J^T J / m + S: the least Rayleigh quotient
 *
 *   lambda_il + |J_i v_il|^2 / m
 *
 * over the eigenvectors of all blocks, here of neurons first .. first + count - 1. H + gamma I is
 * certainly not positive definite unless gamma exceeds minus this; and it certainly is once gamma
 * exceeds minus the least lambda, because J^T J is not negative.
 */
export function rayleighMinimum(
  point: usize,
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
      if (lambda < least)
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
