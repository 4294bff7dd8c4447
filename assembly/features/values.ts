import { f64Address, f64At, setF64 } from "../memory";
import { preactivation } from "../model/layout";
import { parallelFor } from "../parallel/pool";
import {
  Features,
  POINT_BLOCK,
  blockRow,
  coefficientCount,
  coefficientsOf,
  featureRow,
  monomials,
  neuronJets,
  orderOf,
  outgoingOf,
  outputOf,
  pointParts,
  rowsOf,
  scratchOf,
} from "./features";
import { addProduct, addScaled, addSquare } from "./rows";

@unmanaged
class Region {
  features: usize;
  theta: usize;
  direction: usize;
  out: usize;
  bent: usize;
  first: i32;
  count: i32;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * out += the features of neurons first .. first + count - 1, q rows.
 */
export function featureValues(
  features: usize,
  theta: usize,
  out: usize,
  first: i32,
  count: i32,
): void {
  const job = begin(features, theta, out, first, count);
  job.direction = 0;
  parallelFor(pointsTask, pointParts(changetype<Features>(features).m), region);
}

/**
 * out += the derivatives of the features of some neurons along v = `direction` = (dw, deta, dc), a
 * parameter vector, and bent, unless it is 0, += the second derivatives; q rows each. With zdot =
 * dw . x + deta and a dot for the derivative of the monomial:
 *   s [ dc w^a sigma^(r) + c ( (w^a)' sigma^(r) + w^a zdot sigma^(r+1) ) ]
 *   s [ 2 dc ( (w^a)' sigma^(r) + w^a zdot sigma^(r+1) )
 *       + c ( (w^a)'' sigma^(r) + 2 (w^a)' zdot sigma^(r+1) + w^a zdot^2 sigma^(r+2) ) ]
 */
export function featureDirections(
  features: usize,
  theta: usize,
  direction: usize,
  out: usize,
  bent: usize,
  first: i32,
  count: i32,
): void {
  const job = begin(features, theta, out, first, count);
  job.direction = direction;
  job.bent = bent;
  parallelFor(pointsTask, pointParts(changetype<Features>(features).m), region);
}

function begin(features: usize, theta: usize, out: usize, first: i32, count: i32): Region {
  const job = changetype<Region>(region);
  job.features = features;
  job.theta = theta;
  job.out = out;
  job.bent = 0;
  job.first = first;
  job.count = count;
  return job;
}

/** Blocks part, part + parts, ... of the points, over all of the neurons. */
function pointsTask(part: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const f = changetype<Features>(job.features);
  const scratch = scratchOf(f, part);
  const step = pointParts(f.m) * POINT_BLOCK;
  for (let first = part * POINT_BLOCK; first < f.m; first += step) {
    const count = min(POINT_BLOCK, f.ldx - first);
    for (let i = job.first; i < job.first + job.count; i++) {
      if (job.direction == 0) addValues(f, job, i, first, count, scratch);
      else addDirections(f, job, i, first, count, scratch);
    }
    // The point that makes their number even is none. It belongs to the last block: whoever has
    // another cannot know when that one is written.
    if (first + count > f.m) clearPadding(f, job);
  }
}

function clearPadding(f: Features, job: Region): void {
  for (let v = 0; v < f.q; v++) {
    setF64(featureRow(f, job.out, v, f.m), 0, 0.0);
    if (job.bent != 0) setF64(featureRow(f, job.bent, v, f.m), 0, 0.0);
  }
}

function addValues(f: Features, job: Region, i: i32, first: i32, count: i32, scratch: usize): void {
  const jets = neuronJets(f, job.theta, i, f.order, first, count, scratch);
  let monomial = coefficientsOf(f, scratch);
  monomials(f, job.theta, i, false, monomial);
  const c = outgoingOf(f, job.theta, i);
  for (let v = 0; v < f.q; v++) {
    const factor = f64At(monomial, 0) * f64At(c, outputOf(f, v));
    const jet = jets + <usize>orderOf(f, v) * blockRow(f.m);
    addScaled(count, factor, jet, featureRow(f, job.out, v, first));
    monomial += (<usize>coefficientCount(f.d)) << 3;
  }
}

function addDirections(
  f: Features,
  job: Region,
  i: i32,
  first: i32,
  count: i32,
  scratch: usize,
): void {
  const bends = job.bent != 0;
  const row = blockRow(f.m);
  const jets = neuronJets(f, job.theta, i, f.order + (bends ? 2 : 1), first, count, scratch);
  let monomial = coefficientsOf(f, scratch);
  monomials(f, job.theta, i, bends, monomial);
  const zdot = rowsOf(f, scratch);
  const dw = f64Address(job.direction, <usize>i * <usize>f.d);
  const deta = f64At(job.direction, <usize>f.n * <usize>f.d + <usize>i);
  preactivation(f.d, count, dw, deta, f64Address(f.x, first), f.ldx, zdot);
  const c = outgoingOf(f, job.theta, i),
    dc = outgoingOf(f, job.direction, i);
  for (let v = 0; v < f.q; v++) {
    const o = outputOf(f, v);
    const jet = jets + <usize>orderOf(f, v) * row;
    const mono = f64At(monomial, 0),
      speed = firstAlong(f, monomial, dw);
    const c0 = f64At(c, o),
      dc0 = f64At(dc, o);
    const out = featureRow(f, job.out, v, first);
    addScaled(count, dc0 * mono + c0 * speed, jet, out);
    addProduct(count, c0 * mono, zdot, jet + row, out);
    if (bends) {
      const bent = featureRow(f, job.bent, v, first);
      const bend = secondAlong(f, monomial, dw);
      addScaled(count, 2.0 * dc0 * speed + c0 * bend, jet, bent);
      addProduct(count, 2.0 * (dc0 * mono + c0 * speed), zdot, jet + row, bent);
      addSquare(count, c0 * mono, zdot, jet + 2 * row, bent);
    }
    monomial += (<usize>coefficientCount(f.d)) << 3;
  }
}

/** (w^a)' along dw. */
function firstAlong(f: Features, monomial: usize, dw: usize): f64 {
  let sum = 0.0;
  for (let j = 0; j < f.d; j++) sum += f64At(monomial, 1 + j) * f64At(dw, j);
  return sum;
}

/** (w^a)'' along dw. */
function secondAlong(f: Features, monomial: usize, dw: usize): f64 {
  let sum = 0.0;
  let entry = 1 + f.d;
  for (let j = 0; j < f.d; j++) {
    for (let l = 0; l <= j; l++) {
      const times = j == l ? 1.0 : 2.0;
      sum += times * f64At(monomial, entry++) * f64At(dw, j) * f64At(dw, l);
    }
  }
  return sum;
}
