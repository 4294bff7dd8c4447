import { f64Address } from "../memory";
import { addDots, dot, product } from "../linalg/vector";
import { jet } from "./jets";
import { SAMPLE_BLOCK } from "./blocking";
import { evenCount } from "./layout";
import { NeuronJob, overNeurons } from "./neurons";
import { Point } from "./point";
import { bias, outgoing, productRow, weights } from "./problem";
import { weightedRow, weightedScale } from "./weighted";

@unmanaged
class Region extends NeuronJob {
  factor: f64;
  point: Point;
  u: usize;
  out: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * out := factor J^T u, a parameter vector, for the function vector u. With u = r and factor = 1/m
 * this is the gradient:
 *
 *   w:  s sum_m sigma' x sum_o c_o u_o eta: s sum_m sigma' sum_o c_o u_o c_o: s sum_m sigma u_o
 *
 * Of neurons first .. first + count - 1.
 */
export function jacobianTranspose(
  point: usize,
  u: usize,
  factor: f64,
  out: usize,
  first: i32,
  count: i32,
): void {
  const at = changetype<Point>(point),
    p = at.problem;
  const job = changetype<Region>(region);
  job.problem = p;
  job.point = at;
  job.u = u;
  job.factor = factor * p.s;
  job.out = out;
  overNeurons(transposeTask, job, first, count);
}

function transposeTask(pointer: usize, first: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  for (let i = first; i < end; i++) neuron(job, i, work);
}

function neuron(job: Region, i: i32, work: usize): void {
  const p = job.problem;
  const c = outgoing(p, job.point.theta, i);
  const outW = weights(p, job.out, i),
    outEta = bias(p, job.out, i),
    outC = outgoing(p, job.out, i);
  const slope = productRow(p, work);
  const scale = job.factor * weightedScale(p, c);
  memory.fill(outW, 0, (<usize>p.d) << 3);
  store<f64>(outEta, 0.0);
  memory.fill(outC, 0, (<usize>p.k) << 3);
  for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
    const count = evenCount(min(SAMPLE_BLOCK, p.m - first));
    const s0 = jet(job.point, i, first, count, work);
    const row = weightedRow(p, c, job.u, first, count, slope + p.row);
    add(outEta, scale * product(count, row, s0 + p.row, slope));
    addDots(count, p.d, scale, slope, f64Address(p.x, first), p.ldx, outW);
    for (let o = 0; o < p.k; o++) {
      add(
        f64Address(outC, o),
        job.factor * dot(count, f64Address(job.u, <usize>o * <usize>p.ldx + <usize>first), s0),
      );
    }
  }
}

@inline
function add(address: usize, value: f64): void {
  store<f64>(address, load<f64>(address) + value);
}
