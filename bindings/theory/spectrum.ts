import { loadRows } from "../data/load.js";
import { checkMatrix, type Matrix, type Numbers } from "../data/matrix.js";
import type { Arena, Engine } from "../engine/engine.js";
import { checkFinite, checkFiniteNumber, finiteResult } from "../engine/finite.js";
import type { TheoryExports } from "../engine/theory-core.js";
import { describe, invalid, ResourceError } from "../support/errors.js";
import { checkOptions } from "../support/validate.js";
import { loadSymmetric, withTheory } from "./matrix.js";

export interface TheoryOptions {
  /** An engine to compute on; by default one of its own, dropped afterwards. */
  readonly engine?: Engine;
}

export interface Spectrum {
  /** n eigenvalues, descending. */
  readonly values: Float64Array;
  /**
   * n x n row-major, eigenvector l in column l, orthonormal; its entry of largest magnitude is
   * positive.
   */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix (n x n; row-major if flat), by Householder
 * tridiagonalization and implicit QL. Errors are a small multiple of n eps times the largest
 * eigenvalue, for each of them: eigenvalues below that are noise.
 *
 * @throws InputError `invalid-shape`, `non-finite`, `empty-data`, `invalid-argument`
 */
export async function spectrum(matrix: Matrix, options: TheoryOptions = {}): Promise<Spectrum> {
  checkOptions(options, "options", ["engine"]);
  return withTheory(options.engine, (engine, theory) =>
    engine.scope((arena) => {
      const { n, ld, values, vectors } = decompose(engine, theory, arena, matrix, "matrix");
      const columns = arena.f64(n * ld);
      engine.core.toColumns(n, ld, vectors, n, columns);
      const square = engine.f64(columns, n * n).slice();
      return { values: engine.f64(values, n).slice(), vectors: square };
    }),
  );
}

/** Pointers to the eigenvalues and to the eigenvectors as rows, with leading dimension ld. */
export interface Decomposition {
  readonly n: number;
  readonly ld: number;
  readonly values: number;
  readonly vectors: number;
}

export function decompose(
  engine: Engine,
  theory: TheoryExports,
  arena: Arena,
  matrix: Matrix,
  argument: string,
): Decomposition {
  return engine.scope((scratch) => {
    const { pointer, n, ld } = loadSymmetric(engine, scratch, matrix, argument);
    const work = scratch.f64(theory.syevWork(n));
    const values = arena.f64(ld);
    const vectors = arena.f64(n * ld);
    if (!theory.syev(n, pointer, values, vectors, work)) {
      throw new ResourceError(
        "not-converged",
        `${argument}: the eigenvalue iteration did not converge`,
        {
          argument,
        },
      );
    }
    checkFinite(engine, n, values, argument, "an eigenvalue");
    return { n, ld, values, vectors };
  });
}

/**
 * Coefficients of the combination of `basis` columns that is nearest to each row of `targets` in
 * the Euclidean norm: what part of each named component a function has.
 *
 * @param basis p functions at M points, as p rows of M values
 * @param targets functions at the same points: rows of M values
 * @returns a row of p coefficients a target
 * @throws InputError `invalid-shape`; `non-finite` where squares overflow; `invalid-argument` when
 *   the basis is linearly dependent on these points
 */
export async function leastSquares(
  basis: readonly Numbers[],
  targets: readonly Numbers[],
  options: TheoryOptions = {},
): Promise<Float64Array[]> {
  checkOptions(options, "options", ["engine"]);
  const columns = checkFunctions(basis, "basis");
  const rows = checkFunctions(targets, "targets");
  const count = columns[0]?.length ?? 0;
  if (columns.length === 0) throw invalid("empty-data", "basis", "at least one function", "none");
  if (count < columns.length) {
    throw invalid(
      "invalid-shape",
      "basis",
      "no more functions than points",
      `${columns.length} of ${count} points`,
    );
  }
  return withTheory(options.engine, (engine, theory) =>
    engine.scope((arena) => {
      const ld = engine.core.rowLength(count);
      const p = columns.length;
      const loaded = loadRows(engine, arena, columns, count, "basis").rows;
      const [a, b, x, r] = [p * ld, ld, p, p * p].map((length) => arena.f64(length)) as [
        number,
        number,
        number,
        number,
      ];
      return rows.map((target, index) => {
        const row = loadRows(engine, arena, [target], count, `targets[${index}]`).rows;
        for (let j = 0; j < p; j++)
          engine.core.copyVector(count, loaded + 8 * count * j, a + 8 * ld * j);
        columns.forEach((_, j) => {
          const square = engine.core.dot(ld, a + 8 * ld * j, a + 8 * ld * j);
          checkFiniteNumber(square, `basis[${j}]`, "the sum of squares");
        });
        engine.core.copyVector(count, row, b);
        checkFiniteNumber(engine.core.dot(ld, b, b), `targets[${index}]`, "the sum of squares");
        const dependent = theory.lstsq(count, p, a, b, x, r);
        if (dependent > 0) {
          throw invalid(
            "invalid-argument",
            `basis[${dependent - 1}]`,
            "a function that is independent of those before it on these points",
            "a dependent one",
          );
        }
        return finiteResult(engine, x, p, `targets[${index}]`);
      });
    }),
  );
}

/** Values of functions at points, as arrays. @throws InputError `invalid-argument` */
function checkFunctions(value: unknown, argument: string): number[][] {
  if (!Array.isArray(value)) {
    throw invalid("invalid-argument", argument, "an array of rows of numbers", describe(value));
  }
  return Array.from(value, (row: unknown, index) => {
    checkMatrix(row, `${argument}[${index}]`, "an array of numbers or a typed array");
    return Array.from(row as ArrayLike<number>);
  });
}
