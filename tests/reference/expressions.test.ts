/**
 * Values of expressions with their first and second partial derivatives against those at 60 digits
 * (expressions.py).
 */
import { describe, expect, it } from "vitest";
import type { Names } from "../../bindings/pde/equation.js";
import { evaluator } from "../expression-values.js";
import { readData } from "./support.js";

interface Case {
  readonly formula: string;
  /** In the order of the variables. */
  readonly features: readonly string[];
  readonly value: number;
  readonly first: readonly number[];
  /** Lower triangle. */
  readonly second: readonly number[];
}

const { point, cases } = readData<{ point: Record<string, number>; cases: Case[] }>(
  "expressions.json",
);

const NAMES: Names = {
  coordinates: ["t", "x"],
  unknowns: ["u", "v"],
  constants: { nu: point.nu! },
  parameters: ["k"],
  data: ["data"],
};
/** Relative to the largest derivative of the same order. */
const TOLERANCE = 1e-13;

describe("expressions at 60 digits", () => {
  it.each(cases)("$formula", async ({ formula, features, value, first, second }) => {
    const evaluate = await evaluator(NAMES);
    const at = {
      x: [point.t!, point.x!],
      data: point.data!,
      features: features.map((name) => point[name]!),
      k: point.k!,
    };
    const found = evaluate(formula, at, 2);
    expect(found.equation.features.length).toBe(features.length);
    expect(Math.abs(found.value - value)).toBeLessThanOrEqual(TOLERANCE * Math.abs(value));
    for (const [mine, exact] of [
      [found.first, first],
      [found.second, second],
    ] as const) {
      const scale = Math.max(...exact.map(Math.abs));
      expect(mine.length).toBe(exact.length);
      mine.forEach((entry, i) => {
        expect(Math.abs(entry - exact[i]!)).toBeLessThanOrEqual(TOLERANCE * scale + 1e-60);
      });
    }
  });
});

describe("where an expression has no value", () => {
  it.each([
    ["1/u", 0],
    ["log(u)", -1],
    ["log(u)", 0],
    ["sqrt(u)", -1],
    ["u^0.5", -1],
    ["u^-2", 0],
    ["u^k", -1],
    ["exp(u)", 1000],
    ["u/u", 0],
  ])("%s at %d is not finite", async (formula, u) => {
    const evaluate = await evaluator(NAMES);
    const { value } = evaluate(formula, { x: [0, 0], data: 0, features: [u], k: 0.5 }, 2);
    expect(Number.isFinite(value)).toBe(false);
  });
});
