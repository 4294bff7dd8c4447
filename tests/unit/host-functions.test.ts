import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * Engines differ in the last bits of their transcendental functions and of `**`, which therefore
 * must not enter a result: the core has its own.
 */

const sources = join(import.meta.dirname, "../../bindings");

const NAMES =
  "a?(sin|cos|tan)h?|atan2|exp|expm1|log|log1p|log2|log10|pow|hypot|cbrt|random|sumPrecise";

/** The functions by name, or `Math` taken apart so that a name no longer shows. */
const TRANSCENDENTAL = new RegExp(`\\bMath\\.(${NAMES})\\b|\\bMath\\[|[=(,]\\s*Math\\s*[;,)]`, "g");
/** Powers of the literal 2 are exact. */
const POWER = /(?<![/*]|\b2 )\*\*(?![/*])/g;
const LIBRARY = /from "jstat"/g;

/** What is only drawn or printed: file, what it uses, how often. */
const PRESENTATION: Record<string, readonly string[]> = {
  // Exponents of power laws and their intervals, beside the figures of `reproduce`.
  "lab/sweep/statistics.ts": ['from "jstat"', "Math.log", "Math.log", "**", "**"],
  // A dotted line of a given slope.
  "lab/reproduce/figures/one-step.ts": ["**"],
  // Where a 0 is drawn on a logarithmic axis.
  "lab/plot/history.ts": ["Math.log10", "**"],
};

function hostFunctions(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [TRANSCENDENTAL, POWER, LIBRARY].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([found]) => found),
  );
}

describe("functions of the host", () => {
  it("are used for presentation alone", () => {
    const found: Record<string, string[]> = {};
    for (const file of readdirSync(sources, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.startsWith(join("engine", "generated"))) continue;
      const used = hostFunctions(readFileSync(join(sources, file), "utf8"));
      if (used.length > 0) found[file.replaceAll("\\", "/")] = used.sort();
    }
    const allowed = Object.entries(PRESENTATION).map(([file, used]) => [file, [...used].sort()]);
    expect(found).toEqual(Object.fromEntries(allowed));
  });

  it.each([
    ["Math.hypot(...y)", ["Math.hypot"]],
    ["x.map(Math.log)", ["Math.log"]],
    ["10 ** x + 1e-2*10**y", ["**", "**"]],
    ["const { exp } = Math;", ["= Math;"]],
    ['Math["exp"](1)', ["Math["]],
    ["2 ** 28 + Math.sqrt(2) * Math.floor(x) // 10 ** 2 in a remark\n", ["**"]],
    ["/** x ** 2 and Math.exp */ 2 ** 30", []],
  ])("are found in %j", (source, expected) => {
    expect(hostFunctions(source)).toEqual(expected);
  });
});
