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
  /**
   * f(theta), and the derivative of the loss in it, rho = w l', which is r = f - y for unweighted
   * least squares: function vectors.
   */
  f: usize;
  residual: usize;
  /**
   * D = w l'', a function vector; of softmax the probabilities p, of which D is w (diag(p) - p
   * p^T). 0 where l'' is 1 for all.
   */
  bend: usize;
  /** Jets of the first `kept` neurons, jets.ts. */
  jets: usize;
  kept: i32;
}

/** Bytes of the descriptor. */
export function pointBytes(): i32 {
  return offsetof<Point>();
}

/** Binds memory; the rest is made by `forward` (forward.ts), then `objective` (objective.ts). */
export function pointSet(
  point: usize,
  problem: usize,
  theta: usize,
  f: usize,
  residual: usize,
  bend: usize,
  jets: usize,
  kept: i32,
): void {
  const at = changetype<Point>(point);
  at.problem = changetype<Problem>(problem);
  if (!ASC_NO_ASSERT) assert(0 <= kept && kept <= at.problem.n, "jets of some of the neurons");
  assert(
    isAligned(point, 8) && isAligned(theta | f | residual | bend | jets, 16),
    "16-byte aligned",
  );
  at.theta = theta;
  at.f = f;
  at.residual = residual;
  at.bend = bend;
  at.jets = jets;
  at.kept = kept;
}
