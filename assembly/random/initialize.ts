import { f64Address, setF64 } from "../memory";
import { Block, philox, uniformOpenAbove, uniformOpenBelow } from "./philox";

/**
 * The initialization of the theory: w ~ N(0, 1), eta ~ N(0, 1), c ~ U[-1, 1], all independent.
 *
 * Each array has a stream of its own and value i depends on (seed, stream, i) alone: a network of
 * width N is the first N neurons of any wider one with the same seed.
 */
export const STREAM_W: u32 = 0;
export const STREAM_ETA: u32 = 1;
export const STREAM_C: u32 = 2;

/**
 * out[i] := value i of stream of N(0, 1), i < n. Box-Muller: one block gives the two normals 2 b
 * and 2 b + 1.
 */
export function fillNormal(seed: u64, stream: u32, n: i32, out: usize): void {
  const bits = memory.data(offsetof<Block>(), 16);
  const block = changetype<Block>(bits);
  for (let i = 0; i < n; i += 2) {
    philox(<u32>(i >> 1), 0, stream, 0, <u32>seed, <u32>(seed >> 32), bits);
    const radius = Math.sqrt(-2.0 * Math.log(uniformOpenBelow(block.first, block.second)));
    const angle = 6.283185307179586 * uniformOpenAbove(block.third, block.fourth);
    setF64(out, i, radius * Math.cos(angle));
    if (i + 1 < n) setF64(out, i + 1, radius * Math.sin(angle));
  }
}

/** out[i] := value i of stream of U[-1, 1), i < n. One block gives two. */
export function fillUniform(seed: u64, stream: u32, n: i32, out: usize): void {
  const bits = memory.data(offsetof<Block>(), 16);
  const block = changetype<Block>(bits);
  for (let i = 0; i < n; i += 2) {
    philox(<u32>(i >> 1), 0, stream, 0, <u32>seed, <u32>(seed >> 32), bits);
    setF64(out, i, 2.0 * uniformOpenAbove(block.first, block.second) - 1.0);
    if (i + 1 < n) {
      setF64(out, i + 1, 2.0 * uniformOpenAbove(block.third, block.fourth) - 1.0);
    }
  }
}

/**
 * theta := initial parameters of n neurons, d inputs and k outputs: all w (row-major n x d), all
 * eta, all c (row-major n x k).
 */
export function initializeParameters(
  seedLow: u32,
  seedHigh: u32,
  n: i32,
  d: i32,
  k: i32,
  theta: usize,
): void {
  const seed = ((<u64>seedHigh) << 32) | <u64>seedLow;
  const eta = f64Address(theta, <usize>n * <usize>d);
  fillNormal(seed, STREAM_W, n * d, theta);
  fillNormal(seed, STREAM_ETA, n, eta);
  fillUniform(seed, STREAM_C, n * k, f64Address(eta, n));
}

/**
 * out[i] := value i of a stream of N(0, 1) that no initial parameter is of, i < n: `stream` from 0.
 */
export function fillStandardNormal(
  seedLow: u32,
  seedHigh: u32,
  stream: u32,
  n: i32,
  out: usize,
): void {
  fillNormal(((<u64>seedHigh) << 32) | <u64>seedLow, FREE_STREAMS + stream, n, out);
}

/** First of the streams that are nothing's here. */
const FREE_STREAMS: u32 = 32;
