import { f64Address, f64At, setF64 } from "../memory";
import { STREAM_C, STREAM_ETA, STREAM_W, fillNormal } from "../random/initialize";

/**
 * Small, so that a network starts nearly linear: with weights of 1 tables that are nearly linear
 * and noisy are overfitted.
 */
const SCALE: f64 = 0.3;

/**
 * theta := where a fit to standardized data starts, with one output: w ~ 0.3 N(0, 1/d), eta ~ N(0,
 * 1), c ~ 0.3 N(0, 1), from the streams of `initializeParameters`.
 */
export function startParameters(seedLow: u32, seedHigh: u32, n: i32, d: i32, theta: usize): void {
  const seed = ((<u64>seedHigh) << 32) | <u64>seedLow;
  const eta = f64Address(theta, <usize>n * <usize>d),
    c = f64Address(eta, n);
  fillNormal(seed, STREAM_W, n * d, theta);
  fillNormal(seed, STREAM_ETA, n, eta);
  fillNormal(seed, STREAM_C, n, c);
  scale(n * d, SCALE / sqrt<f64>(<f64>d), theta);
  scale(n, SCALE, c);
}

function scale(n: i32, factor: f64, x: usize): void {
  for (let i = 0; i < n; i++) setF64(x, i, factor * f64At(x, i));
}
