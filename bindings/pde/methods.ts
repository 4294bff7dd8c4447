import type { Arena } from "../engine/engine.js";
import { Newton } from "../methods/newton.js";
import type { Curvature } from "../objective/curvature.js";
import { GAIN_RATIO, GainRatioPolicy } from "../regularization/gain-ratio.js";
import type { RegularizationPolicy } from "../regularization/policy.js";
import { namesOf } from "../support/validate.js";
import { NormalSolver } from "./normal-solver.js";
import { RowsPoint } from "./point.js";
import type { RowsProblem } from "./problem.js";
import { ProjectedPoint, ProjectedSystem } from "./projected.js";
import { QrSolver } from "./qr-solver.js";
import { RowsSystem } from "./rows-system.js";

interface MethodTraits {
  /** `null` for a method that eliminates c. */
  readonly curvature: Curvature | null;
}

/** The table a method is added to. */
export const PDE_METHODS = {
  newton: { curvature: "absolute" },
  "gauss-newton": { curvature: "gauss-newton" },
  varpro: { curvature: null },
} as const satisfies Record<string, MethodTraits>;

export type ConcreteMethod = keyof typeof PDE_METHODS;

/**
 * `newton` trains all parameters with the absolute curvature of the neurons, `gauss-newton` without
 * it; `varpro` eliminates c, of linear equations alone. `auto` takes `varpro` where it can and the
 * network has fewer c than there are points.
 */
export type PdeMethod = ConcreteMethod | "auto";

export const pdeMethodNames: readonly PdeMethod[] = ["auto", ...namesOf(PDE_METHODS)];

/** `normal` factors J^T J + S, `qr` factors J, for `gauss-newton` alone. */
export type PdeSolver = "auto" | "normal" | "qr";

export const pdeSolverNames: readonly PdeSolver[] = ["auto", "normal", "qr"];

/** The points of a training, and what makes its steps. */
export interface Actors<P extends RowsPoint = RowsPoint> {
  readonly points: readonly [P, P];
  readonly method: Newton<P>;
  readonly policy: RegularizationPolicy;
}

/** gamma of the first try, and its bounds, in parts of the largest diagonal entry of J^T J. */
const DAMPING = { initial: 1e-6, minimum: 1e-22, maximum: 1e4 };

/** @param largest the largest diagonal entry of J^T J at the start */
export function createActors(
  problem: RowsProblem,
  arena: Arena,
  name: ConcreteMethod,
  solver: PdeSolver,
  largest: number,
): Actors<ProjectedPoint> | Actors {
  const policy = new GainRatioPolicy("gain-ratio", {
    ...GAIN_RATIO,
    initial: DAMPING.initial * largest,
    minimum: DAMPING.minimum * largest,
    maximum: DAMPING.maximum * largest,
  });
  const { curvature } = PDE_METHODS[name];
  const options = { rate: 1, geodesic: curvature !== null, facts: null };
  const { length } = problem;
  if (curvature === null) {
    const points = pair(() => new ProjectedPoint(problem, arena));
    const system = new ProjectedSystem(problem, arena, points[0]);
    return { points, policy, method: new Newton(system, length, arena, policy, options) };
  }
  const points = pair(() => new RowsPoint(problem, arena));
  const chosen =
    solver === "qr" ? new QrSolver(problem, arena) : new NormalSolver(problem, arena, curvature);
  const system = new RowsSystem(problem, arena, chosen);
  return { points, policy, method: new Newton(system, length, arena, policy, options) };
}

function pair<P>(make: () => P): readonly [P, P] {
  return [make(), make()];
}
