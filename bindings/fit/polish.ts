import type { Arena } from "../engine/engine.js";
import type { Point } from "../objective/point.js";
import type { Problem } from "../objective/problem.js";
import { paddedCount } from "../shape/shape.js";
import type { Posterior } from "./posterior.js";

/** Pairs of the memory, and evaluations of a polish and of one line search. */
const PAIRS = 10;
const EVALUATIONS = 10;
const SEARCH = 4;
/** Least share of the decrease along the slope (Armijo; Nocedal and Wright, 3.1). */
const ARMIJO = 1e-4;
/** A line search that gained less than this share of the decrease so far is the last. */
const LEAST_GAIN = 1e-3;
/** Least cosine of a pair that is taken into the memory. */
const LEAST_COSINE = 1e-10;

/** What is minimized: |r|^2 / 2 and a penalty. */
export interface Objective {
  evaluating(point: Point): Generator<void, number>;
  /** out := the gradient */
  differentiating(point: Point, out: number): Generator<void, void>;
}

/** A point that was reached, and its value; `spare` is the other point. */
export interface Reached {
  readonly point: Point;
  readonly spare: Point;
  readonly value: number;
}

/**
 * Goes on from a damped Gauss-Newton step by L-BFGS, whose initial inverse Hessian is the factor
 * that made the step: the curvature that Gauss-Newton leaves out, for the price of gradients.
 */
export class Polish {
  readonly #problem: Problem;
  readonly #objective: Objective;
  readonly #count: number;
  readonly #s: number;
  readonly #y: number;
  readonly #rho: number;
  readonly #alpha: number;
  readonly #direction: number;
  #pairs = 0;
  #newest = 0;

  constructor(problem: Problem, arena: Arena, objective: Objective) {
    this.#problem = problem;
    this.#objective = objective;
    this.#count = paddedCount(problem.shape);
    this.#s = arena.f64(PAIRS * this.#count);
    this.#y = arena.f64(PAIRS * this.#count);
    this.#rho = arena.f64(PAIRS);
    this.#alpha = arena.f64(PAIRS);
    this.#direction = arena.f64(this.#count);
  }

  /**
   * @param origin where the factor was made, which is left as it is
   * @param before the value there
   * @param gradients two vectors: the gradient at `origin`, and room for another
   */
  *run(
    origin: Point,
    before: number,
    start: Reached,
    posterior: Posterior,
    gradients: readonly [number, number],
  ): Generator<void, Reached> {
    const { core } = this.#problem.engine;
    let { point, spare, value } = start;
    let previous = origin.theta;
    let [last, gradient] = gradients;
    let evaluations = 0;
    this.#pairs = 0;
    yield* this.#objective.differentiating(point, gradient);
    while (evaluations < EVALUATIONS) {
      this.#remember(previous, point.theta, last, gradient);
      yield* this.#findingDirection(gradient, posterior);
      const slope = -core.dot(this.#count, gradient, this.#direction);
      if (!(slope < 0)) break;
      const found = yield* this.#search(point, value, slope, spare);
      evaluations += found.evaluations;
      if (found.value === null) break;
      const gain = value - found.value;
      [point, spare, value] = [spare, point, found.value];
      if (gain < LEAST_GAIN * (before - value)) break;
      // What is left behind is remembered before it is written over.
      previous = spare.theta;
      [last, gradient] = [gradient, last];
      yield* this.#objective.differentiating(point, gradient);
    }
    return { point, spare, value };
  }

  #remember(theta: number, next: number, gradient: number, nextGradient: number): void {
    const { core } = this.#problem.engine;
    const index = this.#pairs === 0 ? 0 : (this.#newest + 1) % PAIRS;
    const [s, y] = [this.#s, this.#y].map((all) => all + 8 * index * this.#count) as [
      number,
      number,
    ];
    const product = core.lbfgsPair(
      this.#count,
      index,
      this.#s,
      this.#y,
      this.#rho,
      theta,
      next,
      gradient,
      nextGradient,
    );
    const sizes = core.norm2(this.#count, s) * core.norm2(this.#count, y);
    if (product > LEAST_COSINE * sizes) {
      this.#newest = index;
      this.#pairs = Math.min(this.#pairs + 1, PAIRS);
    } else this.#pairs = Math.min(this.#pairs, PAIRS - 1);
  }

  /** direction := the inverse Hessian of the memory times the gradient. */
  *#findingDirection(gradient: number, posterior: Posterior): Generator<void, void> {
    const { core } = this.#problem.engine;
    const memory = [PAIRS, this.#pairs, this.#newest, this.#s, this.#y, this.#rho] as const;
    const [alpha, direction] = [this.#alpha, this.#direction];
    core.copyVector(this.#count, gradient, direction);
    core.lbfgsNewestFirst(this.#count, ...memory, alpha, direction);
    yield* posterior.solving(direction, direction);
    core.lbfgsOldestFirst(this.#count, ...memory, alpha, direction);
  }

  /** Puts `trial` where the value is lower; `null` if it is nowhere. */
  *#search(
    from: Point,
    value: number,
    slope: number,
    trial: Point,
  ): Generator<void, { readonly value: number | null; readonly evaluations: number }> {
    const { parameters, engine } = this.#problem;
    let length = 1;
    for (let evaluations = 1; evaluations <= SEARCH; evaluations++) {
      engine.core.descend(parameters, length, from.theta, this.#direction, trial.leave());
      const reached = yield* this.#objective.evaluating(trial);
      yield;
      if (reached <= value + ARMIJO * length * slope) return { value: reached, evaluations };
      length *= shortening(slope * length, reached - value);
    }
    return { value: null, evaluations: SEARCH };
  }
}

/** Where the parabola through both ends has its minimum, between a tenth and a half. */
function shortening(slope: number, change: number): number {
  const minimum = (-0.5 * slope) / Math.max(change - slope, Number.MIN_VALUE);
  return minimum >= 0.1 ? Math.min(minimum, 0.5) : 0.1;
}
