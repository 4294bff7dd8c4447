import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { product } from "../linalg/vector";
import { jet } from "./jets";
import { evenCount } from "./layout";
import { NeuronJob, overNeurons } from "./neurons";
import { Point } from "./point";
import { outgoing, parameterIndex, productRow } from "./problem";
import { Rows, differenceRow } from "./rows";

/** Samples of a block, rounded up to four, so that every panel is a whole number of cache lines. */
@inline
export function panelDepth(samples: i32): i32 {
  return (samples + 3) & ~3;
}

@unmanaged
class Region extends NeuronJob {
  point: Point;
  panels: usize;
  rows: Rows;
  /** Of the samples of the block; 0 for J itself. */
  scale: usize;
  output: i32;
  sample: i32;
  samples: i32;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * J^T for one output and one block of samples, in panels of four parameters as syrk reads them.
 *
 *   first   first sample, even
 *   count   samples, which all lie in one block of jets, SAMPLE_BLOCK
 *   panels  ceil(P / 4) panels of 4 x panelDepth(count), column by column; the padding is zero
 *
 *   row of sample m, output o, neuron i: J = s [ c_o sigma'(z) x , c_o sigma'(z) , sigma(z) in
 *   place o ] for (w, eta, c)
 */
export function jacobianPanels(
  point: usize,
  output: i32,
  first: i32,
  count: i32,
  panels: usize,
): void {
  scaledPanels(point, 0, 0, output, first, count, panels);
}

/**
 * The same for the rows of A = |D|^(1/2) J (rows.ts).
 *
 *   rows   of the point
 *   scale  of the samples of the block, an even number of values: those of the rows, or 0 where a
 *          row is left out
 */
export function scaledPanels(
  point: usize,
  rows: usize,
  scale: usize,
  output: i32,
  first: i32,
  count: i32,
  panels: usize,
): void {
  assert((first & 1) == 0 && count > 0 && isAligned(panels, 16), "whole vectors of samples");
  const at = changetype<Point>(point),
    p = at.problem;
  const job = changetype<Region>(region);
  job.problem = p;
  job.point = at;
  job.panels = panels;
  job.rows = changetype<Rows>(rows);
  job.scale = scale;
  job.output = output;
  job.sample = first;
  job.samples = count;
  const depth = panelDepth(count);
  const parameters = p.n * (p.d + 1 + p.k);
  for (let row = parameters; row < ((parameters + 3) & ~3); row++)
    zeroRow(panelRow(panels, row, depth), depth, 0);
  overNeurons(rowsTask, job, 0, p.n);
}

function rowsTask(pointer: usize, first: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  for (let i = first; i < end; i++) neuronRows(job, i, work);
}

function neuronRows(job: Region, i: i32, work: usize): void {
  const p = job.problem;
  const s0 = jet(job.point, i, job.sample, evenCount(job.samples), work),
    s1 = s0 + p.row;
  const c = outgoing(p, job.point.theta, i);
  if (job.scale == 0) writeRows(job, i, p.s * f64At(c, job.output), s0, s1);
  else scaledRows(job, i, c, s0, s1, productRow(p, work));
}

/** sigma and sigma' are scaled row by row first, in the two rows of `products`. */
function scaledRows(job: Region, i: i32, c: usize, s0: usize, s1: usize, products: usize): void {
  const p = job.problem,
    count = evenCount(job.samples);
  const level = products,
    slope = products + p.row;
  product(count, job.scale, s1, slope);
  if (job.rows.rest == 0) {
    product(count, job.scale, s0, level);
    writeRows(job, i, p.s * f64At(c, job.output), level, slope);
    return;
  }
  differenceRow(p, job.rows, job.output, job.sample, count, c, 1, level);
  product(count, level, slope, slope);
  product(count, job.scale, s0, level);
  writeRows(job, i, p.s, level, slope);
}

/** From the rows sigma and sigma' of a neuron, and the factor of the latter. */
function writeRows(job: Region, i: i32, slope: f64, s0: usize, s1: usize): void {
  const p = job.problem;
  const count = job.samples,
    depth = panelDepth(count);
  for (let local = 0; local < p.d + 1 + p.k; local++) {
    const out = panelRow(job.panels, parameterIndex(p, i, local), depth);
    if (local < p.d) {
      const x = f64Address(p.x, <usize>local * <usize>p.ldx + <usize>job.sample);
      for (let m: usize = 0, end = (<usize>count) << 3; m < end; m += 8) {
        store<f64>(out + (m << 2), slope * load<f64>(s1 + m) * load<f64>(x + m));
      }
    } else if (local == p.d) {
      for (let m: usize = 0, end = (<usize>count) << 3; m < end; m += 8)
        store<f64>(out + (m << 2), slope * load<f64>(s1 + m));
    } else {
      outgoingRow(job, local - p.d - 1, s0, out);
    }
    zeroRow(out, depth, count);
  }
}

/**
 * The derivatives in c_o', of which J has one alone, and A of softmax all: 1 - p_o of its own and
 * -p_o' of the others.
 */
function outgoingRow(job: Region, output: i32, s0: usize, out: usize): void {
  const p = job.problem;
  const own = output == job.output;
  const end = (<usize>job.samples) << 3;
  if (job.scale != 0 && job.rows.rest != 0) {
    const shares = own ? job.rows.rest : job.rows.d;
    const share = f64Address(shares, <usize>output * <usize>p.ldx + <usize>job.sample);
    const factor = own ? p.s : -p.s;
    for (let m: usize = 0; m < end; m += 8)
      store<f64>(out + (m << 2), factor * load<f64>(s0 + m) * load<f64>(share + m));
  } else if (own) {
    for (let m: usize = 0; m < end; m += 8) store<f64>(out + (m << 2), p.s * load<f64>(s0 + m));
  } else {
    zeroRow(out, job.samples, 0);
  }
}

/** Samples [start, depth) of one parameter := 0. */
function zeroRow(row: usize, depth: i32, start: i32): void {
  for (let m = start; m < depth; m++) store<f64>(row + ((<usize>m) << 5), 0.0);
}

/** Address of a parameter for the block's first sample; samples are 32 bytes apart. */
@inline
function panelRow(panels: usize, parameter: i32, depth: i32): usize {
  return panels + <usize>(parameter >> 2) * ((<usize>depth) << 5) + ((<usize>(parameter & 3)) << 3);
}

/**
 * full[m stride] := row m of J for the samples of one panel block: rows of P values, `stride` bytes
 * apart.
 */
export function jacobianToRows(
  parameters: i32,
  count: i32,
  panels: usize,
  full: usize,
  stride: usize,
): void {
  assert(stride >= (<usize>parameters) << 3, "rows of J apart");
  const depth = panelDepth(count);
  for (let m = 0; m < count; m++) {
    const out = full + <usize>m * stride;
    for (let p = 0; p < parameters; p++) {
      setF64(out, p, load<f64>(panelRow(panels, p, depth) + ((<usize>m) << 5)));
    }
  }
}
