import type { Engine } from "../engine/engine.js";
import { InputError } from "../support/errors.js";
import { checkColumns, columnsAt, type LoadedData, type LoadedInputs } from "./load.js";

/**
 * How a column was standardized: (value - mean) / scale, of a skewed input after a transformation
 * that brings it near a normal one.
 */
export interface ColumnScaling {
  readonly mean: number;
  /** Standard deviation of the population, above 0. */
  readonly scale: number;
  /** The power of Yeo and Johnson (Biometrika 87 (2000) 954-959) of value / `scale`. */
  readonly power?: { readonly lambda: number; readonly scale: number };
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

/** What is done to data before a network is trained on them. */
export interface Preparation {
  readonly columns: Columns;
  /** Whether the columns are brought to mean 0 and standard deviation 1. */
  readonly standardize: boolean;
  /** Whether the target is left as it is, whatever is done to the inputs; default false. */
  readonly keepTarget?: boolean;
  /** Whether skewed inputs are transformed before that; default false. */
  readonly unskew?: boolean;
  /**
   * Whether a target that is not standardized is divided by its root mean square; default false.
   */
  readonly unitTarget?: boolean;
}

/** What leaves a column as it is. */
const IDENTITY: ColumnScaling = { mean: 0, scale: 1 };

/**
 * Brings loaded data to mean 0 and standard deviation 1 in place, or leaves them as they are.
 * Returns what undoes it.
 * @throws InputError `constant-column`
 */
export function standardizeDataset(
  engine: Engine,
  data: LoadedData,
  preparation: Preparation,
): Scaling {
  const { standardize, unskew = false, keepTarget = false, unitTarget = false } = preparation;
  const { inputs, target } = preparation.columns;
  const { x, y, samples, ldx } = data;
  const measureInput = (name: string, column: number) => {
    if (!standardize) return IDENTITY;
    const plain = measureColumn(engine, column, samples, name, INPUT_REMEDY);
    return unskew ? measurePower(engine, column, samples, plain) : plain;
  };
  const measureTarget = () => {
    if (keepTarget) return IDENTITY;
    if (standardize) return measureColumn(engine, y, samples, target, TARGET_REMEDY);
    return unitTarget ? measureUnit(engine, y, samples) : IDENTITY;
  };
  const scaling = {
    inputs: columnsAt(x, inputs.length, ldx).map((column, i) => measureInput(inputs[i]!, column)),
    target: measureTarget(),
  };
  applyScaling(engine, data, scaling, "data");
  return scaling;
}

/** Skewness up to which a column is left as it is; below, the scatter of that of normal values. */
const SKEWNESS = 0.5;

/** The scaling with a power where the column is skewed and has more than two values. */
function measurePower(
  engine: Engine,
  column: number,
  samples: number,
  plain: ColumnScaling,
): ColumnScaling {
  const { core } = engine;
  const { mean, scale } = plain;
  const bound = Math.max(SKEWNESS, 3 * Math.sqrt(6 / samples));
  const skewness = core.skewness(samples, column, mean, scale);
  if (!(Math.abs(skewness) > bound) || !core.hasThreeValues(samples, column)) return plain;
  return engine.scope((scratch) => {
    const copy = scratch.f64(samples);
    core.copyVector(samples, column, copy);
    const power = { lambda: core.yeoJohnsonLambda(samples, copy, scale), scale };
    core.yeoJohnson(samples, copy, scale, power.lambda);
    const transformed = core.columnMean(samples, 1, copy);
    const deviation = core.columnScale(samples, 1, copy, transformed);
    const helps = Number.isFinite(transformed) && deviation > 0 && Number.isFinite(deviation);
    return helps ? { mean: transformed, scale: deviation, power } : plain;
  });
}

/** What divides a column by its root mean square, or leaves one of zeros alone. */
function measureUnit({ core }: Engine, column: number, samples: number): ColumnScaling {
  const scale = core.norm2(samples, column) / Math.sqrt(samples);
  return scale > 0 && Number.isFinite(scale) ? { mean: 0, scale } : IDENTITY;
}

const INPUT_REMEDY = "leave the column out or do not standardize";
const TARGET_REMEDY =
  "a target that is the same in every row has nothing to learn: " +
  "check that it is the column you mean";
const LARGE_REMEDY = "give the column in a larger unit";

/** @param remedy what to do with a column that does not vary */
function measureColumn(
  { core }: Engine,
  column: number,
  samples: number,
  name: string,
  remedy: string,
): ColumnScaling {
  const mean = core.columnMean(samples, 1, column);
  const scale = core.columnScale(samples, 1, column, mean);
  if (scale > 0 && Number.isFinite(scale)) return { mean, scale };
  const varies = "values that vary, within the range of float64";
  const got = `a standard deviation of ${scale}`;
  throw new InputError(
    "constant-column",
    `column "${name}": expected ${varies}, got ${got}; ${scale === 0 ? remedy : LARGE_REMEDY}`,
    { argument: name, expected: varies, got },
  );
}

/**
 * Brings loaded data to the units of a scaling that was measured on others, in place.
 * @throws InputError `non-finite` for values too far from those, naming their place in `argument`
 */
export function applyScaling(
  engine: Engine,
  data: LoadedData,
  scaling: Scaling,
  argument: string,
): void {
  scaleInputs(engine, data, scaling.inputs, `${argument}.x`);
  scaleColumns(engine, [data.y], data.samples, [scaling.target], `${argument}.y`);
}

/** The same of inputs alone. */
export function scaleInputs(
  engine: Engine,
  { x, inputs, samples, ldx }: LoadedInputs,
  scaling: readonly ColumnScaling[],
  argument: string,
): void {
  scaleColumns(engine, columnsAt(x, inputs, ldx), samples, scaling, argument);
}

/** The same of columns of any kind. */
export function scaleColumns(
  engine: Engine,
  columns: readonly number[],
  samples: number,
  scaling: readonly ColumnScaling[],
  argument: string,
): void {
  columns.forEach((column, index) => {
    const { mean, scale, power } = scaling[index]!;
    if (power !== undefined) engine.core.yeoJohnson(samples, column, power.scale, power.lambda);
    engine.core.standardizeColumn(samples, 1, column, mean, scale);
  });
  checkColumns(engine, columns, samples, argument);
}
