import { DARK, LIGHT, type Theme } from "./vega.js";

/**
 * A figure: panels of curves over tidy rows, which are also what the tables and JSON files hold.
 */
export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Numbers that belong to the figure and are no curves: fits, rates, counts. */
  readonly summary: object;
}

export interface Panel {
  readonly name: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** What the curves differ by, for the legend. */
  readonly by: string;
  /** `sequence`: curves of an ordered quantity; `category`: curves of kinds. */
  readonly palette: "sequence" | "category";
  readonly rows: readonly Row[];
  /** Straight reference lines, dotted. */
  readonly references?: readonly Row[];
}

export interface Axis {
  readonly title: string;
  readonly log: boolean;
  /** Where there is something to see, if that is not all. */
  readonly domain?: readonly [number, number];
}

export interface Row {
  readonly series: string;
  readonly x: number;
  readonly y: number;
  /** Band; absent for a single curve. */
  readonly low?: number;
  readonly high?: number;
}

const DASHES = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [4, 2, 1, 2],
  [12, 4],
];
const CATEGORIES = {
  light: ["#111111", "#b3471b", "#2277aa", "#7d3c98", "#2e8b57", "#8a6d00"],
  dark: ["#f2f2f2", "#ff9e6b", "#6cc4f5", "#d39df0", "#74d99f", "#e6c84d"],
};

/** Vega-Lite specification of a figure: two panels a row, each with its own legend. */
export function figureSpec(figure: Figure, theme: Theme): object {
  return {
    title: { text: figure.title, fontSize: 15 },
    columns: 2,
    concat: figure.panels.map((panel) => panelSpec(panel, theme)),
    resolve: { scale: { color: "independent", strokeDash: "independent" } },
    config: {
      legend: {
        labelLimit: 0,
        symbolOpacity: 1,
        symbolType: "stroke",
        symbolSize: 300,
        symbolStrokeWidth: 2,
      },
    },
  };
}

export const THEMES = { "": LIGHT, "-dark": DARK } as const;

function panelSpec(panel: Panel, theme: Theme): object {
  const { title, x, y, by, rows, references = [] } = panel;
  const series = [...new Set(rows.map(({ series }) => series))];
  const drawn = rows.filter((row) => drawable(row, x, y)).map((row) => clampBand(row, y));
  const color = {
    field: "series",
    type: "nominal",
    sort: series,
    title: by,
    scale: { domain: series, ...colors(panel, series.length, theme) },
  };
  const dash = {
    field: "series",
    type: "nominal",
    sort: series,
    title: by,
    scale: { domain: series, range: series.map((_, i) => DASHES[i % DASHES.length]) },
  };
  const layers: object[] = [];
  if (drawn.some(({ low }) => low !== undefined)) {
    layers.push({
      data: { values: drawn.filter(({ low }) => low !== undefined) },
      mark: { type: "area", opacity: 0.16, clip: true },
      encoding: {
        ...position(x, y, "low"),
        y2: { field: "high" },
        color,
      },
    });
  }
  layers.push({
    data: { values: drawn },
    mark: {
      type: "line",
      strokeWidth: 1.7,
      clip: true,
      point: points(drawn, series.length) && { size: 18, filled: true },
    },
    encoding: {
      ...position(x, y, "y"),
      color,
      strokeDash: panel.palette === "category" ? dash : { value: [1, 0] },
    },
  });
  if (references.length > 0) {
    layers.push({
      data: { values: references.filter((row) => drawable(row, x, y)) },
      mark: { type: "line", strokeWidth: 1.2, strokeDash: [2, 3], color: theme.ink, clip: true },
      encoding: { ...position(x, y, "y"), detail: { field: "series", type: "nominal" } },
    });
  }
  return {
    title: { text: title, fontSize: 12, fontWeight: "normal" },
    width: 400,
    height: 280,
    layer: layers,
  };
}

function colors({ palette }: Panel, count: number, theme: Theme): object {
  if (palette === "category") {
    const range = theme === DARK ? CATEGORIES.dark : CATEGORIES.light;
    return { range: Array.from({ length: count }, (_, i) => range[i % range.length]) };
  }
  // Lightness runs one way along the scheme, so that it reads in grey; the end that is near the
  // background is left out.
  const extent = theme === DARK ? [0.3, 1] : [0, 0.85];
  return { scheme: { name: "viridis", extent, count: Math.max(count, 2) } };
}

function position(x: Axis, y: Axis, field: string): object {
  return {
    x: { field: "x", type: "quantitative", ...axis(x) },
    y: { field, type: "quantitative", ...axis(y) },
  };
}

function axis({ title, log, domain }: Axis): object {
  const scale = {
    type: log ? "log" : "linear",
    ...(!log && { zero: false }),
    ...(domain && { domain }),
    nice: domain === undefined,
  };
  return {
    title,
    scale,
    axis: { title, tickCount: 7, ...(log ? { format: ".0e" } : { format: "d", tickMinStep: 1 }) },
  };
}

/** A log axis has no place for what is not positive. */
function drawable({ x, y }: Row, horizontal: Axis, vertical: Axis): boolean {
  return (
    (!horizontal.log || x > 0) &&
    (!vertical.log || y > 0) &&
    Number.isFinite(x) &&
    Number.isFinite(y)
  );
}

function clampBand(row: Row, { log }: Axis): Row {
  return log && row.low !== undefined && row.low <= 0 ? { ...row, low: row.y / 1e3 } : row;
}

/** Few points a curve are worth marks; many would hide it. */
function points(rows: readonly Row[], series: number): boolean {
  return rows.length / Math.max(series, 1) <= 20;
}
