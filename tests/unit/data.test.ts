import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createEngine,
  type Dataset,
  type Matrix,
  Model,
  Network,
  train,
} from "../../bindings/index.js";
import { definitenessMargin, nntk } from "../../bindings/theory.js";
import { bitsOf, factsOf, faultOf, invalidArgument, networkBits } from "./support.js";

const engine = await createEngine();
let line: Network;
let plane: Network;

beforeAll(async () => {
  line = await Network.create({ width: 5, seed: 1, engine });
  plane = await Network.create({ inputs: 3, width: 5, seed: 1, engine });
});
afterAll(() => engine.dispose());

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e3, max: 1e3 });

describe("forms of x", () => {
  test("one input: numbers, rows of one and a Float64Array give the same bits", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 40 }), (x) => {
        const expected = bitsOf(line.predict(x));
        expect(expected).toHaveLength(x.length);
        expect(bitsOf(line.predict(x.map((v) => [v])))).toEqual(expected);
        expect(bitsOf(line.predict(Float64Array.from(x)))).toEqual(expected);
      }),
    );
  });

  test("several inputs: rows and row-major values give the same bits", () => {
    const row = fc.tuple(finite, finite, finite);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (x) => {
        const expected = bitsOf(plane.predict(x));
        expect(expected).toHaveLength(x.length);
        expect(bitsOf(plane.predict(Float64Array.from(x.flat())))).toEqual(expected);
      }),
    );
  });

  test("a sample's prediction does not depend on its neighbors", () => {
    const x = Array.from({ length: 1100 }, (_, m) => Math.sin(m));
    const together = line.predict(x);
    // 511, 512 and 1024 lie at the ends of the blocks in which samples are worked through.
    for (const m of [0, 1, 511, 512, 513, 1023, 1024, 1099]) {
      expect(line.predict([x[m]!])[0]).toBe(together[m]);
    }
  });

  test("y may be numbers, rows of one or a Float64Array", () => {
    const x = [0, 0.5, 1];
    const y = [1, -2, 3];
    const expected = line.loss({ x, y });
    expect(line.loss({ x, y: y.map((v) => [v]) })).toBe(expected);
    expect(line.loss({ x, y: Float64Array.from(y) })).toBe(expected);
    const f = line.predict(x);
    const sum = y.reduce((total, v, m) => total + (f[m]! - v) ** 2, 0);
    expect(expected).toBeCloseTo(sum / 6, 14);
  });

  test("a view into a larger buffer is read where it begins", () => {
    const buffer = Float64Array.from([9, 9, 0.25, 0.75, 9]);
    expect(bitsOf(line.predict(buffer.subarray(2, 4)))).toEqual(bitsOf(line.predict([0.25, 0.75])));
  });

  test("the caller's arrays are left alone and not kept", () => {
    const x = Float64Array.from([0.25, 0.75]);
    const f = line.predict(x);
    const copy = f.slice();
    expect([...x]).toEqual([0.25, 0.75]);
    x.fill(7);
    line.predict([1, 2, 3]);
    expect(f).toEqual(copy);
  });
});

/**
 * Every way of handing over data has to refuse the same faults, and leave network and memory as
 * they were.
 */
const loss = (data: unknown) => line.loss(data as Dataset);
const withHole = (values: number[], index: number) => {
  delete values[index];
  return values;
};
const lossOfPlane = (x: unknown) => plane.loss({ x: x as Matrix, y: [1, 2] });

describe("faults in x", () => {
  test.each<[string, unknown, string, string, string]>([
    ["a string", "1,2", "data.x", "an array of numbers, of rows, or a typed array", '"1,2"'],
    ["null", null, "data.x", "an array of numbers, of rows, or a typed array", "null"],
    ["nothing", undefined, "data.x", "an array of numbers, of rows, or a typed array", "undefined"],
    [
      "an iterator",
      new Set([1]),
      "data.x",
      "an array of numbers, of rows, or a typed array",
      "an object",
    ],
    [
      "an array of bigints",
      new BigUint64Array(2),
      "data.x",
      "an array of numbers, of rows, or a typed array",
      "a BigUint64Array",
    ],
    [
      "bytes without a type",
      new DataView(new ArrayBuffer(16)),
      "data.x",
      "an array of numbers, of rows, or a typed array",
      "a DataView",
    ],
    ["a numeric string inside", [0, "1"], "data.x[1]", "a number", '"1"'],
    ["null inside", [0, null], "data.x[1]", "a number", "null"],
    ["undefined inside", [0, undefined], "data.x[1]", "a number", "undefined"],
    ["a bigint inside", [1n, 0], "data.x[0]", "a number", "1"],
    ["a hole inside", withHole([0, 7, 1], 1), "data.x[1]", "a number", "undefined"],
    ["only holes", new Array(3), "data.x[0]", "a number", "undefined"],
    ["a string in a row", [[0], ["1"]], "data.x[1][0]", "a number", '"1"'],
    ["a hole in a row", [[0], new Array(1)], "data.x[1][0]", "a number", "undefined"],
    ["a boolean", [true], "data.x[0]", "a number", "true"],
  ])("%s", async (_, x, argument, expected, got) => {
    expect(await factsOf(() => loss({ x, y: [0, 0] }))).toEqual(
      invalidArgument(argument, expected, got),
    );
  });

  const shape = (argument: string, expected: string, got: string) => ({
    ...invalidArgument(argument, expected, got),
    code: "invalid-shape",
  });

  test.each<[string, unknown, string, string, string]>([
    ["numbers for a network with three inputs", [1, 2], "data.x", "rows of 3 numbers", "1"],
    [
      "a Float64Array of another length",
      new Float64Array(7),
      "data.x",
      "a multiple of 3 values",
      "7 values",
    ],
    [
      "rows too short",
      [
        [1, 2],
        [1, 2],
      ],
      "data.x[0]",
      "3 numbers",
      "2",
    ],
    [
      "rows too long",
      [
        [1, 2, 3],
        [1, 2, 3, 4],
      ],
      "data.x[1]",
      "3 numbers",
      "4",
    ],
    [
      "a ragged row",
      [
        [1, 2, 3],
        [1, 2],
      ],
      "data.x[1]",
      "3 numbers",
      "2",
    ],
    ["an empty row", [[1, 2, 3], []], "data.x[1]", "3 numbers", "0"],
    ["a number among rows", [[1, 2, 3], 4], "data.x[1]", "a row", "4"],
    ["null among rows", [[1, 2, 3], null], "data.x[1]", "a row", "null"],
    [
      "bigints among rows",
      [[1, 2, 3], new BigInt64Array(3)],
      "data.x[1]",
      "a row",
      "a BigInt64Array",
    ],
  ])("three inputs: %s", async (_, x, argument, expected, got) => {
    expect(await factsOf(() => lossOfPlane(x))).toEqual(shape(argument, expected, got));
  });

  test("one input: a row among numbers, and rows of two", async () => {
    expect(await factsOf(() => loss({ x: [1, [2]], y: [0, 0] }))).toEqual(
      shape("data.x[1]", "a number", "an array of length 1"),
    );
    expect(await factsOf(() => loss({ x: [[1, 2]], y: [0] }))).toEqual(
      shape("data.x[0]", "1 number", "2"),
    );
  });

  test("predict names x itself", async () => {
    const predict = (x: unknown) => () => line.predict(x as Matrix);
    expect((await faultOf(predict("1"))).argument).toBe("x");
    expect((await faultOf(predict([1, Number.NaN]))).argument).toBe("x[1]");
    expect((await faultOf(() => line.jacobian([[1, 2]]))).argument).toBe("x[0]");
  });
});

describe("faults in data", () => {
  test.each([
    [undefined, "undefined"],
    [null, "null"],
    [7, "7"],
    ["xy", '"xy"'],
    [[], "an array of length 0"],
    [{ x: [1] }, "an object"],
    [{ y: [1] }, "an object"],
  ])("%o is no data set", async (data, got) => {
    expect(await factsOf(() => loss(data))).toEqual(
      invalidArgument("data", "an object { x, y }", got),
    );
  });

  const x = [0, 1];
  const columns = { inputs: ["x"], target: "y" };
  /** And whether it takes weights. */
  const takers: [string, boolean, (data: Dataset) => unknown][] = [
    ["loss", true, (data) => line.loss(data)],
    ["gradient", true, (data) => line.gradient(data)],
    ["hessian", true, (data) => line.hessian(data)],
    ["newtonStep", true, (data) => line.newtonStep(data, { gamma: 1 })],
    ["train", true, (data) => train(line, data, { maxSteps: 1 })],
    ["nntk", false, (data) => nntk(line, data, { gamma: 1 })],
    ["definitenessMargin", true, (data) => definitenessMargin(line, data)],
    [
      "Model.fit",
      true,
      (data) => Model.fit(data, { columns, network: { width: 2 }, evidence: false, maxSteps: 1 }),
    ],
    [
      "model.evaluate",
      true,
      async (data) => {
        const fit = { columns, network: { width: 2 }, evidence: false, maxSteps: 1 } as const;
        (await Model.fit({ x, y: x }, fit)).model.evaluate(data);
      },
    ],
  ];
  test.each(takers)("a key that nothing reads is refused by %s", async (_name, weighted, take) => {
    const known = weighted ? "x, y and weights" : "x and y";
    const data = { x, y: x, weight: [1, 2] };
    expect(await factsOf(() => take(data))).toEqual(
      invalidArgument("data.weight", `${known} alone`, "an unknown key"),
    );
    await take({ x, y: x });
  });

  test.each(takers.filter(([, weighted]) => !weighted))(
    "that weights are not taken yet is said by %s",
    async (_name, _weighted, take) => {
      const expected = "x and y alone, as weights of samples are not taken here yet";
      expect(await factsOf(() => take({ x, y: x, weights: [1, 2] } as never))).toEqual(
        invalidArgument("data.weights", expected, "weights"),
      );
    },
  );

  test.each(takers.filter(([, weighted]) => weighted))(
    "weights that are none are refused by %s",
    async (_name, _weighted, take) => {
      const faults: [unknown, object][] = [
        [[1, -2], invalidArgument("data.weights[1]", "a number of at least 0", "-2")],
        [[0, 0], invalidArgument("data.weights", "at least one number above 0", "only zeros")],
        [
          [1, Number.NaN],
          { ...invalidArgument("data.weights[1]", "a finite number", "NaN"), code: "non-finite" },
        ],
        [
          [1],
          {
            ...invalidArgument("data.weights", "2 values, one a row of data.x", "1"),
            code: "invalid-shape",
          },
        ],
        [
          "1",
          invalidArgument("data.weights", "an array of numbers, of rows, or a typed array", '"1"'),
        ],
      ];
      for (const [weights, facts] of faults) {
        expect(await factsOf(() => take({ x, y: x, weights } as Dataset))).toEqual(facts);
      }
      await take({ x, y: x, weights: new Uint8Array([1, 0]) });
    },
  );

  test("x and y of different lengths", async () => {
    for (const y of [[1], [1, 2, 3], new Float64Array(3)]) {
      expect(await factsOf(() => loss({ x: [0, 1], y }))).toEqual({
        ...invalidArgument("data.y", "2 values, one a row of data.x", `${y.length}`),
        code: "invalid-shape",
      });
    }
  });

  test("rows of two targets", async () => {
    expect(
      await factsOf(() =>
        loss({
          x: [0, 1],
          y: [
            [1, 2],
            [3, 4],
          ],
        }),
      ),
    ).toMatchObject({
      code: "invalid-shape",
      argument: "data.y[0]",
      expected: "1 number",
    });
  });

  test("no samples", async () => {
    const empty = { name: "InputError", code: "empty-data", expected: "at least one sample" };
    for (const x of [[], new Float64Array(0)]) {
      expect(await factsOf(() => loss({ x, y: [] }))).toMatchObject({
        ...empty,
        argument: "data.x",
      });
      expect(await factsOf(() => line.predict(x))).toMatchObject({ ...empty, argument: "x" });
    }
    expect(await factsOf(() => loss({ x: [1], y: [] }))).toMatchObject({
      ...empty,
      argument: "data.y",
    });
  });

  test("an array whose buffer went elsewhere is empty, not a crash", async () => {
    const x = new Float64Array(4);
    structuredClone(x.buffer, { transfer: [x.buffer] });
    expect((await faultOf(() => line.predict(x))).code).toBe("empty-data");
  });
});

describe("numbers that are not finite", () => {
  const special = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

  test("are named by row and column, in every form, the first one first", async () => {
    const position = fc.nat({ max: 3 * 11 - 1 });
    await fc.assert(
      fc.asyncProperty(position, position, special, async (one, other, value) => {
        const flat = Float64Array.from({ length: 33 }, (_, i) => i / 10);
        flat[one] = value;
        flat[other] = value;
        const first = Math.min(one, other);
        const rows = Array.from({ length: 11 }, (_, m) => [...flat.subarray(3 * m, 3 * m + 3)]);
        for (const x of [flat, rows]) {
          expect(await factsOf(() => plane.predict(x))).toEqual({
            name: "InputError",
            code: "non-finite",
            argument: `x[${Math.floor(first / 3)}][${first % 3}]`,
            expected: "a finite number",
            got: String(value),
          });
        }
      }),
    );
  });

  test("are named by row alone when there is one input, and in y", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 8 }), special, async (row, value) => {
        const good = Array.from({ length: 9 }, (_, m) => m);
        const bad = good.with(row, value);
        const facts = { code: "non-finite", got: String(value) };
        for (const form of [bad, bad.map((v) => [v]), Float64Array.from(bad)]) {
          expect(await factsOf(() => loss({ x: form, y: good }))).toMatchObject({
            ...facts,
            argument: `data.x[${row}]`,
          });
          expect(await factsOf(() => loss({ x: good, y: form }))).toMatchObject({
            ...facts,
            argument: `data.y[${row}]`,
          });
        }
      }),
    );
  });

  test("the largest and smallest finite numbers are data like any other", () => {
    const x = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -0];
    expect(line.predict(x).every(Number.isFinite)).toBe(true);
  });
});

test("every method refuses the same data, and neither parameters nor memory change", async () => {
  const faults: [unknown, string][] = [
    [{ x: [0, Number.NaN], y: [0, 0] }, "non-finite"],
    [{ x: [0, 1], y: [0, Number.POSITIVE_INFINITY] }, "non-finite"],
    [{ x: [0, 1], y: [0] }, "invalid-shape"],
    [{ x: [[0], [1, 2]], y: [0, 0] }, "invalid-shape"],
    [{ x: [], y: [] }, "empty-data"],
    [{ x: [0, "1"], y: [0, 0] }, "invalid-argument"],
    [null, "invalid-argument"],
  ];
  const before = networkBits(line);
  const used = engine.bytesUsed;
  for (const [value, code] of faults) {
    const data = value as Dataset;
    const calls = [
      () => line.loss(data),
      () => line.gradient(data),
      () => line.hessian(data),
      () => line.newtonStep(data, { gamma: 1 }),
      () => train(line, data),
      () => train(line, data, { method: "adam" }),
    ];
    for (const call of calls) expect((await faultOf(call)).code).toBe(code);
  }
  expect(networkBits(line)).toEqual(before);
  expect(engine.bytesUsed).toBe(used);
});
