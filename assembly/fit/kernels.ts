import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { DEPTH } from "../linalg/blocking";
import { rowSquares } from "../linalg/cholesky/trsm";
import { gemmPanels } from "../linalg/gemm";
import {
  elementAddress,
  packedBytes,
  packedZero,
  paddedOrder,
  panelCount,
  panelAddress,
} from "../linalg/packed";
import { symv } from "../linalg/symv";
import { syrkProceed } from "../linalg/syrk";
import { axpy, dot } from "../linalg/vector";
import { Point } from "../model/point";
import { Problem } from "../model/problem";
import { MORE, Progress } from "../parallel/progress";
import { inputRows, slopeRows, valueRows } from "./rows";

/**
 * The posterior in the space of the samples. With a precision for each group (groups.ts) B =
 * diag(b) is the same for all neurons, and J B^-1 J^T needs two products of n columns in the place
 * of d + 2 of them: with F = [sigma(z_i(x_m))], G = [c_i sigma'(z_i(x_m))],
 *
 *   J B^-1 J^T = s^2 ( F F^T / b_c + (X diag(1/b_w) X^T + 1/b_eta) o (G G^T) ),   s = n^-beta,
 *
 * o the product entry by entry. F F^T and G G^T serve all precisions at a point.
 */

/** Bytes of the rows that a pass over neurons or inputs streams through, for m samples. */
export function kernelRowsBytes(n: i32, d: i32, m: i32): f64 {
  return <f64>panelCount<f64>(m) * 32.0 * <f64>min(DEPTH, max(n, d));
}

/**
 * values := F F^T, slopes := G G^T, panel-packed lower of order m; rows is kernelRowsBytes, and
 * needed until the end. Returns 0, or MORE.
 */
export function kernels(
  point: usize,
  values: usize,
  slopes: usize,
  rows: usize,
  progress: usize,
  flops: f64,
): i32 {
  const p = changetype<Point>(point).problem;
  const at = changetype<Progress>(progress);
  at.left = flops;
  if (at.outer == 0 && at.inner == 0 && at.task == 0) {
    packedZero(p.m, values);
    packedZero(p.m, slopes);
  }
  for (; at.outer < p.n; at.outer += DEPTH) {
    const count = min(DEPTH, p.n - at.outer);
    for (; at.inner < 2; at.inner++) {
      if (at.task == 0) {
        if (at.left <= 0.0) return MORE;
        if (at.inner == 0) valueRows(point, at.outer, count, 0, p.m, rows);
        else slopeRows(point, at.outer, count, 0, p.m, rows);
      }
      const c = at.inner == 0 ? values : slopes;
      if (!syrkProceed(at, p.m, count, 1.0, rows, c)) return MORE;
    }
    at.inner = 0;
  }
  return 0;
}

/**
 * c := identity I + J B^-1 J^T, panel-packed lower of order m: identity 1 gives what is factored,
 * 0 the covariance of the samples before the data.
 *
 *   values, slopes  from `kernels` at the same point
 *   b               d + 2 precisions
 *   scale           d values of scratch
 *   rows            kernelRowsBytes of scratch, needed until the end
 *   returns 0, or MORE
 */
export function priorCovariance(
  point: usize,
  identity: f64,
  values: usize,
  slopes: usize,
  b: usize,
  scale: usize,
  rows: usize,
  c: usize,
  progress: usize,
  flops: f64,
): i32 {
  const p = changetype<Point>(point).problem;
  const at = changetype<Progress>(progress);
  at.left = flops;
  if (at.outer == 0 && at.task == 0) {
    packedZero(p.m, c);
    rootsOfInverses(p.d, b, scale);
  }
  for (; at.outer < p.d; at.outer += DEPTH) {
    const count = min(DEPTH, p.d - at.outer);
    if (at.task == 0) {
      if (at.left <= 0.0) return MORE;
      inputRows(changetype<usize>(p), at.outer, count, scale, 0, p.m, rows);
    }
    if (!syrkProceed(at, p.m, count, 1.0, rows, c)) return MORE;
  }
  fuse(<usize>packedBytes(p.m), p.s * p.s, p.d, b, values, slopes, c);
  for (let row = 0; row < p.m; row++) {
    const address = elementAddress<f64>(c, row, row);
    store<f64>(address, load<f64>(address) + identity);
  }
  identityPadding(p.m, c);
  return 0;
}

function rootsOfInverses(d: i32, b: usize, out: usize): void {
  for (let l = 0; l < d; l++) setF64(out, l, 1.0 / sqrt<f64>(f64At(b, l)));
}

/** c := s2 ( values / b_c + (c + 1/b_eta) o slopes ) */
function fuse(
  bytes: usize,
  s2: f64,
  d: i32,
  b: usize,
  values: usize,
  slopes: usize,
  c: usize,
): void {
  const eta = f64x2.splat(1.0 / f64At(b, d)),
    ofValues = f64x2.splat(s2 / f64At(b, d + 1)),
    ofSlopes = f64x2.splat(s2);
  for (let i: usize = 0; i < bytes; i += 16) {
    const slope = f64x2.mul(f64x2.add(v128.load(c + i), eta), v128.load(slopes + i));
    v128.store(
      c + i,
      f64x2.add(f64x2.mul(ofValues, v128.load(values + i)), f64x2.mul(ofSlopes, slope)),
    );
  }
}

/** Rows and columns beyond n := those of the identity. */
function identityPadding(n: i32, a: usize): void {
  for (let p = n; p < paddedOrder<f64>(n); p++) {
    for (let q = 0; q < p; q++) store<f64>(elementAddress<f64>(a, p, q), 0.0);
    store<f64>(elementAddress<f64>(a, p, p), 1.0);
  }
}

/** w := a o b of packed matrices, the padding and what lies above the diagonal := 0. */
function entrywise(n: i32, a: usize, b: usize, w: usize): void {
  memory.fill(w, 0, <usize>packedBytes(n));
  for (let p = 0; p < n; p++) {
    const lane = (<usize>(p & 3)) << 3;
    const panel = panelAddress<f64>(0, p >> 2) + lane;
    for (let q = 0; q <= p; q++) {
      const at = panel + ((<usize>q) << 5);
      store<f64>(w + at, load<f64>(a + at) * load<f64>(b + at));
    }
  }
}

/** Sum of all entries of the symmetric matrix w. */
function totalOf(n: i32, w: usize): f64 {
  let total = 0.0;
  for (let p = 0; p < n; p++) {
    let row = 0.0;
    const panel = panelAddress<f64>(w, p >> 2) + ((<usize>(p & 3)) << 3);
    for (let q = 0; q < p; q++) row += load<f64>(panel + ((<usize>q) << 5));
    total += 2.0 * row + load<f64>(panel + ((<usize>p) << 5));
  }
  return total;
}

/**
 * Effective numbers of parameters: out[g] := tr(C^-1 K_g) / b[g], K_g = J_g J_g^T, d + 2 values.
 * Those of eta and c, and w for those of the inputs.
 *
 *   inverse         C^-1, panel-packed lower
 *   values, slopes  from `kernels`
 *   w               a packed matrix: C^-1 o G G^T
 */
export function effectiveByKernels(
  point: usize,
  b: usize,
  inverse: usize,
  values: usize,
  slopes: usize,
  w: usize,
  out: usize,
): void {
  const p = changetype<Point>(point).problem;
  const s2 = p.s * p.s;
  entrywise(p.m, inverse, values, w);
  setF64(out, p.d + 1, (s2 * totalOf(p.m, w)) / f64At(b, p.d + 1));
  entrywise(p.m, inverse, slopes, w);
  setF64(out, p.d, (s2 * totalOf(p.m, w)) / f64At(b, p.d));
}

/**
 * The same of the weights of the inputs first .. first + count - 1.
 *
 *   w        from `effectiveByKernels`
 *   vectors  two vectors of paddedOrder(m) values of scratch
 */
export function effectiveOfInputs(
  point: usize,
  b: usize,
  w: usize,
  first: i32,
  count: i32,
  vectors: usize,
  out: usize,
): void {
  const p = changetype<Point>(point).problem;
  const padded = paddedOrder<f64>(p.m);
  const x = vectors,
    y = f64Address(vectors, padded);
  for (let l = first; l < first + count; l++) {
    memory.fill(x, 0, (<usize>padded) << 3);
    memory.copy(x, f64Address(p.x, <usize>l * <usize>p.ldx), (<usize>p.m) << 3);
    symv(p.m, w, 0.0, x, y);
    setF64(out, l, (p.s * p.s * dot(padded, x, y)) / f64At(b, l));
  }
}

/** h[i] := 1 - [C^-1]_ii, the leverage of sample i. */
export function leveragesByInverse(m: i32, inverse: usize, h: usize): void {
  for (let i = 0; i < m; i++) setF64(h, i, 1.0 - load<f64>(elementAddress<f64>(inverse, i, i)));
}

/** Bytes of what `crossCovariance` needs for `count` samples against m. */
export function crossScratchBytes(n: i32, d: i32, m: i32, count: i32): f64 {
  const ofTiles = 32.0 * <f64>panelCount<f64>(count) * <f64>paddedOrder<f64>(m);
  const sums = 8.0 * <f64>(SUMS * paddedOrder<f64>(count));
  return 2.0 * ofTiles + kernelRowsBytes(n, d, m) + kernelRowsBytes(n, d, count) + sums;
}

/** Vectors of sums: squares of a pass, of F, of G, of X diag(1/b_w)^(1/2). */
const SUMS: i32 = 4;

/**
 * k := J* B^-1 J^T for the samples first .. first + count - 1 of `at` against all m of `point`, in
 * panels of four rows of paddedOrder(m) columns; the padding is zero.
 *
 *   prior    count values: the diagonal of J* B^-1 J*^T
 *   scale    d values of scratch
 *   scratch  crossScratchBytes(n, d, m, count)
 */
export function crossCovariance(
  point: usize,
  at: usize,
  first: i32,
  count: i32,
  b: usize,
  prior: usize,
  scale: usize,
  scratch: usize,
  k: usize,
): void {
  assert((first & 3) == 0 && isAligned(k | scratch, 16), "whole panels of samples");
  const p = changetype<Point>(point).problem,
    q = changetype<Point>(at).problem;
  const rows = panelCount<f64>(count),
    columns = panelCount<f64>(p.m);
  const bytes = (<usize>rows * <usize>columns) << 7;
  const values = scratch,
    slopes = scratch + bytes;
  const left = slopes + bytes,
    right = left + <usize>kernelRowsBytes(q.n, q.d, count);
  const sum = right + <usize>kernelRowsBytes(p.n, p.d, p.m),
    next = (<usize>paddedOrder<f64>(count)) << 3;
  memory.fill(values, 0, 2 * bytes);
  memory.fill(k, 0, bytes);
  memory.fill(sum, 0, <usize>SUMS * next);
  rootsOfInverses(p.d, b, scale);
  for (let neuron = 0; neuron < p.n; neuron += DEPTH) {
    const some = min(DEPTH, p.n - neuron);
    valueRows(at, neuron, some, first, count, left);
    addSquares(count, some, left, sum, sum + next);
    valueRows(point, neuron, some, 0, p.m, right);
    gemmPanels(rows, columns, some, 1.0, left, right, values, false);
    slopeRows(at, neuron, some, first, count, left);
    addSquares(count, some, left, sum, sum + 2 * next);
    slopeRows(point, neuron, some, 0, p.m, right);
    gemmPanels(rows, columns, some, 1.0, left, right, slopes, false);
  }
  for (let input = 0; input < p.d; input += DEPTH) {
    const some = min(DEPTH, p.d - input);
    inputRows(changetype<usize>(q), input, some, scale, first, count, left);
    addSquares(count, some, left, sum, sum + 3 * next);
    inputRows(changetype<usize>(p), input, some, scale, 0, p.m, right);
    gemmPanels(rows, columns, some, 1.0, left, right, k, false);
  }
  const s2 = p.s * p.s;
  fuse(bytes, s2, p.d, b, values, slopes, k);
  for (let m = 0; m < count; m++) {
    const ofValues = f64At(sum + next, m) / f64At(b, p.d + 1);
    const ofSlopes = (f64At(sum + 3 * next, m) + 1.0 / f64At(b, p.d)) * f64At(sum + 2 * next, m);
    setF64(prior, m, s2 * (ofValues + ofSlopes));
  }
}

/** total[m] += the squared norm of row m of panels of `columns` columns. */
function addSquares(count: i32, columns: i32, rows: usize, square: usize, total: usize): void {
  rowSquares(count, columns, rows, (<usize>columns) << 5, square);
  axpy(count, 1.0, square, total);
}
