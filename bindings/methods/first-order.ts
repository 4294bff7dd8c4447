import type { Arena } from "../engine/engine.js";
import type { Problem } from "../problem.js";
import { paddedCount } from "../shape.js";
import type { Method, Proposal } from "./method.js";

/** theta - alpha g. */
export class GradientDescent implements Method {
  readonly policy = null;
  readonly solved = null;
  readonly #problem: Problem;
  readonly #rate: number;
  readonly #gradient: number;
  #theta = 0;

  constructor(problem: Problem, arena: Arena, rate: number) {
    this.#problem = problem;
    this.#rate = rate;
    this.#gradient = arena.f64(paddedCount(problem.shape));
  }

  linearize(theta: number): number {
    this.#theta = theta;
    this.#problem.linearize(theta, this.#gradient, 0);
    return this.#problem.engine.core.norm2(this.#problem.parameters, this.#gradient);
  }

  propose(candidate: number): Proposal {
    const { parameters, engine } = this.#problem;
    engine.core.descend(parameters, this.#rate, this.#theta, this.#gradient, candidate);
    return { positiveDefinite: null };
  }
}

/** Defaults of Kingma and Ba. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** Adam (assembly/newton/update.ts). */
export class Adam implements Method {
  readonly policy = null;
  readonly solved = null;
  readonly #problem: Problem;
  readonly #rate: number;
  readonly #gradient: number;
  readonly #mean: number;
  readonly #square: number;
  #theta = 0;
  #count = 0;

  constructor(problem: Problem, arena: Arena, rate: number) {
    const count = paddedCount(problem.shape);
    this.#problem = problem;
    this.#rate = rate;
    this.#gradient = arena.f64(count);
    this.#mean = arena.f64(count);
    this.#square = arena.f64(count);
  }

  linearize(theta: number): number {
    this.#theta = theta;
    this.#problem.linearize(theta, this.#gradient, 0);
    return this.#problem.engine.core.norm2(this.#problem.parameters, this.#gradient);
  }

  propose(candidate: number): Proposal {
    const { parameters, engine } = this.#problem;
    this.#count++;
    engine.core.adam(
      parameters,
      this.#count,
      this.#rate,
      BETA_1,
      BETA_2,
      EPSILON,
      this.#gradient,
      this.#mean,
      this.#square,
      this.#theta,
      candidate,
    );
    return { positiveDefinite: null };
  }
}
