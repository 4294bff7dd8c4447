import { ResourceError } from "../errors.js";
import type { StepRecord } from "../types.js";

const FONT = "Helvetica, Arial, sans-serif";
/** Loss and, for the Newton methods, gamma against step, as SVG. @throws ResourceError `missing-dependency` */
export async function plotHistory(
  title: string,
  initialLoss: number,
  history: readonly StepRecord[],
): Promise<string> {
  const losses = [
    { step: 0, value: initialLoss },
    ...history.map(({ step, loss }) => ({ step, value: loss })),
  ];
  const gammas = history.flatMap(({ step, gamma }) =>
    gamma === null ? [] : [{ step, value: gamma }],
  );
  // Both panels share it, though gamma begins at step 1.
  const last = Math.max(history.length, 1);
  const panels = [panel("loss", losses, last, 220, "#1f5fa8")];
  if (gammas.length > 0) panels.push(panel("regularization γ", gammas, last, 90, "#a85a1f"));
  return renderSpec({ title, vconcat: panels });
}

interface Point {
  readonly step: number;
  readonly value: number;
}

function panel(
  label: string,
  points: readonly Point[],
  last: number,
  height: number,
  color: string,
) {
  const { values, floor } = placeOnLogAxis(points);
  const title = floor === null ? label : `${label} (0 shown at ${floor.toExponential(0)})`;
  return {
    data: { values },
    width: 560,
    height,
    // A line through a single point is invisible.
    mark: {
      type: "line",
      color,
      strokeWidth: 1.5,
      interpolate: "step-after",
      point: values.length === 1 && { color },
    },
    encoding: {
      x: {
        field: "step",
        type: "quantitative",
        scale: { domain: [0, last], nice: false },
        axis: { title: "step", format: ",d", tickMinStep: 1 },
      },
      y: {
        field: "value",
        type: "quantitative",
        scale: { type: "log" },
        axis: { title, format: ".0e", tickCount: 6 },
      },
    },
  };
}

/**
 * A log axis has no place for 0, which is drawn a decade below the least of the others, nor for the infinities and NaN of a
 * training that diverged, which are left out.
 */
function placeOnLogAxis(points: readonly Point[]): { values: Point[]; floor: number | null } {
  const finite = points.filter(({ value }) => Number.isFinite(value) && value >= 0);
  const least = finite.reduce(
    (least, { value }) => (value > 0 ? Math.min(least, value) : least),
    Infinity,
  );
  if (finite.every(({ value }) => value > 0)) return { values: finite, floor: null };
  // Never so low that the power underflows to the 0 it stands for.
  const exponent = Math.max(Math.floor(Math.log10(least)) - 1, -300);
  const floor = least === Infinity ? 1 : 10 ** exponent;
  const values = finite.map(({ step, value }) => ({ step, value: Math.max(value, floor) }));
  return { values, floor };
}

async function renderSpec(spec: object): Promise<string> {
  const { vega, vegaLite } = await loadVega();
  const { spec: compiled } = vegaLite.compile({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    padding: 12,
    config: { font: FONT, axis: { gridColor: "#e4e4e4" }, title: { anchor: "start" } },
    ...spec,
  } as Parameters<typeof vegaLite.compile>[0]);
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

interface Vega {
  readonly vega: typeof import("vega");
  readonly vegaLite: typeof import("vega-lite");
}

/** Vega is an optional peer: only a plot needs it. */
export async function loadVega(): Promise<Vega> {
  try {
    const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
    return { vega, vegaLite };
  } catch (cause) {
    throw new ResourceError(
      "missing-dependency",
      "a plot needs the optional packages vega and vega-lite: npm install vega@6 vega-lite@6",
      { argument: "--plot", expected: "vega and vega-lite", got: "not installed", cause },
    );
  }
}
