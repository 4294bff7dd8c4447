import { isPeriodic } from "../activations/activation";
import { f64Address, f64At, setF64 } from "../memory";
import { STREAM_C, STREAM_ETA, STREAM_W, fillNormal, fillUniform } from "../random/initialize";

/**
 * theta := neurons for a function on a box: w_j ~ N(0, scale_j^2).
 *
 * Of a periodic activation eta is uniform over the period, which together with cos = sin(. + pi/2)
 * makes random Fourier features (Rahimi and Recht 2007). Of another the place where z = 0 has to
 * cross the box, or the neuron is nearly constant there: eta = -w . x0 for a point x0 uniform in
 * the box. c is uniform on [-1, 1].
 *
 *   scale, low, high  d values each
 *   work  n values
 */
export function startInBox(
  kind: i32,
  seedLow: u32,
  seedHigh: u32,
  n: i32,
  d: i32,
  k: i32,
  scale: usize,
  low: usize,
  high: usize,
  work: usize,
  theta: usize,
): void {
  const seed = ((<u64>seedHigh) << 32) | <u64>seedLow;
  const eta = f64Address(theta, <usize>n * <usize>d),
    c = f64Address(eta, n);
  fillNormal(seed, STREAM_W, n * d, theta);
  for (let i = 0; i < n * d; i++) setF64(theta, i, f64At(scale, i % d) * f64At(theta, i));
  fillUniform(seed, STREAM_C, n * k, c);
  if (isPeriodic(kind)) {
    fillUniform(seed, STREAM_ETA, n, eta);
    for (let i = 0; i < n; i++) setF64(eta, i, Math.PI * (f64At(eta, i) + 1.0));
    return;
  }
  memory.fill(eta, 0, (<usize>n) << 3);
  for (let j = 0; j < d; j++) {
    const middle = 0.5 * (f64At(high, j) + f64At(low, j)),
      half = 0.5 * (f64At(high, j) - f64At(low, j));
    fillUniform(seed, STREAM_PLACE + <u32>j, n, work);
    for (let i = 0; i < n; i++) {
      const x = middle + half * f64At(work, i);
      setF64(eta, i, f64At(eta, i) - f64At(theta, i * d + j) * x);
    }
  }
}

/** First of the streams of x0, one an input. */
const STREAM_PLACE: u32 = 1024;

/** range := [least, largest] of what it has been and of m values. */
export function extendRange(m: i32, x: usize, range: usize): void {
  let low = f64At(range, 0),
    high = f64At(range, 1);
  for (let i = 0; i < m; i++) {
    low = min<f64>(low, f64At(x, i));
    high = max<f64>(high, f64At(x, i));
  }
  setF64(range, 0, low);
  setF64(range, 1, high);
}
