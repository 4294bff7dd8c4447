import type { Arena } from "../engine/engine.js";
import type { Problem } from "../objective/problem.js";

/**
 * The factored matrix C = M I + G of the data, through which a Gram matrix becomes a Newton kernel.
 */
export class KernelSystem {
  readonly #data: Problem;
  readonly #solve: (row: number) => void;

  private constructor(data: Problem, solve: (row: number) => void) {
    this.#data = data;
    this.#solve = solve;
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
    const { core } = engine;
    const c = arena.bytes(core.packedBytes(rows));
    core.gramSystem(descriptor, tiles, c);
    if (!indefinite) {
      const reciprocals = arena.f64(rows + 4);
      if (core.functionSpaceFactor(rows, c, reciprocals) !== 0) return null;
      return new KernelSystem(data, (row) =>
        core.functionSpaceSolve(rows, c, reciprocals, row, row),
      );
    }
    const full = arena.bytes(8 * rows * rows);
    const pivot = arena.bytes(4 * rows);
    const work = arena.bytes(core.sytrfWorkBytes(rows));
    if (core.functionSpaceFactorIndefinite(rows, c, full, pivot, work) < 0) return null;
    return new KernelSystem(data, (row) =>
      core.functionSpaceSolveIndefinite(rows, full, pivot, row, row),
    );
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
    const row = arena.f64(data.rows + 4);
    const out = arena.f64(points.samples * outputs * columns);
    for (let m = 0; m < points.samples; m++) {
      for (let o = 0; o < outputs; o++) {
        core.gramRow(points.descriptor, data.descriptor, tiles, o * points.ldx + m, row);
        this.#solve(row);
        core.gramUnpad(data.descriptor, row, out + 8 * columns * (m * outputs + o));
      }
    }
    return out;
  }
}
