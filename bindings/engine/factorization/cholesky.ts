import type { CoreExports } from "../core.js";
import type { Arena, Engine } from "../engine.js";
import { Progress } from "../progress.js";
import { definite, type Factored, type Factorization } from "./factorization.js";
import { PackedMatrix } from "./packed-matrix.js";

/**
 * A + gamma I = L L^T, for a positive definite matrix: potrf and potrs, n^3/3 multiply-adds. A
 * pivot that is not positive, or not finite, ends it: the matrix is then not positive definite to
 * working precision.
 */
export class Cholesky implements Factorization {
  /** Where L is. A matrix that is put here is overwritten by its factor. */
  readonly matrix: PackedMatrix;
  readonly #reciprocals: number;
  readonly #x: number;
  readonly #progress: Progress;

  /** Bytes with a matrix of its own. */
  static bytes(core: CoreExports, order: number): number {
    return PackedMatrix.bytes(core, order) + Cholesky.bytesBeside(core, order);
  }

  /** Bytes beside the matrix. */
  static bytesBeside(core: CoreExports, order: number): number {
    const vectors = core.potrfReciprocalBytes(order) + core.potrsVectorBytes(order);
    return vectors + Progress.bytes(core);
  }

  /** @param matrix where L shall be, which need not be a place of its own */
  constructor(
    engine: Engine,
    arena: Arena,
    order: number,
    matrix = new PackedMatrix(engine, arena, order),
  ) {
    this.matrix = matrix;
    this.#reciprocals = arena.bytes(engine.core.potrfReciprocalBytes(order));
    this.#x = arena.bytes(engine.core.potrsVectorBytes(order));
    this.#progress = new Progress(engine, arena);
  }

  *factoring(a: PackedMatrix, gamma = 0): Generator<void, Factored> {
    const { engine, order, pointer } = this.matrix;
    if (a !== this.matrix) this.matrix.copy(a);
    this.matrix.addDiagonal(gamma);
    const info = yield* this.#progress.through((progress, flops) =>
      engine.core.potrf(order, pointer, this.#reciprocals, progress, flops),
    );
    return definite(info);
  }

  solve(b: number, x: number): void {
    const { engine, order, pointer } = this.matrix;
    const { core } = engine;
    core.copyVector(order, b, this.#x);
    core.potrs(order, pointer, this.#reciprocals, this.#x);
    core.copyVector(order, this.#x, x);
  }

  /**
   * X := X L^-T for rows in panels of four (assembly/linalg/cholesky/trsm.ts): `count` panels of
   * core.rowPanelBytes(order).
   */
  *solvingRows(count: number, x: number): Generator<void, void> {
    const { engine, order, pointer } = this.matrix;
    yield* this.#progress.through((progress, flops) =>
      engine.core.trsm(order, pointer, this.#reciprocals, count, x, progress, flops),
    );
  }

  /** log det of what was factored. */
  get logDeterminant(): number {
    const { engine, order } = this.matrix;
    return engine.core.potrfLogDeterminant(order, this.#reciprocals);
  }

  /** u := L^-T, core.inverseFactorBytes(order) (assembly/linalg/cholesky/potri.ts). */
  *invertingFactor(u: number): Generator<void, void> {
    const { engine, order, pointer } = this.matrix;
    yield* this.#progress.through((progress, flops) =>
      engine.core.inverseFactor(order, pointer, this.#reciprocals, u, progress, flops),
    );
  }
}
