import { f64Address } from "../memory";
import { madd } from "../math/fma";
import { Progress } from "../parallel/progress";
import { jet } from "./jets";
import { preactivation } from "./layout";
import { Point } from "./point";
import { Problem, bias, outgoing, productRow, weights } from "./problem";
import { sumOverNeurons } from "./sums";

/**
 * First and second derivative of f along a direction (dw, deta, dc) in the parameters, with zdot =
 * dw . x + deta. Both return 0, or MORE.
 */

/**
 * out := J p, the derivative of f along the parameter vector p = `direction`:
 *   s sum_i [ c_io sigma'(z) zdot + dc_io sigma(z) ]
 */
export function jacobianProduct(
  point: usize,
  direction: usize,
  out: usize,
  progress: usize,
  flops: f64,
): i32 {
  const at = changetype<Progress>(progress);
  at.left = flops;
  return sumOverNeurons(point, direction, firstTerm, out, at);
}

/**
 * out := f_vv, the second derivative of f along v = `direction` (Transtrum and Sethna,
 * arXiv:1201.5885):
 *   s sum_i [ c_io sigma''(z) zdot^2 + 2 dc_io sigma'(z) zdot ]
 */
export function secondDerivative(
  point: usize,
  direction: usize,
  out: usize,
  progress: usize,
  flops: f64,
): i32 {
  const at = changetype<Progress>(progress);
  at.left = flops;
  return sumOverNeurons(point, direction, secondTerm, out, at);
}

function firstTerm(
  at: Point,
  direction: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
  sum: usize,
): void {
  const p = at.problem;
  const s0 = jet(at, i, first, count, work),
    s1 = s0 + p.row;
  const zdot = productRow(p, work);
  speed(p, direction, i, first, count, zdot);
  multiply(count, s1, zdot);
  const c = outgoing(p, at.theta, i),
    dc = outgoing(p, direction, i);
  for (let o = 0; o < p.k; o++) {
    const at = (<usize>o) << 3;
    addTwo(count, load<f64>(c + at), zdot, load<f64>(dc + at), s0, sum + <usize>o * p.row);
  }
}

function secondTerm(
  at: Point,
  direction: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
  sum: usize,
): void {
  const p = at.problem;
  const s0 = jet(at, i, first, count, work),
    s1 = s0 + p.row,
    s2 = s1 + p.row;
  const zdot = productRow(p, work),
    bend = zdot + p.row;
  speed(p, direction, i, first, count, zdot);
  for (let m: usize = 0, end = (<usize>count) << 3; m < end; m += 16) {
    const z = v128.load(zdot + m);
    v128.store(bend + m, f64x2.mul(f64x2.mul(z, z), v128.load(s2 + m)));
  }
  multiply(count, s1, zdot);
  const c = outgoing(p, at.theta, i),
    dc = outgoing(p, direction, i);
  for (let o = 0; o < p.k; o++) {
    const at = (<usize>o) << 3;
    addTwo(count, load<f64>(c + at), bend, 2.0 * load<f64>(dc + at), zdot, sum + <usize>o * p.row);
  }
}

/** zdot for the samples of one block. */
export function speed(
  p: Problem,
  direction: usize,
  i: i32,
  first: i32,
  count: i32,
  zdot: usize,
): void {
  const x = f64Address(p.x, first);
  preactivation(
    p.d,
    count,
    weights(p, direction, i),
    load<f64>(bias(p, direction, i)),
    x,
    p.ldx,
    zdot,
  );
}

/** y[m] *= a[m], n even. */
export function multiply(n: i32, a: usize, y: usize): void {
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    v128.store(y + m, f64x2.mul(v128.load(y + m), v128.load(a + m)));
  }
}

/** sum[m] += alpha a[m] + beta b[m], n even. */
export function addTwo(n: i32, alpha: f64, a: usize, beta: f64, b: usize, sum: usize): void {
  const left = f64x2.splat(alpha),
    right = f64x2.splat(beta);
  for (let m: usize = 0, end = (<usize>n) << 3; m < end; m += 16) {
    v128.store(
      sum + m,
      madd(left, v128.load(a + m), madd(right, v128.load(b + m), v128.load(sum + m))),
    );
  }
}
