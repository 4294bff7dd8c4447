import type { CoreExports } from "../core.js";
import type { Arena, Engine } from "../engine.js";
import { Progress } from "../progress.js";
import { definite, type Factored } from "./factorization.js";
import type { PackedMatrix } from "./packed-matrix.js";

/**
 * A float32 factor of A + gamma I, and float64 solutions with it by conjugate gradients on A itself
 * (assembly/linalg/cholesky/posvMixed.ts). Failure of either says nothing of A: float64 has to
 * decide.
 */
export class MixedCholesky {
  readonly #engine: Engine;
  readonly #order: number;
  readonly #factor: number;
  readonly #scratch: number;
  readonly #b: number;
  readonly #x: number;
  readonly #progress: Progress;
  /** Address of A, which has to stay as it was between `factor` and `solve`. */
  #a = 0;
  #gamma = 0;

  static bytes(core: CoreExports, order: number): number {
    return (
      core.mixedFactorBytes(order) +
      core.mixedScratchBytes(order) +
      2 * core.mixedVectorBytes(order) +
      Progress.bytes(core)
    );
  }

  constructor(engine: Engine, arena: Arena, order: number) {
    const { core } = engine;
    this.#engine = engine;
    this.#order = order;
    this.#factor = arena.bytes(core.mixedFactorBytes(order));
    this.#scratch = arena.bytes(core.mixedScratchBytes(order));
    this.#b = arena.bytes(core.mixedVectorBytes(order));
    this.#x = arena.bytes(core.mixedVectorBytes(order));
    this.#progress = new Progress(engine, arena);
  }

  *factoring(a: PackedMatrix, gamma: number): Generator<void, Factored> {
    this.#a = a.pointer;
    this.#gamma = gamma;
    const { core } = this.#engine;
    const [n, factor, scratch] = [this.#order, this.#factor, this.#scratch];
    const info = core.mixedPrepare(n, this.#a, gamma, factor, scratch);
    if (info !== 0) return definite(info);
    const pivot = yield* this.#progress.through((progress, flops) =>
      core.mixedFactor(n, factor, scratch, progress, flops),
    );
    return definite(pivot);
  }

  /** x := (A + gamma I)^-1 b, n values each; whether the iteration has converged. */
  *solving(b: number, x: number): Generator<void, boolean> {
    const { core } = this.#engine;
    const n = this.#order;
    core.copyVector(n, b, this.#b);
    const iterations = yield* this.#progress.through((progress, flops) =>
      core.mixedSolve(
        n,
        this.#a,
        this.#gamma,
        this.#factor,
        this.#b,
        this.#x,
        this.#scratch,
        progress,
        flops,
      ),
    );
    if (iterations < 0) return false;
    core.copyVector(n, this.#x, x);
    return true;
  }
}
