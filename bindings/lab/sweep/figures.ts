import { describe, InputError } from "../../support/errors.js";
import type { Figure, Row } from "../plot/figure.js";
import type { Cell } from "./cell.js";
import { flatten } from "./flatten.js";
import type { PlanFigure } from "./plan.js";
import type { ResultLine } from "./results.js";
import { band } from "./statistics.js";

/**
 * A figure of a plan: a curve of means with the band of the 10 and 90 percent quantiles. @throws
 * InputError `invalid-argument`
 */
export function planFigure(
  figure: PlanFigure,
  cells: readonly Cell[],
  results: ReadonlyMap<string, ResultLine>,
): Figure {
  const points = new Map<string, { series: string; x: number; values: number[] }>();
  const known = new Set<string>();
  for (const { id, settings } of cells) {
    const flat = flatten(results.get(id)?.result);
    for (const name of flat.keys()) known.add(name);
    const value = flat.get(figure.y);
    const x = settings[figure.x];
    if (typeof value !== "number" || typeof x !== "number") continue;
    const series = figure.series === undefined ? figure.y : String(settings[figure.series]);
    const key = JSON.stringify([series, x]);
    const point = points.get(key) ?? { series, x, values: [] };
    point.values.push(value);
    points.set(key, point);
  }
  if (points.size === 0) {
    throw new InputError(
      "invalid-argument",
      `figure ${describe(figure.name)}: no cell has the numbers ${describe(figure.x)} and ${describe(figure.y)}; results have ${[...known].join(", ") || "none"}`,
      { argument: `plan.figures.${figure.name}` },
    );
  }
  const rows: Row[] = [...points.values()]
    .map(({ series, x, values }) => {
      const { mean, low, high } = band(values, 0.1, 0.9);
      return { series, x, y: mean, ...(values.length > 1 && { low, high }) };
    })
    .sort((a, b) => a.x - b.x);
  return {
    name: figure.name,
    title: `${figure.y} against ${figure.x}: mean, 10 to 90 percent`,
    panels: [
      {
        name: "a",
        title: `${cells.length} cells`,
        x: { title: figure.x, log: figure.logX ?? false },
        y: { title: figure.y, log: figure.logY ?? false },
        by: figure.series ?? "",
        palette: "category",
        rows,
      },
    ],
    summary: {},
  };
}
