import { f64Address, isAligned } from "../memory";
import { eigenWork } from "../linalg/eigen";
import { LossKind } from "../losses/loss";
import { AREA_NEURONS, MAX_PARTS, SAMPLE_BLOCK } from "./blocking";
import { evenCount } from "./layout";

/**
 * A network shape bound to data, as the kernels of the model see it. Pointers are to float64,
 * 16-byte aligned.
 *
 * A parameter vector theta has P = n q values, q = d + 1 + k: all w (row-major n x d), all eta, all
 * c (row-major n x k). A function vector (f, y, r, u, v: one value an output and sample) has k rows
 * of ldx values, sample m in column m, zero from column m on, so R = k ldx values in all.
 */
@unmanaged
export class Problem {
  /** Output scale n^-beta. */
  s: f64;
  /** Number of the activation. */
  kind: i32;
  /** Neurons, inputs, outputs, samples. */
  n: i32;
  d: i32;
  k: i32;
  m: i32;
  /** m rounded up to even. */
  ldx: i32;
  /** Bytes from one row of a sample block to the next, rowBytes(m). */
  row: usize;
  /** Inputs, transposed: d rows of ldx values, columns from m on zero. */
  x: usize;
  /**
   * Targets, a function vector; of softmax one row, the class of each sample. 0 where there are
   * none.
   */
  y: usize;
  /** workBytes(n, d, k, m) of scratch. */
  work: usize;
  /** Number of the loss, and its parameters. */
  loss: i32;
  first: f64;
  second: f64;
  /** Weights of the samples, ldx values, zero from column m on; 0 where all are 1. */
  sampleWeights: usize;
  /** Lambda: d values of w, that of eta, that of c; 0 where nothing is penalized. */
  penalty: usize;
}

/** Bytes of the descriptor. */
export function problemBytes(): i32 {
  return offsetof<Problem>();
}

export function problemSet(
  problem: usize,
  kind: i32,
  n: i32,
  d: i32,
  k: i32,
  m: i32,
  ldx: i32,
  s: f64,
  x: usize,
  y: usize,
  work: usize,
): void {
  assert(n > 0 && d > 0 && k > 0 && m > 0 && ldx == evenCount(m), "the shape of a problem");
  assert(isAligned(problem, 8) && isAligned(x | y | work, 16), "16-byte aligned");
  const p = changetype<Problem>(problem);
  p.kind = kind;
  p.n = n;
  p.d = d;
  p.k = k;
  p.m = m;
  p.ldx = ldx;
  p.s = s;
  p.row = rowBytes(m);
  p.x = x;
  p.y = y;
  p.work = work;
  objectiveSet(problem, LossKind.SQUARES, 0.0, 0.0, 0, 0);
}

/** What is minimized on the data, in the place of unweighted least squares without a penalty. */
export function objectiveSet(
  problem: usize,
  loss: i32,
  first: f64,
  second: f64,
  sampleWeights: usize,
  penalty: usize,
): void {
  assert(isAligned(problem, 8) && isAligned(sampleWeights | penalty, 16), "16-byte aligned");
  const p = changetype<Problem>(problem);
  p.loss = loss;
  p.first = first;
  p.second = second;
  p.sampleWeights = sampleWeights;
  p.penalty = penalty;
}

/** Whether l'' is 1 for every output and sample. */
@inline
export function hasUnitCurvature(p: Problem): bool {
  return p.loss == LossKind.SQUARES && p.sampleWeights == 0;
}

/** q = d + 1 + k, the parameters of one neuron. */
@inline
export function neuronSize(p: Problem): i32 {
  return p.d + 1 + p.k;
}

/** Values of one packed q x q lower triangle. */
export function blockSize(d: i32, k: i32): i32 {
  const q = d + 1 + k;
  return (q * (q + 1)) >> 1;
}

/**
 * Place in theta of parameter `local` (w_1 .. w_d, eta, c_1 .. c_k) of neuron i; increasing in
 * `local`.
 */
@inline
export function parameterIndex(p: Problem, i: i32, local: i32): i32 {
  if (local < p.d) return i * p.d + local;
  if (local == p.d) return p.n * p.d + i;
  return p.n * (p.d + 1) + i * p.k + (local - p.d - 1);
}

/** Addresses of the three parts of a neuron in a parameter vector. */
@inline
export function weights(p: Problem, theta: usize, i: i32): usize {
  return f64Address(theta, <usize>i * <usize>p.d);
}

@inline
export function bias(p: Problem, theta: usize, i: i32): usize {
  return f64Address(theta, <usize>p.n * <usize>p.d + <usize>i);
}

@inline
export function outgoing(p: Problem, theta: usize, i: i32): usize {
  return f64Address(theta, <usize>p.n * <usize>(p.d + 1) + <usize>i * <usize>p.k);
}

/** Parts of the neurons that may have scratch at the same time. */
@inline
export function workAreas(n: i32): i32 {
  return min(MAX_PARTS, (n + AREA_NEURONS - 1) / AREA_NEURONS);
}

/**
 * Bytes from one row of a sample block to the next. One cache line more than the row has, or the
 * rows of a full block would be 4096 bytes apart and fall on the same lines of a first-level cache.
 */
export function rowBytes(m: i32): usize {
  return ((<usize>evenCount(min(m, SAMPLE_BLOCK))) << 3) + 64;
}

/** Rows of scratch of a part: sigma, sigma', sigma'' and two products, then 2 k rows of sums. */
const PRODUCT_ROWS: i32 = 5;

/** A part also has room to decompose one q x q matrix. */
@inline
function partBytes(d: i32, k: i32, row: usize): usize {
  return max(row * <usize>(PRODUCT_ROWS + 2 * k), (<usize>eigenWork(d + 1 + k)) << 3);
}

/** Bytes of scratch of a problem. */
export function workBytes(n: i32, d: i32, k: i32, m: i32): f64 {
  return <f64>workAreas(n) * <f64>partBytes(d, k, rowBytes(m));
}

/** Scratch of one part: rows for jets and products. */
@inline
export function partWork(p: Problem, part: i32): usize {
  if (!ASC_NO_ASSERT) assert(0 <= part && part < workAreas(p.n), "an area of the scratch");
  return p.work + <usize>part * partBytes(p.d, p.k, p.row);
}

/** The first of two rows for products in the scratch of a part, behind the three of a jet. */
@inline
export function productRow(p: Problem, work: usize): usize {
  return work + 3 * p.row;
}

/** Sums of a part: 2 k rows. */
@inline
export function sumRows(p: Problem, work: usize): usize {
  return work + <usize>PRODUCT_ROWS * p.row;
}
