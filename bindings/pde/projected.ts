import type { Arena } from "../engine/engine.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import { PackedMatrix } from "../engine/factorization/packed-matrix.js";
import { Progress } from "../engine/progress.js";
import type { NewtonSystem } from "../methods/newton-system.js";
import { indefinite, type Rejection } from "../solvers/rejection.js";
import { OutgoingSystem } from "./outgoing.js";
import { RowsPoint } from "./point.js";
import type { RowsProblem } from "./problem.js";

/**
 * A point of which w and eta are told: c is the least-squares solution that belongs to them, and
 * the loss a function of w and eta alone (Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973).
 */
export class ProjectedPoint extends RowsPoint {
  readonly outgoing: OutgoingSystem;
  readonly #right: number;
  #solved: number | undefined;

  constructor(problem: RowsProblem, arena: Arena) {
    super(problem, arena);
    this.outgoing = new OutgoingSystem(problem, arena);
    this.#right = arena.f64(this.outgoing.qr.ld);
  }

  override leave(): number {
    this.#solved = undefined;
    return super.leave();
  }

  override *evaluating(): Generator<void, number> {
    this.#solved ??= yield* this.#solving();
    return this.#solved;
  }

  *#solving(): Generator<void, number> {
    const { core } = this.problem.engine;
    const { outgoing, columns } = { outgoing: this.outgoing, columns: this.outgoing.columns };
    const arena = this.problem.engine.open();
    try {
      // The columns of A and c = 0 first; what is left of the loss then is made anew, so that it
      // has no rounding of the solution in it.
      const c = outgoing.in(super.leave());
      this.problem.engine.f64(c, columns).fill(0);
      yield* super.evaluating();
      yield* outgoing.factoring(this);
      outgoing.fillRight(this, this.#right);
      const solution = arena.f64(columns);
      yield* outgoing.qr.solving(this.#right, solution);
      super.leave();
      core.axpby(columns, -1, solution, 0, c);
      return yield* super.evaluating();
    } finally {
      arena.close();
    }
  }
}

/**
 * Variable projection in Kaufman's form (BIT 15, 1975): the Jacobian of the projected residual is
 * (I - Q Q^T) dA c, where A = Q R. Everything is in the coordinates of Q, in which the projection
 * takes the first entries away. Levenberg-Marquardt on w and eta.
 */
export class ProjectedSystem implements NewtonSystem<ProjectedPoint> {
  readonly positiveDefinite = true;
  readonly #problem: RowsProblem;
  /** Number of w and eta. */
  readonly #inner: number;
  readonly #ld: number;
  /** Q^T [J; 0] of w and eta without its first rows, and Q^T [rho; root c] likewise. */
  readonly #columns: number;
  readonly #residual: number;
  readonly #image: number;
  readonly #gradient: number;
  readonly #matrix: PackedMatrix;
  readonly #panels: number;
  readonly #cholesky: Cholesky;
  readonly #progress: Progress;

  constructor(problem: RowsProblem, arena: Arena, point: ProjectedPoint) {
    const { engine, core, extra } = problem;
    const inner = point.columnsOf("inner");
    const { ld } = point.outgoing.qr;
    this.#problem = problem;
    this.#inner = inner;
    this.#ld = ld;
    this.#columns = arena.f64(ld * (inner + extra));
    this.#residual = arena.f64(ld);
    this.#image = arena.f64(ld);
    this.#gradient = arena.f64(problem.length);
    this.#matrix = new PackedMatrix(engine, arena, inner);
    this.#panels = arena.bytes(core.normalPanelBytes(ld, inner));
    this.#cholesky = new Cholesky(engine, arena, inner);
    this.#progress = new Progress(engine, arena);
  }

  // biome-ignore lint/correctness/useYield: nothing is known beforehand
  *boundingIndefinite(): Generator<void, number> {
    return 0;
  }

  *linearize(point: ProjectedPoint): Generator<void, number> {
    const { core, engine } = this.#problem;
    const { qr, columns: n } = point.outgoing;
    const [inner, ld, columns] = [this.#inner, this.#ld, this.#columns];
    engine.f64(columns, ld * inner).fill(0);
    yield* point.fillingColumns(columns, ld, "inner");
    yield* qr.applyingTransposed(columns, ld, inner);
    core.clearTop(inner, n, columns, ld);
    point.outgoing.fillRight(point, this.#residual);
    yield* qr.applyingTransposed(this.#residual, ld, 1);
    core.clearTop(1, n, this.#residual, ld);
    core.columnsTranspose(ld, inner, columns, ld, this.#residual, this.#gradient);
    const [h, panels] = [this.#matrix.pointer, this.#panels];
    yield* this.#progress.through((progress, flops) =>
      core.normalMatrix(ld, inner, columns, ld, h, panels, progress, flops),
    );
    return engine.core.norm2(inner, this.#gradient);
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { pivot } = yield* this.#cholesky.factoring(this.#matrix, gamma);
    return pivot === null ? null : indefinite({ pivot });
  }

  // biome-ignore lint/correctness/useYield: two triangular solves are not long
  *solving(step: number): Generator<void, null> {
    const { core } = this.#problem;
    this.#cholesky.solve(this.#gradient, step);
    core.columnsMultiply(this.#ld, this.#inner, this.#columns, this.#ld, step, this.#image);
    return null;
  }

  slope(step: number): number {
    return this.#problem.engine.core.dot(this.#problem.length, this.#gradient, step);
  }

  quadratic(_step: number): number {
    return this.#problem.engine.core.dot(this.#ld, this.#image, this.#image);
  }

  // biome-ignore lint/correctness/useYield: there is none
  *accelerating(): Generator<void, boolean> {
    return false;
  }
}
