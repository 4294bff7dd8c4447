import { f64At } from "../memory";
import { axpy } from "../linalg/vector";
import { MORE, Progress } from "../parallel/progress";
import { newJet } from "./jets";
import { Point } from "./point";
import { outgoing } from "./problem";
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
