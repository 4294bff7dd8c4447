import { ResourceError } from "../../support/errors.js";

/** Pixels of a PNG for each of the SVG. */
const SCALE = 1.6;

/** A picture of an SVG. @throws ResourceError `missing-dependency`, for the sake of `argument` */
export async function renderPng(svg: string, argument: string): Promise<Uint8Array> {
  const { Resvg } = await loadResvg(argument);
  return new Resvg(svg, {
    fitTo: { mode: "zoom", value: SCALE },
    font: { defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
  })
    .render()
    .asPng();
}

/** An optional peer, as Vega is. @throws ResourceError `missing-dependency` */
export async function loadResvg(argument: string): Promise<typeof import("@resvg/resvg-js")> {
  try {
    return await import("@resvg/resvg-js");
  } catch (cause) {
    throw new ResourceError(
      "missing-dependency",
      "a PNG needs the optional package @resvg/resvg-js: npm install @resvg/resvg-js@2",
      { argument, expected: "@resvg/resvg-js", got: "not installed", cause },
    );
  }
}
