import { f64At, isAligned, setF64 } from "../memory";
import { DEPTH } from "../linalg/blocking";
import { elementAddress, packedZero } from "../linalg/packed";
import { syrkProceed } from "../linalg/syrk";
import { MORE, Progress } from "../parallel/progress";
import { jacobianPanels, panelDepth, scaledPanels } from "./jacobian";
import { evenCount } from "./layout";
import { Point } from "./point";
import { Problem, neuronSize, parameterIndex } from "./problem";
import { Rows } from "./rows";

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
 * H = J^T D J / m + S, lower triangle, exact; without S (blocks = 0) the Gauss-Newton matrix.
 *
 *   rows    what `rowsMake` made at the same point (rows.ts), or 0 where D is 1
 *   blocks  what `hessianBlocks` made at the same point (or what curvature.ts made of it), or
 *           0
 *   h       panel-packed lower, order P, in the order of theta
 *   panels  hessianPanelBytes(P, m): J is never held for more samples than one pass of syrk takes
 *   returns 0, or MORE: h is then not whole, and the panels still needed
 */
export function hessian(
  point: usize,
  rows: usize,
  blocks: usize,
  h: usize,
  panels: usize,
  progress: usize,
  flops: f64,
): i32 {
  assert(isAligned(blocks, 8) && isAligned(h | panels, 16), "16-byte aligned");
  const p = changetype<Point>(point).problem;
  const parameters = p.n * neuronSize(p);
  const at = changetype<Progress>(progress);
  at.left = flops;
  if (at.outer == 0 && at.inner == 0 && at.task == 0) packedZero(parameters, h);
  // Once more for the rows whose D is negative.
  const signs = rows != 0 && changetype<Rows>(rows).negatives > 0 ? 2 : 1;
  for (; at.outer < signs * p.k; at.outer++) {
    const output = at.outer / signs,
      sign = at.outer % signs == 0 ? 1.0 : -1.0;
    for (; at.inner < p.m; at.inner += DEPTH) {
      const count = min(DEPTH, p.m - at.inner);
      if (at.task == 0) {
        if (at.left <= 0.0) return MORE;
        if (rows == 0) jacobianPanels(point, output, at.inner, count, panels);
        else if (!signedPanels(point, rows, sign, output, at.inner, count, panels)) continue;
      }
      const scale = sign / <f64>p.m;
      if (!syrkProceed(at, parameters, panelDepth(count), scale, panels, h)) return MORE;
    }
    at.inner = 0;
  }
  if (blocks != 0) addBlocks(p, blocks, h);
  return 0;
}

/** Panels of the rows of A whose D has the sign, zero for the others; whether there are any. */
function signedPanels(
  point: usize,
  rows: usize,
  sign: f64,
  output: i32,
  first: i32,
  count: i32,
  panels: usize,
): bool {
  const made = changetype<Rows>(rows);
  if (!passScales(changetype<Point>(point).problem, made, sign, output, first, count)) return false;
  scaledPanels(point, rows, made.pass, output, first, count, panels);
  return true;
}

/** Scales of the rows whose D has the sign, 0 of the others; returns whether there are any. */
function passScales(p: Problem, rows: Rows, sign: f64, output: i32, first: i32, count: i32): bool {
  const start = output * p.ldx + first;
  let some = false;
  for (let m = 0; m < evenCount(count); m++) {
    const wanted = sign * f64At(rows.d, start + m) > 0.0;
    setF64(rows.pass, m, wanted ? f64At(rows.scale, start + m) : 0.0);
    some = some || wanted;
  }
  return some;
}

/**
 * H := H + S: the packed triangle of each neuron goes to the rows and columns of its own
 * parameters.
 */
export function addBlocks(p: Problem, blocks: usize, h: usize): void {
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
