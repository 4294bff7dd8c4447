import { elementAddress, packedZero } from "../linalg/packed";
import { DEPTH, syrk } from "../linalg/syrk";
import { blockSize } from "./gradient";
import { jacobianPanels, panelDepth } from "./jacobian";

/** Samples of the Jacobian that are formed at a time. */
export function jacobianBlock(): i32 {
  return DEPTH;
}

/** Bytes of the Jacobian panels that `hessian` streams through, for P parameters. */
export function hessianPanelBytes(parameters: f64, m: i32): f64 {
  return Math.ceil(parameters / 4.0) * 32.0 * <f64>panelDepth(min(m, DEPTH));
}

/**
 * H = J^T J / m + S, lower triangle, exact; without S (blocks = 0) the Gauss-Newton matrix.
 *
 *   blocks  the S_i that `linearize` made at the same parameters, or 0
 *   h       panel-packed lower, order P = n (d + 2) in the order of theta
 *   panels  hessianPanelBytes(P, m): J is never held for more samples than one pass of syrk takes
 *   work    jacobianScratchBytes()
 */
export function hessian(
  kind: i32, n: i32, d: i32, m: i32, s: f64, theta: usize, x: usize, ldx: i32, blocks: usize,
  h: usize, panels: usize, work: usize,
): void {
  const parameters = n * (d + 2);
  packedZero(parameters, h);
  for (let first = 0; first < m; first += DEPTH) {
    const count = min(DEPTH, m - first);
    jacobianPanels(kind, n, d, count, s, theta, x + (<usize>first << 3), ldx, panels, work);
    syrk(parameters, panelDepth(count), 1.0 / <f64>m, panels, h);
  }
  if (blocks != 0) addBlocks(n, d, blocks, h);
}

/** H := H + S: the packed triangle of each neuron goes to the rows and columns of its own parameters. */
function addBlocks(n: i32, d: i32, blocks: usize, h: usize): void {
  const width = d + 2;
  const size = <usize>blockSize(d) << 3;
  for (let i = 0; i < n; i++) {
    let entry = blocks + <usize>i * size;
    for (let row = 0; row < width; row++) {
      const p = parameterIndex(n, d, i, row);
      for (let column = 0; column <= row; column++) {
        const address = elementAddress<f64>(h, p, parameterIndex(n, d, i, column));
        store<f64>(address, load<f64>(address) + load<f64>(entry));
        entry += 8;
      }
    }
  }
}

/** Place in theta of parameter `local` (w_1 .. w_d, eta, c) of neuron i; increasing in `local`. */
// @ts-ignore: decorator
@inline
function parameterIndex(n: i32, d: i32, i: i32, local: i32): i32 {
  return local < d ? i * d + local : n * local + i;
}
