import { ActivationKind } from "../../activations/activation";
import { erfJets } from "./erf";
import { geluJets } from "./gelu";
import { sigmoidJets } from "./sigmoid";
import { sinJets } from "./sin";
import { softplusJets } from "./softplus";
import { tanhJets } from "./tanh";

/** Highest derivative of sigma that there is: of features of order 4, twice by the parameters. */
export const MOST_ORDER: i32 = 6;

/** Rows of jets up to an order: the kernels of the activations always make the first of them. */
@inline
export function jetRows(order: i32): i32 {
  return max(order, 3) + 1;
}

/**
 * The table of jets: row r of `out` := sigma^(r)(z), r = 0 .. order.
 *
 *   n    even
 *   z    n values, 16-byte aligned
 *   out  jetRows(order) rows of n values, `row` bytes apart
 */
export function activationJets(
  kind: i32,
  order: i32,
  n: i32,
  z: usize,
  out: usize,
  row: usize,
): void {
  switch (kind) {
    case ActivationKind.TANH:
      return tanhJets(order, n, z, out, row);
    case ActivationKind.SIGMOID:
      return sigmoidJets(order, n, z, out, row);
    case ActivationKind.ERF:
      return erfJets(order, n, z, out, row);
    case ActivationKind.SIN:
      return sinJets(order, n, z, out, row);
    case ActivationKind.SOFTPLUS:
      return softplusJets(order, n, z, out, row);
    case ActivationKind.GELU:
      return geluJets(order, n, z, out, row);
    default:
      unreachable();
  }
}
