import { f64Address, setF64 } from "../memory";
import { axpy } from "../linalg/vector";
import { NEURON_BLOCK, SAMPLE_BLOCK } from "./blocking";
import { evenCount } from "./layout";
import { NeuronJob, partTask, shareNeurons } from "./neurons";
import { MORE, Progress, proceed } from "../parallel/progress";
import { Point } from "./point";
import { partWork, sumRows } from "./problem";

/**
 * Function vectors that are sums over neurons: one term a neuron, added over blocks of neurons,
 * then over parts of whole blocks, always in the same order, so that threads do not change a bit.
 */

/**
 * sum[o] += the term of neuron i for `count` samples from `first`, in k rows p.row apart.
 * `direction` is what the caller of `sumOverNeurons` gave; `work` has the rows of a jet and two
 * products.
 */
export type NeuronTerm = (
  at: Point,
  direction: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
  sum: usize,
) => void;

@unmanaged
class Region extends NeuronJob {
  point: Point;
  direction: usize;
  term: i32;
  sample: i32;
  samples: i32;
}

const region = memory.data(offsetof<Region>(), 16);

/** Operations of a term a sample, beside those that grow with the inputs and outputs: the jet. */
const JET_FLOPS = 64.0;

/**
 * out := s sum_i term_i, a function vector; zero from column m on.
 *
 *   returns 0, or MORE: `out` is then not whole, and the scratch of the problem still needed
 */
export function sumOverNeurons(
  point: usize,
  direction: usize,
  term: NeuronTerm,
  out: usize,
  progress: Progress,
): i32 {
  const at = changetype<Point>(point),
    p = at.problem;
  const job = changetype<Region>(region);
  job.problem = p;
  job.point = at;
  job.direction = direction;
  job.term = term.index;
  shareNeurons(sumTask, job, 0, p.n, NEURON_BLOCK);
  const neuronFlops = JET_FLOPS + 8.0 * <f64>(p.d + p.k);
  for (; progress.outer < p.m; progress.outer += SAMPLE_BLOCK) {
    const first = progress.outer;
    const count = evenCount(min(SAMPLE_BLOCK, p.m - first));
    job.sample = first;
    job.samples = count;
    const flops = (neuronFlops * <f64>count * <f64>p.n) / <f64>job.parts;
    if (!proceed(progress, partTask, job.parts, flops, region)) return MORE;
    for (let o = 0; o < p.k; o++) {
      const target = f64Address(out, <usize>o * <usize>p.ldx + <usize>first);
      memory.fill(target, 0, (<usize>count) << 3);
      for (let part = 0; part < job.parts; part++) {
        axpy(count, p.s, sumRows(p, partWork(p, part)) + <usize>o * p.row, target);
      }
      for (let m = p.m; m < p.ldx; m++) setF64(out, <usize>o * <usize>p.ldx + <usize>m, 0.0);
    }
  }
  return 0;
}

function sumTask(pointer: usize, first: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem;
  const total = sumRows(p, work);
  const partial = total + <usize>p.k * p.row;
  memory.fill(total, 0, <usize>p.k * p.row);
  for (let block = first; block < end; block += NEURON_BLOCK) {
    memory.fill(partial, 0, <usize>p.k * p.row);
    const blockEnd = min(block + NEURON_BLOCK, end);
    for (let i = block; i < blockEnd; i++) {
      call_indirect<void>(
        job.term,
        job.point,
        job.direction,
        i,
        job.sample,
        job.samples,
        work,
        partial,
      );
    }
    for (let o = 0; o < p.k; o++)
      axpy(job.samples, 1.0, partial + <usize>o * p.row, total + <usize>o * p.row);
  }
}
