import { erfJet, erfValue } from "./erf";
import { geluJet, geluValue } from "./gelu";
import { reluJet, reluValue } from "./relu";
import { sigmoidJet, sigmoidValue } from "./sigmoid";
import { sinJet, sinValue } from "./sin";
import { softplusJet, softplusValue } from "./softplus";
import { tanhJet, tanhValue } from "./tanh";

/** The table of activations. The numbers are part of the ABI. */
export const enum ActivationKind {
  TANH = 0,
  SIGMOID = 1,
  ERF = 2,
  SIN = 3,
  SOFTPLUS = 4,
  GELU = 5,
  RELU = 6,
}

/** Whether sigma'' exists everywhere: the exact Hessian needs it. */
export function isSmooth(kind: i32): bool {
  return kind != ActivationKind.RELU;
}

/** Whether sigma is periodic, with the period 2 pi. */
export function isPeriodic(kind: i32): bool {
  return kind == ActivationKind.SIN;
}

/**
 * s[m] = sigma(z[m]), m = 0 .. n-1
 *
 *   n  even
 *   z  n values, 16-byte aligned
 *   s  n values, 16-byte aligned; may be z
 */
export function activate(kind: i32, n: i32, z: usize, s: usize): void {
  switch (kind) {
    case ActivationKind.TANH:
      return tanhValue(n, z, s);
    case ActivationKind.SIGMOID:
      return sigmoidValue(n, z, s);
    case ActivationKind.ERF:
      return erfValue(n, z, s);
    case ActivationKind.SIN:
      return sinValue(n, z, s);
    case ActivationKind.SOFTPLUS:
      return softplusValue(n, z, s);
    case ActivationKind.GELU:
      return geluValue(n, z, s);
    case ActivationKind.RELU:
      return reluValue(n, z, s);
    default:
      unreachable();
  }
}

/**
 * s0 = sigma(z), s1 = sigma'(z), s2 = sigma''(z) in one pass; shapes as in `activate`, s0 may be z.
 */
export function activateJet(kind: i32, n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  switch (kind) {
    case ActivationKind.TANH:
      return tanhJet(n, z, s0, s1, s2);
    case ActivationKind.SIGMOID:
      return sigmoidJet(n, z, s0, s1, s2);
    case ActivationKind.ERF:
      return erfJet(n, z, s0, s1, s2);
    case ActivationKind.SIN:
      return sinJet(n, z, s0, s1, s2);
    case ActivationKind.SOFTPLUS:
      return softplusJet(n, z, s0, s1, s2);
    case ActivationKind.GELU:
      return geluJet(n, z, s0, s1, s2);
    case ActivationKind.RELU:
      return reluJet(n, z, s0, s1, s2);
    default:
      unreachable();
  }
}
