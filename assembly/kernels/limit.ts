import { dot } from "../linalg/vector";
import { ActivationKind, activateJet } from "../model/activation";
import { parallelFor } from "../parallel/pool";
import { bivariateErf, bivariateRelu, bivariateSin } from "./bivariate";

/**
 * Expectations over the preactivations of a random neuron, a = w . x + eta and b = w . x' + eta with standard normal w and eta: normal
 * with variances 1 + |x|^2, 1 + |x'|^2 and covariance 1 + x . x'. From them come the infinitely wide network's kernels,
 *
 *   N^(2 beta - 1) J J^T  ->  E[sigma(a) sigma(b)] + (1 + x . x') E[sigma'(a) sigma'(b)] / 3        (E c^2 = 1/3)
 */

/** A set of points, transposed: d rows of ldx values (model/layout.ts). */
@unmanaged
export class Points {
  x: usize;
  count: i32;
  ldx: i32;
}

export function pointsSet(points: usize, x: usize, count: i32, ldx: i32): void {
  const p = changetype<Points>(points);
  p.x = x;
  p.count = count;
  p.ldx = ldx;
}

export function pointsBytes(): i32 {
  return offsetof<Points>();
}

/** Covariance of a and b: two variances, the covariance, and the determinant free of cancellation. */
@unmanaged
export class Covariance {
  aa: f64;
  bb: f64;
  ab: f64;
  determinant: f64;
}

/**
 * The determinant (1 + |x|^2)(1 + |x'|^2) - (1 + x . x')^2 is |x - x'|^2 + |x|^2 |e|^2, e the part of x' that is orthogonal to x
 * (Lagrange's identity): near the diagonal of a kernel the difference of the products would have no correct digit.
 */
function covarianceOf(a: Points, i: i32, b: Points, j: i32, d: i32, result: Covariance): void {
  let xx = 0.0, yy = 0.0, xy = 0.0, apart = 0.0;
  for (let l = 0; l < d; l++) {
    const x = coordinate(a, i, l), y = coordinate(b, j, l);
    xx += x * x;
    yy += y * y;
    xy += x * y;
    apart += (x - y) * (x - y);
  }
  let orthogonal = 0.0;
  if (d > 1 && xx > 0.0) {
    for (let l = 0; l < d; l++) {
      const e = coordinate(b, j, l) - (xy / xx) * coordinate(a, i, l);
      orthogonal += e * e;
    }
  }
  result.aa = 1.0 + xx;
  result.bb = 1.0 + yy;
  result.ab = 1.0 + xy;
  result.determinant = apart + xx * orthogonal;
}

// @ts-ignore: decorator
@inline
function coordinate(points: Points, i: i32, l: i32): f64 {
  return load<f64>(points.x + ((<usize>l * <usize>points.ldx + <usize>i) << 3));
}

/** Rows are shared among threads by this many tasks, each with scratch of its own. */
const TASKS: i32 = 16;

/** Doubles of scratch of `limitExpectations` with n nodes. */
export function limitWork(n: i32): i32 {
  return TASKS * taskWork(n);
}

// @ts-ignore: decorator
@inline
function taskWork(n: i32): i32 {
  return 6 * n + 8;
}

/** Pairs of nodes with weights whose product is below this do not change a sum. */
const NEGLIGIBLE: f64 = 1e-22;

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
  nodes: usize;
  weights: usize;
  values: usize;
  slopes: usize;
  work: usize;
}

const region = memory.data(48, 16);

/**
 * values[i, j] = E[sigma(a) sigma(b)], slopes[i, j] = E[sigma'(a) sigma'(b)], row-major, i over the points of a, j over those of b.
 * In closed form where there is one and n = 0; else by Gauss-Hermite quadrature with n nodes, an even number, in each of two dimensions:
 *
 *   a = sqrt(aa) u,   b = (ab / sqrt(aa)) u + sqrt(det / aa) v
 *
 *   nodes, weights  of `gaussHermite`
 *   work            limitWork(n) doubles
 */
export function limitExpectations(
  kind: i32, d: i32, a: usize, b: usize, n: i32, nodes: usize, weights: usize, values: usize, slopes: usize, work: usize,
): void {
  const job = changetype<Region>(region);
  job.kind = kind;
  job.d = d;
  job.a = a;
  job.b = b;
  job.n = n;
  job.nodes = nodes;
  job.weights = weights;
  job.values = values;
  job.slopes = slopes;
  job.work = work;
  parallelFor(rowsTask, TASKS, region);
}

/** Every TASKS-th row. Between one set and itself only the lower triangle is new. */
function rowsTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const left = changetype<Points>(job.a), right = changetype<Points>(job.b);
  const work = job.work + (<usize>task * <usize>taskWork(job.n) << 3);
  const pair = changetype<Covariance>(work);
  for (let i = task; i < left.count; i += TASKS) {
    const end = job.a == job.b ? i + 1 : right.count;
    for (let j = 0; j < end; j++) {
      covarianceOf(left, i, right, j, job.d, pair);
      const at = (<usize>i * <usize>right.count + <usize>j) << 3;
      if (job.n == 0) closedForm(job.kind, pair, job.values + at, job.slopes + at);
      else quadrature(job, pair, job.values + at, job.slopes + at, work + sizeof<f64>() * 4);
      if (job.a == job.b) {
        const mirrored = (<usize>j * <usize>right.count + <usize>i) << 3;
        store<f64>(job.values + mirrored, load<f64>(job.values + at));
        store<f64>(job.slopes + mirrored, load<f64>(job.slopes + at));
      }
    }
  }
}

function closedForm(kind: i32, pair: Covariance, value: usize, slope: usize): void {
  switch (kind) {
    case ActivationKind.ERF: return bivariateErf(pair.aa, pair.bb, pair.ab, pair.determinant, value, slope);
    case ActivationKind.RELU: return bivariateRelu(pair.ab, pair.determinant, value, slope);
    case ActivationKind.SIN: return bivariateSin(pair.aa, pair.bb, pair.ab, value, slope);
    default: unreachable();
  }
}

/** Both expectations for one pair of points: for each u the inner sum over v, with sigma and sigma' of all b in one call. */
function quadrature(job: Region, pair: Covariance, value: usize, slope: usize, work: usize): void {
  const n = job.n, row = <usize>n << 3;
  const b = work, b1 = b + row, b2 = b1 + row, a = b2 + row, a1 = a + row, a2 = a1 + row;
  const root = sqrt<f64>(pair.aa), along = pair.ab / root, across = sqrt<f64>(pair.determinant / pair.aa);
  line(n, 0.0, root, job.nodes, a);
  activateJet(job.kind, n, a, a, a1, a2);
  let sum = 0.0, slopeSum = 0.0;
  for (let i = 0; i < n; i++) {
    const weight = load<f64>(job.weights + (<usize>i << 3));
    // Weights rise towards the middle: what is negligible lies at both ends.
    let first = 0;
    while (first < n >> 1 && weight * load<f64>(job.weights + (<usize>first << 3)) < NEGLIGIBLE) first++;
    const count = n - 2 * first;
    if (count == 0) continue;
    const from = <usize>first << 3;
    line(count, along * load<f64>(job.nodes + (<usize>i << 3)), across, job.nodes + from, b);
    activateJet(job.kind, count, b, b, b1, b2);
    sum += weight * load<f64>(a + (<usize>i << 3)) * dot(count, job.weights + from, b);
    slopeSum += weight * load<f64>(a1 + (<usize>i << 3)) * dot(count, job.weights + from, b1);
  }
  store<f64>(value, sum);
  store<f64>(slope, slopeSum);
}

/** out[i] := start + factor x[i], n even */
function line(n: i32, start: f64, factor: f64, x: usize, out: usize): void {
  const shift = f64x2.splat(start), scale = f64x2.splat(factor);
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 16) {
    v128.store(out + i, f64x2.add(shift, f64x2.mul(scale, v128.load(x + i))));
  }
}

/** kernel[i, j] := values[i, j] + (1 + x_i . x'_j) slopes[i, j] / 3, the limit of N^(2 beta - 1) J J^T; kernel may be values. */
export function limitTangent(d: i32, a: usize, b: usize, values: usize, slopes: usize, kernel: usize): void {
  const left = changetype<Points>(a), right = changetype<Points>(b);
  for (let i = 0; i < left.count; i++) {
    for (let j = 0; j < right.count; j++) {
      const at = (<usize>i * <usize>right.count + <usize>j) << 3;
      let inner = 1.0;
      for (let l = 0; l < d; l++) inner += coordinate(left, i, l) * coordinate(right, j, l);
      store<f64>(kernel + at, load<f64>(values + at) + (inner * load<f64>(slopes + at)) / 3.0);
    }
  }
}
