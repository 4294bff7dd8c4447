import { f64Address, f64At, setF64 } from "../memory";
import { Problem, blockSize, neuronSize, parameterIndex } from "./problem";

/**
 * The penalty 1/2 sum_g lambda_g |theta_g|^2 of a problem that has one: Lambda is diagonal, and the
 * same for every neuron.
 */

/** lambda of parameter `local` (w_1 .. w_d, eta, c_1 .. c_k) of a neuron. */
@inline
export function lambdaOf(p: Problem, local: i32): f64 {
  return f64At(p.penalty, min(local, p.d + 1));
}

/** 1/2 theta^T Lambda theta; a lambda of 0 leaves its parameters out, however large they are. */
export function penaltyValue(p: Problem, theta: usize): f64 {
  return 0.5 * quadratic(p, theta);
}

/** x^T Lambda x, summed parameter by parameter of a kind, then over the kinds. */
export function penaltyQuadratic(problem: usize, x: usize): f64 {
  return quadratic(changetype<Problem>(problem), x);
}

function quadratic(p: Problem, x: usize): f64 {
  let total = 0.0;
  for (let local = 0; local < neuronSize(p); local++) {
    const lambda = lambdaOf(p, local);
    if (lambda == 0.0) continue;
    let sum = 0.0;
    for (let i = 0; i < p.n; i++) {
      const value = f64At(x, parameterIndex(p, i, local));
      sum += value * value;
    }
    total += lambda * sum;
  }
  return total;
}

/** out := out + Lambda x, parameter vectors. */
export function penaltyProduct(problem: usize, x: usize, out: usize): void {
  const p = changetype<Problem>(problem);
  for (let local = 0; local < neuronSize(p); local++) {
    const lambda = lambdaOf(p, local);
    if (lambda == 0.0) continue;
    for (let i = 0; i < p.n; i++) {
      const at = (<usize>parameterIndex(p, i, local)) << 3;
      store<f64>(out + at, load<f64>(out + at) + lambda * load<f64>(x + at));
    }
  }
}

/** blocks := blocks + Lambda, the packed lower triangles of blocks.ts. */
export function penaltyBlocks(problem: usize, blocks: usize): void {
  const p = changetype<Problem>(problem);
  const q = neuronSize(p);
  for (let i = 0; i < p.n; i++) {
    let diagonal = f64Address(blocks, <usize>i * <usize>blockSize(p.d, p.k));
    for (let local = 0; local < q; local++) {
      setF64(diagonal, 0, load<f64>(diagonal) + lambdaOf(p, local));
      diagonal += (<usize>(local + 2)) << 3;
    }
  }
}
