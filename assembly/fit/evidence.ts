import { f64Address, f64At, i32At, setF64, setI32 } from "../memory";
import { Block, philox, uniformOpenAbove } from "../random/philox";

/**
 * Evidence of a network with one output, linearized where its parameters are: Gaussian noise of
 * variance s2, independent normal priors with precision alpha[g] on each group (groups.ts). All are
 * per sample, in nats. In both spaces
 *
 *   C = I + J B^-1 J^T, B = s2 diag(alpha),   log det C = log det (J^T J + B) - log det B.
 */

const LOG_TWO_PI: f64 = 1.8378770664093453;

/**
 * log p(y) / m = [ -|r|^2/(2 s2) - (m/2) log(2 pi s2) - 1/2 sum_g alpha_g |theta_g|^2
 *                  - 1/2 log det C ] / m
 *
 * MacKay, Neural Computation 4 (1992) 415-447, formula 4.4, for a precision a group.
 *
 *   squares  |theta_g|^2, d + 2 values
 */
export function logEvidence(
  m: i32,
  d: i32,
  s2: f64,
  residualSquares: f64,
  alpha: usize,
  squares: usize,
  logDeterminant: f64,
): f64 {
  let prior = 0.0;
  for (let g = 0; g < d + 2; g++) prior += f64At(alpha, g) * f64At(squares, g);
  const twice = residualSquares / s2 + prior + logDeterminant;
  return (-0.5 * twice) / <f64>m - 0.5 * (LOG_TWO_PI + Math.log(s2));
}

/** Leverage up to which a sample left out still says something. */
const LARGEST_LEVERAGE: f64 = 1.0 - 1e-9;

/**
 * Mean log likelihood of each sample under the network fitted to the others, precisions and
 * linearization held: with leverage h the residual left out is r / (1 - h), of variance s2 / (1 -
 * h). Over the rows in `rows` (0: all); of the others h is not known, and the part of r^2 that does
 * not depend on it is that of all samples.
 *
 *   h     leverages, count values, clipped to [0, 1 - 1e-9] in place
 *   r     residual of all samples
 */
export function leaveOneOut(
  m: i32,
  count: i32,
  rows: usize,
  h: usize,
  r: usize,
  s2: f64,
  residualSquares: f64,
): f64 {
  let sum = 0.0;
  for (let i = 0; i < count; i++) {
    const leverage = min(max(f64At(h, i), 0.0), LARGEST_LEVERAGE);
    setF64(h, i, leverage);
    const residual = f64At(r, rows == 0 ? i : i32At(rows, i));
    const rest = 1.0 - leverage;
    sum += 0.5 * Math.log(rest) - ((residual * residual) / (2.0 * s2)) * (leverage / rest);
  }
  const all = -0.5 * (LOG_TWO_PI + Math.log(s2)) - residualSquares / (2.0 * s2 * <f64>m);
  return all + sum / <f64>count;
}

/**
 * What the network fitted to the other samples predicts of each: mean[i] := y + (f - y) / (1 - h),
 * and the variance of the model beside that of the noise, variance[i] := s2 h / (1 - h).
 *
 *   h  leverages of all m samples; clipped as by `leaveOneOut`
 */
export function leftOut(
  m: i32,
  s2: f64,
  h: usize,
  f: usize,
  y: usize,
  mean: usize,
  variance: usize,
): void {
  for (let i = 0; i < m; i++) {
    const leverage = min(max(f64At(h, i), 0.0), LARGEST_LEVERAGE);
    const rest = 1.0 - leverage;
    setF64(mean, i, f64At(y, i) + (f64At(f, i) - f64At(y, i)) / rest);
    setF64(variance, i, (s2 * leverage) / rest);
  }
}

/** v := s2 max(v, 0): variances of the model in units of the target, of those in units of s2. */
export function scaleVariances(m: i32, s2: f64, v: usize): void {
  for (let i = 0; i < m; i++) setF64(v, i, s2 * max(f64At(v, i), 0.0));
}

/** The numbers are part of the ABI. */
export const enum Precisions {
  /** One for all weights of the inputs. */
  LAYERS = 0,
  /** One an input. */
  INPUTS = 1,
  /** One an input, drawn to a common one by a Gamma hyperprior. */
  GAMMA = 2,
}

/** Shape of the Gamma hyperpriors, of each neuron. */
const SHAPE: f64 = 0.2;
const LEAST_PRECISION: f64 = 1e-8;
const LARGEST_PRECISION: f64 = 1e8;
/** Effective parameters that a group has at least, lest its precision be 0. */
const LEAST_EFFECTIVE: f64 = 1e-10;

/**
 * Precisions for the next step: alpha_g = gamma_g / |theta_g|^2 (MacKay 1992), or with a Gamma
 * hyperprior of shape a = 0.2 n about m alpha_g = (gamma_g + 2a) / (|theta_g|^2 + 2a/m): of the
 * weights of an input with GAMMA, m the geometric mean of the old ones; of eta always, m the
 * harmonic mean of the new ones.
 *
 *   gamma    effective parameters, clipped to [1e-10, n] in place
 *   squares  |theta_g|^2
 *   alpha    old ones in, new ones out; d + 2 values each
 */
export function updatePrecisions(
  n: i32,
  d: i32,
  precisions: i32,
  gamma: usize,
  squares: usize,
  alpha: usize,
): void {
  const twoA = 2.0 * SHAPE * <f64>n;
  for (let g = 0; g < d + 2; g++)
    setF64(gamma, g, min(max(f64At(gamma, g), LEAST_EFFECTIVE), <f64>n));
  let logs = 0.0;
  for (let l = 0; l < d; l++) logs += Math.log(f64At(alpha, l));
  const common = Math.exp(logs / <f64>d);
  let inverses = 0.0;
  let allGamma = 0.0,
    allSquares = 0.0;
  for (let l = 0; l < d; l++) {
    allGamma += f64At(gamma, l);
    allSquares += f64At(squares, l);
  }
  for (let l = 0; l < d; l++) {
    let value = precisionOf(f64At(gamma, l), f64At(squares, l));
    if (precisions == Precisions.LAYERS) value = precisionOf(allGamma, allSquares);
    if (precisions == Precisions.GAMMA)
      value = (f64At(gamma, l) + twoA) / (f64At(squares, l) + twoA / common);
    inverses += 1.0 / value;
    setF64(alpha, l, clipped(value));
  }
  const mean = <f64>d / inverses;
  setF64(alpha, d, clipped((f64At(gamma, d) + twoA) / (f64At(squares, d) + twoA / mean)));
  setF64(alpha, d + 1, clipped(precisionOf(f64At(gamma, d + 1), f64At(squares, d + 1))));
}

@inline
function precisionOf(gamma: f64, squares: f64): f64 {
  return gamma / max(squares, 1e-300);
}

@inline
function clipped(alpha: f64): f64 {
  return min(max(alpha, LEAST_PRECISION), LARGEST_PRECISION);
}

/** Leverage that the estimate of the noise believes at most. */
const BELIEVED_LEVERAGE: f64 = 0.95;
const LEAST_NOISE: f64 = 1e-20;
const LARGEST_NOISE: f64 = 10.0;

/**
 * The variance of the noise: |r|^2/m times mean[r^2 / (1 - h)] / mean[r^2] over the rows whose
 * leverage is known. Where it is the same of all samples this is MacKay's |r|^2 / (m - gamma).
 */
export function updateNoise(
  m: i32,
  count: i32,
  rows: usize,
  h: usize,
  r: usize,
  residualSquares: f64,
): f64 {
  let left = 0.0,
    squares = 0.0;
  for (let i = 0; i < count; i++) {
    const residual = f64At(r, rows == 0 ? i : i32At(rows, i));
    squares += residual * residual;
    left += (residual * residual) / (1.0 - min(f64At(h, i), BELIEVED_LEVERAGE));
  }
  const noise = (residualSquares / <f64>m) * (left / max(squares, 1e-300));
  return min(max(noise, LEAST_NOISE), LARGEST_NOISE);
}

/**
 * out := `count` of the numbers 0 .. m - 1 in ascending order, int32, each choice as likely: Knuth,
 * The Art of Computer Programming 2, 3.4.2, algorithm S. The same ones always.
 */
export function chooseRows(m: i32, count: i32, out: usize): void {
  const bits = memory.data(offsetof<Block>(), 16);
  const block = changetype<Block>(bits);
  let chosen = 0;
  for (let i = 0; i < m && chosen < count; i++) {
    philox(<u32>i, 0, ROWS_STREAM, 0, 0, 0, bits);
    const u = uniformOpenAbove(block.first, block.second);
    if (<f64>(m - i) * u < <f64>(count - chosen)) setI32(out, chosen++, i);
  }
}

/** Apart from the streams of random/initialize.ts. */
const ROWS_STREAM: u32 = 16;

/** out[c, i] := x[c, rows[i]] for `columns` columns, ldx and ldout values apart. */
export function gatherColumns(
  columns: i32,
  x: usize,
  ldx: i32,
  count: i32,
  rows: usize,
  out: usize,
  ldout: i32,
): void {
  for (let c = 0; c < columns; c++) {
    const from = f64Address(x, <usize>c * <usize>ldx),
      to = f64Address(out, <usize>c * <usize>ldout);
    for (let i = 0; i < count; i++) setF64(to, i, f64At(from, i32At(rows, i)));
    for (let i = count; i < ldout; i++) setF64(to, i, 0.0);
  }
}
