import { f64Address, f64At } from "../memory";
import { addDots, axpy, dot, product } from "../linalg/vector";
import { madd } from "../math/fma";
import { Progress } from "../parallel/progress";
import { addTwo, multiply, speed } from "./along";
import { SAMPLE_BLOCK } from "./blocking";
import { jet } from "./jets";
import { evenCount } from "./layout";
import { NeuronJob, overNeurons } from "./neurons";
import { Point } from "./point";
import { Problem, bias, outgoing, productRow, sumRows, weights } from "./problem";
import { sumOverNeurons } from "./sums";

/**
 * The product of the exact Hessian with a direction v = (dw, deta, dc), without the blocks S_i
 * (B. A. Pearlmutter, Neural Computation 6 (1994) 147-160):
 *
 *   H v = J^T D J v / m + S v (+ Lambda v)
 *
 * in two passes over the neurons, J v and the rest. Both need zdot = dw . x + deta, which is kept
 * between them for as many neurons as there is room for.
 *
 *   speeds  zdot of the first `kept` neurons, ldx values each
 */
@unmanaged
class Motion {
  direction: usize;
  speeds: usize;
  kept: i32;
}

const motion = memory.data(offsetof<Motion>(), 16);

/** Address of zdot of neuron i for samples from `first`, or `room` where it is not kept. */
@inline
function place(p: Problem, speeds: usize, kept: i32, i: i32, first: i32, room: usize): usize {
  if (i >= kept) return room;
  return f64Address(speeds, <usize>i * <usize>p.ldx + <usize>first);
}

/** out := J v, keeping zdot. Returns 0, or MORE. */
export function directionProduct(
  point: usize,
  direction: usize,
  speeds: usize,
  kept: i32,
  out: usize,
  progress: usize,
  flops: f64,
): i32 {
  const at = changetype<Progress>(progress),
    job = changetype<Motion>(motion);
  at.left = flops;
  job.direction = direction;
  job.speeds = speeds;
  job.kept = kept;
  return sumOverNeurons(point, motion, term, out, at);
}

function term(
  at: Point,
  pointer: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
  sum: usize,
): void {
  const p = at.problem,
    job = changetype<Motion>(pointer);
  const s0 = jet(at, i, first, count, work);
  const moved = productRow(p, work);
  const zdot = place(p, job.speeds, job.kept, i, first, moved);
  speed(p, job.direction, i, first, count, zdot);
  if (zdot != moved) memory.copy(moved, zdot, (<usize>count) << 3);
  multiply(count, s0 + p.row, moved);
  const c = outgoing(p, at.theta, i),
    dc = outgoing(p, job.direction, i);
  for (let o = 0; o < p.k; o++)
    addTwo(count, f64At(c, o), moved, f64At(dc, o), s0, sum + <usize>o * p.row);
}

@unmanaged
class Region extends NeuronJob {
  point: Point;
  direction: usize;
  speeds: usize;
  kept: i32;
  u: usize;
  out: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * out := J^T u / m + S v of neurons first .. first + count - 1, where `directionProduct` has kept
 * zdot of v. With u = D J v this is H v without Lambda:
 *
 *   w:    s/m sum_m h x,   h = sigma' sum_o (c_o u_o + dc_o rho_o) + sigma'' zdot sum_o c_o rho_o
 *   eta:  s/m sum_m h
 *   c_o:  s/m sum_m (sigma u_o + sigma' zdot rho_o)
 */
export function directionTranspose(
  point: usize,
  direction: usize,
  speeds: usize,
  kept: i32,
  u: usize,
  out: usize,
  first: i32,
  count: i32,
): void {
  const job = changetype<Region>(region);
  job.point = changetype<Point>(point);
  job.problem = job.point.problem;
  job.direction = direction;
  job.speeds = speeds;
  job.kept = kept;
  job.u = u;
  job.out = out;
  overNeurons(transposeTask, job, first, count);
}

function transposeTask(pointer: usize, first: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  for (let i = first; i < end; i++) neuron(job, i, work);
}

function neuron(job: Region, i: i32, work: usize): void {
  const p = job.problem,
    at = job.point;
  const outW = weights(p, job.out, i),
    outEta = bias(p, job.out, i),
    outC = outgoing(p, job.out, i);
  const factor = p.s / <f64>p.m;
  const h = productRow(p, work),
    bent = h + p.row,
    room = sumRows(p, work),
    slope = room + p.row;
  memory.fill(outW, 0, (<usize>p.d) << 3);
  store<f64>(outEta, 0.0);
  memory.fill(outC, 0, (<usize>p.k) << 3);
  for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
    const count = evenCount(min(SAMPLE_BLOCK, p.m - first));
    const s0 = jet(at, i, first, count, work),
      s1 = s0 + p.row,
      s2 = s1 + p.row;
    const zdot = place(p, job.speeds, job.kept, i, first, room);
    if (zdot == room) speed(p, job.direction, i, first, count, room);
    rows(job, i, first, count, h, bent);
    // bent := sum_o c_o rho_o zdot, slope := sigma' zdot
    multiply(count, zdot, bent);
    product(count, zdot, s1, slope);
    for (let m: usize = 0, end = (<usize>count) << 3; m < end; m += 16) {
      const straight = f64x2.mul(v128.load(h + m), v128.load(s1 + m));
      v128.store(h + m, madd(v128.load(bent + m), v128.load(s2 + m), straight));
    }
    add(outEta, factor * sumOf(count, h));
    addDots(count, p.d, factor, h, f64Address(p.x, first), p.ldx, outW);
    for (let o = 0; o < p.k; o++) {
      const row = (<usize>o * <usize>p.ldx + <usize>first) << 3;
      const sum = dot(count, job.u + row, s0) + dot(count, at.residual + row, slope);
      add(f64Address(outC, o), factor * sum);
    }
  }
}

/** straight := sum_o (c_o u_o + dc_o rho_o), bent := sum_o c_o rho_o */
function rows(job: Region, i: i32, first: i32, count: i32, straight: usize, bent: usize): void {
  const p = job.problem,
    at = job.point;
  const c = outgoing(p, at.theta, i),
    dc = outgoing(p, job.direction, i);
  const bytes = (<usize>count) << 3;
  memory.fill(straight, 0, bytes);
  memory.fill(bent, 0, bytes);
  for (let o = 0; o < p.k; o++) {
    const row = (<usize>o * <usize>p.ldx + <usize>first) << 3;
    addTwo(count, f64At(c, o), job.u + row, f64At(dc, o), at.residual + row, straight);
    axpy(count, f64At(c, o), at.residual + row, bent);
  }
}

function sumOf(n: i32, x: usize): f64 {
  let sum = f64x2.splat(0.0);
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16)
    sum = f64x2.add(sum, v128.load(x + m));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

@inline
function add(address: usize, value: f64): void {
  store<f64>(address, load<f64>(address) + value);
}
