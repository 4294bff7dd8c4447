import type { Arena, Engine } from "../engine/engine.js";
import type { Shape } from "../shape/shape.js";
import { describe, type InputError, invalid } from "../support/errors.js";
import {
  checkTargets,
  copyRows,
  countSamples,
  type Dataset,
  type Matrix,
  type Numbers,
} from "./matrix.js";

/**
 * Inputs in memory: transposed, a column (row of x^T) of `ldx` values an input, zero from `samples`
 * on. They belong to the arena they were loaded into.
 */
export interface LoadedInputs {
  readonly x: number;
  readonly inputs: number;
  readonly samples: number;
  readonly ldx: number;
}

/** A data set in memory: what is trained on, measured and standardized, with no other copy. */
export interface LoadedData extends LoadedInputs {
  /** Targets as a function vector: a column of `ldx` values an output, zero from `samples` on. */
  readonly y: number;
  readonly outputs: number;
  /** Weights of the samples, `ldx` values, zero from `samples` on; 0 where there are none. */
  readonly weights: number;
}

/**
 * Copies samples into memory.
 * @throws InputError `invalid-shape`, `empty-data`, `non-finite`, `invalid-argument`, naming
 *   `argument`
 */
export function loadInputs(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  inputs: number,
  argument: string,
): LoadedInputs {
  const samples = countSamples(value, inputs, argument);
  const ldx = samples + (samples % 2);
  const x = loadColumns(engine, arena, value, samples, inputs, argument);
  return { x, inputs, samples, ldx };
}

function loadColumns(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  samples: number,
  width: number,
  argument: string,
): number {
  const ldx = samples + (samples % 2);
  return engine.scope((scratch) => {
    const rows = copyIn(engine, scratch, value, samples, width, argument);
    const columns = arena.f64(width * ldx);
    engine.core.toColumns(samples, width, rows, ldx, columns);
    return columns;
  });
}

/**
 * Copies samples into memory as they come: row-major, `width` values a sample. Errors as
 * `loadInputs`.
 */
export function loadRows(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  width: number,
  argument: string,
): { readonly rows: number; readonly samples: number } {
  const samples = countSamples(value, width, argument);
  return { rows: copyIn(engine, arena, value, samples, width, argument), samples };
}

/** The same of as many rows as were counted. */
function copyIn(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  samples: number,
  width: number,
  argument: string,
): number {
  const rows = arena.f64(samples * width);
  copyRows(value, samples, width, argument, (values, offset) => {
    engine.f64(rows + 8 * offset, values.length).set(values);
  });
  const index = engine.core.firstNonFinite(samples * width, rows);
  if (index < 0) return rows;
  const got = engine.f64(rows, samples * width)[index]!;
  throw notFinite(argument, width, Math.floor(index / width), index % width, got);
}

/**
 * The keys of a data set and no other: what nothing reads would be ignored in silence.
 * @param weighted whether weights are read
 * @param argument what the data set is called
 * @throws InputError `invalid-argument`
 */
export function checkDataset(
  data: unknown,
  weighted = false,
  argument = "data",
): asserts data is Dataset {
  if (typeof data !== "object" || data === null || !("x" in data) || !("y" in data)) {
    throw invalid("invalid-argument", argument, "an object { x, y }", describe(data));
  }
  const known = weighted ? ["x", "y", "weights"] : ["x", "y"];
  const stranger = Object.keys(data).find((key) => !known.includes(key));
  if (stranger === undefined) return;
  if (stranger === "weights") {
    const expected = "x and y alone, as weights of samples are not taken here yet";
    throw invalid("invalid-argument", `${argument}.weights`, expected, "weights");
  }
  const expected = weighted ? "x, y and weights alone" : "x and y alone";
  throw invalid("invalid-argument", `${argument}.${stranger}`, expected, "an unknown key");
}

/**
 * `loadInputs` with targets, of which there must be as many as samples.
 * @param weighted whether weights are read
 * @param argument what the data set is called
 */
export function loadDataset(
  engine: Engine,
  arena: Arena,
  data: Dataset,
  { inputs, outputs }: Pick<Shape, "inputs" | "outputs">,
  weighted = false,
  argument = "data",
): LoadedData {
  checkDataset(data, weighted, argument);
  // Read once: a getter may give other targets than those that were counted.
  const { x, y: targets, weights: given } = data;
  const [ofX, ofY] = [`${argument}.x`, `${argument}.y`];
  const loaded = loadInputs(engine, arena, x, inputs, ofX);
  const { samples } = loaded;
  checkTargets(targets, outputs, samples, ofY, ofX);
  const y = loadColumns(engine, arena, targets, samples, outputs, ofY);
  const weights = given === undefined ? 0 : loadWeights(engine, arena, given, loaded, argument);
  return { ...loaded, y, outputs, weights };
}

function loadWeights(
  engine: Engine,
  arena: Arena,
  value: Numbers,
  { samples }: LoadedInputs,
  name: string,
): number {
  const argument = `${name}.weights`;
  checkTargets(value, 1, samples, argument, `${name}.x`);
  const weights = loadColumns(engine, arena, value, samples, 1, argument);
  const { core } = engine;
  const bad = core.firstNegative(samples, weights);
  if (bad >= 0) {
    const got = String(engine.f64(weights, samples)[bad]);
    throw invalid("invalid-argument", `${argument}[${bad}]`, "a number of at least 0", got);
  }
  if (core.normMax(samples, weights) > 0) return weights;
  throw invalid("invalid-argument", argument, "at least one number above 0", "only zeros");
}

/** @throws InputError `invalid-shape` for data that were loaded for a network of another shape */
export function checkLoaded(
  data: LoadedData,
  { inputs, outputs }: Pick<Shape, "inputs" | "outputs">,
  argument = "data",
): void {
  for (const [key, is, wanted] of [
    ["x", data.inputs, inputs],
    ["y", data.outputs, outputs],
  ] as const) {
    if (is === wanted) continue;
    throw invalid("invalid-shape", `${argument}.${key}`, rowsOf(wanted), rowsOf(is));
  }
}

function rowsOf(width: number): string {
  return `rows of ${width} ${width === 1 ? "number" : "numbers"}`;
}

/** Addresses of `count` columns that begin at `first`. */
export function columnsAt(first: number, count: number, ldx: number): number[] {
  return Array.from({ length: count }, (_, column) => first + 8 * ldx * column);
}

/** @throws InputError `non-finite`, naming the first row with such a value, and its column */
export function checkColumns(
  engine: Engine,
  columns: readonly number[],
  samples: number,
  argument: string,
): void {
  const bad = columns
    .map((pointer, column) => ({ row: engine.core.firstNonFinite(samples, pointer), column }))
    .filter(({ row }) => row >= 0)
    .sort((a, b) => a.row - b.row || a.column - b.column)[0];
  if (bad === undefined) return;
  const got = engine.f64(columns[bad.column]!, samples)[bad.row]!;
  throw notFinite(argument, columns.length, bad.row, bad.column, got);
}

function notFinite(
  argument: string,
  width: number,
  row: number,
  column: number,
  got: number,
): InputError {
  const place = width === 1 ? `[${row}]` : `[${row}][${column}]`;
  return invalid("non-finite", `${argument}${place}`, "a finite number", String(got));
}
