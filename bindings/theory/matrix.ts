import { loadRows } from "../data.js";
import { type Arena, createEngine, Engine } from "../engine/engine.js";
import { describe, invalid } from "../errors.js";
import type { Matrix } from "../types.js";

/** Runs on the engine that was given, or on one of its own that is dropped afterwards. */
export async function withEngine<T>(
  engine: Engine | undefined,
  work: (engine: Engine) => T,
): Promise<T> {
  if (engine === undefined) {
    const own = await createEngine();
    try {
      return work(own);
    } finally {
      own.dispose();
    }
  }
  if (engine instanceof Engine) return work(engine);
  throw invalid("invalid-argument", "options.engine", "an Engine (createEngine)", describe(engine));
}

/** Asymmetry of a matrix that still counts as symmetric, relative to its largest entry. */
const SYMMETRIC = 1e-10;

/**
 * Copies a symmetric matrix into memory with an even leading dimension.
 * @throws InputError `invalid-shape` if it is not square or not symmetric, `non-finite`, `empty-data`
 */
export function loadSymmetric(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  argument: string,
): { readonly pointer: number; readonly n: number; readonly ld: number } {
  const n = orderOf(value, argument);
  const ld = n + (n % 2);
  const pointer = arena.f64(n * ld);
  engine.scope((scratch) => {
    const { rows } = loadRows(engine, scratch, value, n, argument);
    if (engine.core.asymmetry(n, rows) > SYMMETRIC) {
      throw invalid("invalid-shape", argument, "a symmetric matrix", "one that is not");
    }
    engine.core.symmetrize(n, rows);
    for (let i = 0; i < n; i++) engine.core.copyVector(n, rows + 8 * n * i, pointer + 8 * ld * i);
  });
  return { pointer, n, ld };
}

function orderOf(value: Matrix, argument: string): number {
  if (!Array.isArray(value) && !(value instanceof Float64Array)) {
    throw invalid("invalid-argument", argument, "a square matrix", describe(value));
  }
  const n = value instanceof Float64Array ? Math.sqrt(value.length) : value.length;
  if (n === 0) throw invalid("empty-data", argument, "at least one row", "none");
  if (Number.isInteger(n)) return n;
  throw invalid("invalid-shape", argument, "a square matrix", `${value.length} values`);
}
