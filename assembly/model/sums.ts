import { f64Address, setF64 } from "../memory";
import { axpy } from "../linalg/vector";
import { parallelFor } from "../parallel/pool";
import { NEURON_BLOCK, SAMPLE_BLOCK } from "./blocking";
import { evenCount } from "./layout";
import { Problem, chunkCount, chunkStart, chunkWork, sumRows } from "./problem";

/**
 * Function vectors that are sums over neurons: one term a neuron, added over blocks of neurons,
 * then over chunks, always in the same order, so that threads do not change a bit.
 */

/**
 * sum[o] += the term of neuron i for `count` samples from `first`, in k rows p.row apart.
 * `direction` is what the caller of `sumOverNeurons` gave; `work` has the rows of a jet and two
 * products.
 */
export type NeuronTerm = (
  p: Problem,
  theta: usize,
  direction: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
  sum: usize,
) => void;

@unmanaged
class Region {
  problem: usize;
  theta: usize;
  direction: usize;
  term: i32;
  first: i32;
  count: i32;
}

const region = memory.data(32, 16);

/** out := s sum_i term_i, a function vector; zero from column m on. */
export function sumOverNeurons(
  problem: usize,
  theta: usize,
  direction: usize,
  term: NeuronTerm,
  out: usize,
): void {
  const p = changetype<Problem>(problem);
  const job = changetype<Region>(region);
  job.problem = problem;
  job.theta = theta;
  job.direction = direction;
  job.term = term.index;
  const chunks = chunkCount(p.n);
  for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
    const count = evenCount(min(SAMPLE_BLOCK, p.m - first));
    job.first = first;
    job.count = count;
    parallelFor(chunkTask, chunks, region);
    for (let o = 0; o < p.k; o++) {
      const target = f64Address(out, <usize>o * <usize>p.ldx + <usize>first);
      memory.fill(target, 0, (<usize>count) << 3);
      for (let chunk = 0; chunk < chunks; chunk++) {
        axpy(count, p.s, sumRows(p, chunkWork(p, chunk)) + <usize>o * p.row, target);
      }
      for (let m = p.m; m < p.ldx; m++) setF64(out, <usize>o * <usize>p.ldx + <usize>m, 0.0);
    }
  }
}

function chunkTask(chunk: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const p = changetype<Problem>(job.problem);
  const work = chunkWork(p, chunk);
  const total = sumRows(p, work);
  const part = total + <usize>p.k * p.row;
  const end = chunkStart(p.n, chunk + 1);
  memory.fill(total, 0, <usize>p.k * p.row);
  for (let block = chunkStart(p.n, chunk); block < end; block += NEURON_BLOCK) {
    memory.fill(part, 0, <usize>p.k * p.row);
    const blockEnd = min(block + NEURON_BLOCK, end);
    for (let i = block; i < blockEnd; i++) {
      call_indirect<void>(
        job.term,
        p,
        job.theta,
        job.direction,
        i,
        job.first,
        job.count,
        work,
        part,
      );
    }
    for (let o = 0; o < p.k; o++)
      axpy(job.count, 1.0, part + <usize>o * p.row, total + <usize>o * p.row);
  }
}
