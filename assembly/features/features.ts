import { f64Address, i32At, isAligned, setF64 } from "../memory";
import { evenCount, preactivation } from "../model/layout";
import { MAX_PARTS } from "../model/blocking";
import { MOST_ORDER, activationJets, jetRows } from "./jets/jets";

/**
 * What a row of J is made of: features, linear functionals of the network u_o(x) = s sum_i c_io
 * sigma(z_i), z_i = w_i . x + eta_i, at a point. A feature is the partial derivative with
 * multi-index a of an output, r = |a|, and w^a the monomial:
 *   D^a u_o = s sum_i c_io w_i^a sigma^(r)(z_i)
 * The value is the feature with a = 0. Features of a group are taken at the same points; a function
 * of them has a row of ldx values for each, zero from m on.
 */
@unmanaged
export class Features {
  /** Number of the activation. */
  kind: i32;
  /** Neurons, inputs, outputs, points, and m rounded up to even. */
  n: i32;
  d: i32;
  k: i32;
  m: i32;
  ldx: i32;
  /** Number of features. */
  q: i32;
  /** Largest r. */
  order: i32;
  /** Output scale. */
  s: f64;
  /** Points, transposed: d rows of ldx values. */
  x: usize;
  /** q records of 1 + d integers: the output, then a. */
  list: usize;
  /** featuresWork of scratch. */
  work: usize;
}

/** Most points of a block: its rows of jets and sums are to stay in the caches. */
export const POINT_BLOCK: i32 = 256;

/** Largest r: of higher ones there are no derivatives. */
export const MOST_FEATURE_ORDER: i32 = 4;

/** Bytes of the descriptor. */
export function featuresBytes(): i32 {
  return offsetof<Features>();
}

export function featuresSet(
  at: usize,
  kind: i32,
  n: i32,
  d: i32,
  k: i32,
  m: i32,
  ldx: i32,
  s: f64,
  x: usize,
  q: i32,
  list: usize,
  work: usize,
): void {
  assert(n > 0 && d > 0 && k > 0 && m > 0 && q >= 0 && ldx == evenCount(m), "a shape");
  assert(isAligned(at, 8) && isAligned(list, 4) && isAligned(x | work, 16), "16-byte aligned");
  const f = changetype<Features>(at);
  f.kind = kind;
  f.n = n;
  f.d = d;
  f.k = k;
  f.m = m;
  f.ldx = ldx;
  f.q = q;
  f.s = s;
  f.x = x;
  f.list = list;
  f.work = work;
  f.order = 0;
  for (let v = 0; v < q; v++) f.order = max(f.order, orderOf(f, v));
  assert(f.order <= MOST_FEATURE_ORDER, "derivatives up to the fourth");
}

/** Bytes of a row of the scratch: a block of points, and a cache line more (model/problem.ts). */
@inline
export function blockRow(m: i32): usize {
  return ((<usize>evenCount(min(m, POINT_BLOCK))) << 3) + 64;
}

/**
 * Scratch of one part, in rows: z, jets, d + 1 + k rows of columns or sums; then the coefficients
 * of the features at one neuron.
 */
@inline
function partBytes(d: i32, k: i32, m: i32, q: i32): usize {
  const rows = 2 + jetRows(MOST_ORDER) + max(d + 1 + k, d + 2);
  const coefficients = ((<usize>(q * coefficientCount(d))) << 3) + 64;
  return (<usize>rows * blockRow(m) + coefficients + 63) & ~63;
}

/** Numbers that belong to a feature at a neuron: w^a, its first and its second derivatives in w. */
@inline
export function coefficientCount(d: i32): i32 {
  return 1 + d + ((d * (d + 1)) >> 1);
}

/** Bytes of scratch for features at m points. */
export function featuresWork(n: i32, d: i32, k: i32, m: i32, q: i32): f64 {
  return <f64>parts(n, m) * <f64>partBytes(d, k, m, q);
}

/** Parts that work at the same time: of the points, or of the neurons. */
@inline
function parts(n: i32, m: i32): i32 {
  return max(pointParts(m), neuronParts(n));
}

/** Parts of the points, each of some blocks: their number depends on m alone. */
@inline
export function pointParts(m: i32): i32 {
  return min(MAX_PARTS, (m + POINT_BLOCK - 1) / POINT_BLOCK);
}

@inline
export function neuronParts(n: i32): i32 {
  return min(MAX_PARTS, n);
}

@inline
export function scratchOf(f: Features, part: i32): usize {
  if (!ASC_NO_ASSERT) assert(0 <= part && part < parts(f.n, f.m), "an area of the scratch");
  return f.work + <usize>part * partBytes(f.d, f.k, f.m, f.q);
}

/** Rows of a part behind z and the jets. */
@inline
export function rowsOf(f: Features, scratch: usize): usize {
  return scratch + <usize>(2 + jetRows(MOST_ORDER)) * blockRow(f.m);
}

/** Where the coefficients of the features are in a part. */
@inline
export function coefficientsOf(f: Features, scratch: usize): usize {
  return rowsOf(f, scratch) + <usize>max(f.d + 1 + f.k, f.d + 2) * blockRow(f.m);
}

@inline
export function outputOf(f: Features, v: i32): i32 {
  return i32At(f.list, <usize>v * <usize>(1 + f.d));
}

@inline
export function exponentOf(f: Features, v: i32, j: i32): i32 {
  return i32At(f.list, <usize>v * <usize>(1 + f.d) + <usize>(1 + j));
}

/** r = |a| */
@inline
export function orderOf(f: Features, v: i32): i32 {
  let order = 0;
  for (let j = 0; j < f.d; j++) order += exponentOf(f, v, j);
  return order;
}

/** Row v of a function of the features, at a point. */
@inline
export function featureRow(f: Features, rows: usize, v: i32, first: i32): usize {
  return f64Address(rows, <usize>v * <usize>f.ldx + <usize>first);
}

/**
 * The jets of neuron i at a block of points, sigma to sigma^(order); returns the address of row 0.
 *
 *   count  even
 */
export function neuronJets(
  f: Features,
  theta: usize,
  i: i32,
  order: i32,
  first: i32,
  count: i32,
  scratch: usize,
): usize {
  const row = blockRow(f.m);
  const w = f64Address(theta, <usize>i * <usize>f.d);
  const eta = load<f64>(f64Address(theta, <usize>f.n * <usize>f.d + <usize>i));
  preactivation(f.d, count, w, eta, f64Address(f.x, first), f.ldx, scratch);
  activationJets(f.kind, order, count, scratch, scratch + row, row);
  return scratch + row;
}

/** Addresses of the outgoing weights of neuron i. */
@inline
export function outgoingOf(f: Features, vector: usize, i: i32): usize {
  return f64Address(vector, <usize>f.n * <usize>(f.d + 1) + <usize>i * <usize>f.k);
}

/**
 * Of each feature at neuron i, times s: w^a; for every j, a_j w^(a - e_j); for j >= l the second
 * derivative of the monomial in w_j and w_l, packed lower.
 */
export function monomials(f: Features, theta: usize, i: i32, second: bool, out: usize): void {
  const w = f64Address(theta, <usize>i * <usize>f.d);
  const d = f.d;
  for (let v = 0; v < f.q; v++) {
    setF64(out, 0, f.s * differentiated(f, v, w, -1, -1));
    for (let j = 0; j < d; j++) setF64(out, 1 + j, f.s * differentiated(f, v, w, j, -1));
    let entry = 1 + d;
    for (let j = 0; j < d && second; j++) {
      for (let l = 0; l <= j; l++) setF64(out, entry++, f.s * differentiated(f, v, w, j, l));
    }
    out += (<usize>coefficientCount(d)) << 3;
  }
}

/** w^a, differentiated in w_j and w_l (which may be the same); -1 for none. */
function differentiated(f: Features, v: i32, w: usize, j: i32, l: i32): f64 {
  let product = 1.0;
  for (let t = 0; t < f.d; t++) {
    let exponent = exponentOf(f, v, t);
    for (let times = i32(t == j) + i32(t == l); times > 0; times--) {
      product *= <f64>exponent;
      exponent--;
    }
    if (product == 0.0) return 0.0;
    for (; exponent > 0; exponent--) product *= load<f64>(f64Address(w, t));
  }
  return product;
}
