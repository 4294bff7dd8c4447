import { axpy } from "../linalg/vector";

/**
 * theta - alpha step, written to `out` (which may be theta): the Newton update and that of gradient
 * descent.
 */
export function descend(n: i32, alpha: f64, theta: usize, step: usize, out: usize): void {
  if (out != theta) memory.copy(out, theta, (<usize>n) << 3);
  axpy(n, -alpha, step, out);
}

/**
 * One step of Adam, written to `out`: Kingma and Ba, Adam: a method for stochastic optimization,
 * ICLR 2015, algorithm 1.
 *
 *   t           number of this step, from 1
 *   mean        first moment, updated:  b1 mean + (1 - b1) g
 *   square      second moment, updated: b2 square + (1 - b2) g^2
 *   out         theta - alpha (mean / (1 - b1^t)) / (sqrt(square / (1 - b2^t)) + epsilon); may be
 *               theta
 */
export function adam(
  n: i32,
  t: f64,
  alpha: f64,
  b1: f64,
  b2: f64,
  epsilon: f64,
  g: usize,
  mean: usize,
  square: usize,
  theta: usize,
  out: usize,
): void {
  const meanCorrection = 1.0 - Math.pow(b1, t);
  const squareCorrection = 1.0 - Math.pow(b2, t);
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 3;
    const gradient = load<f64>(g + at);
    const first = b1 * load<f64>(mean + at) + (1.0 - b1) * gradient;
    const second = b2 * load<f64>(square + at) + (1.0 - b2) * gradient * gradient;
    store<f64>(mean + at, first);
    store<f64>(square + at, second);
    const step = first / meanCorrection / (sqrt<f64>(second / squareCorrection) + epsilon);
    store<f64>(out + at, load<f64>(theta + at) - alpha * step);
  }
}
