import { ResourceError } from "../../support/errors.js";

interface Vega {
  readonly vega: typeof import("vega");
  readonly vegaLite: typeof import("vega-lite");
}

/** Vega is an optional peer: only a plot needs it. @throws ResourceError `missing-dependency` */
export async function loadVega(argument: string): Promise<Vega> {
  try {
    const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
    return { vega, vegaLite };
  } catch (cause) {
    throw new ResourceError(
      "missing-dependency",
      "a plot needs the optional packages vega and vega-lite: npm install vega@6 vega-lite@6",
      { argument, expected: "vega and vega-lite", got: "not installed", cause },
    );
  }
}

/** Names that every machine has, or text would differ from one to the next. */
export const FONT = "Helvetica, Arial, sans-serif";

export interface Theme {
  readonly background: string;
  readonly ink: string;
  readonly grid: string;
}

export const LIGHT: Theme = { background: "white", ink: "#1b1b1b", grid: "#e4e4e4" };
export const DARK: Theme = { background: "#0d1117", ink: "#d6dbe1", grid: "#2c333b" };

/** SVG of a Vega-Lite specification. @throws ResourceError `missing-dependency` */
export async function renderSpec(spec: object, argument: string, theme = LIGHT): Promise<string> {
  const { vega, vegaLite } = await loadVega(argument);
  const { background, ink, grid } = theme;
  const text = { labelColor: ink, titleColor: ink };
  const { config, ...rest } = spec as { config?: { legend?: object } };
  const { spec: compiled } = vegaLite.compile({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background,
    padding: 12,
    config: {
      font: FONT,
      axis: { gridColor: grid, domainColor: ink, tickColor: ink, ...text },
      title: { anchor: "start", color: ink, subtitleColor: ink },
      view: { stroke: grid },
      legend: { ...text, ...config?.legend },
    },
    ...rest,
  } as Parameters<typeof vegaLite.compile>[0]);
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  try {
    return wellFormed(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** XML has no place for most control characters and for halves of pairs, not even escaped. */
function wellFormed(xml: string): string {
  return xml.replaceAll(
    /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu,
    "\uFFFD",
  );
}
