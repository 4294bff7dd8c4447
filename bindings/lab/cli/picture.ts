import type { Model } from "../../fit/model.js";
import type { FitCurve, FitPicture, FittedRow } from "../plot/fit.js";

/** Rows of the table, row-major, in the units of the data. */
export interface Part {
  readonly set: FittedRow["set"];
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Points of the function, and how far beyond the data they go on each side. */
const POINTS = 240;
const BEYOND = 0.15;

/** A fit as it is drawn. */
export function pictureOf(model: Model, parts: readonly Part[]): FitPicture {
  const { columns, relevance } = model;
  const single = columns.inputs.length === 1;
  const rows = parts.flatMap(({ set, x, y }) =>
    predictions(model, x).map((prediction, row) => ({
      set,
      measured: y[row]!,
      ...prediction,
      ...(single && { x: x[row]! }),
    })),
  );
  return {
    title: `${columns.target}, N = ${model.network.width}`,
    target: columns.target,
    rows,
    relevance: relevance && columns.inputs.map((input, i) => ({ input, relevance: relevance[i]! })),
    curve: single ? curveOf(model, parts) : null,
  };
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

function curveOf(model: Model, parts: readonly Part[]): FitCurve {
  let [least, most] = [Infinity, -Infinity];
  for (const { x } of parts) {
    for (const value of x) [least, most] = [Math.min(least, value), Math.max(most, value)];
  }
  const margin = BEYOND * (most - least);
  const step = (most - least + 2 * margin) / (POINTS - 1);
  const x = Float64Array.from({ length: POINTS }, (_, i) => least - margin + i * step);
  const points = predictions(model, x).map((prediction, i) => ({ x: x[i]!, ...prediction }));
  return { input: model.columns.inputs[0]!, points };
}
