import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { LossKind, lossJet } from "../losses/loss";
import { softmaxJet } from "../losses/softmax";
import { SAMPLE_BLOCK } from "./blocking";
import { evenCount } from "./layout";
import { penaltyValue } from "./penalty";
import { Point } from "./point";
import { Problem, hasUnitCurvature, partWork } from "./problem";

/**
 * The objective of a point whose outputs `forward` has made
 *
 *   L = 1/m sum_m w_m sum_o l(f_o, y_o) + 1/2 sum_g lambda_g |theta_g|^2
 *
 * Makes the residual and the bend of the point against the targets of its problem.
 */
export function objective(point: usize): f64 {
  const at = changetype<Point>(point),
    p = at.problem;
  const loss = hasUnitCurvature(p) ? residual(p, at.f, at.residual) : meanLoss(at);
  return p.penalty == 0 ? loss : loss + penaltyValue(p, at.theta);
}

/** r = f - y, zero from column m on; returns the loss 1/(2m) sum r^2 over samples and outputs. */
function residual(p: Problem, f: usize, r: usize): f64 {
  const y = p.y;
  let total = 0.0;
  for (let o = 0; o < p.k; o++) {
    const row = (<usize>o * <usize>p.ldx) << 3;
    for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
      const end = min(first + SAMPLE_BLOCK, p.m);
      let sum = 0.0;
      for (let i = first; i < end; i++) {
        const at = f64Address(row, i);
        const value = load<f64>(f + at) - load<f64>(y + at);
        store<f64>(r + at, value);
        sum += value * value;
      }
      total += sum;
    }
    for (let i = p.m; i < p.ldx; i++) setF64(r + row, i, 0.0);
  }
  return total / (2.0 * <f64>p.m);
}

/** rho and D, zero from column m on; returns 1/m sum_m w_m sum_o l. */
function meanLoss(at: Point): f64 {
  const p = at.problem;
  assert(at.residual != 0 && at.bend != 0 && isAligned(at.bend, 16), "room for rho and D");
  const values = partWork(p, 0);
  let total = 0.0;
  for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
    const samples = min(SAMPLE_BLOCK, p.m - first);
    total +=
      p.loss == LossKind.SOFTMAX
        ? classBlock(at, first, samples, values)
        : outputBlock(at, first, samples, values);
  }
  return total / <f64>p.m;
}

/** Of `samples` samples from `first`, all outputs. */
function outputBlock(at: Point, first: i32, samples: i32, values: usize): f64 {
  const p = at.problem;
  let sum = 0.0;
  for (let o = 0; o < p.k; o++) {
    const offset = (<usize>o * <usize>p.ldx + <usize>first) << 3;
    const slope = at.residual + offset,
      bend = at.bend + offset;
    const count = evenCount(samples);
    lossJet(p.loss, p.first, p.second, count, at.f + offset, p.y + offset, values, slope, bend);
    if (p.sampleWeights != 0) {
      const weights = f64Address(p.sampleWeights, first);
      weigh(samples, weights, slope);
      weigh(samples, weights, bend);
    }
    sum += weightedSum(p, first, samples, values);
    clear(samples, slope);
    clear(samples, bend);
  }
  return sum;
}

function classBlock(at: Point, first: i32, samples: i32, values: usize): f64 {
  const p = at.problem;
  const offset = (<usize>first) << 3,
    stride = (<usize>p.ldx) << 3;
  const slope = at.residual + offset,
    share = at.bend + offset;
  const count = evenCount(samples);
  softmaxJet(p.k, count, stride, at.f + offset, p.y + offset, values, slope, share);
  for (let o = 0; o < p.k; o++) {
    const row = <usize>o * stride;
    if (p.sampleWeights != 0) weigh(samples, f64Address(p.sampleWeights, first), slope + row);
    clear(samples, slope + row);
    clear(samples, share + row);
  }
  return weightedSum(p, first, samples, values);
}

/**
 * x := w x. A sample of weight 0 is left out, also where its loss overflows, and 0 times infinity
 * would be NaN.
 */
function weigh(n: i32, w: usize, x: usize): void {
  for (let i = 0; i < n; i++) {
    const weight = f64At(w, i);
    setF64(x, i, weight == 0.0 ? 0.0 : weight * f64At(x, i));
  }
}

/** sum w value over the samples of a block. */
function weightedSum(p: Problem, first: i32, samples: i32, values: usize): f64 {
  if (p.sampleWeights != 0) weigh(samples, f64Address(p.sampleWeights, first), values);
  let sum = 0.0;
  for (let i = 0; i < samples; i++) sum += f64At(values, i);
  return sum;
}

/** The sample that fills an odd number up := 0. */
@inline
function clear(samples: i32, x: usize): void {
  if ((samples & 1) != 0) setF64(x, samples, 0.0);
}
