import type { Arena } from "../../engine/engine.js";
import { Cholesky } from "../../engine/factorization/cholesky.js";
import { PackedMatrix } from "../../engine/factorization/packed-matrix.js";
import type { NewtonSystem } from "../../methods/newton-system.js";
import { paddedCount, parameterCount } from "../../shape/shape.js";
import { indefinite, type Rejection } from "../../solvers/rejection.js";
import type { ShardedPoint, ShardedSpace } from "./point.js";

/**
 * (J^T D J / M + Lambda + gamma I) step = g by Cholesky, without what is negative of D. The sums
 * over shards are those of workers.
 */
export class ShardedSystem implements NewtonSystem<ShardedPoint> {
  readonly positiveDefinite = true;
  readonly #space: ShardedSpace;
  readonly #count: number;
  readonly #gradient: number;
  /** P x P. */
  readonly #gram: number;
  /** J^T D J / M + Lambda */
  readonly #hessian: PackedMatrix;
  readonly #factors: Cholesky;
  /** H step, of the last one. */
  readonly #image: number;
  #point: ShardedPoint | null = null;
  /** J^T D f_vv / M of the last step. */
  readonly #bend: number;
  /** What the true step . H step has beside that of the system. */
  #beside = 0;

  constructor(space: ShardedSpace, arena: Arena) {
    const { engine, shape } = space;
    this.#space = space;
    this.#count = parameterCount(shape);
    this.#gradient = arena.f64(paddedCount(shape));
    this.#gram = arena.f64(this.#count * this.#count);
    this.#hessian = new PackedMatrix(engine, arena, this.#count);
    this.#factors = new Cholesky(engine, arena, this.#count);
    this.#image = arena.f64(paddedCount(shape));
    this.#bend = arena.f64(paddedCount(shape));
  }

  // biome-ignore lint/correctness/useYield: it waits for workers
  async *linearize(point: ShardedPoint): AsyncGenerator<void, number> {
    const { engine, sums, signal } = this.#space;
    this.#point = point;
    engine.f64(this.#gradient, this.#count).fill(0);
    engine.f64(this.#gram, this.#count * this.#count).fill(0);
    const totals = { gradient: this.#gradient, gram: this.#gram };
    await sums.evaluate(point.json, "gauss-newton", totals, signal);
    this.#hessian.fromFull(this.#gram, this.#count);
    return engine.core.norm2(this.#count, this.#gradient);
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { pivot } = yield* this.#factors.factoring(this.#hessian, gamma);
    return pivot === null ? null : indefinite({ pivot });
  }

  // biome-ignore lint/correctness/useYield: it waits for workers
  async *solving(step: number): AsyncGenerator<void, null> {
    const { engine, sums, signal } = this.#space;
    this.#factors.solve(this.#gradient, step);
    engine.core.symv(this.#count, this.#hessian.pointer, 0, step, this.#image);
    engine.f64(this.#bend, this.#count).fill(0);
    this.#beside = await sums.bend(this.#point!.json, step, this.#bend, signal);
    return null;
  }

  slope(step: number): number {
    return this.#space.engine.core.dot(this.#count, this.#gradient, step);
  }

  quadratic(step: number): number {
    return this.#space.engine.core.dot(this.#count, step, this.#image) + this.#beside;
  }

  // biome-ignore lint/correctness/useYield: nothing is known but what factoring says
  *boundingIndefinite(): Generator<void, number> {
    return 0;
  }

  // biome-ignore lint/correctness/useYield: the right-hand side came with the step
  *accelerating(_step: number, acceleration: number): Generator<void, boolean> {
    this.#factors.solve(this.#bend, acceleration);
    return true;
  }
}
