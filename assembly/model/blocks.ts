import { f64Address } from "../memory";
import { dot, dot3, product } from "../linalg/vector";
import { jet } from "./jets";
import { SAMPLE_BLOCK } from "./blocking";
import { evenCount } from "./layout";
import { NeuronJob, overNeurons } from "./neurons";
import { Point } from "./point";
import { blockSize, outgoing, productRow } from "./problem";
import { weightedRow, weightedScale } from "./weighted";

@unmanaged
class Region extends NeuronJob {
  point: Point;
  blocks: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * The blocks S_i of the Hessian H = J^T J / m + S.
 *
 *   first, count  the neurons whose blocks are made
 *   blocks  n packed lower triangles, row by row, of blockSize(d, k) values, in the local order w_1
 *           .. w_d, eta, c_1 .. c_k
 *
 *   S_i = s/m sum_m [ sigma'' (sum_o c_o r_o) x x^T , . , . ; sigma'' (sum_o c_o r_o) x^T , sigma''
 *   sum_o c_o r_o , . ;
 *                     sigma' r_o x^T , sigma' r_o , 0 ]
 *
 * S is block-diagonal because f is a sum over neurons: no second derivative of f mixes two of them.
 */
export function hessianBlocks(point: usize, blocks: usize, first: i32, count: i32): void {
  if (!ASC_NO_ASSERT) {
    const n = changetype<Point>(point).problem.n;
    assert(0 <= first && 0 <= count && first + count <= n, "neurons of the problem");
  }
  const job = changetype<Region>(region);
  job.point = changetype<Point>(point);
  job.problem = job.point.problem;
  job.blocks = blocks;
  overNeurons(blocksTask, job, first, count);
}

function blocksTask(pointer: usize, start: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem;
  const size = (<usize>blockSize(p.d, p.k)) << 3;
  for (let i = start; i < end; i++) {
    const block = job.blocks + <usize>i * size;
    memory.fill(block, 0, size);
    for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
      addSamples(job.point, i, first, evenCount(min(SAMPLE_BLOCK, p.m - first)), work, block);
    }
  }
}

function addSamples(at: Point, i: i32, first: i32, count: i32, work: usize, block: usize): void {
  const p = at.problem;
  const s0 = jet(at, i, first, count, work),
    s1 = s0 + p.row,
    s2 = s1 + p.row;
  const c = outgoing(p, at.theta, i);
  const factor = p.s / <f64>p.m;
  const x = f64Address(p.x, first);
  const rs = productRow(p, work);
  const row = weightedRow(p, c, at.residual, first, count, rs + p.row);
  const bend = factor * weightedScale(p, c);
  const sum = product(count, row, s2, rs);
  let entry = block;
  for (let a = 0; a < p.d; a++) {
    const xa = f64Address(x, <usize>a * <usize>p.ldx);
    for (let b = 0; b <= a; b++) {
      entry = add(entry, bend * dot3(count, rs, xa, f64Address(x, <usize>b * <usize>p.ldx)));
    }
  }
  for (let a = 0; a < p.d; a++)
    entry = add(entry, bend * dot(count, rs, f64Address(x, <usize>a * <usize>p.ldx)));
  entry = add(entry, bend * sum);
  for (let o = 0; o < p.k; o++) {
    const slope = product(
      count,
      f64Address(at.residual, <usize>o * <usize>p.ldx + <usize>first),
      s1,
      rs,
    );
    for (let a = 0; a < p.d; a++)
      entry = add(entry, factor * dot(count, rs, f64Address(x, <usize>a * <usize>p.ldx)));
    entry = add(entry, factor * slope);
    // Second derivatives between two outgoing weights are zero.
    entry += (<usize>(o + 1)) << 3;
  }
}

/** Adds to one entry; returns the address of the next. */
@inline
function add(address: usize, value: f64): usize {
  store<f64>(address, load<f64>(address) + value);
  return address + 8;
}
