import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../bindings/index.js";
import { compileEquation, type Names } from "../../bindings/pde/equation.js";
import { type At, evaluator } from "../expression-values.js";

const NAMES: Names = {
  coordinates: ["t", "x"],
  unknowns: ["u", "v"],
  constants: { nu: 0.25, c: 2 },
  parameters: ["k"],
  data: ["data"],
};

const AT: At = { x: [0.3, 0.7], data: 0.9, features: [1.1, -0.4, 0.6, 1.7], k: 0.8 };

describe("what an expression means", () => {
  const u = 1.1;
  it.each([
    ["-u^2", -(u ** 2)],
    ["2^3^2", 512],
    ["2*-u^2", -2 * u ** 2],
    ["(-u)^2", u ** 2],
    ["2^-1", 0.5],
    ["-u^2^2", -(u ** 4)],
    ["1 - 2 - 3", -4],
    ["8/4/2", 1],
    ["1e-3*x + t", 0.0007 + 0.3],
    ["pi*e", Math.PI * Math.E],
    ["nu*c*data*k", 0.25 * 2 * 0.9 * 0.8],
    ["exp(u)*log(u) + sqrt(u)", Math.exp(u) * Math.log(u) + Math.sqrt(u)],
    ["sin(u)^2 + cos(u)^2", 1],
    ["tanh(u) - abs(-u)", Math.tanh(u) - u],
    ["u^0.5", Math.sqrt(u)],
    ["u^k", u ** 0.8],
    ["+u", u],
  ])("%s", async (text, expected) => {
    const evaluate = await evaluator(NAMES);
    const { value } = evaluate(text, AT, 0);
    expect(Math.abs(value - expected)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected)));
  });

  it("names of derivatives", () => {
    const features = (text: string, names = NAMES) =>
      compileEquation(text, names, { argument: "e" }).features;
    expect(features("u_txx = v")).toEqual([
      { output: 0, exponents: [1, 2] },
      { output: 1, exponents: [0, 0] },
    ]);
    expect(features("lap(u) = d(v, x, t)")).toEqual([
      { output: 0, exponents: [0, 2] },
      { output: 1, exponents: [1, 1] },
    ]);
    const long = { ...NAMES, coordinates: ["theta", "th"] };
    expect(features("u_thetath = 0", long)).toEqual([{ output: 0, exponents: [1, 1] }]);
  });

  it.each([
    ["u_t = nu*u_xx + data*u", true],
    ["u_x*sin(x) = t^2", true],
    ["u/x = 1", true],
    ["u*u_x = 0", false],
    ["1/u = 1", false],
    ["u^2 = 1", false],
    ["u = k", false],
    ["exp(u) = 1", false],
    ["sin(x)*u + v = 0", true],
  ])("%s is linear: %s", (text, linear) => {
    expect(compileEquation(text, NAMES, { argument: "e" }).linear).toBe(linear);
  });
});

describe("derivatives of an expression", () => {
  const variable = fc.constantFrom("u", "u_x", "v_tt", "k");
  const leaf = fc.oneof(variable, fc.constantFrom("x", "t", "nu", "data", "2", "0.5"));
  const { formula } = fc.letrec<{ formula: string }>((tie) => ({
    formula: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc
        .tuple(tie("formula"), fc.constantFrom("+", "-", "*"), tie("formula"))
        .map(([a, sign, b]) => `(${a} ${sign} ${b})`),
      fc.tuple(tie("formula"), tie("formula")).map(([a, b]) => `((${a})/(2 + (${b})^2))`),
      fc.tuple(fc.constantFrom("sin", "cos", "tanh"), tie("formula")).map(([f, a]) => `${f}(${a})`),
      tie("formula").map((a) => `exp(sin(${a}))`),
      tie("formula").map((a) => `log(3 + sin(${a}))`),
      tie("formula").map((a) => `sqrt(2 + cos(${a}))`),
      tie("formula").map((a) => `(${a})^3`),
      tie("formula").map((a) => `(-(${a}))`),
    ),
  }));

  it("are those of differences, first and second", async () => {
    const evaluate = await evaluator(NAMES);
    fc.assert(
      fc.property(formula, fc.constantFrom(1, 2, 65, 129), (text, m) => {
        const found = evaluate(text, AT, 2, m);
        const q = found.equation.features.length;
        const at = (v: number, h: number): At =>
          v < q
            ? { ...AT, features: AT.features.map((f, i) => (i === v ? f + h : f)) }
            : { ...AT, k: AT.k + h };
        const weights = [4 / 5, -1 / 5, 4 / 105, -1 / 280];
        const stepped = (pick: (at: At) => number, v: number, h: number) =>
          weights.reduce(
            (sum, w, i) => sum + w * (pick(at(v, (i + 1) * h)) - pick(at(v, -(i + 1) * h))),
            0,
          ) / h;
        // Of sin(2^12 u) no step of this size tells the derivative; two of them then differ.
        const difference = (pick: (at: At) => number, v: number) => {
          const [long, short] = [stepped(pick, v, 1e-3), stepped(pick, v, 7e-4)];
          fc.pre(Math.abs(long - short) < 1e-9 * (1 + Math.abs(short)));
          return short;
        };
        for (let u = 0; u <= q; u++) {
          const slope = difference((place) => evaluate(text, place, 0, m).value, u);
          const scale = 1 + Math.abs(found.value) + Math.abs(slope);
          expect(Math.abs(found.first[u]! - slope)).toBeLessThan(1e-9 * scale);
          for (let v = 0; v <= u; v++) {
            const bend = difference((place) => evaluate(text, place, 1, m).first[u]!, v);
            const size = scale + Math.abs(bend) + Math.max(...found.first.map(Math.abs));
            expect(Math.abs(found.second[(u * (u + 1)) / 2 + v]! - bend)).toBeLessThan(1e-8 * size);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("an equation that is none", () => {
  const message = (text: unknown) => {
    try {
      compileEquation(text as string, NAMES, { argument: "equations[0].equation" });
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as InputError).message;
    }
    throw new Error(`${String(text)} was taken`);
  };

  it.each([
    ["u_t = w", '"w" at character 7'],
    ["u_t = u_xxxxx", "order 5 at character 7"],
    ["u_t", 'expected one "="'],
    ["u = 1 = 2", 'expected one "="'],
    ["u = sin(x", "expected )"],
    ["u = sinh(x)", "one of the functions"],
    ["u = sin(x, t)", "one argument"],
    ["u = x +", "expected expression"],
    ["x = t", "an equation in u, v"],
    ["u = ", "expected an expression"],
    ["u = [1]", "expected one formula"],
    ["u = 'a'", "a number"],
    ["u = x y", "expected one formula"],
    ["u_q = 1", '"u_q"'],
    ["u = a ? 1 : 2", "expected one formula"],
    ["u = constructor", '"constructor"'],
    ["u = __proto__", '"__proto__"'],
    ["u = d(u, q)", "coordinates in d(...)"],
    [7, "an equation"],
    [null, "an equation"],
  ])("%s", (text, part) => {
    expect(message(text)).toContain(part);
  });

  it("too long, or too deep", () => {
    expect(message(`u = ${"x+".repeat(6000)}x`)).toContain("at most 10000 characters");
    expect(message(`u = ${"(".repeat(4500)}x${")".repeat(4500)}`)).toContain("got");
    expect(message(`u = ${"sin(".repeat(300)}x${")".repeat(300)}`)).toContain("less than 200");
    expect(message(`u = ${"-".repeat(9000)}x`)).toContain("got");
  });

  it("hostile texts are equations or typed errors", () => {
    const piece = fc.constantFrom(
      "u",
      "_x",
      "=",
      "(",
      ")",
      "^",
      "-",
      "*",
      "1e",
      ".",
      "'",
      "[",
      "\0",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join("")),
        ),
        (text) => {
          try {
            compileEquation(text, NAMES, { argument: "e" });
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
