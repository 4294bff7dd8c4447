import { isAligned } from "../memory";
import { Problem } from "./problem";

/**
 * A parameter vector and what is known there of a problem. Of two points, one is where a training
 * is and the other where it may go; they are exchanged when it goes.
 */
@unmanaged
export class Point {
  problem: Problem;
  /** P parameters. */
  theta: usize;
  /** f(theta), and the derivative of the loss in it, r = f - y: function vectors. */
  f: usize;
  residual: usize;
  /** Jets of the first `kept` neurons, jets.ts. */
  jets: usize;
  kept: i32;
}

/** Bytes of the descriptor. */
export function pointBytes(): i32 {
  return offsetof<Point>();
}

/** Binds memory; f, residual and jets have to be made by `forward` or `evaluate` (forward.ts). */
export function pointSet(
  point: usize,
  problem: usize,
  theta: usize,
  f: usize,
  residual: usize,
  jets: usize,
  kept: i32,
): void {
  const at = changetype<Point>(point);
  at.problem = changetype<Problem>(problem);
  if (!ASC_NO_ASSERT) assert(0 <= kept && kept <= at.problem.n, "jets of some of the neurons");
  assert(isAligned(point, 8) && isAligned(theta | f | residual | jets, 16), "16-byte aligned");
  at.theta = theta;
  at.f = f;
  at.residual = residual;
  at.jets = jets;
  at.kept = kept;
}
