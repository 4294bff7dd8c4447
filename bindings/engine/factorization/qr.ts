import type { Arena, Engine } from "../engine.js";
import type { PdeExports } from "../pde-core.js";
import { Progress } from "../progress.js";

/**
 * A = Q R by Householder reflections, for least squares whose condition must not be squared. The
 * matrix has columns of `ld` values, `rows` of which count; it is overwritten by its factors.
 */
export class QR {
  readonly rows: number;
  readonly columns: number;
  /** Address of the matrix, and values from one column to the next. */
  readonly matrix: number;
  readonly ld: number;
  readonly #core: PdeExports;
  readonly #tau: number;
  readonly #work: number;
  readonly #progress: Progress;
  readonly #engine: Engine;

  /** @param rows at least as many as columns */
  constructor(engine: Engine, core: PdeExports, arena: Arena, rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.ld = rows + (rows % 2);
    this.matrix = arena.f64(this.ld * columns);
    this.#engine = engine;
    this.#core = core;
    this.#tau = arena.f64(columns);
    this.#work = arena.bytes(core.geqrfWork(rows, columns));
    this.#progress = new Progress(engine, arena);
  }

  *factoring(): Generator<void, void> {
    const { rows, columns, matrix, ld } = this;
    yield* this.#progress.through((progress, flops) =>
      this.#core.geqrf(rows, columns, matrix, ld, this.#tau, this.#work, progress, flops),
    );
  }

  /** C := Q^T C; columns of `rows` values, ldc apart. */
  applyingTransposed(c: number, ldc: number, columns: number): Generator<void, void> {
    return this.#applying(true, c, ldc, columns);
  }

  /** C := Q C */
  applying(c: number, ldc: number, columns: number): Generator<void, void> {
    return this.#applying(false, c, ldc, columns);
  }

  *#applying(transposed: boolean, c: number, ldc: number, columns: number): Generator<void, void> {
    const { rows, columns: n, matrix, ld } = this;
    yield* this.#progress.through((progress, flops) =>
      this.#core.ormqr(
        transposed,
        rows,
        n,
        columns,
        matrix,
        ld,
        this.#tau,
        c,
        ldc,
        this.#work,
        progress,
        flops,
      ),
    );
  }

  /** x := the least-squares solution of A x = b; b, of `ld` values, becomes Q^T b. */
  *solving(b: number, x: number): Generator<void, void> {
    yield* this.applyingTransposed(b, this.ld, 1);
    this.#engine.core.copyVector(this.columns, b, x);
    this.#core.trtrs(this.columns, this.matrix, this.ld, x);
  }
}
