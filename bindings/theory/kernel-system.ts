import type { Arena } from "../engine/engine.js";
import { BunchKaufman } from "../engine/factorization/bunch-kaufman.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import type { Factorization } from "../engine/factorization/factorization.js";
import { PackedMatrix } from "../engine/factorization/packed-matrix.js";
import type { Problem } from "../objective/problem.js";
import { run } from "../support/pauses.js";

/**
 * The factored matrix C = M I + G of the data, through which a Gram matrix becomes a Newton kernel.
 */
export class KernelSystem {
  readonly #data: Problem;
  readonly #factors: Factorization;

  private constructor(data: Problem, factors: Factorization) {
    this.#data = data;
    this.#factors = factors;
  }

  /**
   * Cholesky where B is positive definite, pivoted L D L^T where it is not; `null` if C is
   * singular.
   */
  static factor(
    data: Problem,
    arena: Arena,
    tiles: number,
    indefinite: boolean,
  ): KernelSystem | null {
    const { engine, rows, descriptor } = data;
    const c = new PackedMatrix(engine, arena, rows);
    engine.core.gramSystem(descriptor, tiles, c.pointer);
    const factors = indefinite
      ? new BunchKaufman(engine, arena, rows)
      : new Cholesky(engine, arena, rows, c);
    return run(factors.factoring(c)).pivot === null ? new KernelSystem(data, factors) : null;
  }

  /**
   * G' C^-1 for the tiles G' between some points and the data; row-major as the caller of the
   * kernel sees it.
   */
  apply(arena: Arena, points: Problem, tiles: number): number {
    const data = this.#data;
    const { core } = data.engine;
    const { outputs } = data.shape;
    const columns = data.samples * outputs;
    const row = arena.f64(data.rows);
    const out = arena.f64(points.samples * outputs * columns);
    for (let m = 0; m < points.samples; m++) {
      for (let o = 0; o < outputs; o++) {
        core.gramRow(points.descriptor, data.descriptor, tiles, o * points.ldx + m, row);
        this.#factors.solve(row, row);
        core.gramUnpad(data.descriptor, row, out + 8 * columns * (m * outputs + o));
      }
    }
    return out;
  }
}
