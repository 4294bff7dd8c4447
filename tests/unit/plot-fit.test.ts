import { describe, expect, it } from "vitest";
import { type FitPicture, type FittedRow, plotFit } from "../../bindings/lab/plot/fit.js";

const row = (m: number, more: object = {}): FittedRow => ({
  set: m % 4 === 0 ? "held out" : "training",
  measured: m,
  predicted: m + Math.sin(m),
  ...more,
});
const rows = (count: number, more: (m: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, m) => row(m, more(m)));
const interval = (m: number) => ({ lower: m - 2, upper: m + 2 });

const picture = (more: Partial<FitPicture> = {}): FitPicture => ({
  title: "strength",
  target: "strength",
  rows: rows(12),
  relevance: null,
  curve: null,
  ...more,
});
const draw = (more?: Partial<FitPicture>) => plotFit(picture(more), "--plot-fit");
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((m) => m[1]!);
const count = (svg: string, what: string) => svg.split(`aria-roledescription="${what}"`).length - 1;

const rules = (svg: string) =>
  [...svg.matchAll(/<g class="mark-rule role-mark.*?<\/g>/gs)]
    .map(([group]) => group.split("<line").length - 1)
    .reduce((sum, lines) => sum + lines, 0);

describe("the picture of a fit", () => {
  it("has predicted against measured and residuals, a point a row in each", async () => {
    const svg = await draw();
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["strength", "strength, measured", "measured - predicted"]),
    );
    expect(count(svg, "point")).toBe(24);
    expect(texts(svg)).toEqual(expect.arrayContaining(["training", "held out"]));
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("has an error bar a row where there are intervals, beside the line at 0", async () => {
    expect(rules(await draw())).toBe(1);
    expect(rules(await draw({ rows: rows(12, interval) }))).toBe(13);
  });

  it("has no legend where all rows are of one kind", async () => {
    const svg = await draw({ rows: rows(12).filter(({ set }) => set === "training") });
    expect(texts(svg)).not.toContain("training");
  });

  it("has a bar an input, the most relevant first", async () => {
    const values = { cement: 1, age: 3, water: 2 };
    const relevance = Object.entries(values).map(([input, relevance]) => ({ input, relevance }));
    const svg = await draw({ relevance });
    expect(count(svg, "bar")).toBe(3);
    expect(texts(svg).filter((text) => text in values)).toEqual(["age", "water", "cement"]);
    expect(count(await draw({ relevance: relevance.slice(0, 1) }), "bar")).toBe(0);
  });

  it("has the function with its band where there is one input", async () => {
    const points = Array.from({ length: 5 }, (_, x) => ({ x, predicted: x, ...interval(x) }));
    const svg = await draw({ rows: rows(8, (x) => ({ x })), curve: { input: "age", points } });
    expect(texts(svg)).toContain("age");
    expect(count(svg, "area mark container")).toBe(1);
    expect(count(svg, "point")).toBe(24);
    const without = points.map(({ x, predicted }) => ({ x, predicted }));
    const bare = await draw({ rows: rows(8), curve: { input: "age", points: without } });
    expect(count(bare, "area mark container")).toBe(0);
  });

  it("thins more rows than can be seen, and says so", async () => {
    const svg = await draw({ rows: rows(5000) });
    expect(texts(svg)).toContain("strength, 1667 of 5000 rows");
    expect(count(svg, "point")).toBe(2 * 1667);
  });
});
