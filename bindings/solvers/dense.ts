import type { Arena, Engine } from "../engine/engine.js";
import { MEMORY_LIMIT, mebibytes } from "../engine/memory.js";
import { ResourceError } from "../errors.js";
import type { Problem } from "../problem.js";
import type { Precision } from "../types.js";

/** Below this, the assembled Hessian is kept beside its factor, so that a rejected try costs no assembly. */
const KEEP_ASSEMBLED_BYTES = 2 ** 28;

/** Index of the pivot that is not positive, 0-based, or this when the matrix is positive definite. */
export const DEFINITE = -1;

/**
 * The dense solver of the Newton step: H + gamma I = L L^T, packed lower, P^3/3 multiply-adds.
 * `linearize` once a point; `factor` for each gamma tried there; `solve` for each right-hand side.
 */
export class DenseSolver {
  /** How many systems were solved with which arithmetic. */
  readonly solved = { float64: 0, mixed: 0 };
  readonly #problem: Problem;
  readonly #engine: Engine;
  readonly #arena: Arena;
  readonly #count: number;
  /** Pointer to the blocks S_i; 0 leaves them out (Gauss-Newton). */
  readonly #blocks: number;
  readonly #bytes: number;
  readonly #panels: number;
  readonly #reciprocals: number;
  readonly #assembled: number;
  /** The float64 factor, which is `#assembled` itself when there is no room for both; 0 until it is needed. */
  #factor: number;
  /** Float32 factor and vectors, for mixed precision; 0 otherwise. */
  readonly #single: { readonly factor: number; readonly work: number } | null;
  #theta = 0;
  #gamma = 0;
  #stale = true;
  #mixedReady = false;

  /** @throws ResourceError `out-of-memory`, before anything is allocated, when P is too large */
  constructor(problem: Problem, arena: Arena, blocks: number, precision: Precision = "float64") {
    const { engine, parameters, data } = problem;
    const { core } = engine;
    this.#problem = problem;
    this.#engine = engine;
    this.#arena = arena;
    this.#count = parameters;
    this.#blocks = blocks;
    this.#bytes = core.packedBytes(parameters);
    const keep = precision === "mixed" || this.#bytes <= KEEP_ASSEMBLED_BYTES;
    const panelBytes = core.hessianPanelBytes(parameters, data.samples);
    const singleBytes = precision === "mixed" ? core.mixedFactorBytes(parameters) : 0;
    checkFits(
      engine,
      parameters,
      this.#bytes * (keep ? 2 : 1) + panelBytes + singleBytes + 8 * parameters,
    );
    this.#assembled = arena.bytes(this.#bytes);
    this.#factor = keep ? 0 : this.#assembled;
    this.#panels = arena.bytes(panelBytes);
    this.#reciprocals = arena.f64(parameters + 4);
    this.#single =
      precision === "float64"
        ? null
        : {
            factor: arena.bytes(singleBytes),
            work: arena.bytes(core.mixedScratchBytes(parameters)),
          };
  }

  /** Moves to a point whose blocks S_i are in place. Nothing is computed until it is needed. */
  linearize(theta: number): void {
    this.#theta = theta;
    this.#stale = true;
  }

  /** Prepares to solve with H + gamma I. Returns DEFINITE or the index of the first pivot that is not positive. */
  factor(gamma: number): number {
    this.#gamma = gamma;
    this.#mixedReady = this.#single !== null && this.#factorMixed(this.#single);
    return this.#mixedReady ? DEFINITE : this.#factorDouble();
  }

  /**
   * step := (H + gamma I)^-1 gradient, after a `factor` that returned DEFINITE. Mixed precision that does not converge is made up
   * for in float64, and only that factorization can still find the matrix indefinite: the result is as that of `factor`.
   */
  solve(gradient: number, step: number): number {
    if (this.#mixedReady && this.#solveMixed(gradient, step)) {
      this.solved.mixed++;
      return DEFINITE;
    }
    if (this.#mixedReady) {
      this.#mixedReady = false;
      const pivot = this.#factorDouble();
      if (pivot !== DEFINITE) return pivot;
    }
    this.#engine.core.denseSolve(this.#count, this.#factor, this.#reciprocals, gradient, step);
    this.solved.float64++;
    return DEFINITE;
  }

  /**
   * The step and the number of negative eigenvalues (-1: singular) when H + gamma I is indefinite. Takes a square
   * matrix of its own from `arena`.
   */
  solveIndefinite(gamma: number, gradient: number, step: number, arena: Arena): number {
    const count = this.#count;
    checkFits(this.#engine, count, 8 * count * count);
    const full = arena.bytes(8 * count * count);
    const pivots = arena.bytes(4 * count);
    const work = arena.f64(2 * count);
    const h = this.#working();
    return this.#engine.core.denseIndefinite(count, h, gamma, full, pivots, work, gradient, step);
  }

  /** H, without gamma, as a full row-major P x P copy. */
  matrix(arena: Arena): Float64Array {
    const count = this.#count;
    checkFits(this.#engine, count, 8 * count * count);
    const full = arena.bytes(8 * count * count);
    this.#assemble();
    this.#engine.core.packedToFull(count, this.#assembled, full, count);
    return this.#engine.f64(full, count * count).slice();
  }

  #factorDouble(): number {
    const h = this.#working();
    const { core } = this.#engine;
    return core.densePrepare(this.#count, h, this.#gamma, this.#reciprocals) - 1;
  }

  #factorMixed({ factor, work }: { factor: number; work: number }): boolean {
    this.#assemble();
    const { core } = this.#engine;
    return core.mixedPrepare(this.#count, this.#assembled, this.#gamma, factor, work) === 0;
  }

  #solveMixed(gradient: number, step: number): boolean {
    const { core } = this.#engine;
    const { factor, work } = this.#single!;
    const a = this.#assembled;
    return core.mixedSolve(this.#count, a, this.#gamma, factor, gradient, step, work) >= 0;
  }

  /** H, without gamma, in `#assembled`. */
  #assemble(): void {
    if (!this.#stale) return;
    this.#problem.hessian(this.#theta, this.#blocks, this.#assembled, this.#panels);
    this.#stale = false;
  }

  /** A copy of H that may be overwritten; without room for one, H itself, to be assembled anew next time. */
  #working(): number {
    this.#assemble();
    if (this.#factor === 0) this.#factor = this.#arena.bytes(this.#bytes);
    if (this.#factor === this.#assembled) this.#stale = true;
    else this.#engine.copy(this.#factor, this.#assembled, this.#bytes);
    return this.#factor;
  }
}

/** @throws ResourceError `out-of-memory` when `needed` bytes are more than the memory of the engine can still hold */
export function checkFits(engine: Engine, parameters: number, needed: number): void {
  if (needed + engine.bytesUsed <= MEMORY_LIMIT) return;
  const limit = mebibytes(MEMORY_LIMIT);
  throw new ResourceError(
    "out-of-memory",
    `the dense solver needs ${mebibytes(needed)} for ${parameters} parameters; WebAssembly gives at most ${limit}. Reduce the width, or use a method without a Hessian ("adam", "gd")`,
    { argument: "solver", expected: `at most ${limit}`, got: mebibytes(needed) },
  );
}
