import { f64Address, f64At, setF64 } from "../memory";
import { axpy } from "../linalg/vector";
import { MORE, Progress } from "../parallel/progress";
import { newJet } from "./jets";
import { SAMPLE_BLOCK } from "./blocking";
import { Point } from "./point";
import { Problem, outgoing } from "./problem";
import { sumOverNeurons } from "./sums";

/**
 * f of the point: f_o(x_m) = s sum_i c_io sigma(w_i . x_m + eta_i), a function vector (the model;
 * shapes in problem.ts). Makes the jets that the point keeps. Returns 0, or MORE.
 */
export function forward(point: usize, progress: usize, flops: f64): i32 {
  const at = changetype<Progress>(progress);
  at.left = flops;
  return sumOverNeurons(point, 0, neuronOutput, changetype<Point>(point).f, at);
}

function neuronOutput(
  at: Point,
  direction: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
  sum: usize,
): void {
  const p = at.problem;
  const s0 = newJet(at, i, first, count, work);
  const c = outgoing(p, at.theta, i);
  for (let o = 0; o < p.k; o++) axpy(count, f64At(c, o), s0, sum + <usize>o * p.row);
}

/**
 * The same, and the residual of the point, against the targets of its problem. Returns the loss, or
 * MORE.
 */
export function evaluate(point: usize, progress: usize, flops: f64): f64 {
  if (forward(point, progress, flops) == MORE) return MORE;
  const at = changetype<Point>(point);
  return residual(at.problem, at.f, at.residual);
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
