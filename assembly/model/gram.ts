import { f64Address, f64At } from "../memory";
import { dot, dot3, product } from "../linalg/vector";
import { jet } from "./jets";
import { SAMPLE_BLOCK } from "./blocking";
import { evenCount } from "./layout";
import { NeuronJob, overNeurons } from "./neurons";
import { Point } from "./point";
import { blockSize, outgoing, productRow } from "./problem";
import { Rows } from "./rows";
import { addCurvedGram } from "./curvedGram";

@unmanaged
class Region extends NeuronJob {
  point: Point;
  blocks: usize;
  rows: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * blocks := blocks + J_i^T D J_i / m, the diagonal blocks of the Gauss-Newton matrix, packed as in
 * `hessianBlocks`: with S in it already, the diagonal blocks of H, which precondition conjugate
 * gradients. Of neurons first .. first + count - 1; rows as in `hessian`.
 */
export function addGramBlocks(
  point: usize,
  rows: usize,
  blocks: usize,
  first: i32,
  count: i32,
): void {
  if (!ASC_NO_ASSERT) {
    const n = changetype<Point>(point).problem.n;
    assert(0 <= first && 0 <= count && first + count <= n, "neurons of the problem");
  }
  const job = changetype<Region>(region);
  job.point = changetype<Point>(point);
  job.problem = job.point.problem;
  job.blocks = blocks;
  job.rows = rows;
  overNeurons(gramTask, job, first, count);
}

function gramTask(pointer: usize, start: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem;
  for (let i = start; i < end; i++) {
    const block = f64Address(job.blocks, <usize>i * <usize>blockSize(p.d, p.k));
    for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
      if (job.rows == 0) addGram(job.point, i, first, work, block);
      else addCurvedGram(job.point, changetype<Rows>(job.rows), i, first, work, block);
    }
  }
}

/** Samples beyond m are kept out by a zero in the products. */
function addGram(at: Point, i: i32, first: i32, work: usize, block: usize): void {
  const p = at.problem;
  const samples = min(SAMPLE_BLOCK, p.m - first),
    count = evenCount(samples);
  const s0 = jet(at, i, first, count, work),
    s1 = s0 + p.row;
  const c = outgoing(p, at.theta, i);
  const factor = (p.s * p.s) / <f64>p.m;
  const x = f64Address(p.x, first);
  const row = productRow(p, work);
  let square = 0.0;
  for (let o = 0; o < p.k; o++) square += f64At(c, o) * f64At(c, o);
  let sum = maskedProduct(samples, s1, s1, row);
  let entry = block;
  for (let a = 0; a < p.d; a++) {
    const xa = f64Address(x, <usize>a * <usize>p.ldx);
    for (let b = 0; b <= a; b++) {
      entry = add(
        entry,
        factor * square * dot3(count, row, xa, f64Address(x, <usize>b * <usize>p.ldx)),
      );
    }
  }
  for (let a = 0; a < p.d; a++)
    entry = add(entry, factor * square * dot(count, row, f64Address(x, <usize>a * <usize>p.ldx)));
  entry = add(entry, factor * square * sum);
  sum = maskedProduct(samples, s0, s1, row);
  const level = dotSquare(samples, s0);
  for (let o = 0; o < p.k; o++) {
    const weight = factor * f64At(c, o);
    for (let a = 0; a < p.d; a++)
      entry = add(entry, weight * dot(count, row, f64Address(x, <usize>a * <usize>p.ldx)));
    entry = add(entry, weight * sum);
    entry += (<usize>o) << 3;
    entry = add(entry, factor * level);
  }
}

/**
 * out[m] = a[m] b[m] for m < n, and 0 for the sample that fills an odd number up; returns the sum.
 */
function maskedProduct(n: i32, a: usize, b: usize, out: usize): f64 {
  const even = evenCount(n);
  const sum = product(even, a, b, out);
  if (n == even) return sum;
  const last = f64Address(out, n);
  const excess = load<f64>(last);
  store<f64>(last, 0.0);
  return sum - excess;
}

function dotSquare(n: i32, a: usize): f64 {
  let sum = 0.0;
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 8)
    sum += load<f64>(a + m) * load<f64>(a + m);
  return sum;
}

@inline
function add(address: usize, value: f64): usize {
  store<f64>(address, load<f64>(address) + value);
  return address + 8;
}
