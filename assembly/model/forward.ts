import { axpy } from "../linalg/vector";
import { activate } from "./activation";
import { NEURON_BLOCK, SAMPLE_BLOCK, evenCount, preactivation } from "./layout";

/** Scratch of `forward`: one row of activations and one of partial sums. */
export function forwardScratchBytes(): i32 {
  return 2 * SAMPLE_BLOCK * 8;
}

/**
 * f(x_m) = s sum_i c_i sigma(w_i . x_m + eta_i), m = 0 .. m-1   (the model; shapes in layout.ts)
 *
 *   f     ldx values; those from m on are meaningless
 *   work  forwardScratchBytes()
 */
export function forward(
  kind: i32, n: i32, d: i32, m: i32, s: f64, theta: usize, x: usize, ldx: i32, f: usize, work: usize,
): void {
  const eta = theta + ((<usize>n * <usize>d) << 3);
  const c = eta + (<usize>n << 3);
  const partial = work + (SAMPLE_BLOCK << 3);
  for (let first = 0; first < m; first += SAMPLE_BLOCK) {
    const count = evenCount(min(SAMPLE_BLOCK, m - first));
    const columns = x + (<usize>first << 3);
    const out = f + (<usize>first << 3);
    memory.fill(out, 0, <usize>count << 3);
    for (let block = 0; block < n; block += NEURON_BLOCK) {
      const end = min(block + NEURON_BLOCK, n);
      memory.fill(partial, 0, <usize>count << 3);
      for (let i = block; i < end; i++) {
        const w = theta + ((<usize>i * <usize>d) << 3);
        preactivation(d, count, w, load<f64>(eta + (<usize>i << 3)), columns, ldx, work);
        activate(kind, count, work, work);
        axpy(count, load<f64>(c + (<usize>i << 3)), work, partial);
      }
      axpy(count, s, partial, out);
    }
  }
}

/** r = f - y for m samples, zero from m to ldx; returns the loss 1/(2m) sum r^2. r may be f. */
export function residual(m: i32, ldx: i32, f: usize, y: usize, r: usize): f64 {
  let total = 0.0;
  for (let first = 0; first < m; first += SAMPLE_BLOCK) {
    const end = min(first + SAMPLE_BLOCK, m);
    let sum = 0.0;
    for (let i = first; i < end; i++) {
      const value = load<f64>(f + (<usize>i << 3)) - load<f64>(y + (<usize>i << 3));
      store<f64>(r + (<usize>i << 3), value);
      sum += value * value;
    }
    total += sum;
  }
  for (let i = m; i < ldx; i++) store<f64>(r + (<usize>i << 3), 0.0);
  return total / (2.0 * <f64>m);
}
