import { f64At, setF64 } from "../memory";
import { axpy, dot } from "../linalg/vector";

/**
 * The two loops of L-BFGS around an initial inverse Hessian that the caller applies in between:
 * Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4. Pairs are those of
 * newton/lbfgs.ts, vectors have n values, n even.
 */

/** q := g after the first loop; alpha[i] has capacity values. */
export function preconditionedFirst(
  n: i32,
  capacity: i32,
  count: i32,
  newest: i32,
  s: usize,
  y: usize,
  rho: usize,
  alpha: usize,
  g: usize,
  q: usize,
): void {
  const bytes = (<usize>n) << 3;
  memory.copy(q, g, bytes);
  for (let age = 0; age < count; age++) {
    const i = (newest - age + capacity) % capacity;
    const value = f64At(rho, i) * dot(n, s + <usize>i * bytes, q);
    setF64(alpha, i, value);
    axpy(n, -value, y + <usize>i * bytes, q);
  }
}

/** q := the approximate Newton step, of what the initial inverse made of q. */
export function preconditionedSecond(
  n: i32,
  capacity: i32,
  count: i32,
  newest: i32,
  s: usize,
  y: usize,
  rho: usize,
  alpha: usize,
  q: usize,
): void {
  const bytes = (<usize>n) << 3;
  for (let age = count - 1; age >= 0; age--) {
    const i = (newest - age + capacity) % capacity;
    const beta = f64At(rho, i) * dot(n, y + <usize>i * bytes, q);
    axpy(n, f64At(alpha, i) - beta, s + <usize>i * bytes, q);
  }
}
