import { LIGHT, renderSpec } from "./vega.js";

/** A fit as it is drawn: what was measured beside what is predicted, in the units of the data. */
export interface FitPicture {
  readonly title: string;
  readonly target: string;
  readonly rows: readonly FittedRow[];
  /** Of each input; `null` for a fit that has none. */
  readonly relevance: readonly { readonly input: string; readonly relevance: number }[] | null;
  /** The function along one input. */
  readonly curve: FitCurve | null;
}

export interface FittedRow extends Predicted {
  readonly set: "training" | "held out";
  readonly measured: number;
  /** The input that the function is drawn along, if it is. */
  readonly x?: number;
}

/** A prediction, with its interval where there is one. */
interface Predicted {
  readonly predicted: number;
  readonly lower?: number;
  readonly upper?: number;
}

export interface FitCurve {
  readonly input: string;
  readonly points: readonly (Predicted & { readonly x: number })[];
}

/** More rows than a picture can show are thinned evenly. */
const MOST_ROWS = 2000;
const SETS = ["training", "held out"];
const COLORS = ["#1f5fa8", "#c2571a"];

/**
 * Predicted against measured, residuals, relevance of the inputs and the function along one of them
 * with its band, as SVG.
 * @throws ResourceError `missing-dependency`
 */
export function plotFit(picture: FitPicture, argument: string): Promise<string> {
  return renderSpec(fitSpec(picture), argument);
}

function fitSpec({ title, target, rows, relevance, curve }: FitPicture): object {
  const every = Math.ceil(rows.length / MOST_ROWS);
  const shown = rows.filter((_, index) => index % every === 0);
  const note = every === 1 ? "" : `, ${shown.length} of ${rows.length} rows`;
  const panels = [againstMeasured(target, shown), residuals(target, shown)];
  if (relevance !== null && relevance.length > 1) panels.push(relevances(relevance));
  if (curve !== null) panels.push(functionPanel(target, curve, shown));
  return { title: `${title}${note}`, columns: 2, concat: panels };
}

function color(rows: readonly FittedRow[]): object {
  const sets = SETS.filter((set) => rows.some((row) => row.set === set));
  const scale = { domain: sets, range: sets.map((set) => COLORS[SETS.indexOf(set)]) };
  const legend = sets.length > 1 ? {} : { legend: null };
  return { field: "set", type: "nominal", title: null, scale, ...legend };
}

/** Without commas between thousands: a year is a number too. */
const quantity = (field: string, title: string) => ({
  field,
  type: "quantitative",
  scale: { zero: false, padding: 6 },
  axis: { title, format: ".6~g" },
});

const POINT = { type: "point", filled: true, size: 16, opacity: 0.7 };
/** Thin, so that a cloud of them stays readable. */
const BAR = { type: "rule", strokeWidth: 0.6, opacity: 0.35 };
const DASHED = { type: "line", strokeDash: [4, 3], strokeWidth: 1, color: LIGHT.ink };

function againstMeasured(target: string, rows: readonly FittedRow[]): object {
  const x = quantity("measured", `${target}, measured`);
  const title = `${target}, predicted`;
  // Of the points alone: an interval may be wider than all that was measured.
  const ends = rows.flatMap(({ measured, predicted }) => [measured, predicted]);
  const diagonal = [Math.min(...ends), Math.max(...ends)].map((value) => ({ value }));
  const bars = withInterval(rows);
  return {
    width: 330,
    height: 260,
    layer: [
      {
        data: { values: bars },
        mark: BAR,
        encoding: { x, y: quantity("lower", title), y2: { field: "upper" }, color: color(rows) },
      },
      {
        data: { values: rows },
        mark: POINT,
        encoding: { x, y: quantity("predicted", title), color: color(rows) },
      },
      {
        data: { values: diagonal },
        mark: DASHED,
        encoding: { x: quantity("value", ""), y: quantity("value", "") },
      },
    ].slice(bars.length > 0 ? 0 : 1),
  };
}

function residuals(target: string, rows: readonly FittedRow[]): object {
  return {
    width: 330,
    height: 260,
    layer: [
      {
        data: { values: rows },
        transform: [{ calculate: "datum.measured - datum.predicted", as: "residual" }],
        mark: POINT,
        encoding: {
          x: quantity("predicted", `${target}, predicted`),
          y: quantity("residual", "measured - predicted"),
          color: color(rows),
        },
      },
      {
        data: { values: [{ zero: 0 }] },
        mark: { ...DASHED, type: "rule" },
        encoding: { y: { field: "zero", type: "quantitative" } },
      },
    ],
  };
}

function relevances(values: NonNullable<FitPicture["relevance"]>): object {
  return {
    width: 330,
    data: { values },
    mark: { type: "bar", color: COLORS[0] },
    encoding: {
      y: { field: "input", type: "nominal", sort: "-x", axis: { title: null, labelLimit: 160 } },
      x: { field: "relevance", type: "quantitative", axis: { title: "relevance" } },
    },
  };
}

function functionPanel(target: string, curve: FitCurve, rows: readonly FittedRow[]): object {
  const x = quantity("x", curve.input);
  const every = Math.ceil(curve.points.length / MOST_ROWS);
  const points = curve.points.filter((_, index) => index % every === 0);
  const band = withInterval(points);
  return {
    width: 330,
    height: 260,
    layer: [
      {
        data: { values: band },
        mark: { type: "area", opacity: 0.2, color: COLORS[0] },
        encoding: { x, y: quantity("lower", target), y2: { field: "upper" } },
      },
      {
        data: { values: rows },
        mark: POINT,
        encoding: { x, y: quantity("measured", target), color: color(rows) },
      },
      {
        data: { values: points },
        mark: { type: "line", color: LIGHT.ink, strokeWidth: 1.4 },
        encoding: { x, y: quantity("predicted", target) },
      },
    ].slice(band.length > 0 ? 0 : 1),
  };
}

function withInterval<T extends Predicted>(rows: readonly T[]): T[] {
  return rows.filter(({ lower, upper }) => lower !== undefined && upper !== undefined);
}
