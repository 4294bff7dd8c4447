import { createEngine, type Engine } from "../engine/engine.js";
import { invalid } from "../support/errors.js";
import { type Dataset, isFlat, type Matrix, type Numbers } from "./matrix.js";

/** Indices of the rows to train on and of those kept aside, each in ascending order. */
export interface Split {
  readonly training: readonly number[];
  readonly heldOut: readonly number[];
}

/** The stream of the generator that splits data; networks use streams 0 to 2. */
const STREAM = 16;

/**
 * Keeps round(fraction x rows) rows aside: those with the smallest random numbers, which depend on
 * the seed and on the number of the row alone.
 * @throws InputError `invalid-argument`, naming `argument`, when a fraction was asked for that
 *   leaves either side without rows
 */
export async function splitRows(
  rows: number,
  fraction: number,
  seed: number,
  argument = "--holdout",
): Promise<Split> {
  if (fraction === 0) return { training: allOf(rows), heldOut: [] };
  return withEngine((engine) => splitRowsBy(engine, rows, fraction, seed, argument));
}

/** The same for a fraction above 0, by the random numbers of an engine that is there. */
export function splitRowsBy(
  engine: Engine,
  rows: number,
  fraction: number,
  seed: number,
  argument: string,
): Split {
  const all = allOf(rows);
  const count = Math.round(fraction * rows);
  if (count === 0 || count === rows) {
    const expected =
      rows === 1
        ? "at least two rows to divide"
        : `a fraction that keeps 1 to ${rows - 1} of ${rows} rows aside`;
    throw invalid("invalid-argument", argument, expected, `${fraction}, which keeps ${count}`);
  }
  const keys = randomKeys(engine, rows, seed);
  const aside = new Set(all.toSorted((a, b) => keys[a]! - keys[b]! || a - b).slice(0, count));
  return {
    training: all.filter((row) => !aside.has(row)),
    heldOut: all.filter((row) => aside.has(row)),
  };
}

function allOf(rows: number): number[] {
  return Array.from({ length: rows }, (_, row) => row);
}

/**
 * Every row in one of `folds` lists, whose lengths differ by at most one; each in ascending order.
 * By the numbers that `splitRows` takes.
 * @throws InputError `invalid-argument` for more folds than rows
 */
export async function foldRows(
  rows: number,
  folds: number,
  seed: number,
  argument: string,
): Promise<readonly (readonly number[])[]> {
  if (folds > rows) {
    throw invalid("invalid-argument", argument, `at most ${rows}, one a row`, String(folds));
  }
  const keys = await withEngine((engine) => randomKeys(engine, rows, seed));
  const order = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b);
  return Array.from({ length: folds }, (_, fold) =>
    order.filter((_, place) => place % folds === fold).sort((a, b) => a - b),
  );
}

/** Bytes of one Philox block: four words of 32 bits. */
const BLOCK = 16;

function randomKeys(engine: Engine, rows: number, seed: number): Uint32Array {
  return engine.scope((arena) => {
    const { core } = engine;
    const out = arena.bytes(BLOCK);
    return Uint32Array.from({ length: rows }, (_, row) => {
      core.philox(row, 0, STREAM, 0, seed >>> 0, Math.floor(seed / 2 ** 32), out);
      return new Uint32Array(core.memory.buffer, out, 1)[0]!;
    });
  });
}

async function withEngine<T>(work: (engine: Engine) => T): Promise<T> {
  const engine = await createEngine();
  try {
    return work(engine);
  } finally {
    engine.dispose();
  }
}

/** Samples of a data set, copied. @param samples how many it has */
export function takeSamples(
  { x, y, weights }: Dataset,
  rows: readonly number[],
  samples: number,
): Dataset {
  return {
    x: takeFrom(x, rows, samples),
    y: takeFrom(y, rows, samples),
    ...(weights !== undefined && { weights: takeFrom(weights, rows, samples) as Numbers }),
  };
}

function takeFrom(values: Matrix, rows: readonly number[], samples: number): Matrix {
  if (!isFlat(values)) return rows.map((row) => values[row]) as Matrix;
  return takeRows(Float64Array.from(values), values.length / samples, rows);
}

/** Rows of a row-major table, copied. */
export function takeRows(
  values: Float64Array,
  width: number,
  rows: readonly number[],
): Float64Array {
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, index) => {
    out.set(values.subarray(row * width, (row + 1) * width), index * width);
  });
  return out;
}
