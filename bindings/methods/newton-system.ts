import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../objective/linearization.js";
import type { Evaluable, Point } from "../objective/point.js";
import type { Rejection } from "../solvers/rejection.js";
import type { StepSolver } from "../solvers/solver.js";
import type { Work } from "../support/pauses.js";

/**
 * The regularized Newton system (H + gamma I) step = g at a point, wherever J is. Arguments are
 * pointers to parameter vectors. `linearize` once a point, `factoring` for each gamma, then
 * `solving`, to whose step the rest belongs.
 */
export interface NewtonSystem<P extends Evaluable> {
  /** Returns the norm of the gradient. */
  linearize(point: P): Work<number>;
  factoring(gamma: number): Work<Rejection | null>;
  solving(step: number): Work<Rejection | null>;
  /** g . step */
  slope(step: number): number;
  /** step . H step with the true H. */
  quadratic(step: number): number;
  /** acceleration := (H + gamma I)^-1 J^T D f_vv / M for v = step; false if there is none. */
  accelerating(step: number, acceleration: number): Work<boolean>;
  /** gamma up to which H + gamma I is known not to be positive definite. */
  boundingIndefinite(): Work<number>;
  /** What a solution says of H + gamma I: that it is positive definite, or nothing. */
  readonly positiveDefinite: true | null;
}

export interface LocalSystemOptions {
  /** Whether what the solver solves is positive definite. */
  readonly certifies: boolean;
  /** Whether `accelerating` will be called. */
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

  boundingIndefinite(): Generator<void, number> {
    return this.#linearization.boundingIndefinite();
  }

  get positiveDefinite(): true | null {
    return this.#certifies ? true : null;
  }

  *linearize(point: Point): Generator<void, number> {
    const norm = yield* this.#linearization.moving(point);
    yield* this.#solver.linearizing();
    return norm;
  }

  factoring(gamma: number): Generator<void, Rejection | null> {
    return this.#solver.factoring(gamma);
  }

  solving(step: number): Generator<void, Rejection | null> {
    return this.#solver.solving(this.#linearization.point.residual, step, this.#image);
  }

  slope(step: number): number {
    return this.#linearization.slope(step, this.#image);
  }

  quadratic(step: number): number {
    return this.#linearization.quadratic(step, this.#image);
  }

  *accelerating(step: number, acceleration: number): Generator<void, boolean> {
    yield* this.#linearization.point.bending(step, this.#bend);
    const bent = this.#linearization.bend(this.#bend);
    return (yield* this.#solver.solving(bent, acceleration, 0)) === null;
  }
}
