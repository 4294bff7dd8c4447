import { extname } from "node:path";
import { describe, invalid } from "../../support/errors.js";
import { writeBytes, writeText } from "../files.js";
import { loadResvg, renderPng } from "../plot/png.js";
import { loadVega } from "../plot/vega.js";

/** @throws InputError `invalid-argument`, ResourceError `missing-dependency` */
export async function preparePlot(path: string | undefined, flag: string): Promise<void> {
  if (path === undefined) return;
  const png = isPng(path, flag);
  await loadVega(flag);
  if (png) await loadResvg(flag);
}

/** A pipe has a name without an ending and gets the SVG. @throws InputError `invalid-argument` */
function isPng(path: string, flag: string): boolean {
  const ending = extname(path).toLowerCase();
  if (ending === ".png") return true;
  if (ending === ".svg" || ending === "") return false;
  throw invalid("invalid-argument", flag, "a name that ends in .svg or .png", describe(path));
}

/** SVG or PNG, by the ending of the name. @throws ResourceError `file` */
export async function writePlot(path: string, flag: string, svg: string): Promise<void> {
  if (isPng(path, flag)) writeBytes(path, await renderPng(svg, flag));
  else writeText(path, svg);
}
