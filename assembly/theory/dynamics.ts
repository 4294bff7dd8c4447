import { f64Address, f64At, setF64 } from "../memory";
import { axpy, dot } from "../linalg/vector";

/**
 * Linear dynamics of a residual, solved exactly in the eigenbasis of a kernel K = sum_l values[l]
 * v_l v_l^T:
 *
 *   continuous  dr/dt = -rate K r         r(t) = exp(-rate t K) r(0)
 *   discrete    r' = r - rate K r         r(t) = (I - rate K)^t r(0), t steps
 *
 * A function elsewhere, whose change is -rate K_x r with the rows K_x between there and the points
 * of K, has then changed by
 * -K_x w(t), w(t) = sum_l phi_l (v_l . r(0)) v_l with phi = (1 - decay) / value.
 */

/**
 * decay := what is left of a mode at time t, and phi. Both are accurate also where rate value t is
 * tiny.
 */
export function modeDecay(
  n: i32,
  values: usize,
  discrete: bool,
  rate: f64,
  t: f64,
  decay: usize,
  phi: usize,
): void {
  for (let l = 0; l < n; l++) {
    const at = (<usize>l) << 3;
    const value = load<f64>(values + at);
    const change = changeOf(rate * value, discrete, t);
    store<f64>(decay + at, 1.0 + change);
    store<f64>(phi + at, value == 0.0 ? rate * t : -change / value);
  }
}

/** decay - 1 for one step's factor 1 - x, or one unit of time's factor exp(-x). */
function changeOf(x: f64, discrete: bool, t: f64): f64 {
  if (!discrete) return Math.expm1(-x * t);
  if (x < 0.5) return Math.expm1(t * Math.log1p(-x));
  return integerPower(1.0 - x, t) - 1.0;
}

/** base^t for a whole t of at least 0. */
function integerPower(base: f64, t: f64): f64 {
  let result = 1.0;
  while (t > 0.0) {
    const half = Math.floor(0.5 * t);
    if (t != 2.0 * half) result *= base;
    base *= base;
    t = half;
  }
  return result;
}

/**
 * coefficients[l] := v_l . r, the rows of `vectors` being the v_l with leading dimension ld = n
 * rounded up to even
 */
export function toModes(n: i32, ld: i32, vectors: usize, r: usize, coefficients: usize): void {
  for (let l = 0; l < n; l++) {
    setF64(coefficients, l, dot(ld, f64Address(vectors, <usize>l * <usize>ld), r));
  }
}

/** r := sum_l factors[l] coefficients[l] v_l */
export function fromModes(
  n: i32,
  ld: i32,
  vectors: usize,
  factors: usize,
  coefficients: usize,
  r: usize,
): void {
  memory.fill(r, 0, (<usize>ld) << 3);
  for (let l = 0; l < n; l++) {
    const at = (<usize>l) << 3;
    axpy(
      ld,
      load<f64>(factors + at) * load<f64>(coefficients + at),
      f64Address(vectors, <usize>l * <usize>ld),
      r,
    );
  }
}

/** out := V^T diag(factors) V, row-major with leading dimension ld: a function of the kernel. */
export function functionOfKernel(
  n: i32,
  ld: i32,
  vectors: usize,
  factors: usize,
  out: usize,
): void {
  memory.fill(out, 0, (<usize>n * <usize>ld) << 3);
  for (let l = 0; l < n; l++) {
    const v = f64Address(vectors, <usize>l * <usize>ld);
    const factor = f64At(factors, l);
    for (let i = 0; i < n; i++)
      axpy(ld, factor * f64At(v, i), v, f64Address(out, <usize>i * <usize>ld));
  }
}
