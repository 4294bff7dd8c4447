import { f64At, setF64 } from "../memory";
import { axpy, dot } from "../linalg/vector";

/**
 * The memory of L-BFGS: the last `capacity` pairs s = theta' - theta, y = g' - g in a ring, and rho
 * = 1 / (s . y). Vectors have n values, n even, with zeros as padding.
 *
 * Nocedal and Wright, Numerical Optimization, 2nd ed., 7.2.
 */

/** Writes pair `index`; returns s . y, which has to be positive for the pair to be of use. */
export function lbfgsPair(
  n: i32,
  index: i32,
  s: usize,
  y: usize,
  rho: usize,
  theta: usize,
  thetaNext: usize,
  g: usize,
  gNext: usize,
): f64 {
  const bytes = (<usize>n) << 3;
  const step = s + <usize>index * bytes,
    change = y + <usize>index * bytes;
  memory.copy(step, thetaNext, bytes);
  axpy(n, -1.0, theta, step);
  memory.copy(change, gNext, bytes);
  axpy(n, -1.0, g, change);
  const product = dot(n, step, change);
  setF64(rho, index, 1.0 / product);
  return product;
}

/** The same of a step and what the Hessian makes of it, instead of a difference of gradients. */
export function lbfgsCurvature(
  n: i32,
  index: i32,
  s: usize,
  y: usize,
  rho: usize,
  step: usize,
  image: usize,
): f64 {
  const bytes = (<usize>n) << 3;
  memory.copy(s + <usize>index * bytes, step, bytes);
  memory.copy(y + <usize>index * bytes, image, bytes);
  const product = dot(n, step, image);
  setF64(rho, index, 1.0 / product);
  return product;
}

/**
 * The first loop of the two-loop recursion (algorithm 7.4), from the newest of `count` pairs to the
 * oldest: q, a gradient, is made what the initial inverse Hessian is applied to.
 *
 *   alpha  capacity float64 of scratch, for the second loop
 */
export function lbfgsNewestFirst(
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
  for (let age = 0; age < count; age++) {
    const index = (newest - age + capacity) % capacity;
    const value = f64At(rho, index) * dot(n, s + <usize>index * bytes, q);
    setF64(alpha, index, value);
    axpy(n, -value, y + <usize>index * bytes, q);
  }
}

/** The second loop, from the oldest pair: q becomes the inverse Hessian times the gradient. */
export function lbfgsOldestFirst(
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
    const index = (newest - age + capacity) % capacity;
    const beta = f64At(rho, index) * dot(n, y + <usize>index * bytes, q);
    axpy(n, f64At(alpha, index) - beta, s + <usize>index * bytes, q);
  }
}

/**
 * d := -H g with the inverse Hessian H that `count` pairs, the last of them at `newest`, stand for,
 * from the multiple s . y / y . y of the identity; alpha as in the first loop.
 */
export function lbfgsDirection(
  n: i32,
  capacity: i32,
  count: i32,
  newest: i32,
  s: usize,
  y: usize,
  rho: usize,
  alpha: usize,
  g: usize,
  d: usize,
): void {
  const bytes = (<usize>n) << 3;
  memory.fill(d, 0, bytes);
  axpy(n, -1.0, g, d);
  lbfgsNewestFirst(n, capacity, count, newest, s, y, rho, alpha, d);
  if (count > 0) {
    const change = y + <usize>newest * bytes;
    const scale = 1.0 / (f64At(rho, newest) * dot(n, change, change));
    for (let i: usize = 0; i < bytes; i += 8) store<f64>(d + i, scale * load<f64>(d + i));
  }
  lbfgsOldestFirst(n, capacity, count, newest, s, y, rho, alpha, d);
}
