import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkChoice,
  checkInteger,
  checkNumber,
  checkOptions,
} from "../../bindings/support/validate.js";
import { factsOf, faultOf, invalidArgument } from "./support.js";

const notNumbers = fc.anything().filter((value) => typeof value !== "number");

describe("checkInteger", () => {
  test("returns exactly the integers of the range", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.double(), (least, extent, value) => {
        const most = least + extent;
        const inside = Number.isInteger(value) && value >= least && value <= most;
        if (inside) expect(checkInteger(value, "k", least, most)).toBe(value);
        else expect(() => checkInteger(value, "k", least, most)).toThrow(/^k: expected an integer/);
      }),
    );
  });

  test("takes both ends of the range and nothing beyond", async () => {
    expect(checkInteger(3, "k", 3, 5)).toBe(3);
    expect(checkInteger(5, "k", 3, 5)).toBe(5);
    expect(await factsOf(() => checkInteger(2, "k", 3, 5))).toEqual(
      invalidArgument("k", "an integer from 3 to 5", "2"),
    );
    expect(await factsOf(() => checkInteger(6, "k", 3, 5))).toEqual(
      invalidArgument("k", "an integer from 3 to 5", "6"),
    );
  });

  test("names no upper end where the largest safe integer is it", async () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(checkInteger(most, "seed", 0, most)).toBe(most);
    expect(await factsOf(() => checkInteger(2 ** 53, "seed", 0, most))).toEqual(
      invalidArgument("seed", "an integer of at least 0", "9007199254740992"),
    );
  });

  test("refuses what is not a number, boxed numbers and numeric strings included", () => {
    fc.assert(
      fc.property(notNumbers, (value) => {
        expect(() => checkInteger(value, "k", -10, 10)).toThrow("k: expected an integer");
      }),
    );
    for (const value of ["3", [3], Object(3), 3n, true, null]) {
      expect(() => checkInteger(value, "k", 0, 5)).toThrow("k: expected an integer from 0 to 5");
    }
  });
});

describe("checkNumber", () => {
  test("returns exactly the finite numbers of the range", () => {
    const bound = fc.option(fc.double({ noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(bound, bound, bound, bound, fc.double(), (above, least, below, most, value) => {
        const range = {
          ...(above === undefined ? {} : { above }),
          ...(least === undefined ? {} : { least }),
          ...(below === undefined ? {} : { below }),
          ...(most === undefined ? {} : { most }),
        };
        const inside =
          Number.isFinite(value) &&
          (above === undefined || value > above) &&
          (least === undefined || value >= least) &&
          (below === undefined || value < below) &&
          (most === undefined || value <= most);
        if (inside) expect(checkNumber(value, "a", range)).toBe(value);
        else expect(() => checkNumber(value, "a", range)).toThrow("a: expected a finite number");
      }),
    );
  });

  test.each([
    [{}, "a finite number"],
    [{ above: 0 }, "a finite number above 0"],
    [{ least: 0 }, "a finite number at least 0"],
    [{ above: 0.5, most: 1 }, "a finite number above 0.5 and at most 1"],
    [{ least: -1, below: 2 }, "a finite number at least -1 and below 2"],
  ])("says the range %o in words", async (range, expected) => {
    expect(await factsOf(() => checkNumber(Number.NaN, "a", range))).toEqual(
      invalidArgument("a", expected, "NaN"),
    );
  });

  test("refuses what is not a number", () => {
    fc.assert(
      fc.property(notNumbers, (value) => {
        expect(() => checkNumber(value, "a")).toThrow("a: expected a finite number");
      }),
    );
  });
});

describe("checkChoice", () => {
  test("takes the listed strings alone", async () => {
    const choices = ["red", "green"] as const;
    for (const choice of choices) expect(checkChoice(choice, "color", choices)).toBe(choice);
    expect(await factsOf(() => checkChoice("Red", "color", choices))).toEqual(
      invalidArgument("color", "one of red, green", '"Red"'),
    );
    fc.assert(
      fc.property(fc.anything(), (value) => {
        fc.pre(value !== "red" && value !== "green");
        expect(() => checkChoice(value, "color", choices)).toThrow("color: expected one of");
      }),
    );
    // An array whose text equals a choice is still no choice.
    expect(() => checkChoice(["red"], "color", choices)).toThrow("got an array of length 1");
  });
});

describe("checkOptions", () => {
  test("accepts objects with known keys only", async () => {
    expect(() => checkOptions({}, "options", [])).not.toThrow();
    expect(() => checkOptions({ a: 1, b: undefined }, "options", ["a", "b"])).not.toThrow();
    expect(() => checkOptions(Object.create(null), "options", [])).not.toThrow();
    expect(await factsOf(() => checkOptions({ a: 1, A: 2 }, "options", ["a", "b"]))).toEqual(
      invalidArgument("options.A", "one of a, b", "an unknown option"),
    );
  });

  test("sees __proto__ and constructor as the unknown keys they are", async () => {
    for (const key of ["__proto__", "constructor", "toString"]) {
      const options: unknown = JSON.parse(`{ "${key}": {} }`);
      expect((await faultOf(() => checkOptions(options, "options", ["a"]))).argument).toBe(
        `options.${key}`,
      );
    }
  });

  test.each([
    [undefined, "undefined"],
    [null, "null"],
    [[], "an array of length 0"],
    ["tanh", '"tanh"'],
    [7, "7"],
    [() => 0, "a function"],
  ])("refuses %o, which is no object", async (value, got) => {
    expect(await factsOf(() => checkOptions(value, "options", ["a"]))).toEqual(
      invalidArgument("options", "an object", got),
    );
  });
});
