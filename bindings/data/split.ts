import { createEngine } from "../engine/engine.js";
import { invalid } from "../support/errors.js";

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
  const all = Array.from({ length: rows }, (_, row) => row);
  if (fraction === 0) return { training: all, heldOut: [] };
  const count = Math.round(fraction * rows);
  if (count === 0 || count === rows) {
    const expected =
      rows === 1
        ? "at least two rows to divide"
        : `a fraction that keeps 1 to ${rows - 1} of ${rows} rows aside`;
    throw invalid("invalid-argument", argument, expected, `${fraction}, which keeps ${count}`);
  }
  const keys = await randomKeys(rows, seed);
  const aside = new Set(all.toSorted((a, b) => keys[a]! - keys[b]! || a - b).slice(0, count));
  return {
    training: all.filter((row) => !aside.has(row)),
    heldOut: all.filter((row) => aside.has(row)),
  };
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
  const keys = await randomKeys(rows, seed);
  const order = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b);
  return Array.from({ length: folds }, (_, fold) =>
    order.filter((_, place) => place % folds === fold).sort((a, b) => a - b),
  );
}

/** Bytes of one Philox block: four words of 32 bits. */
const BLOCK = 16;

async function randomKeys(rows: number, seed: number): Promise<Uint32Array> {
  const engine = await createEngine();
  try {
    return engine.scope((arena) => {
      const { core } = engine;
      const out = arena.bytes(BLOCK);
      return Uint32Array.from({ length: rows }, (_, row) => {
        core.philox(row, 0, STREAM, 0, seed >>> 0, Math.floor(seed / 2 ** 32), out);
        return new Uint32Array(core.memory.buffer, out, 1)[0]!;
      });
    });
  } finally {
    engine.dispose();
  }
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
