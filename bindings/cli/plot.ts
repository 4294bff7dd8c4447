import { ResourceError } from "../errors.js";
import type { StepRecord } from "../types.js";

const FONT = "Helvetica, Arial, sans-serif";
/** A loss of 0 has no place on a log axis; it is drawn here. */
const FLOOR = 1e-320;

/** Loss and, for the Newton methods, gamma against step, as SVG. @throws ResourceError `missing-dependency` */
export async function plotHistory(
  title: string,
  initialLoss: number,
  history: readonly StepRecord[],
): Promise<string> {
  const losses = [{ step: 0, loss: initialLoss }, ...history].map(({ step, loss }) => ({
    step,
    loss: Math.max(loss, FLOOR),
  }));
  const gammas = history.flatMap(({ step, gamma }) =>
    gamma === null || gamma <= 0 ? [] : [{ step, gamma }],
  );
  const panels = [
    panel("loss", "loss", losses, 220, "#1f5fa8"),
    ...(gammas.length > 1 ? [panel("gamma", "regularization γ", gammas, 90, "#a85a1f")] : []),
  ];
  return renderSpec({ title, vconcat: panels });
}

function panel(field: string, label: string, values: object[], height: number, color: string) {
  const axis = { title: label, format: ".0e", tickCount: 6 };
  return {
    data: { values },
    width: 560,
    height,
    mark: { type: "line", color, strokeWidth: 1.5, interpolate: "step-after" },
    encoding: {
      x: { field: "step", type: "quantitative", axis: { title: "step" } },
      y: { field, type: "quantitative", scale: { type: "log" }, axis },
    },
  };
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
