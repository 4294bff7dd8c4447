import { LIGHT, renderSpec } from "./vega.js";

/** A solution along one coordinate or over two, a panel each of its unknowns. */
export interface SolutionPicture {
  readonly title: string;
  /** One or two names. */
  readonly coordinates: readonly string[];
  /** Values of each coordinate; the last runs fastest over the values of a panel. */
  readonly axes: readonly (readonly number[])[];
  readonly panels: readonly SolutionPanel[];
}

export interface SolutionPanel {
  readonly title: string;
  readonly values: ArrayLike<number>;
  /** Drawn beside a line; over two coordinates it has a panel of its own. */
  readonly exact?: ArrayLike<number>;
}

const WIDTH = 360;
const COLOR = "#1f5fa8";

/** SVG of lines, or of heat maps. @throws ResourceError `missing-dependency` */
export function plotSolution(picture: SolutionPicture, argument: string): Promise<string> {
  const { title, coordinates } = picture;
  const make = coordinates.length === 1 ? line : heatMap;
  const concat = picture.panels.map((panel) => make(picture, panel));
  const resolve = { scale: { color: "independent" } };
  return renderSpec({ title, columns: 2, concat, resolve }, argument);
}

const quantity = (field: string, title: string) => ({
  field,
  type: "quantitative",
  scale: { zero: false, nice: false },
  axis: { title, format: ".4~g" },
});

function line({ coordinates, axes }: SolutionPicture, panel: SolutionPanel): object {
  const { title, values, exact } = panel;
  const rows = axes[0]!.map((x, i) => ({ x, y: values[i]!, exact: exact?.[i] }));
  const x = quantity("x", coordinates[0]!);
  const found = {
    mark: { type: "line", color: COLOR, strokeWidth: 2 },
    encoding: { x, y: quantity("y", title) },
  };
  const known = {
    mark: { type: "line", color: LIGHT.ink, strokeWidth: 1, strokeDash: [3, 3] },
    encoding: { x, y: quantity("exact", title) },
  };
  const layer = exact === undefined ? [found] : [found, known];
  return { width: WIDTH, height: 220, data: { values: rows }, layer };
}

/** A cell for each point. */
function heatMap({ coordinates, axes }: SolutionPicture, { title, values }: SolutionPanel): object {
  const [across, up] = axes.map(cells);
  const rows = across!.flatMap(([x, x2], i) =>
    up!.map(([y, y2], j) => ({ x, x2, y, y2, value: values[i * up!.length + j]! })),
  );
  const [horizontal, vertical] = coordinates as [string, string];
  return {
    title: { text: title, fontSize: 12, fontWeight: "normal" },
    width: WIDTH,
    height: 300,
    data: { values: rows },
    mark: { type: "rect", strokeWidth: 0, aria: false },
    encoding: {
      x: quantity("x", horizontal),
      x2: { field: "x2" },
      y: quantity("y", vertical),
      y2: { field: "y2" },
      color: {
        field: "value",
        type: "quantitative",
        scale: { scheme: "viridis", zero: false, nice: false },
        legend: { title: null, format: ".3~g" },
      },
    },
  };
}

/**
 * From halfway to the point before, up to the next one: under the next cell, which is drawn later,
 * so that nothing shines through between them.
 */
function cells(values: readonly number[]): (readonly [number, number])[] {
  return values.map((value, i) => [
    i === 0 ? value : (values[i - 1]! + value) / 2,
    values[Math.min(i + 1, values.length - 1)]!,
  ]);
}
