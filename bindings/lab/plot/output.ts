import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { writeBytes, writeText } from "../files.js";
import { type Figure, figureSpec, THEMES } from "./figure.js";
import { renderPng } from "./png.js";
import { renderSpec } from "./vega.js";

/**
 * Writes a figure: name.svg, name-dark.svg and name.png, its rows as name.csv, everything as
 * name.json. Returns the paths.
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
  writeBytes(png, await renderPng(light, "--out"));
  return [...paths, png];
}
