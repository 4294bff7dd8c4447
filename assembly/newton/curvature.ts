import { f64Address, f64At, setF64 } from "../memory";
import { eigen, eigenRow } from "../linalg/eigen";
import { NeuronJob, overNeurons } from "../model/neurons";
import { lambdaOf } from "../model/penalty";
import { Problem, blockSize, neuronSize, parameterIndex } from "../model/problem";

/**
 * The curvature of the single neurons: S_i = V_i diag(lambda_i) V_i^T, decomposed once a step.
 * Every gamma and every way to treat negative curvature is then a change of the lambda alone.
 *
 *   values   n q eigenvalues lambda, neuron by neuron
 *   vectors  n row-major q x q matrices V, eigenvector l in column l
 */

/** What stands in place of lambda. The numbers are part of the ABI. */
export const enum Curvature {
  /** lambda: Newton's method. */
  EXACT = 0,
  /** |lambda|: negative curvature is descended with the step its size deserves. */
  ABSOLUTE = 1,
  /** max(lambda, 0): negative curvature is ignored. */
  POSITIVE = 2,
  /** 0: Gauss-Newton. */
  GAUSS_NEWTON = 3,
}

@inline
export function curved(curvature: i32, lambda: f64): f64 {
  if (curvature == Curvature.EXACT) return lambda;
  if (curvature == Curvature.ABSOLUTE) return abs(lambda);
  return curvature == Curvature.POSITIVE ? max(lambda, 0.0) : 0.0;
}

@unmanaged
class Region extends NeuronJob {
  blocks: usize;
  values: usize;
  vectors: usize;
  input: usize;
  output: usize;
  gamma: f64;
  curvature: i32;
  inverse: bool;
}

const region = memory.data(offsetof<Region>(), 16);

function begin(problem: usize, values: usize, vectors: usize): Region {
  const job = changetype<Region>(region);
  job.problem = changetype<Problem>(problem);
  job.values = values;
  job.vectors = vectors;
  return job;
}

/**
 * Decomposes the blocks of `hessianBlocks` of neurons first .. first + count - 1; blocks = 0 stands
 * for S = 0, of which B is the penalty, and V = I.
 */
export function decomposeBlocks(
  problem: usize,
  blocks: usize,
  values: usize,
  vectors: usize,
  first: i32,
  count: i32,
): void {
  const job = begin(problem, values, vectors);
  job.blocks = blocks;
  overNeurons(decomposeTask, job, first, count);
}

function decomposeTask(pointer: usize, first: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem;
  const q = neuronSize(p),
    ld = eigenRow(q);
  const size = (<usize>blockSize(p.d, p.k)) << 3;
  for (let i = first; i < end; i++) {
    if (job.blocks == 0) trivial(p, valuesOf(job.values, q, i), vectorsOf(job.vectors, q, i));
    else {
      memory.fill(work, 0, (<usize>(q * ld)) << 3);
      unpack(q, ld, job.blocks + <usize>i * size, work);
      eigen(q, work, valuesOf(job.values, q, i), vectorsOf(job.vectors, q, i));
    }
  }
}

/** Of the penalty alone. */
function trivial(p: Problem, values: usize, vectors: usize): void {
  const q = neuronSize(p);
  memory.fill(values, 0, (<usize>q) << 3);
  if (p.penalty != 0) {
    for (let l = 0; l < q; l++) setF64(values, l, lambdaOf(p, l));
  }
  memory.fill(vectors, 0, (<usize>(q * q)) << 3);
  for (let l = 0; l < q; l++) setF64(vectors, l * (q + 1), 1.0);
}

@inline
export function vectorsOf(vectors: usize, q: i32, i: i32): usize {
  return f64Address(vectors, <usize>i * <usize>(q * q));
}

@inline
export function valuesOf(values: usize, q: i32, i: i32): usize {
  return f64Address(values, <usize>i * <usize>q);
}

/** full := the symmetric q x q matrix of a packed lower triangle, in rows of ld. */
function unpack(q: i32, ld: i32, packed: usize, full: usize): void {
  for (let row = 0; row < q; row++) {
    for (let column = 0; column <= row; column++) {
      const value = load<f64>(packed);
      setF64(full, row * ld + column, value);
      setF64(full, column * ld + row, value);
      packed += 8;
    }
  }
}

/**
 * blocks := V curved(lambda) V^T, packed: what takes the place of S in an assembled matrix. Of
 * neurons first .. first + count - 1.
 */
export function curvedBlocks(
  problem: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  blocks: usize,
  first: i32,
  count: i32,
): void {
  const job = begin(problem, values, vectors);
  job.blocks = blocks;
  job.curvature = curvature;
  overNeurons(curvedTask, job, first, count);
}

function curvedTask(pointer: usize, first: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem,
    q = neuronSize(p);
  for (let i = first; i < end; i++) {
    const values = valuesOf(job.values, q, i),
      vectors = vectorsOf(job.vectors, q, i);
    let entry = f64Address(job.blocks, <usize>i * <usize>blockSize(p.d, p.k));
    for (let row = 0; row < q; row++) {
      for (let column = 0; column <= row; column++) {
        let sum = 0.0;
        for (let l = 0; l < q; l++) {
          const product = f64At(vectors, row * q + l) * f64At(vectors, column * q + l);
          sum += product * curved(job.curvature, f64At(values, l));
        }
        store<f64>(entry, sum);
        entry += 8;
      }
    }
  }
}

/**
 * curved(lambda_l) + gamma of one neuron. A sum that cancels is moved to the rounding error of the
 * eigenvalues: a change of S_i within its own rounding, without which its inverse would be
 * infinite.
 */
@inline
export function shifted(curvature: i32, lambda: f64, gamma: f64): f64 {
  const sum = curved(curvature, lambda) + gamma;
  const least = max(f64.EPSILON * abs(lambda), SAFE_MINIMUM);
  return abs(sum) < least ? least : sum;
}

/** Its reciprocal, squared and summed, is still finite. */
const SAFE_MINIMUM: f64 = 1e-150;

/** Number of negative eigenvalues of B = curved(S) + gamma I. */
export function blocksNegative(problem: usize, values: usize, curvature: i32, gamma: f64): i32 {
  const p = changetype<Problem>(problem);
  const count = p.n * neuronSize(p);
  let negative = 0;
  for (let l = 0; l < count; l++) {
    if (shifted(curvature, f64At(values, l), gamma) < 0.0) negative++;
  }
  return negative;
}

/** out := B^-1 in, B = curved(S) + gamma I, for parameter vectors; out may be in. */
export function blocksSolve(
  problem: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  gamma: f64,
  input: usize,
  output: usize,
): void {
  applyBlocks(problem, values, vectors, curvature, gamma, input, output, true);
}

/** out := B in, as `blocksSolve` has B: sums that it moved are moved here too. */
export function blocksMultiply(
  problem: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  gamma: f64,
  input: usize,
  output: usize,
): void {
  applyBlocks(problem, values, vectors, curvature, gamma, input, output, false);
}

function applyBlocks(
  problem: usize,
  values: usize,
  vectors: usize,
  curvature: i32,
  gamma: f64,
  input: usize,
  output: usize,
  inverse: bool,
): void {
  const job = begin(problem, values, vectors);
  job.curvature = curvature;
  job.gamma = gamma;
  job.input = input;
  job.output = output;
  job.inverse = inverse;
  overNeurons(applyTask, job, 0, job.problem.n);
}

function applyTask(pointer: usize, first: i32, end: i32, rotated: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem,
    q = neuronSize(p);
  for (let i = first; i < end; i++) {
    const values = valuesOf(job.values, q, i),
      vectors = vectorsOf(job.vectors, q, i);
    for (let l = 0; l < q; l++) {
      let sum = 0.0;
      for (let local = 0; local < q; local++) {
        sum += f64At(vectors, local * q + l) * f64At(job.input, parameterIndex(p, i, local));
      }
      const sigma = shifted(job.curvature, f64At(values, l), job.gamma);
      setF64(rotated, l, job.inverse ? sum / sigma : sum * sigma);
    }
    for (let local = 0; local < q; local++) {
      let sum = 0.0;
      for (let l = 0; l < q; l++) {
        sum += f64At(vectors, local * q + l) * f64At(rotated, l);
      }
      setF64(job.output, parameterIndex(p, i, local), sum);
    }
  }
}

/**
 * out := out + S in for parameter vectors, S the packed blocks of `hessianBlocks` or
 * `curvedBlocks`.
 */
export function blocksProduct(problem: usize, blocks: usize, input: usize, output: usize): void {
  const job = begin(problem, 0, 0);
  job.blocks = blocks;
  job.input = input;
  job.output = output;
  overNeurons(productTask, job, 0, job.problem.n);
}

function productTask(pointer: usize, first: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem,
    q = neuronSize(p);
  for (let i = first; i < end; i++) {
    let entry = f64Address(job.blocks, <usize>i * <usize>blockSize(p.d, p.k));
    for (let row = 0; row < q; row++) {
      const rowAt = (<usize>parameterIndex(p, i, row)) << 3;
      const rowIn = load<f64>(job.input + rowAt);
      let sum = load<f64>(job.output + rowAt);
      for (let column = 0; column < row; column++) {
        const at = (<usize>parameterIndex(p, i, column)) << 3;
        const value = load<f64>(entry);
        sum += value * load<f64>(job.input + at);
        store<f64>(job.output + at, load<f64>(job.output + at) + value * rowIn);
        entry += 8;
      }
      store<f64>(job.output + rowAt, sum + load<f64>(entry) * rowIn);
      entry += 8;
    }
  }
}

/** x^T S x for a parameter vector x, S the packed blocks. */
export function blocksQuadratic(problem: usize, blocks: usize, x: usize): f64 {
  const p = changetype<Problem>(problem);
  const q = neuronSize(p);
  let total = 0.0;
  let entry = blocks;
  for (let i = 0; i < p.n; i++) {
    let sum = 0.0;
    for (let row = 0; row < q; row++) {
      const rowIn = f64At(x, parameterIndex(p, i, row));
      for (let column = 0; column < row; column++) {
        sum += 2.0 * load<f64>(entry) * rowIn * f64At(x, parameterIndex(p, i, column));
        entry += 8;
      }
      sum += load<f64>(entry) * rowIn * rowIn;
      entry += 8;
    }
    total += sum;
  }
  return total;
}
