import type { Arena } from "../engine/engine.js";
import type { Point } from "../objective/point.js";
import type { Problem } from "../objective/problem.js";
import { paddedCount } from "../shape/shape.js";
import type { MethodState, StateBounds } from "./method.js";

/** A pair of less curvature, beside the lengths of its vectors, says nothing. */
const LEAST_CURVATURE = 1e-10;

/**
 * Pairs of a step s and what the Hessian makes of it, y, and the inverse quasi-Newton matrix B^-1
 * that the last of them stand for (assembly/newton/lbfgs.ts). While they are in use as many others
 * can be written behind them: `begin`, then `add` or `addStep`, at last `keep`. Without `keep`
 * nothing has changed.
 */
export class CurvaturePairs {
  readonly #problem: Problem;
  /** Vectors are this long, with their padding. */
  readonly #count: number;
  /** The most that are in use. */
  readonly #most: number;
  readonly #places: number;
  readonly #s: number;
  readonly #y: number;
  readonly #rho: number;
  readonly #alpha: number;
  #used = 0;
  #newest = 0;
  #added = 0;

  constructor(problem: Problem, arena: Arena, most: number) {
    const count = paddedCount(problem.shape);
    this.#problem = problem;
    this.#count = count;
    this.#most = most;
    // Those in use, as many of one solution, and that of the step.
    this.#places = 2 * most + 1;
    this.#s = arena.f64(this.#places * count);
    this.#y = arena.f64(this.#places * count);
    this.#rho = arena.f64(this.#places);
    this.#alpha = arena.f64(this.#places);
  }

  get empty(): boolean {
    return this.#used === 0;
  }

  /** out := -B^-1 g */
  direction(g: number, out: number): void {
    const { core } = this.#problem.engine;
    const [used, newest, places] = [this.#used, this.#newest, this.#places];
    const [s, y, rho, alpha] = [this.#s, this.#y, this.#rho, this.#alpha];
    core.lbfgsDirection(this.#count, places, used, newest, s, y, rho, alpha, g, out);
  }

  forget(): void {
    this.#used = 0;
    this.#added = 0;
  }

  begin(): void {
    this.#added = 0;
  }

  /** A vector and its product with the Hessian; those after the first `most` are left out. */
  add(vector: number, image: number): void {
    if (this.#added >= this.#most) return;
    const { core } = this.#problem.engine;
    const [s, y, rho] = [this.#s, this.#y, this.#rho];
    this.#accept(core.lbfgsCurvature(this.#count, this.#next, s, y, rho, vector, image));
  }

  /** The step from a point to another, and how the gradient changed. */
  addStep(from: Point, to: Point, gradient: number, nextGradient: number): void {
    const { core } = this.#problem.engine;
    const [s, y, rho, place] = [this.#s, this.#y, this.#rho, this.#next];
    const [start, end] = [from.theta, to.theta];
    this.#accept(core.lbfgsPair(this.#count, place, s, y, rho, start, end, gradient, nextGradient));
  }

  /** The pairs that were added are in use from now on. */
  keep(): void {
    this.#newest = (this.#newest + this.#added) % this.#places;
    this.#used = Math.min(this.#used + this.#added, this.#most);
    this.#added = 0;
  }

  get #next(): number {
    return (this.#newest + this.#added + 1) % this.#places;
  }

  #accept(product: number): void {
    const { engine } = this.#problem;
    const { core } = engine;
    const [step, image] = [this.#s, this.#y].map((at) => at + 8 * this.#count * this.#next);
    const lengths = core.norm2(this.#count, step!) * core.norm2(this.#count, image!);
    if (product > LEAST_CURVATURE * lengths && Number.isFinite(1 / product)) {
      this.#added++;
      return;
    }
    // What is not used has to be finite all the same: `save` keeps it.
    for (const vector of [step!, image!]) engine.f64(vector, this.#count).fill(0);
    engine.f64(this.#rho + 8 * this.#next, 1).fill(0);
  }

  get bounds(): StateBounds {
    const length = this.#places * this.#count;
    return {
      numbers: {
        pairs: { least: 0, most: this.#most, integer: true },
        newest: { least: 0, most: this.#places - 1, integer: true },
      },
      vectors: { s: { length }, y: { length }, rho: { length: this.#places } },
    };
  }

  save(): MethodState {
    const { engine } = this.#problem;
    const copy = (pointer: number, length: number) => engine.f64(pointer, length).slice();
    const total = this.#places * this.#count;
    const places = this.#places;
    return {
      numbers: { pairs: this.#used, newest: this.#newest },
      vectors: { s: copy(this.#s, total), y: copy(this.#y, total), rho: copy(this.#rho, places) },
    };
  }

  restore({ numbers, vectors }: MethodState): void {
    const { engine } = this.#problem;
    const total = this.#places * this.#count;
    this.#used = numbers.pairs!;
    this.#newest = numbers.newest!;
    engine.f64(this.#s, total).set(vectors.s!);
    engine.f64(this.#y, total).set(vectors.y!);
    engine.f64(this.#rho, this.#places).set(vectors.rho!);
  }
}
