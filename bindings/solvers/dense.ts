import type { Arena } from "../engine/engine.js";
import { MEMORY_LIMIT, mebibytes } from "../engine/memory.js";
import { ResourceError } from "../errors.js";
import type { Problem } from "../problem.js";

/** Below this, the assembled Hessian is kept beside its factor, so that a rejected try costs no assembly. */
const KEEP_ASSEMBLED_BYTES = 2 ** 28;

/**
 * The dense solver of the Newton step (docs/solvers.md): H + gamma I = L L^T, packed lower, P^3/3 multiply-adds.
 * `linearize` once a point, `factor` for each gamma tried there, `solve` for each right-hand side.
 */
export class DenseSolver {
  readonly #problem: Problem;
  /** Pointer to the blocks S_i; 0 leaves them out (Gauss-Newton). */
  readonly #blocks: number;
  readonly #factor: number;
  readonly #assembled: number;
  readonly #bytes: number;
  readonly #panels: number;
  readonly #reciprocals: number;
  #theta = 0;
  #stale = true;

  /** @throws ResourceError `out-of-memory`, before anything is allocated, when P is too large */
  constructor(problem: Problem, arena: Arena, blocks: number) {
    const { core } = problem.engine;
    const count = problem.parameters;
    this.#problem = problem;
    this.#blocks = blocks;
    this.#bytes = core.packedBytes(count);
    const panelBytes = core.hessianPanelBytes(count, problem.data.samples);
    const keep = this.#bytes <= KEEP_ASSEMBLED_BYTES;
    const needed = this.#bytes * (keep ? 2 : 1) + panelBytes + 8 * (count + 4);
    if (needed + problem.engine.bytesUsed > MEMORY_LIMIT) {
      throw new ResourceError(
        "out-of-memory",
        `the dense solver needs ${mebibytes(needed)} for ${count} parameters; WebAssembly gives at most ${mebibytes(MEMORY_LIMIT)}. Reduce the width, or use a method without a Hessian ("adam", "gd")`,
        {
          argument: "solver",
          expected: `at most ${mebibytes(MEMORY_LIMIT)}`,
          got: mebibytes(needed),
        },
      );
    }
    this.#factor = arena.bytes(this.#bytes);
    this.#assembled = keep ? arena.bytes(this.#bytes) : this.#factor;
    this.#panels = arena.bytes(panelBytes);
    this.#reciprocals = arena.f64(count + 4);
  }

  /** Moves to a point whose blocks S_i are in place. Nothing is computed until it is needed. */
  linearize(theta: number): void {
    this.#theta = theta;
    this.#stale = true;
  }

  /** Factors H + gamma I. Returns -1, or the 0-based index of the first pivot that is not positive. */
  factor(gamma: number): number {
    const { core } = this.#problem.engine;
    this.#assemble();
    return core.densePrepare(this.#problem.parameters, this.#factor, gamma, this.#reciprocals) - 1;
  }

  /** step := (H + gamma I)^-1 gradient, with the last successful `factor`. */
  solve(gradient: number, step: number): void {
    const { core } = this.#problem.engine;
    core.denseSolve(this.#problem.parameters, this.#factor, this.#reciprocals, gradient, step);
  }

  /**
   * The step and the number of negative eigenvalues (-1: singular) when H + gamma I is indefinite. Takes a square
   * matrix of its own from `arena`.
   */
  solveIndefinite(gamma: number, gradient: number, step: number, arena: Arena): number {
    const { core } = this.#problem.engine;
    const count = this.#problem.parameters;
    const full = arena.bytes(8 * count * count);
    const pivots = arena.bytes(4 * count);
    const work = arena.f64(2 * count);
    this.#assemble();
    return core.denseIndefinite(count, this.#factor, gamma, full, pivots, work, gradient, step);
  }

  /** H, without gamma, as a full row-major P x P copy. */
  matrix(arena: Arena): Float64Array {
    const { engine, parameters } = this.#problem;
    const full = arena.bytes(8 * parameters * parameters);
    this.#assemble();
    engine.core.packedToFull(parameters, this.#factor, full, parameters);
    return engine.f64(full, parameters * parameters).slice();
  }

  /** Leaves H, without gamma, where `factor` works: from the kept copy or assembled anew. */
  #assemble(): void {
    const kept = this.#assembled !== this.#factor;
    if (this.#stale || !kept) {
      this.#problem.hessian(this.#theta, this.#blocks, this.#assembled, this.#panels);
      this.#stale = false;
    }
    if (!kept) return;
    const length = this.#bytes / 8;
    const { engine } = this.#problem;
    engine.f64(this.#factor, length).set(engine.f64(this.#assembled, length));
  }
}
