import type { Arena } from "../engine/engine.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import { PackedMatrix } from "../engine/factorization/packed-matrix.js";
import { Progress } from "../engine/progress.js";
import type { Curvature } from "../objective/curvature.js";
import { indefinite, type Rejection } from "../solvers/rejection.js";
import { NeuronBlocks } from "./blocks.js";
import type { RowsPoint } from "./point.js";
import type { RowsProblem } from "./problem.js";
import type { RowsSolver } from "./rows-system.js";

/**
 * J^T J + S + gamma I by Cholesky, P^2 R + P^3 / 3 multiply-adds: the condition number is that of J
 * squared.
 */
export class NormalSolver implements RowsSolver {
  readonly positiveDefinite = true;
  readonly #problem: RowsProblem;
  readonly #blocks: NeuronBlocks;
  /** Columns of J. */
  readonly #columns: number;
  readonly #matrix: PackedMatrix;
  readonly #panels: number;
  readonly #cholesky: Cholesky;
  readonly #progress: Progress;

  constructor(problem: RowsProblem, arena: Arena, curvature: Curvature) {
    const { engine, core, rows, parameters } = problem;
    this.#problem = problem;
    this.#blocks = new NeuronBlocks(problem, arena, curvature);
    this.#columns = arena.f64(rows * parameters);
    this.#matrix = new PackedMatrix(engine, arena, parameters);
    this.#panels = arena.bytes(core.normalPanelBytes(rows, parameters));
    this.#cholesky = new Cholesky(engine, arena, parameters);
    this.#progress = new Progress(engine, arena);
  }

  *linearizing(point: RowsPoint): Generator<void, void> {
    const { core, rows, parameters } = this.#problem;
    yield* this.#blocks.moving(point);
    yield* point.fillingColumns(this.#columns, rows, "all");
    const [columns, h, panels] = [this.#columns, this.#matrix.pointer, this.#panels];
    yield* this.#progress.through((progress, flops) =>
      core.normalMatrix(rows, parameters, columns, rows, h, panels, progress, flops),
    );
    this.#blocks.addTo(h);
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { pivot } = yield* this.#cholesky.factoring(this.#matrix, gamma);
    return pivot === null ? null : indefinite({ pivot });
  }

  // biome-ignore lint/correctness/useYield: two triangular solves are not long
  *solving(right: number, _u: number, step: number): Generator<void, void> {
    this.#cholesky.solve(right, step);
  }

  quadratic(step: number): number {
    return this.#blocks.quadratic(step);
  }
}
