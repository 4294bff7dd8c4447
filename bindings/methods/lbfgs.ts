import type { Arena } from "../engine/engine.js";
import { neuronFlops } from "../objective/costs.js";
import type { Point } from "../objective/point.js";
import type { Problem } from "../objective/problem.js";
import { paddedCount } from "../shape/shape.js";
import { strongWolfe, type Trial } from "./line-search.js";
import {
  type MethodState,
  type Proposal,
  type StateBounds,
  type StepMethod,
  UNMODELLED,
} from "./method.js";

/** Limited-memory BFGS with a strong Wolfe line search (assembly/newton/lbfgs.ts). */
export class LBFGS implements StepMethod {
  readonly policy = null;
  readonly system = null;
  readonly #problem: Problem;
  readonly #capacity: number;
  readonly #count: number;
  readonly #s: number;
  readonly #y: number;
  readonly #rho: number;
  readonly #alpha: number;
  readonly #direction: number;
  #gradient: number;
  #nextGradient: number;
  #point: Point | null = null;
  /** Pairs in memory, and the place of the last one. */
  #pairs = 0;
  #newest = 0;
  /** The last proposal, whose gradient is known: where the next step starts. */
  #proposed: Point | null = null;

  constructor(problem: Problem, arena: Arena, corrections: number) {
    const count = paddedCount(problem.shape);
    this.#problem = problem;
    this.#capacity = corrections;
    this.#count = count;
    this.#s = arena.f64(corrections * count);
    this.#y = arena.f64(corrections * count);
    this.#rho = arena.f64(corrections);
    this.#alpha = arena.f64(corrections);
    this.#direction = arena.f64(count);
    this.#gradient = arena.f64(count);
    this.#nextGradient = arena.f64(count);
  }

  *linearize(point: Point): Generator<void, number> {
    this.#point = point;
    if (this.#proposed === point) {
      [this.#gradient, this.#nextGradient] = [this.#nextGradient, this.#gradient];
    } else yield* point.differentiating(this.#gradient);
    this.#proposed = null;
    return this.#problem.engine.core.norm2(this.#problem.parameters, this.#gradient);
  }

  *proposing(trial: Point): Generator<void, Proposal> {
    const { core } = this.#problem.engine;
    let found = yield* this.#searching(trial, this.#pairs);
    if (found === null && this.#pairs > 0) {
      // The memory has led nowhere: forget it and go down the gradient.
      found = yield* this.#searching(trial, 0);
      this.#pairs = 0;
    }
    if (found === null) return { kind: "refused", reason: "no-decrease" };
    const newest = this.#pairs === 0 ? 0 : (this.#newest + 1) % this.#capacity;
    const product = core.lbfgsPair(
      this.#count,
      newest,
      this.#s,
      this.#y,
      this.#rho,
      this.#point!.theta,
      trial.theta,
      this.#gradient,
      this.#nextGradient,
    );
    // Always so when the Wolfe conditions hold; not where rounding ended the search.
    if (product > 0 && Number.isFinite(1 / product)) {
      this.#newest = newest;
      this.#pairs = Math.min(this.#pairs + 1, this.#capacity);
    } else this.#pairs = 0;
    this.#proposed = trial;
    return UNMODELLED;
  }

  get bounds(): StateBounds {
    const length = this.#capacity * this.#count;
    return {
      numbers: {
        pairs: { least: 0, most: this.#capacity, integer: true },
        newest: { least: 0, most: this.#capacity - 1, integer: true },
      },
      vectors: { s: { length }, y: { length }, rho: { length: this.#capacity } },
    };
  }

  save(): MethodState {
    const { engine } = this.#problem;
    const copy = (pointer: number, length: number) => engine.f64(pointer, length).slice();
    const total = this.#capacity * this.#count;
    return {
      numbers: { pairs: this.#pairs, newest: this.#newest },
      vectors: {
        s: copy(this.#s, total),
        y: copy(this.#y, total),
        rho: copy(this.#rho, this.#capacity),
      },
    };
  }

  restore({ numbers, vectors }: MethodState): void {
    const { engine } = this.#problem;
    const total = this.#capacity * this.#count;
    this.#pairs = numbers.pairs!;
    this.#newest = numbers.newest!;
    engine.f64(this.#s, total).set(vectors.s!);
    engine.f64(this.#y, total).set(vectors.y!);
    engine.f64(this.#rho, this.#capacity).set(vectors.rho!);
  }

  /**
   * A step along the quasi-Newton direction of so many pairs; leaves the point and `#nextGradient`
   * where the length that is returned leads.
   */
  *#searching(trial: Point, pairs: number): Generator<void, Trial | null> {
    const { core } = this.#problem.engine;
    const point = this.#point!;
    const count = this.#count;
    const direction = this.#direction;
    core.lbfgsDirection(
      count,
      this.#capacity,
      pairs,
      this.#newest,
      this.#s,
      this.#y,
      this.#rho,
      this.#alpha,
      this.#gradient,
      direction,
    );
    const slope = core.dot(count, this.#gradient, direction);
    if (!(slope < 0)) return null;
    let last = 0;
    const { parameters, shape, neuronSize, samples } = this.#problem;
    const flops = 2 * shape.width * neuronFlops(neuronSize, samples);
    const turns = this.#problem.turnsBetweenPauses(flops);
    let evaluations = 0;
    const nextGradient = this.#nextGradient;
    const evaluating = function* (length: number): Generator<void, Trial> {
      last = length;
      core.descend(parameters, -length, point.theta, direction, trial.leave());
      const loss = yield* trial.evaluating();
      yield* trial.differentiating(nextGradient);
      if (++evaluations % turns === 0) yield;
      return { length, loss, slope: core.dot(count, nextGradient, direction) };
    };
    // The first direction is the gradient itself, whose length says nothing about that of the step.
    const first = pairs === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const start = { length: 0, loss: yield* point.evaluating(), slope };
    const found = yield* strongWolfe(start, first, evaluating);
    if (found !== null && found.length !== last) return yield* evaluating(found.length);
    return found;
  }
}
