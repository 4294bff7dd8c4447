import type { Engine } from "../engine/engine.js";
import { InputError } from "../support/errors.js";
import type { Matrix, Vector } from "../types.js";
import { loadRows } from "./load.js";

/** How a column was standardized: (value - mean) / scale. */
export interface ColumnScaling {
  readonly mean: number;
  /** Standard deviation of the population, above 0. */
  readonly scale: number;
}

/** Names of the columns a model was fitted on. */
export interface Columns {
  readonly inputs: readonly string[];
  readonly target: string;
}

/** One scaling an input, and that of the target. */
export interface Scaling {
  readonly inputs: readonly ColumnScaling[];
  readonly target: ColumnScaling;
}

/** What leaves a column as it is. */
export const IDENTITY: ColumnScaling = { mean: 0, scale: 1 };

/**
 * Mean and standard deviation of each column of `values` (M x names.length).
 * @throws InputError `constant-column`, and what data can be guilty of
 */
export function measureColumns(
  engine: Engine,
  values: Matrix | Vector,
  names: readonly string[],
  argument: string,
): ColumnScaling[] {
  const width = names.length;
  return engine.scope((arena) => {
    const { core } = engine;
    const { rows, samples } = loadRows(engine, arena, values, width, argument);
    return names.map((name, index) => {
      const column = rows + 8 * index;
      const mean = core.columnMean(samples, width, column);
      const scale = core.columnScale(samples, width, column, mean);
      if (scale > 0 && Number.isFinite(scale)) return { mean, scale };
      const varies = "values that vary, within the range of float64";
      throw new InputError(
        "constant-column",
        `column "${name}": expected ${varies}, got a standard deviation of ${scale}; leave the column out or do not standardize`,
        { argument: name, expected: varies, got: `a standard deviation of ${scale}` },
      );
    });
  });
}

/** A standardized copy, row-major. */
export function standardize(
  engine: Engine,
  values: Matrix | Vector,
  scaling: readonly ColumnScaling[],
  argument: string,
): Float64Array {
  const width = scaling.length;
  return engine.scope((arena) => {
    const { rows, samples } = loadRows(engine, arena, values, width, argument);
    scaling.forEach(({ mean, scale }, index) => {
      engine.core.standardizeColumn(samples, width, rows + 8 * index, mean, scale);
    });
    return engine.f64(rows, samples * width).slice();
  });
}

/** Undoes `standardize` for one column; a copy. */
export function restore(
  engine: Engine,
  values: Float64Array,
  { mean, scale }: ColumnScaling,
): Float64Array {
  return engine.scope((arena) => {
    const column = arena.f64(values.length);
    engine.f64(column, values.length).set(values);
    engine.core.restoreColumn(values.length, 1, column, mean, scale);
    return engine.f64(column, values.length).slice();
  });
}

/** sum (a - b)^2 */
export function squaredDistance(engine: Engine, a: Float64Array, b: Float64Array): number {
  return engine.scope((arena) => {
    const left = arena.f64(a.length);
    const right = arena.f64(a.length);
    engine.f64(left, a.length).set(a);
    engine.f64(right, a.length).set(b);
    return engine.core.squaredDistance(a.length, left, right);
  });
}

/** sum (a - mean)^2 */
export function sumOfSquares(engine: Engine, a: Float64Array): number {
  return engine.scope((arena) => {
    const column = arena.f64(a.length);
    engine.f64(column, a.length).set(a);
    const mean = engine.core.columnMean(a.length, 1, column);
    const deviation = engine.core.columnScale(a.length, 1, column, mean);
    return a.length * deviation * deviation;
  });
}
