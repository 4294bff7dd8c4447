import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Activation,
  activationNames,
  createEngine,
  type Engine,
} from "../../bindings/index.js";
import { limitKernel } from "../../bindings/theory.js";

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
  it.each(activationNames)("%s, at any scale and for every pair of scales", async (activation) => {
    const own = references.filter((reference) => reference.activation === activation);
    expect(own.length).toBeGreaterThanOrEqual(22);
    for (const { x, y, value, slope } of own) {
      const options = { activation, inputs: x.length, x2: [y], engine };
      const { ntk, nngp, nodes, error } = await limitKernel([x], options);
      const inner = x.reduce((sum, v, l) => sum + v * y[l]!, 1);
      const expected = value + (inner * slope) / 3;
      const tolerance = nodes === 0 ? 16 * Number.EPSILON : 1e-12;
      // Every entry by itself, but that the expectation of an odd activation vanishes where a and b
      // are independent.
      const [scale, valueScale] = inner === 0 ? [1, 1] : [Math.abs(expected), Math.abs(value)];
      expect(Math.abs(ntk[0]! - expected)).toBeLessThanOrEqual(tolerance * scale);
      expect(Math.abs(nngp[0]! - value / 3)).toBeLessThanOrEqual((tolerance * valueScale) / 3);
      expect(error).toBeLessThanOrEqual(1e-12);
    }
  });

  it.each(["tanh", "sigmoid", "softplus", "gelu"] as const)(
    "%s: the error that is said is not below that of a coarse tolerance",
    async (activation) => {
      for (const { x, y, value, slope } of references.filter((r) => r.activation === activation)) {
        const options = { activation, inputs: x.length, tolerance: 1e-3, engine };
        const { ntk, error } = await limitKernel([x, y], options);
        const expected = value + (x.reduce((sum, v, l) => sum + v * y[l]!, 1) * slope) / 3;
        const scale = Math.sqrt(ntk[0]! * ntk[3]!);
        expect(Math.abs(ntk[1]! - expected) / scale).toBeLessThanOrEqual(error + 1e-14);
      }
    },
  );

  it.each([
    ["tanh", 178.31],
    ["sigmoid", 22.66],
    ["softplus", 666534.35],
    ["gelu", 666686.09],
  ] as const)("%s at 1000: %d", async (activation, expected) => {
    const [found] = (await limitKernel([1000], { activation, engine })).ntk;
    expect(Math.round(100 * found!) / 100).toBe(expected);
  });

  it.each([
    ["erf", [0, 1e-3, -0.5, 0.5, 1, 30, 1000, 1000.5, -1000, 1e5]],
    ["sin", [0, 1e-3, -1, -0.5, 0.5, 1, 7, 10]],
  ] as const)("quadrature is the closed form of %s to 1e-12", async (activation, x) => {
    const exact = await limitKernel([...x], { activation, engine });
    const summed = await limitKernel([...x], { activation, closedForm: false, engine });
    expect(exact.nodes).toBe(0);
    expect(summed.nodes).toBeGreaterThan(0);
    const n = x.length;
    for (const [at, value] of exact.ntk.entries()) {
      const [i, j] = [Math.floor(at / n), at % n];
      const scale = Math.sqrt(exact.ntk[i * (n + 1)]! * exact.ntk[j * (n + 1)]!);
      expect(Math.abs(value - summed.ntk[at]!)).toBeLessThan(1e-12 * scale);
    }
  });

  it("no quadrature of sin is silent about points at which it turns too often", async () => {
    await expect(
      limitKernel([1000], { activation: "sin", closedForm: false, engine }),
    ).rejects.toMatchObject({ code: "not-converged", argument: "options.maxNodes" });
  });

  it("no quadrature of relu is silent about its kink", async () => {
    await expect(
      limitKernel([1], { activation: "relu", closedForm: false, engine }),
    ).rejects.toMatchObject({ code: "not-converged", argument: "options.maxNodes" });
  });
});
