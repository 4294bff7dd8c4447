import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { tileOf } from "../linalg/gemm";
import { gemmRow } from "../linalg/microkernel";
import { parallelFor } from "../parallel/pool";
import { GRADIENT_SAMPLES, GRADIENT_VALUES, MAX_PARTS, NEURON_BLOCK } from "./blocking";
import { jet } from "./jets";
import { evenCount } from "./layout";
import { Point } from "./point";
import { Problem, outgoing, rowBytes, weights } from "./problem";

@unmanaged
class Region {
  point: Point;
  first: i32;
  count: i32;
  out: usize;
  work: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/** Bytes of sigma' for a block of neurons, and of the coefficients of four rows. */
const SLOPES_BYTES: usize = (<usize>GRADIENT_SAMPLES * <usize>NEURON_BLOCK) << 3;
const COEFFICIENTS_BYTES: usize = (<usize>NEURON_BLOCK) << 5;

/** Samples of a task: a panel of four at least, and a power of two, to lie in one block of jets. */
function taskSamples(d: i32, k: i32): i32 {
  let samples = GRADIENT_SAMPLES;
  while (samples > 4 && <f64>samples * <f64>d * <f64>k > GRADIENT_VALUES) samples >>= 1;
  return samples;
}

@inline
function taskCount(d: i32, k: i32, count: i32): i32 {
  const samples = taskSamples(d, k);
  return (count + samples - 1) / samples;
}

/** Most samples of one call of `inputGradient`; those before the last of several take so many. */
export function inputGradientSamples(d: i32, k: i32): i32 {
  const samples = taskSamples(d, k);
  const tasks = GRADIENT_VALUES / (<f64>samples * <f64>d * <f64>k);
  return samples * <i32>max(1.0, min(<f64>MAX_PARTS, tasks));
}

/** Bytes of scratch of a call with `count` samples, of a problem that has m. */
export function inputGradientBytes(d: i32, k: i32, m: i32, count: i32): f64 {
  return <f64>taskCount(d, k, count) * taskBytes(d, k, m);
}

/** A jet, sigma', coefficients, and the tiles of the result. */
function taskBytes(d: i32, k: i32, m: i32): f64 {
  const tiles = 32.0 * <f64>taskSamples(d, k) * Math.ceil((<f64>d * <f64>k) / 4.0);
  return <f64>(3 * rowBytes(m) + SLOPES_BYTES + COEFFICIENTS_BYTES) + tiles;
}

/**
 * The derivatives of the outputs in the inputs, by the chain rule on the model (forward.ts):
 *
 *   out[m, o, j] = df_o/dx_j (x_m) = s sum_i c_io w_ij sigma'(z_i),   z_i = w_i . x_m + eta_i
 *
 *   first, count  samples: at most inputGradientSamples(d, k), the first a multiple of that or of
 *         GRADIENT_SAMPLES
 *   out   count x k x d, row-major, 8-byte aligned
 *   work  inputGradientBytes(d, k, m, count), 16-byte aligned
 *
 * Over the neurons this is a matrix product of the k d rows c_io w_ij with sigma'. It is summed
 * over blocks of neurons, which the blocks of samples that threads share do not change.
 */
export function inputGradient(point: usize, first: i32, count: i32, out: usize, work: usize): void {
  const job = changetype<Region>(region);
  job.point = changetype<Point>(point);
  const p = job.point.problem;
  if (!ASC_NO_ASSERT) {
    assert(first % taskSamples(p.d, p.k) == 0, "whole blocks of samples");
    assert(0 <= first && 0 < count && first + count <= p.m, "samples of the problem");
    assert(count <= inputGradientSamples(p.d, p.k), "samples of one call");
    assert(isAligned(out, 8) && isAligned(work, 16), "16-byte aligned");
  }
  job.first = first;
  job.count = count;
  job.out = out;
  job.work = work;
  parallelFor(gradientTask, taskCount(p.d, p.k, count), region);
}

function gradientTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const at = job.point,
    p = at.problem;
  const samples = taskSamples(p.d, p.k);
  const start = task * samples,
    count = min(samples, job.count - start);
  const work = job.work + <usize>task * <usize>taskBytes(p.d, p.k, p.m);
  const slopes = work + 3 * p.row,
    coefficients = slopes + SLOPES_BYTES,
    tiles = coefficients + COEFFICIENTS_BYTES;
  const rows = p.k * p.d,
    rowPanels = (rows + 3) >> 2,
    panels = (count + 3) >> 2;
  memory.fill(tiles, 0, (<usize>rowPanels * <usize>panels) << 7);
  for (let i = 0; i < p.n; i += NEURON_BLOCK) {
    const neurons = min(NEURON_BLOCK, p.n - i);
    makeSlopes(at, i, neurons, job.first + start, count, work, slopes);
    for (let panel = 0; panel < rowPanels; panel++) {
      makeCoefficients(p, at.theta, i, neurons, panel << 2, rows, coefficients);
      const c = tileOf(tiles, panels, panel, 0);
      gemmRow(panels, neurons, p.s, coefficients, slopes, (<usize>neurons) << 5, c);
    }
  }
  writeRows(rows, count, tiles, f64Address(job.out, <usize>start * <usize>rows));
}

/** sigma'(z) in panels of four samples, column by column of a neuron; padding is zero. */
function makeSlopes(
  at: Point,
  i: i32,
  neurons: i32,
  first: i32,
  count: i32,
  work: usize,
  slopes: usize,
): void {
  const even = evenCount(count),
    padded = (even + 3) & ~3;
  for (let l = 0; l < neurons; l++) {
    const s1 = jet(at, i + l, first, even, work) + at.problem.row;
    for (let m = 0; m < padded; m += 2) {
      const panel = slopes + ((<usize>(m >> 2) * <usize>neurons + <usize>l) << 5);
      const values = m < even ? v128.load(f64Address(s1, m)) : f64x2.splat(0.0);
      v128.store(panel + ((<usize>(m & 2)) << 3), values);
    }
  }
}

/** A panel of the rows c_io w_ij from `row` on, row o d + j; rows beyond the last are zero. */
function makeCoefficients(
  p: Problem,
  theta: usize,
  i: i32,
  neurons: i32,
  row: i32,
  rows: i32,
  panel: usize,
): void {
  for (let r = 0; r < 4; r++) {
    const o = (row + r) / p.d,
      j = (row + r) % p.d;
    for (let l = 0; l < neurons; l++) {
      const value =
        row + r < rows
          ? f64At(outgoing(p, theta, i + l), o) * f64At(weights(p, theta, i + l), j)
          : 0.0;
      setF64(panel, 4 * l + r, value);
    }
  }
}

/** Tiles to `count` rows of `rows` values. */
function writeRows(rows: i32, count: i32, tiles: usize, out: usize): void {
  const panels = (count + 3) >> 2;
  for (let m = 0; m < count; m++) {
    for (let row = 0; row < rows; row += 4) {
      const column = tileOf(tiles, panels, row >> 2, m >> 2) + ((<usize>(m & 3)) << 5);
      const target = f64Address(out, <usize>m * <usize>rows + <usize>row);
      if (row + 4 <= rows) {
        v128.store(target, v128.load(column));
        v128.store(target, v128.load(column, 16), 16);
      } else {
        for (let r = 0; r < rows - row; r++) setF64(target, r, f64At(column, r));
      }
    }
  }
}
