import { f64Address, f64At } from "../memory";
import { ActivationKind } from "../activations/activation";
import { parallelFor } from "../parallel/pool";
import { bivariateErf, bivariateRelu, bivariateSin } from "./bivariate";
import { Covariance, covarianceOf, covarianceOfOne, Points } from "./covariance";
import { latticeExpectations, latticeNodes, latticeWork } from "./quadrature";

/**
 * Expectations over the preactivations of a random neuron (covariance.ts). From them come the
 * infinitely wide network's kernels,
 *
 *   N^(2 beta - 1) J J^T  ->  E[sigma(a) sigma(b)] + (1 + x . x') E[sigma'(a) sigma'(b)] E c^2
 *
 * with E c^2 = 1/3.
 *
 * The points fit (`pointsFit`).
 */

/** Rows are shared among threads by this many tasks, each with scratch of its own. */
const TASKS: i32 = 16;

/** Doubles of scratch of `limitExpectations` with n nodes; 0 for closed forms. */
export function limitWork(n: i32): i32 {
  return TASKS * taskWork(n);
}

@inline
function taskWork(n: i32): i32 {
  return <i32>(offsetof<Covariance>() >> 3) + 2 + (n == 0 ? 0 : latticeWork(n));
}

/** Nodes of the quadrature in one dimension for these points (quadrature.ts); may be infinite. */
export function limitNodes(kind: i32, d: i32, points: usize, fineness: f64, work: usize): f64 {
  const p = changetype<Points>(points),
    pair = changetype<Covariance>(work);
  let largest = 1.0;
  for (let i = 0; i < p.count; i++) {
    covarianceOfOne(p, i, d, pair);
    largest = max(largest, pair.aa);
  }
  return latticeNodes(kind, largest, fineness);
}

/** Whether the expectations of an activation are known in closed form. */
export function hasClosedForm(kind: i32): bool {
  return kind == ActivationKind.ERF || kind == ActivationKind.RELU || kind == ActivationKind.SIN;
}

@unmanaged
class Region {
  kind: i32;
  d: i32;
  a: usize;
  b: usize;
  n: i32;
  fineness: f64;
  shift: f64;
  values: usize;
  slopes: usize;
  work: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * values[i, j] = E[sigma(a) sigma(b)], slopes[i, j] = E[sigma'(a) sigma'(b)], row-major, i over the
 * points of a, j over those of b. In closed form if n = 0, else by quadrature with this fineness
 * and shift (quadrature.ts).
 *
 *   n     at least `limitNodes` of both sets
 *   work  limitWork(n) doubles
 */
export function limitExpectations(
  kind: i32,
  d: i32,
  a: usize,
  b: usize,
  n: i32,
  fineness: f64,
  shift: f64,
  values: usize,
  slopes: usize,
  work: usize,
): void {
  const job = changetype<Region>(region);
  job.kind = kind;
  job.d = d;
  job.a = a;
  job.b = b;
  job.n = n;
  job.fineness = fineness;
  job.shift = shift;
  job.values = values;
  job.slopes = slopes;
  job.work = work;
  parallelFor(rowsTask, TASKS, region);
}

/** Every TASKS-th row. Between one set and itself only the lower triangle is new. */
function rowsTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const left = changetype<Points>(job.a),
    right = changetype<Points>(job.b);
  const work = job.work + ((<usize>task * <usize>taskWork(job.n)) << 3);
  const pair = changetype<Covariance>(work);
  for (let i = task; i < left.count; i += TASKS) {
    const end = job.a == job.b ? i + 1 : right.count;
    for (let j = 0; j < end; j++) {
      covarianceOf(left, i, right, j, job.d, pair);
      const at = (<usize>i * <usize>right.count + <usize>j) << 3;
      expectations(job, pair, job.values + at, job.slopes + at);
      if (job.a == job.b) {
        const mirrored = (<usize>j * <usize>right.count + <usize>i) << 3;
        store<f64>(job.values + mirrored, load<f64>(job.values + at));
        store<f64>(job.slopes + mirrored, load<f64>(job.slopes + at));
      }
    }
  }
}

/** The scratch of the quadrature lies behind the covariance. */
function expectations(job: Region, pair: Covariance, value: usize, slope: usize): void {
  if (job.n == 0) return closedForm(job.kind, pair, value, slope);
  const work = changetype<usize>(pair) + ((offsetof<Covariance>() + 15) & ~15);
  latticeExpectations(job.kind, pair, job.fineness, job.shift, job.n, value, slope, work);
}

function closedForm(kind: i32, pair: Covariance, value: usize, slope: usize): void {
  switch (kind) {
    case ActivationKind.ERF:
      return bivariateErf(pair, value, slope);
    case ActivationKind.RELU:
      return bivariateRelu(pair, value, slope);
    case ActivationKind.SIN:
      return bivariateSin(pair, value, slope);
    default:
      unreachable();
  }
}

/**
 * kernel[i, j] := values[i, j] + (1 + x_i . x'_j) slopes[i, j] / 3, the limit of N^(2 beta - 1) J
 * J^T; kernel may be values.
 */
export function limitTangent(
  d: i32,
  a: usize,
  b: usize,
  values: usize,
  slopes: usize,
  kernel: usize,
  work: usize,
): void {
  const left = changetype<Points>(a),
    right = changetype<Points>(b);
  const pair = changetype<Covariance>(work);
  for (let i = 0; i < left.count; i++) {
    for (let j = 0; j < right.count; j++) {
      const at = (<usize>i * <usize>right.count + <usize>j) << 3;
      covarianceOf(left, i, right, j, d, pair);
      store<f64>(kernel + at, load<f64>(values + at) + (pair.ab * load<f64>(slopes + at)) / 3.0);
    }
  }
}

/**
 * scale[i] := square root of the tangent kernel between point i and itself, by quadrature: what an
 * error is relative to.
 */
export function limitScale(
  kind: i32,
  d: i32,
  points: usize,
  n: i32,
  fineness: f64,
  scale: usize,
  work: usize,
): void {
  const p = changetype<Points>(points),
    job = changetype<Region>(region);
  const pair = changetype<Covariance>(work);
  job.kind = kind;
  job.n = n;
  job.fineness = fineness;
  job.shift = 0.0;
  const slope = f64Address(work, limitWork(n) - 2);
  for (let i = 0; i < p.count; i++) {
    const at = f64Address(scale, i);
    covarianceOfOne(p, i, d, pair);
    expectations(job, pair, at, slope);
    store<f64>(at, sqrt<f64>(load<f64>(at) + (pair.aa * load<f64>(slope)) / 3.0));
  }
}

/** Largest |first[i, j] - second[i, j]| / (scaleA[i] scaleB[j]); NaN if one is. */
export function limitDistance(
  rows: i32,
  columns: i32,
  first: usize,
  second: usize,
  scaleA: usize,
  scaleB: usize,
): f64 {
  let largest = 0.0;
  for (let i = 0; i < rows; i++) {
    const scale = f64At(scaleA, i);
    for (let j = 0; j < columns; j++) {
      const at = (<usize>i * <usize>columns + <usize>j) << 3;
      const difference = abs(load<f64>(first + at) - load<f64>(second + at));
      const error = difference / (scale * f64At(scaleB, j));
      if (!(error <= largest)) largest = error;
    }
  }
  return largest;
}
