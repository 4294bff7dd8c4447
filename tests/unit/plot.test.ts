import { describe, expect, it } from "vitest";
import type { StepRecord } from "../../bindings/index.js";
import { plotHistory } from "../../bindings/lab/plot/history.js";

function history(losses: readonly number[], gamma: number | null = null): StepRecord[] {
  return losses.map((loss, index) => ({
    step: index + 1,
    loss,
    validationLoss: null,
    gamma: gamma === null ? null : gamma / 2 ** index,
    gradientNorm: 1,
    updateNorm: 1,
    updateMax: 1,
    positiveDefinite: gamma === null ? null : true,
    accepted: true,
    length: 1,
    gainRatio: 1,
    accelerationRatio: null,
    iterations: null,
    residual: null,
    rejected: [],
    seconds: index,
  }));
}

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((m) => m[1]!);
/** Labels of the logarithmic axes, as numbers. */
const powers = (svg: string) =>
  texts(svg)
    .filter((text) => /^\de[+-]\d+$/.test(text.replace("−", "-")))
    .map((text) => Number(text.replace("−", "-")));

describe("the plot of a training", () => {
  it("is one SVG with a title, named fonts and white ground", async () => {
    const svg = await plotHistory("y: newton, N = 7", 1, history([0.1, 0.01], 1e-3));
    expect(svg).toMatch(/^<svg[^>]*xmlns[\s\S]*<\/svg>\s*$/);
    expect(texts(svg)).toContain("y: newton, N = 7");
    expect(svg).toMatch(/font-family="Helvetica, Arial, sans-serif"/);
    expect(svg).not.toMatch(/font-family="(?!Helvetica, Arial, sans-serif)/);
    expect(svg).toMatch(/fill="white"/);
  });

  it("draws gamma in a panel of its own where there is one", async () => {
    const newton = texts(await plotHistory("t", 1, history([0.1, 0.01], 1e-3)));
    expect(newton).toEqual(expect.arrayContaining(["loss", "regularization γ"]));
    const adam = texts(await plotHistory("t", 1, history([0.1, 0.01])));
    expect(adam).toContain("loss");
    expect(adam).not.toContain("regularization γ");
  });

  it("draws the loss of the rows that are kept aside, where there are such, with a legend", async () => {
    const plain = history([0.1, 0.01]);
    const named = texts(
      await plotHistory(
        "t",
        1,
        plain.map((record) => ({ ...record, validationLoss: 0.5 })),
      ),
    );
    expect(named).toEqual(expect.arrayContaining(["training", "rows kept aside"]));
    expect(texts(await plotHistory("t", 1, plain))).not.toContain("training");
  });

  it("covers the losses on its axis, from the initial one on", async () => {
    // Not every power of ten has a label.
    const labels = powers(await plotHistory("t", 1e3, history([1, 1e-6])));
    expect(Math.max(...labels)).toBeGreaterThanOrEqual(1e2);
    expect(Math.max(...labels)).toBeLessThanOrEqual(1e3);
    expect(Math.min(...labels)).toBeLessThanOrEqual(1e-5);
    expect(Math.min(...labels)).toBeGreaterThanOrEqual(1e-6);
  });

  it("draws a loss of 0 a decade below the least, and says so", async () => {
    const svg = await plotHistory("t", 1, history([1e-3, 1e-9, 0, 0]));
    expect(texts(svg)).toContain("loss (0 shown at 1e-10)");
    expect(Math.min(...powers(svg))).toBe(1e-10);
  });

  it("copes with nothing but zeros, and with a gamma of 0", async () => {
    const svg = await plotHistory("t", 0, history([0, 0], 0));
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(texts(svg)).toContain("loss (0 shown at 1e+0)");
    expect(texts(svg)).toContain("regularization γ (0 shown at 1e+0)");
  });

  it.each([Number.POSITIVE_INFINITY, Number.NaN])("leaves out a loss of %s", async (loss) => {
    const svg = await plotHistory("t", 1, history([1e10, 1e20, loss]));
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(Math.max(...powers(svg))).toBe(1e20);
  });

  it("has an axis that is not logarithmic where a loss is below 0", async () => {
    const labels = texts(await plotHistory("t", 10, history([-50, -230, Number.NaN], 1e-3)));
    expect(labels).toContain("−200");
    expect(labels).toContain("0");
    // Gamma has an axis of its own.
    expect(labels).toContain("1e-3");
  });

  it("shows a training without steps as a point", async () => {
    const point = /aria-roledescription="point"/;
    expect(await plotHistory("t", 0.5, [])).toMatch(point);
    expect(await plotHistory("t", 0.5, history([0.1]))).not.toMatch(point);
  });

  it("counts steps in whole numbers", async () => {
    const svg = await plotHistory("t", 1, history([0.5, 0.25]));
    expect(texts(svg).filter((text) => /^[\d.]+$/.test(text))).toEqual(["0", "1", "2"]);
  });

  it("has no character that XML does not allow", async () => {
    const title = "a\u001b[31mb\u0000c\ud800d\ufffee 😀";
    const svg = await plotHistory(title, 1, history([0.1]));
    expect(texts(svg)).toContain("a\ufffd[31mb\ufffdc\ufffdd\ufffde 😀");
  });

  it("escapes what has a meaning in SVG", async () => {
    const svg = await plotHistory("<script>&\"'", 1, history([0.1]));
    expect(svg).not.toContain("<script>");
    expect(svg).toContain("&lt;script&gt;&amp;");
  });
});
