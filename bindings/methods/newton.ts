import type { Arena } from "../engine/engine.js";
import type { Problem } from "../problem.js";
import type { RegularizationPolicy } from "../regularization.js";
import { paddedCount } from "../shape.js";
import { DEFINITE, DenseSolver } from "../solvers/dense.js";
import type { Curvature, Precision } from "../types.js";
import type { Method, Proposal } from "./method.js";

/** theta - alpha (H + gamma I)^-1 g; with curvature "gauss-newton", H is J^T J / M alone. */
export class Newton implements Method {
  readonly policy: RegularizationPolicy;
  readonly #problem: Problem;
  readonly #rate: number;
  readonly #gradient: number;
  readonly #step: number;
  readonly #blocks: number;
  readonly #solver: DenseSolver;
  #theta = 0;

  constructor(
    problem: Problem,
    arena: Arena,
    curvature: Curvature,
    policy: RegularizationPolicy,
    rate: number,
    precision: Precision = "float64",
  ) {
    const count = paddedCount(problem.shape);
    this.policy = policy;
    this.#problem = problem;
    this.#rate = rate;
    this.#gradient = arena.f64(count);
    this.#step = arena.f64(count);
    this.#blocks = curvature === "exact" ? arena.f64(problem.blockValues) : 0;
    this.#solver = new DenseSolver(problem, arena, this.#blocks, precision);
  }

  get solved(): DenseSolver["solved"] {
    return this.#solver.solved;
  }

  linearize(theta: number): number {
    this.#theta = theta;
    this.#problem.linearize(theta, this.#gradient, this.#blocks);
    this.#solver.linearize(theta);
    return this.#problem.engine.core.norm2(this.#problem.parameters, this.#gradient);
  }

  propose(candidate: number): Proposal {
    let pivot = this.#solver.factor(this.policy.gamma);
    if (pivot === DEFINITE) pivot = this.#solver.solve(this.#gradient, this.#step);
    if (pivot !== DEFINITE) return { positiveDefinite: false, pivot };
    const { parameters, engine } = this.#problem;
    engine.core.descend(parameters, this.#rate, this.#theta, this.#step, candidate);
    return { positiveDefinite: true };
  }
}
