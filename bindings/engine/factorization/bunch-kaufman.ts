import type { CoreExports } from "../core.js";
import type { Arena, Engine } from "../engine.js";
import { Progress } from "../progress.js";
import type { Factored, Factorization } from "./factorization.js";
import type { PackedMatrix } from "./packed-matrix.js";

/**
 * A + gamma I = U D U^T with pivots of order 1 and 2, for a matrix that may be indefinite: sytrf
 * and sytrs on a square copy. A pivot that is zero, or not finite, ends it: the matrix is then
 * singular to working precision.
 */
export class BunchKaufman implements Factorization {
  readonly #engine: Engine;
  readonly #order: number;
  readonly #full: number;
  readonly #pivots: number;
  readonly #work: number;
  readonly #progress: Progress;

  static bytes(core: CoreExports, order: number): number {
    const scratch = core.sytrfPivotBytes(order) + core.sytrfWorkBytes(order);
    return core.sytrfMatrixBytes(order) + scratch + Progress.bytes(core);
  }

  constructor(engine: Engine, arena: Arena, order: number) {
    const { core } = engine;
    this.#engine = engine;
    this.#order = order;
    this.#full = arena.bytes(core.sytrfMatrixBytes(order));
    this.#pivots = arena.bytes(core.sytrfPivotBytes(order));
    this.#work = arena.bytes(core.sytrfWorkBytes(order));
    this.#progress = new Progress(engine, arena);
  }

  *factoring(a: PackedMatrix, gamma = 0): Generator<void, Factored> {
    const { core } = this.#engine;
    const [n, full, pivots] = [this.#order, this.#full, this.#pivots];
    a.toFull(full);
    core.addDiagonal(n, full, n, gamma);
    const info = yield* this.#progress.through((progress, flops) =>
      core.sytrf(n, full, n, pivots, this.#work, progress, flops),
    );
    if (info !== 0) return { negative: null, pivot: info - 1 };
    return { negative: core.sytrfNegative(n, full, n, pivots), pivot: null };
  }

  solve(b: number, x: number): void {
    const { core } = this.#engine;
    const n = this.#order;
    if (x !== b) core.copyVector(n, b, x);
    core.sytrs(n, this.#full, n, this.#pivots, x);
  }
}
