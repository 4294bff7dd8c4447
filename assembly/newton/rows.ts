import { f64At, isAligned, setF64 } from "../memory";
import { DEPTH } from "../linalg/blocking";
import { LossKind } from "../losses/loss";
import { Point } from "../model/point";
import { Problem } from "../model/problem";
import { Rows, sampleWeight } from "../model/rows";
import { Curvature } from "./curvature";

/** Makes the second derivatives of the loss as a curvature has them (model/rows.ts). */

/** Bytes of the descriptor and of what it points to. */
export function rowsBytes(problem: usize): f64 {
  const p = changetype<Problem>(problem);
  const vectors = p.loss == LossKind.SOFTMAX ? 3.0 : 2.0;
  return <f64>HEAD + 8.0 * (vectors * <f64>p.k * <f64>p.ldx + <f64>DEPTH);
}

/** The descriptor, in whole cache lines. */
const HEAD: usize = 64;

/** Makes the rows of a point that has been evaluated. */
export function rowsMake(rows: usize, point: usize, curvature: i32): void {
  assert(isAligned(rows, 16), "16-byte aligned");
  const at = changetype<Point>(point),
    p = at.problem;
  const made = changetype<Rows>(rows);
  const count = p.k * p.ldx,
    bytes = (<usize>count) << 3;
  made.pass = rows + HEAD;
  made.scale = made.pass + ((<usize>DEPTH) << 3);
  made.negatives = 0;
  if (p.loss == LossKind.SOFTMAX) {
    made.d = at.bend;
    made.rest = made.scale + bytes;
    for (let m = 0; m < p.ldx; m++) classScales(p, made, m);
    return;
  }
  made.d = made.scale + bytes;
  made.rest = 0;
  for (let i = 0; i < count; i++) {
    const value = curvedSlope(curvature, f64At(at.bend, i));
    if (value < 0.0) made.negatives++;
    setF64(made.d, i, value);
    setF64(made.scale, i, sqrt<f64>(abs(value)));
  }
}

/** What stands in the place of l''. Gauss-Newton has to be positive semidefinite. */
@inline
function curvedSlope(curvature: i32, value: f64): f64 {
  if (curvature == Curvature.EXACT) return value;
  return curvature == Curvature.ABSOLUTE ? abs(value) : max(value, 0.0);
}

function classScales(p: Problem, rows: Rows, m: i32): void {
  const weight = sampleWeight(p, m);
  for (let o = 0; o < p.k; o++) {
    let others = 0.0;
    for (let other = 0; other < p.k; other++)
      if (other != o) others += f64At(rows.d, other * p.ldx + m);
    setF64(rows.rest, o * p.ldx + m, others);
    setF64(rows.scale, o * p.ldx + m, sqrt<f64>(weight * f64At(rows.d, o * p.ldx + m)));
  }
}
