import { loadRows } from "../data/load.js";
import { checkMatrix, isFlat, type Matrix } from "../data/matrix.js";
import { type Arena, createEngine, Engine } from "../engine/engine.js";
import { type TheoryExports, theoryOf } from "../engine/theory-core.js";
import { describe, invalid } from "../support/errors.js";

/** Runs on the engine that was given, or on one of its own that is dropped afterwards. */
export async function withEngine<T>(
  engine: Engine | undefined,
  work: (engine: Engine) => T | Promise<T>,
): Promise<T> {
  if (engine === undefined) {
    const own = await createEngine();
    try {
      return await work(own);
    } finally {
      own.dispose();
    }
  }
  if (engine instanceof Engine) return work(engine);
  throw invalid("invalid-argument", "options.engine", "an Engine (createEngine)", describe(engine));
}

/** The same, with the part of the core that only the theory needs. */
export function withTheory<T>(
  engine: Engine | undefined,
  work: (engine: Engine, theory: TheoryExports) => T,
): Promise<T> {
  return withEngine(engine, async (on) => work(on, await theoryOf(on)));
}

/** A symmetric matrix in memory: both triangles, row-major, leading dimension ld. */
export interface SymmetricMatrix {
  readonly pointer: number;
  readonly n: number;
  readonly ld: number;
}

/** Asymmetry of a matrix that still counts as symmetric, relative to its largest entry. */
const SYMMETRIC = 1e-10;

/**
 * Copies a symmetric matrix into memory with the leading dimension of the core's matrices.
 * @throws InputError `invalid-shape` if it is not square or not symmetric, `non-finite`,
 *   `empty-data`
 */
export function loadSymmetric(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  argument: string,
): SymmetricMatrix {
  const n = orderOf(value, argument);
  return engine.scope((scratch) => {
    const { rows } = loadRows(engine, scratch, value, n, argument);
    if (engine.core.asymmetry(n, rows) > SYMMETRIC) {
      throw invalid("invalid-shape", argument, "a symmetric matrix", "one that is not");
    }
    engine.core.symmetrize(n, rows);
    return { pointer: padRows(engine, arena, rows, n, n), n, ld: engine.core.rowLength(n) };
  });
}

/**
 * A copy of `count` rows of n values with the leading dimension of the core's matrices, zeros in
 * the padding.
 */
export function padRows(
  engine: Engine,
  arena: Arena,
  rows: number,
  count: number,
  n: number,
): number {
  const ld = engine.core.rowLength(n);
  const padded = arena.f64(count * ld);
  for (let i = 0; i < count; i++) {
    engine.core.copyVector(n, rows + 8 * n * i, padded + 8 * ld * i);
  }
  return padded;
}

function orderOf(value: Matrix, argument: string): number {
  checkMatrix(value, argument, "a square matrix");
  const n = isFlat(value) ? Math.sqrt(value.length) : value.length;
  if (n === 0) throw invalid("empty-data", argument, "at least one row", "none");
  if (Number.isInteger(n)) return n;
  throw invalid("invalid-shape", argument, "a square matrix", `${value.length} values`);
}
