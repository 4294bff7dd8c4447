import type { Arena } from "../engine/engine.js";
import type { NewtonSystem } from "../methods/newton-system.js";
import type { Rejection } from "../solvers/rejection.js";
import type { Work } from "../support/pauses.js";
import type { RowsPoint } from "./point.js";
import type { RowsProblem } from "./problem.js";

/** How a system solves, in the place of J^T J + S. Arguments are pointers to parameter vectors. */
export interface RowsSolver {
  readonly positiveDefinite: true | null;
  /** Where the point has been evaluated, once a point. */
  linearizing(point: RowsPoint): Work<void>;
  factoring(gamma: number): Work<Rejection | null>;
  /** step := (H + gamma I)^-1 right, where right = J^T u. */
  solving(right: number, u: number, step: number): Work<void>;
  /** step . S step, of the curvature of the neurons. */
  quadratic(step: number): number;
}

/** The Newton system of equations at points: all parameters at once. */
export class RowsSystem implements NewtonSystem<RowsPoint> {
  readonly #problem: RowsProblem;
  readonly #solver: RowsSolver;
  /** Parameter vectors. */
  readonly #gradient: number;
  readonly #right: number;
  /** Function vectors: J step, and second derivatives along it. */
  readonly #image: number;
  readonly #bend: number;
  #point: RowsPoint | null = null;
  /** step . (sum_m rho_m sum_uv R_uv u' v'), of the equations' own curvature. */
  #curvature = 0;

  constructor(problem: RowsProblem, arena: Arena, solver: RowsSolver) {
    this.#problem = problem;
    this.#solver = solver;
    this.#gradient = arena.f64(problem.length);
    this.#right = arena.f64(problem.length);
    this.#image = arena.f64(problem.rows);
    this.#bend = arena.f64(problem.rows);
  }

  get positiveDefinite(): true | null {
    return this.#solver.positiveDefinite;
  }

  // biome-ignore lint/correctness/useYield: nothing is known beforehand
  *boundingIndefinite(): Generator<void, number> {
    return 0;
  }

  async *linearize(point: RowsPoint): AsyncGenerator<void, number> {
    this.#point = point;
    yield* point.differentiating(this.#gradient);
    yield* this.#solver.linearizing(point);
    return this.#problem.engine.core.norm2(this.#problem.parameters, this.#gradient);
  }

  factoring(gamma: number): Work<Rejection | null> {
    return this.#solver.factoring(gamma);
  }

  async *solving(step: number): AsyncGenerator<void, null> {
    const { core } = this.#problem.engine;
    const point = this.#point!;
    yield* this.#solver.solving(this.#gradient, point.residual, step);
    yield* point.multiplying(step, this.#image);
    yield* point.bendingEquations(step, this.#bend);
    this.#curvature = core.dot(this.#problem.rows, point.residual, this.#bend);
    return null;
  }

  slope(step: number): number {
    return this.#problem.engine.core.dot(this.#problem.length, this.#gradient, step);
  }

  quadratic(step: number): number {
    const { core } = this.#problem.engine;
    const square = core.dot(this.#problem.rows, this.#image, this.#image);
    return square + this.#solver.quadratic(step) + this.#curvature;
  }

  async *accelerating(step: number, acceleration: number): AsyncGenerator<void, boolean> {
    const point = this.#point!;
    yield* point.bending(step, this.#bend);
    yield* point.transposing(this.#bend, this.#right);
    yield* this.#solver.solving(this.#right, this.#bend, acceleration);
    return true;
  }
}
