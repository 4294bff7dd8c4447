import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { ResourceError } from "../errors.js";
import { writeText } from "../files.js";
import { type Figure, figureSpec, THEMES } from "./figure.js";
import { renderSpec } from "./vega.js";

/** Pixels of a PNG for each of the SVG. */
const SCALE = 1.6;

/**
 * Writes a figure: name.svg, name-dark.svg and name.png, its rows as name.csv, everything as name.json. Returns the paths.
 * @throws ResourceError `file`, `missing-dependency`
 */
export async function writeFigure(figure: Figure, folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const paths: string[] = [];
  const write = (suffix: string, text: string) => {
    const path = join(folder, `${figure.name}${suffix}`);
    writeText(path, text);
    paths.push(path);
  };
  let light = "";
  for (const [suffix, theme] of Object.entries(THEMES)) {
    const svg = await renderSpec(figureSpec(figure, theme), "--out", theme);
    light ||= svg;
    write(`${suffix}.svg`, svg);
  }
  const rows = figure.panels.flatMap(({ name, rows, references = [] }) =>
    [...rows, ...references].map((row) => ({ panel: name, low: "", high: "", ...row })),
  );
  write(
    ".csv",
    stringify(rows, { header: true, columns: ["panel", "series", "x", "y", "low", "high"] }),
  );
  write(".json", `${JSON.stringify(figure, null, 1)}\n`);
  const png = join(folder, `${figure.name}.png`);
  writeFileSync(png, await renderPng(light));
  return [...paths, png];
}

async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await loadResvg();
  return new Resvg(svg, {
    fitTo: { mode: "zoom", value: SCALE },
    font: { defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
  })
    .render()
    .asPng();
}

/** An optional peer, as Vega is. @throws ResourceError `missing-dependency` */
export async function loadResvg(): Promise<typeof import("@resvg/resvg-js")> {
  try {
    return await import("@resvg/resvg-js");
  } catch (cause) {
    throw new ResourceError(
      "missing-dependency",
      "a PNG needs the optional package @resvg/resvg-js: npm install @resvg/resvg-js@2",
      { argument: "--out", expected: "@resvg/resvg-js", got: "not installed", cause },
    );
  }
}
