import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { jet } from "../model/jets";
import { SAMPLE_BLOCK } from "../model/blocking";
import { evenCount } from "../model/layout";
import { NeuronJob, overNeurons } from "../model/neurons";
import { Point } from "../model/point";
import { Problem, outgoing, parameterIndex } from "../model/problem";

/**
 * Rows a sample, in panels of four samples (linalg/cholesky/trsm.ts): what the products of samples
 * with each other are made of. Rows beyond the last sample are zero.
 */

/** What a row holds of neuron i (networks with one output). */
const enum Content {
  /** n columns: sigma(z_i). */
  VALUE = 0,
  /** n columns: c_i sigma'(z_i). */
  SLOPE = 1,
  /** P columns in the order of theta: the row of the Jacobian. */
  JACOBIAN = 2,
}

@unmanaged
class Region extends NeuronJob {
  point: Point;
  panels: usize;
  stride: usize;
  content: i32;
  sample: i32;
  samples: i32;
}

const region = memory.data(offsetof<Region>(), 16);

function fill(
  point: usize,
  content: i32,
  firstNeuron: i32,
  neurons: i32,
  first: i32,
  count: i32,
  stride: usize,
  panels: usize,
): void {
  assert((first & 3) == 0 && count > 0 && isAligned(panels, 16), "whole panels of samples");
  const job = changetype<Region>(region);
  job.point = changetype<Point>(point);
  job.problem = job.point.problem;
  job.panels = panels;
  job.stride = stride;
  job.content = content;
  job.sample = first;
  job.samples = count;
  memory.fill(panels, 0, <usize>((count + 3) >> 2) * stride);
  overNeurons(rowsTask, job, firstNeuron, neurons);
}

/**
 * Rows of the Jacobian J = [c sigma'(z) x, c sigma'(z), sigma(z)] s for the samples first .. first
 * + count - 1, `first` a multiple of four.
 *
 *   panels  ceil(count / 4) panels of `stride` bytes, at least P columns each
 */
export function jacobianRows(
  point: usize,
  first: i32,
  count: i32,
  stride: usize,
  panels: usize,
): void {
  const n = changetype<Point>(point).problem.n;
  fill(point, Content.JACOBIAN, 0, n, first, count, stride, panels);
}

/** Rows of sigma(z) of `neurons` neurons, a column each. */
export function valueRows(
  point: usize,
  firstNeuron: i32,
  neurons: i32,
  first: i32,
  count: i32,
  panels: usize,
): void {
  const stride = (<usize>neurons) << 5;
  fill(point, Content.VALUE, firstNeuron, neurons, first, count, stride, panels);
}

/** Rows of c sigma'(z), likewise. */
export function slopeRows(
  point: usize,
  firstNeuron: i32,
  neurons: i32,
  first: i32,
  count: i32,
  panels: usize,
): void {
  const stride = (<usize>neurons) << 5;
  fill(point, Content.SLOPE, firstNeuron, neurons, first, count, stride, panels);
}

function rowsTask(pointer: usize, start: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  for (let i = start; i < end; i++) {
    let first = job.sample;
    const last = job.sample + job.samples;
    while (first < last) {
      const blockEnd = min(last, first - (first % SAMPLE_BLOCK) + SAMPLE_BLOCK);
      neuronRows(job, i, first, blockEnd - first, work);
      first = blockEnd;
    }
  }
}

function neuronRows(job: Region, i: i32, first: i32, count: i32, work: usize): void {
  const p = job.problem;
  const s0 = jet(job.point, i, first, evenCount(count), work),
    s1 = s0 + p.row;
  const c = load<f64>(outgoing(p, job.point.theta, i));
  if (job.content == Content.VALUE) {
    writeColumn(job, i - job.first, first, count, 1.0, s0);
  } else if (job.content == Content.SLOPE) {
    writeColumn(job, i - job.first, first, count, c, s1);
  } else {
    for (let l = 0; l < p.d; l++) writeWeights(job, p, i, l, first, count, p.s * c, s1);
    writeColumn(job, parameterIndex(p, i, p.d), first, count, p.s * c, s1);
    writeColumn(job, parameterIndex(p, i, p.d + 1), first, count, p.s, s0);
  }
}

@inline
function entryOf(job: Region, column: i32, row: i32): usize {
  const at = row - job.sample;
  const panel = job.panels + <usize>(at >> 2) * job.stride;
  return panel + ((<usize>column) << 5) + ((<usize>(at & 3)) << 3);
}

function writeColumn(
  job: Region,
  column: i32,
  first: i32,
  count: i32,
  factor: f64,
  a: usize,
): void {
  for (let m = 0; m < count; m++) store<f64>(entryOf(job, column, first + m), factor * f64At(a, m));
}

function writeWeights(
  job: Region,
  p: Problem,
  i: i32,
  l: i32,
  first: i32,
  count: i32,
  factor: f64,
  a: usize,
): void {
  const column = parameterIndex(p, i, l);
  const x = f64Address(p.x, <usize>l * <usize>p.ldx + <usize>first);
  for (let m = 0; m < count; m++)
    store<f64>(entryOf(job, column, first + m), factor * f64At(a, m) * f64At(x, m));
}

/**
 * Rows of x[l] scale[l] of `inputs` inputs from `firstInput`, a column each, of `count` samples
 * from `first` of a problem.
 */
export function inputRows(
  problem: usize,
  firstInput: i32,
  inputs: i32,
  scale: usize,
  first: i32,
  count: i32,
  panels: usize,
): void {
  const p = changetype<Problem>(problem);
  const stride = (<usize>inputs) << 5;
  memory.fill(panels, 0, <usize>((count + 3) >> 2) * stride);
  for (let l = 0; l < inputs; l++) {
    const x = f64Address(p.x, <usize>(firstInput + l) * <usize>p.ldx + <usize>first);
    const factor = f64At(scale, firstInput + l);
    for (let m = 0; m < count; m++) {
      const panel = panels + <usize>(m >> 2) * stride + ((<usize>l) << 5);
      setF64(panel, m & 3, factor * f64At(x, m));
    }
  }
}
