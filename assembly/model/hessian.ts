import { isAligned } from "../memory";
import { DEPTH } from "../linalg/blocking";
import { elementAddress, packedZero } from "../linalg/packed";
import { syrk } from "../linalg/syrk";
import { jacobianPanels, panelDepth } from "./jacobian";
import { Point } from "./point";
import { Problem, neuronSize, parameterIndex } from "./problem";

/**
 * Samples of the Jacobian that are formed at a time: one pass of syrk, of which a block of jets
 * holds a whole number (blocking.ts).
 */
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
 *   blocks  what `hessianBlocks` made at the same point (or what curvature.ts made of it), or
 *           0
 *   h       panel-packed lower, order P, in the order of theta
 *   panels  hessianPanelBytes(P, m): J is never held for more samples than one pass of syrk takes
 */
export function hessian(point: usize, blocks: usize, h: usize, panels: usize): void {
  assert(isAligned(blocks, 8) && isAligned(h | panels, 16), "16-byte aligned");
  const p = changetype<Point>(point).problem;
  const parameters = p.n * neuronSize(p);
  packedZero(parameters, h);
  for (let output = 0; output < p.k; output++) {
    for (let first = 0; first < p.m; first += DEPTH) {
      const count = min(DEPTH, p.m - first);
      jacobianPanels(point, output, first, count, panels);
      syrk(parameters, panelDepth(count), 1.0 / <f64>p.m, panels, h);
    }
  }
  if (blocks != 0) addBlocks(p, blocks, h);
}

/**
 * H := H + S: the packed triangle of each neuron goes to the rows and columns of its own
 * parameters.
 */
function addBlocks(p: Problem, blocks: usize, h: usize): void {
  const width = neuronSize(p);
  let entry = blocks;
  for (let i = 0; i < p.n; i++) {
    for (let row = 0; row < width; row++) {
      const index = parameterIndex(p, i, row);
      for (let column = 0; column <= row; column++) {
        const address = elementAddress<f64>(h, index, parameterIndex(p, i, column));
        store<f64>(address, load<f64>(address) + load<f64>(entry));
        entry += 8;
      }
    }
  }
}
