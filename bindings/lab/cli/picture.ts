import type { Model } from "../../fit/model.js";
import type { FitCurve, FitPicture, FittedRow } from "../plot/fit.js";

/** Rows of the table, row-major, in the units of the data. */
export interface Part {
  readonly set: FittedRow["set"];
  readonly x: Float64Array;
  readonly y: ArrayLike<number | string>;
}

/** Points of the function, and how far beyond the data they go on each side. */
const POINTS = 240;
const BEYOND = 0.15;

/**
 * A fit as it is drawn.
 * @param along the input that the function is drawn along: where there is one, that one
 */
export function pictureOf(model: Model, parts: readonly Part[], along?: string): FitPicture {
  const { columns, relevance } = model;
  const { inputs, target } = columns;
  const single = inputs.length === 1;
  const column = single ? 0 : along === undefined ? -1 : inputs.indexOf(along);
  const rows = parts.flatMap(({ set, x, y }) =>
    predictions(model, x).map((prediction, row) => ({
      set,
      measured: Number(y[row]),
      ...prediction,
      ...(column >= 0 && { x: x[row * inputs.length + column]! }),
    })),
  );
  const points = single ? gridOf(model, parts) : inOrder(rows);
  return {
    title: `${target}, N = ${model.network.width}`,
    target,
    rows,
    relevance: relevance && inputs.map((input, i) => ({ input, relevance: relevance[i]! })),
    curve: column >= 0 ? { input: inputs[column]!, points } : null,
  };
}

/** The rows by the input they are drawn along: other inputs are what they are there. */
function inOrder(rows: readonly FittedRow[]): FitCurve["points"] {
  return rows
    .flatMap(({ x, predicted, lower, upper }) => {
      if (x === undefined) return [];
      const interval = lower === undefined || upper === undefined ? {} : { lower, upper };
      return [{ x, predicted, ...interval }];
    })
    .sort((a, b) => a.x - b.x);
}

function predictions(model: Model, x: Float64Array) {
  if (model.evidence === null) return Array.from(model.predict(x), (predicted) => ({ predicted }));
  const { mean, lower, upper } = model.predictive(x);
  return Array.from(mean, (predicted, row) => ({
    predicted,
    lower: lower[row]!,
    upper: upper[row]!,
  }));
}

/** The function of one input, over the range of its values and a little beyond. */
function gridOf(model: Model, parts: readonly Part[]): FitCurve["points"] {
  let [least, most] = [Infinity, -Infinity];
  for (const { x } of parts) {
    for (const value of x) [least, most] = [Math.min(least, value), Math.max(most, value)];
  }
  const margin = BEYOND * (most - least);
  const step = (most - least + 2 * margin) / (POINTS - 1);
  const x = Float64Array.from({ length: POINTS }, (_, i) => least - margin + i * step);
  return predictions(model, x).map((prediction, i) => ({ x: x[i]!, ...prediction }));
}
