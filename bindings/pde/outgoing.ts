import type { Arena } from "../engine/engine.js";
import { QR } from "../engine/factorization/qr.js";
import type { RowsPoint } from "./point.js";
import type { RowsProblem } from "./problem.js";

/**
 * In parts of the largest column of A: singular values of A far below what rounding leaves of them
 * say nothing of c.
 */
const ROOT = 2 ** -46;

/**
 * The part of the parameters in which a network is linear: c, and with it the parameters of the
 * equations. A has the columns of J of these, and [A; root I] is factored, by QR: the normal
 * equations would square the condition of A, and stop at half of the digits.
 */
export class OutgoingSystem {
  /** Columns of A. */
  readonly columns: number;
  readonly qr: QR;
  readonly #problem: RowsProblem;
  #root = 0;

  constructor(problem: RowsProblem, arena: Arena) {
    const { engine, core, rows, outgoing, extra } = problem;
    this.columns = outgoing + extra;
    this.#problem = problem;
    this.qr = new QR(engine, core, arena, rows + this.columns + (this.columns % 2), this.columns);
  }

  /** Address of c in a parameter vector, which the parameters of the equations follow. */
  in(vector: number): number {
    const { networkParameters, outgoing } = this.#problem;
    return vector + 8 * (networkParameters - outgoing);
  }

  /** Factors at a point that has been evaluated. */
  *factoring(point: RowsPoint): Generator<void, void> {
    const { core, engine, rows } = this.#problem;
    const { matrix, ld } = this.qr;
    engine.f64(matrix, ld * this.columns).fill(0);
    yield* point.fillingColumns(matrix, ld, "outgoing");
    this.#root = ROOT * core.largestColumn(rows, this.columns, matrix, ld);
    core.fillDiagonal(this.columns, this.#root, matrix + 8 * rows, ld);
    yield* this.qr.factoring();
  }

  /** right := [rho; root c], for `solving`; room for `qr.ld` values. */
  fillRight(point: RowsPoint, right: number): void {
    const { engine, rows } = this.#problem;
    engine.f64(right, this.qr.ld).fill(0);
    engine.copy(right, point.residual, 8 * rows);
    const rest = right + 8 * rows;
    engine.core.axpby(this.columns, this.#root, this.in(point.theta), 0, rest);
  }
}
