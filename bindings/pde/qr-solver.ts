import type { Arena } from "../engine/engine.js";
import { QR } from "../engine/factorization/qr.js";
import type { Rejection } from "../solvers/rejection.js";
import { NeuronBlocks } from "./blocks.js";
import type { RowsPoint } from "./point.js";
import type { RowsProblem } from "./problem.js";
import type { RowsSolver } from "./rows-system.js";

/**
 * The Gauss-Newton step by QR of [J; sqrt(gamma) I]: the condition number is that of J and not its
 * square, for some four times the work.
 */
export class QrSolver implements RowsSolver {
  readonly positiveDefinite = null;
  readonly #problem: RowsProblem;
  readonly #blocks: NeuronBlocks;
  readonly #qr: QR;
  readonly #right: number;
  #point: RowsPoint | null = null;

  constructor(problem: RowsProblem, arena: Arena) {
    const { engine, core, rows, parameters } = problem;
    const all = rows + parameters + (parameters % 2);
    this.#problem = problem;
    this.#blocks = new NeuronBlocks(problem, arena, "gauss-newton");
    this.#qr = new QR(engine, core, arena, all, parameters);
    this.#right = arena.f64(all);
  }

  *linearizing(point: RowsPoint): Generator<void, void> {
    this.#point = point;
    // For the true quadratic model.
    yield* this.#blocks.moving(point);
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { core, parameters, rows, engine } = this.#problem;
    const { matrix, ld } = this.#qr;
    engine.f64(matrix, ld * parameters).fill(0);
    yield* this.#point!.fillingColumns(matrix, ld, "all");
    core.fillDiagonal(parameters, Math.sqrt(gamma), matrix + 8 * rows, ld);
    yield* this.#qr.factoring();
    return null;
  }

  *solving(_right: number, u: number, step: number): Generator<void, void> {
    const { engine, rows } = this.#problem;
    engine.f64(this.#right, this.#qr.ld).fill(0);
    engine.copy(this.#right, u, 8 * rows);
    yield* this.#qr.solving(this.#right, step);
  }

  quadratic(step: number): number {
    return this.#blocks.quadratic(step);
  }
}
