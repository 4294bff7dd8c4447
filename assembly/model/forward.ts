import { f64Address, f64At, setF64 } from "../memory";
import { axpy } from "../linalg/vector";
import { activate } from "../activations/activation";
import { trialJet } from "./jets";
import { SAMPLE_BLOCK } from "./blocking";
import { preactivation } from "./layout";
import { Problem, bias, outgoing, weights } from "./problem";
import { sumOverNeurons } from "./sums";

/**
 * f_o(x_m) = s sum_i c_io sigma(w_i . x_m + eta_i), a function vector (the model; shapes in
 * problem.ts)
 */
export function forward(problem: usize, theta: usize, f: usize): void {
  sumOverNeurons(problem, theta, 0, neuronOutput, f);
}

function neuronOutput(
  p: Problem,
  theta: usize,
  direction: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
  sum: usize,
): void {
  const x = f64Address(p.x, first);
  preactivation(p.d, count, weights(p, theta, i), load<f64>(bias(p, theta, i)), x, p.ldx, work);
  activate(p.kind, count, work, work);
  const c = outgoing(p, theta, i);
  for (let o = 0; o < p.k; o++) axpy(count, f64At(c, o), work, sum + <usize>o * p.row);
}

/**
 * The same for a trial point, whose jets are put by: should it be adopted, they are known already.
 */
export function forwardTrial(problem: usize, theta: usize, f: usize): void {
  sumOverNeurons(problem, theta, 0, trialOutput, f);
}

function trialOutput(
  p: Problem,
  theta: usize,
  direction: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
  sum: usize,
): void {
  const s0 = trialJet(p, theta, i, first, count, work);
  const c = outgoing(p, theta, i);
  for (let o = 0; o < p.k; o++) axpy(count, f64At(c, o), s0, sum + <usize>o * p.row);
}

/**
 * r = f - y, zero from column m on; returns the loss 1/(2m) sum r^2 over samples and outputs. r may
 * be f.
 */
export function residual(problem: usize, f: usize, y: usize, r: usize): f64 {
  const p = changetype<Problem>(problem);
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
