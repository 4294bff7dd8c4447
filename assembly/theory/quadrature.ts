import { f64Address, setF64 } from "../memory";
import { dot } from "../linalg/vector";
import { ActivationKind, activateJet } from "../activations/activation";
import { bivariatePart } from "./bivariate";
import { blurred, normalDensity, Part, partOfSlope, partOfValue } from "./blurred";
import { Covariance } from "./covariance";

/**
 * E[sigma(a) sigma(b)] and E[sigma'(a) sigma'(b)] for a and b jointly normal, at any scale, by
 * trapezoidal sums. Whatever the variances are, sigma changes within a few units of the origin. So
 * it is taken apart,
 *
 *   sigma = part + rest,
 *   E[sigma sigma] = E[part part] + E[rest(a) part(b)] + E[part(a) rest(b)] + E[rest(a) rest(b)],
 *
 * where part is its blurred sign, step or ramp (blurred.ts).
 *
 * The first term is elementary. The next two are sums along a line where the rest lives, since the
 * part given the other variable is a blurred part again. The last is a sum over a lattice
 *
 *   a = i step,   b = (ab / aa) a + sqrt(det / aa) v,   v = j stepV
 *
 * limited to where both rests live and the normal density is not negligible.
 *
 * With aa >= bb all integrands vary on the scale of the activation or a larger one. They decay and
 * are analytic in a strip of half-width c, so that the trapezoidal rule errs by exp(-2 pi c / step)
 * (Trefethen and Weideman, SIAM Review 56 (2014)). c is pi/2 for tanh, pi for sigmoid and softplus.
 * The others are entire. Near the origin, where the normal density ends before the rest does,
 * nothing is taken out.
 */

/** The scale of an activation, by which all lengths are measured. */
@inline
function lengthOf(kind: i32): f64 {
  return kind == ActivationKind.SIGMOID || kind == ActivationKind.SOFTPLUS ? 2.0 : 1.0;
}

/**
 * The rest of tanh and of the blurred sign at twenty lengths is below 2 exp(-40) = 8e-18; the
 * others' is no larger.
 */
const REST: f64 = 20.0;

/** What lies outside this radius of the normal plane weighs exp(-9.25^2 / 2) = 3e-19. */
const REACH: f64 = 9.25;

/**
 * The normal density alone may be summed with longer steps: exp(-2 (pi / 0.6)^2) = 2e-24 at the
 * first fineness, 1/4.
 */
const NORMAL: f64 = 2.4;

/** How far from the origin sigma has to be summed. */
@inline
function extent(kind: i32): f64 {
  return partOfValue(kind) == Part.NONE ? Infinity : REST * lengthOf(kind);
}

/** Half the number of steps over [-width, width] */
@inline
function halfCount(width: f64, step: f64): f64 {
  return Math.ceil(width / step);
}

/**
 * Nodes along a for the variance aa, with steps of `fineness` lengths of the activation; may be
 * infinite.
 */
export function latticeNodes(kind: i32, aa: f64, fineness: f64): f64 {
  const width = min(extent(kind), REACH * sqrt<f64>(aa));
  return 2.0 * halfCount(width, fineness * lengthOf(kind)) + 2.0;
}

/** What the sums of one pair have in common, and the sums so far. */
@unmanaged
class Sums {
  kind: i32;
  part: Part;
  slopePart: Part;
  fineness: f64;
  step: f64;
  shift: f64;
  value: f64;
  slope: f64;
}

@inline
function sumsBytes(): i32 {
  return (<i32>offsetof<Sums>() + 15) & ~15;
}

/** a, its rests and v with its weights; b with its rest; three of scratch. */
const LINES: i32 = 10;

/** Both rests bound v to twice the steps of a, where the density does not. */
@inline
function lineOf(n: i32): i32 {
  return 2 * n + 4;
}

/** Doubles of scratch for n = latticeNodes of the larger variance. */
export function latticeWork(n: i32): i32 {
  return (sumsBytes() >> 3) + LINES * lineOf(n);
}

/**
 * value = E[sigma(a) sigma(b)], slope = E[sigma'(a) sigma'(b)] on the lattice of this fineness
 * through the origin (shift = 0) or through the middle of its cells (shift = 1/2). Their mean is
 * better than either, and their difference shows the error of both.
 *
 *   n     at least latticeNodes(kind, max(aa, bb), fineness)
 *   work  latticeWork(n) doubles
 */
export function latticeExpectations(
  kind: i32,
  pair: Covariance,
  fineness: f64,
  shift: f64,
  n: i32,
  value: usize,
  slope: usize,
  work: usize,
): void {
  const aa = max(pair.aa, pair.bb),
    bb = min(pair.aa, pair.bb);
  const ab = pair.ab,
    det = pair.determinant;
  const taken = REACH * sqrt<f64>(aa) > extent(kind);
  const sums = changetype<Sums>(work);
  sums.kind = kind;
  sums.part = taken ? partOfValue(kind) : Part.NONE;
  sums.slopePart = taken ? partOfSlope(kind) : Part.NONE;
  sums.fineness = fineness;
  sums.step = fineness * lengthOf(kind);
  sums.shift = shift;
  sums.value = 0.0;
  sums.slope = 0.0;
  const lines = work + sumsBytes(),
    line = (<usize>lineOf(n)) << 3;
  if (sums.part != Part.NONE) {
    // Blurring adds to the variances and leaves the covariance.
    const extra = lengthOf(kind) * lengthOf(kind),
      blurredDet = det + extra * (aa + bb + extra);
    sums.value = bivariatePart(sums.part, ab, blurredDet);
    if (sums.slopePart != Part.NONE) sums.slope = bivariatePart(sums.slopePart, ab, blurredDet);
    addParts(sums, weightedRest(sums, bb, lines, line), ab / bb, det / bb, lines, line);
  }
  const count = weightedRest(sums, aa, lines, line);
  if (sums.part != Part.NONE) addParts(sums, count, ab / aa, det / aa, lines, line);
  addRests(sums, count, sqrt<f64>(aa), ab / aa, sqrt<f64>(det / aa), lines, line);
  store<f64>(value, sums.value);
  store<f64>(slope, sums.slope);
}

/**
 * Nodes of a normal variable of this variance as far as the rest reaches, then the rests of sigma
 * and sigma' there times the weights of the nodes: the first three lines. Returns their number.
 */
function weightedRest(sums: Sums, variance: f64, lines: usize, line: usize): i32 {
  const z = lines,
    r = z + line,
    r1 = r + line,
    weights = r1 + line,
    scratch = weights + line;
  const root = sqrt<f64>(variance),
    step = sums.step;
  const half = halfCount(min(extent(sums.kind), REACH * root), step);
  const count = <i32>(2.0 * half) + 2,
    first = -half - sums.shift;
  nodes(count, step / root, first, z);
  normalDensity(count, z, step / root, weights);
  if (sums.shift == 0.0) dropLast(count, weights);
  nodes(count, step, first, z);
  restOf(sums, count, z, r, r1, scratch);
  multiply(count, r, weights, r);
  multiply(count, r1, weights, r1);
  return count;
}

/** The lattice through the origin has an odd number of nodes; the last fills a pair of lanes. */
@inline
function dropLast(n: i32, weights: usize): void {
  setF64(weights, n - 1, 0.0);
}

/** Adds E[rest(z) part(slope z + sqrt(variance) v)] for the z of `weightedRest`. */
function addParts(
  sums: Sums,
  count: i32,
  slope: f64,
  variance: f64,
  lines: usize,
  line: usize,
): void {
  const z = lines,
    r = z + line,
    r1 = r + line,
    mean = r1 + line,
    given = mean + line;
  const deviation = sqrt<f64>(variance + lengthOf(sums.kind) * lengthOf(sums.kind));
  affine(count, 0.0, slope, z, mean);
  blurred(sums.part, count, mean, deviation, given);
  sums.value += dot(count, r, given);
  if (sums.slopePart == Part.NONE) return;
  blurred(sums.slopePart, count, mean, deviation, given);
  sums.slope += dot(count, r1, given);
}

/** Adds E[rest(a) rest(b)], b = along a + across v, for the a of `weightedRest`. */
function addRests(
  sums: Sums,
  count: i32,
  root: f64,
  along: f64,
  across: f64,
  lines: usize,
  line: usize,
): void {
  const a = lines,
    r = a + line,
    r1 = r + line,
    v = r1 + line,
    weights = v + line;
  const b = weights + line,
    b1 = b + line,
    scratch = b1 + line;
  const far = sums.part == Part.NONE ? Infinity : extent(sums.kind);
  const shift = sums.shift,
    step = min(NORMAL * sums.fineness, sums.step / across);
  const half = across == 0.0 ? 0.0 : halfCount(min(REACH, (2.0 * far) / across), step);
  const countV = <i32>(2.0 * half) + 2;
  if (across == 0.0) single(v, weights);
  else {
    nodes(countV, step, -half - shift, v);
    normalDensity(countV, v, step, weights);
    if (shift == 0.0) dropLast(countV, weights);
  }
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 3;
    const x = load<f64>(a + at),
      u = x / root,
      mean = along * x;
    const rim = REACH * REACH - u * u;
    if (rim < 0.0 || (across == 0.0 && abs(mean) > far)) continue;
    let first = 0,
      last = countV;
    if (across > 0.0) {
      const radius = sqrt<f64>(rim);
      const low = max(-radius, (-far - mean) / across),
        high = min(radius, (far - mean) / across);
      if (low > high) continue;
      // Whole pairs of lanes.
      first = max(0, <i32>Math.floor(low / step + half + shift)) & ~1;
      last = min(countV, (<i32>Math.ceil(high / step + half + shift) + 2) & ~1);
    }
    const length = last - first;
    if (length <= 0) continue;
    const from = (<usize>first) << 3;
    affine(length, mean, across, v + from, b);
    restOf(sums, length, b, b, b1, scratch);
    sums.value += load<f64>(r + at) * dot(length, weights + from, b);
    sums.slope += load<f64>(r1 + at) * dot(length, weights + from, b1);
  }
}

/** b is a given multiple of a: one node of weight 1, and one of weight 0 for the other lane. */
function single(v: usize, weights: usize): void {
  store<f64>(v, 0.0);
  store<f64>(v, 0.0, 8);
  store<f64>(weights, 1.0);
  store<f64>(weights, 0.0, 8);
}

/** z[i] := (first + i) step, n even */
function nodes(n: i32, step: f64, first: f64, z: usize): void {
  for (let i = 0; i < n; i++) setF64(z, i, (first + <f64>i) * step);
}

/** r := sigma(z) less its part, r1 := sigma'(z) less its own; n even, r may be z. */
function restOf(sums: Sums, n: i32, z: usize, r: usize, r1: usize, scratch: usize): void {
  const kind = sums.kind,
    part = sums.part,
    slopePart = sums.slopePart;
  if (part == Part.NONE) return activateJet(kind, n, z, r, r1, scratch);
  // The jet may write over z, so the parts come first.
  const own = f64Address(scratch, n);
  blurred(part, n, z, lengthOf(kind), scratch);
  if (slopePart != Part.NONE) blurred(slopePart, n, z, lengthOf(kind), own);
  activateJet(kind, n, z, r, r1, f64Address(own, n));
  subtract(n, scratch, r);
  if (slopePart != Part.NONE) subtract(n, own, r1);
}

function subtract(n: i32, x: usize, y: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    v128.store(y + i, f64x2.sub(v128.load(y + i), v128.load(x + i)));
  }
}

function multiply(n: i32, x: usize, y: usize, out: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    v128.store(out + i, f64x2.mul(v128.load(x + i), v128.load(y + i)));
  }
}

/** out[i] := start + factor x[i], n even */
function affine(n: i32, start: f64, factor: f64, x: usize, out: usize): void {
  const shift = f64x2.splat(start),
    scale = f64x2.splat(factor);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    v128.store(out + i, f64x2.add(shift, f64x2.mul(scale, v128.load(x + i))));
  }
}
