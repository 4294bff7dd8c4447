import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../objective/linearization.js";
import type { Evaluable, Point } from "../objective/point.js";
import type { Rejection } from "../solvers/rejection.js";
import type { StepSolver } from "../solvers/solver.js";
import type { Work } from "../support/pauses.js";

/**
 * The regularized Newton system (H + gamma I) step = g at a point, wherever J is. Arguments are
 * pointers to parameter vectors. `linearize` once a point, `factor` for each gamma, then `solve`,
 * to whose step the rest belongs.
 */
export interface NewtonSystem<P extends Evaluable> {
  /** Returns the norm of the gradient. */
  linearize(point: P): Work<number>;
  factor(gamma: number): Rejection | null;
  solve(step: number): Rejection | null;
  /** g . step */
  slope(step: number): number;
  /** step . H step with the true H. */
  quadratic(step: number): number;
  /** acceleration := (H + gamma I)^-1 J^T f_vv / M for v = step; false if there is none. */
  accelerate(step: number, acceleration: number): boolean | Promise<boolean>;
  /** gamma up to which H + gamma I is known not to be positive definite. */
  readonly indefiniteUpTo: number;
  /** What a solution says of H + gamma I: that it is positive definite, or nothing. */
  readonly positiveDefinite: true | null;
}

export interface LocalSystemOptions {
  /** Whether what the solver solves is positive definite. */
  readonly certifies: boolean;
  /** Whether `accelerate` will be called. */
  readonly geodesic: boolean;
}

/** The system of data in memory, by a solver on their linearization. */
export class LocalSystem implements NewtonSystem<Point> {
  readonly #solver: StepSolver;
  readonly #linearization: Linearization;
  readonly #certifies: boolean;
  /** Function vectors: J step, and f_vv. */
  readonly #image: number;
  readonly #bend: number;

  constructor(solver: StepSolver, arena: Arena, { certifies, geodesic }: LocalSystemOptions) {
    const { linearization } = solver;
    const { rows } = linearization.problem;
    this.#solver = solver;
    this.#linearization = linearization;
    this.#certifies = certifies;
    this.#image = arena.f64(rows);
    this.#bend = geodesic ? arena.f64(rows) : 0;
  }

  get indefiniteUpTo(): number {
    return this.#linearization.indefiniteUpTo;
  }

  get positiveDefinite(): true | null {
    return this.#certifies ? true : null;
  }

  *linearize(point: Point): Generator<void, number> {
    const norm = yield* this.#linearization.moving(point);
    yield* this.#solver.linearizing();
    return norm;
  }

  factor(gamma: number): Rejection | null {
    return this.#solver.factor(gamma);
  }

  solve(step: number): Rejection | null {
    return this.#solver.solve(this.#linearization.point.residual, step, this.#image);
  }

  slope(_step: number): number {
    return this.#linearization.slope(this.#image);
  }

  quadratic(step: number): number {
    return this.#linearization.quadratic(step, this.#image);
  }

  accelerate(step: number, acceleration: number): boolean {
    this.#linearization.point.secondDerivative(step, this.#bend);
    return this.#solver.solve(this.#bend, acceleration, 0) === null;
  }
}
