import type { Arena } from "../engine/engine.js";
import { paddedCount } from "../network/shape.js";
import type { Problem } from "../objective/problem.js";
import { strongWolfe, type Trial } from "./line-search.js";
import {
  type Located,
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
  readonly #located: Located;
  readonly #capacity: number;
  readonly #count: number;
  readonly #s: number;
  readonly #y: number;
  readonly #rho: number;
  readonly #alpha: number;
  readonly #direction: number;
  #gradient: number;
  #nextGradient: number;
  #theta = 0;
  #loss = 0;
  /** Pairs in memory, and the place of the last one. */
  #pairs = 0;
  #newest = 0;
  /** The last proposal, whose gradient is known: where the next step starts. */
  #proposed = 0;

  constructor(problem: Problem, arena: Arena, located: Located, corrections: number) {
    const count = paddedCount(problem.shape);
    this.#problem = problem;
    this.#located = located;
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

  // biome-ignore lint/correctness/useYield: one product with J
  *linearize(theta: number): Generator<void, number> {
    const { core } = this.#problem.engine;
    this.#theta = theta;
    if (this.#proposed === 0) {
      this.#loss = this.#evaluate(theta);
      core.copyVector(this.#count, this.#nextGradient, this.#gradient);
    } else {
      [this.#gradient, this.#nextGradient] = [this.#nextGradient, this.#gradient];
      this.#proposed = 0;
    }
    return core.norm2(this.#problem.parameters, this.#gradient);
  }

  propose(candidate: number): Proposal {
    const { core } = this.#problem.engine;
    const accepted = this.#search(candidate) ?? this.#searchDownhill(candidate);
    if (accepted === null) return { kind: "refused", reason: "no-decrease" };
    const newest = this.#pairs === 0 ? 0 : (this.#newest + 1) % this.#capacity;
    const product = core.lbfgsPair(
      this.#count,
      newest,
      this.#s,
      this.#y,
      this.#rho,
      this.#theta,
      candidate,
      this.#gradient,
      this.#nextGradient,
    );
    // Always so when the Wolfe conditions hold; not where rounding ended the search.
    if (product > 0 && Number.isFinite(1 / product)) {
      this.#newest = newest;
      this.#pairs = Math.min(this.#pairs + 1, this.#capacity);
    } else this.#pairs = 0;
    this.#proposed = candidate;
    this.#loss = accepted.loss;
    return { ...UNMODELLED, loss: accepted.loss };
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

  /** The memory has led nowhere: forget it and go down the gradient. */
  #searchDownhill(candidate: number): Trial | null {
    if (this.#pairs === 0) return null;
    this.#pairs = 0;
    return this.#search(candidate);
  }

  /**
   * A step along the quasi-Newton direction; leaves the residual and `#nextGradient` of the trial
   * that is returned.
   */
  #search(candidate: number): Trial | null {
    const { core } = this.#problem.engine;
    const count = this.#count;
    const direction = this.#direction;
    core.lbfgsDirection(
      count,
      this.#capacity,
      this.#pairs,
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
    const evaluate = (length: number): Trial => {
      last = length;
      core.descend(this.#problem.parameters, -length, this.#theta, direction, candidate);
      const loss = this.#evaluate(candidate);
      return { length, loss, slope: core.dot(count, this.#nextGradient, direction) };
    };
    // The first direction is the gradient itself, whose length says nothing about that of the step.
    const first = this.#pairs === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const found = strongWolfe({ length: 0, loss: this.#loss, slope }, first, evaluate);
    if (found !== null && found.length !== last) return evaluate(found.length);
    return found;
  }

  /** Loss at theta; the residual is then that of theta, and `#nextGradient` its gradient. */
  #evaluate(theta: number): number {
    const { residual, y } = this.#located;
    const loss = this.#problem.loss(theta, y, residual);
    this.#problem.transposeProduct(theta, residual, this.#nextGradient);
    return loss;
  }
}
