import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Activation,
  activationNames,
  createEngine,
  type Engine,
  limitKernel,
} from "../../bindings/index.js";

interface Reference {
  readonly activation: Activation;
  readonly x: number[];
  readonly y: number[];
  /** E[sigma(a) sigma(b)] and E[sigma'(a) sigma'(b)], correctly rounded (limit_kernels.py). */
  readonly value: number;
  readonly slope: number;
}

const references: Reference[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "data/limit-kernels.json"), "utf8"),
);

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.dispose());

describe("kernels of the infinitely wide network against 30 digits", () => {
  it.each(activationNames)("%s", async (activation) => {
    const own = references.filter((reference) => reference.activation === activation);
    expect(own.length).toBeGreaterThanOrEqual(8);
    for (const { x, y, value, slope } of own) {
      const options = { activation, inputs: x.length, x2: [y], engine };
      const { ntk, nngp, nodes } = await limitKernel([x], options);
      const inner = x.reduce((sum, v, l) => sum + v * y[l]!, 1);
      const expected = value + (inner * slope) / 3;
      // The size of the kernel on the diagonal: off it, the expectation of an odd activation may vanish.
      const scale = Math.max(Math.abs(expected), 0.1);
      const tolerance = nodes === 0 ? 8 * Number.EPSILON : 1e-12;
      expect(Math.abs(ntk[0]! - expected)).toBeLessThan(tolerance * scale);
      expect(Math.abs(nngp[0]! - value / 3)).toBeLessThan(tolerance * scale);
    }
  });

  it.each(["erf", "sin"] as const)(
    "quadrature is the closed form of %s to 1e-12",
    async (activation) => {
      const x = Array.from({ length: 21 }, (_, m) => (m - 10) / 10);
      const exact = await limitKernel(x, { activation, engine });
      const summed = await limitKernel(x, { activation, closedForm: false, engine });
      expect(exact.nodes).toBe(0);
      expect(summed.nodes).toBeGreaterThan(0);
      const largest = Math.max(...exact.ntk);
      for (const [i, value] of exact.ntk.entries()) {
        expect(Math.abs(value - summed.ntk[i]!)).toBeLessThan(1e-12 * largest);
      }
    },
  );
});
