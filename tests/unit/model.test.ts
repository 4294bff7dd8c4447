import { describe, expect, it } from "vitest";
import { createEngine, type Dataset, Model, Network, train } from "../../bindings/index.js";
import { factsOf } from "./support.js";

const x = Array.from({ length: 30 }, (_, m) => [1e6 + m, Math.cos(m) * 1e-3]);
const y = x.map(([a, b]) => 500 + 20 * Math.sin((a! - 1e6) / 5) + 1e4 * b!);
type Json = { [key: string]: unknown };

const columns = { inputs: ["time", "phase"], target: "height" };
const network = { width: 20, seed: 3 };

const fitModel = (options = {}) =>
  Model.fit({ x, y }, { evidence: false, columns, network, maxSteps: 80, ...options });

describe("Model", () => {
  it("takes and gives the units of the data, whatever their offset and scale", async () => {
    const { model, run } = await fitModel();
    const { rmse, r2, samples } = model.evaluate({ x, y });
    expect(samples).toBe(30);
    expect(r2).toBeGreaterThan(0.9999);
    // The loss is 1/(2M) sum r^2 in units of the standard deviation of the target.
    expect(rmse).toBeCloseTo(Math.sqrt(2 * run.loss) * model.scaling.target.scale, 10);
    const predicted = model.predict(x);
    const direct = Math.sqrt(
      y.reduce((sum, value, m) => sum + (value - predicted[m]!) ** 2, 0) / 30,
    );
    expect(rmse).toBeCloseTo(direct, 10);
    model.dispose();
  });

  it("measures mean and standard deviation as their definitions say", async () => {
    const { model } = await fitModel({ maxSteps: 0 });
    const mean = y.reduce((sum, value) => sum + value, 0) / 30;
    const scale = Math.sqrt(y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 30);
    expect(model.scaling.target.mean).toBeCloseTo(mean, 10);
    expect(model.scaling.target.scale).toBeCloseTo(scale, 10);
    expect(model.scaling.inputs[0]!.mean).toBe(1e6 + 14.5);
    model.dispose();
  });

  it("without standardization is the network itself", async () => {
    const { model } = await fitModel({ standardize: false, maxSteps: 0 });
    expect(model.predict(x)).toEqual(model.network.predict(x));
    model.dispose();
  });

  it.each([true, { threads: 1 }, false])(
    "is the same when a worker trains it: %o",
    async (worker) => {
      const here = await Model.fit({ x, y }, { evidence: false, columns, network, maxSteps: 30 });
      const steps: number[] = [];
      const there = await Model.fit(
        { x, y },
        {
          columns,
          network: { ...network, worker },
          evidence: false,
          maxSteps: 30,
          onStep: ({ step }) => steps.push(step),
        },
      );
      expect(there.model.network).toBeInstanceOf(Network);
      expect(there.model.toJSON()).toEqual(here.model.toJSON());
      expect(there.run.loss).toBe(here.run.loss);
      expect(there.run.checkpoint()).toEqual(here.run.checkpoint());
      expect(steps).toEqual(here.run.history.map(({ step }) => step));
      expect(there.model.evaluate({ x, y })).toEqual(here.model.evaluate({ x, y }));
    },
  );

  const faults: [string, unknown, string, string, object?][] = [
    ["NaN in x", { x: x.with(4, [1, Number.NaN]), y }, "non-finite", "data.x[4][1]"],
    ["infinity in y", { x, y: y.with(5, Number.POSITIVE_INFINITY) }, "non-finite", "data.y[5]"],
    ["a ragged row", { x: x.with(6, [1]), y }, "invalid-shape", "data.x[6]"],
    ["a text in a row", { x: x.with(7, [1, "2" as never]), y }, "invalid-argument", "data.x[7][1]"],
    ["too few targets", { x, y: y.slice(1) }, "invalid-shape", "data.y"],
    ["no targets", { x, y: [] }, "empty-data", "data.y"],
    ["a constant column", { x: x.map(([a]) => [a!, 7]), y }, "constant-column", "phase"],
    ["a constant target", { x, y: y.map(() => 7) }, "constant-column", "height"],
    [
      "a network of two outputs",
      { x, y },
      "invalid-argument",
      "options.network.outputs",
      { outputs: 2 },
    ],
  ];
  it.each(faults)("refuses %s, here and in a worker", async (_name, data, code, argument, more) => {
    const facts = (worker: boolean) =>
      factsOf(() =>
        Model.fit(data as Dataset, { columns, network: { ...network, ...more, worker } }),
      );
    const here = await facts(false);
    expect(here).toMatchObject({ name: "InputError", code, argument });
    expect(await facts(true)).toEqual(here);
  });

  it("says of a column that cannot be standardized what to do: another thing of a target", async () => {
    const messageOf = (data: Dataset) =>
      Model.fit(data, { columns, network }).then(
        () => "",
        (error: Error) => error.message,
      );
    const input = await messageOf({ x: x.map(([a]) => [a!, 7]), y });
    expect(input).toMatch(/^column "phase": .*; leave the column out or do not standardize$/);
    const target = await messageOf({ x, y: y.map(() => 7) });
    expect(target).toMatch(/^column "height": .*; a target that is the same in every row/);
    expect(target).not.toContain("leave the column out");
    for (const data of [
      { x: x.map(([a], m) => [a!, m % 2 === 0 ? 1.7e308 : -1.7e308]), y },
      { x, y: y.map((_, m) => (m % 2 === 0 ? 1.7e308 : -1.7e308)) },
    ]) {
      expect(await messageOf(data)).toMatch(/; give the column in a larger unit$/);
    }
  });

  it("reads every value of its data once", async () => {
    let reads = 0;
    const counted = (rows: readonly (readonly number[])[]) =>
      rows.map(
        (row) =>
          new Proxy(row, {
            get: (cells, key) => {
              if (/^\d+$/.test(String(key))) reads++;
              return Reflect.get(cells, key);
            },
          }),
      );
    const data = { x: counted(x), y: counted(y.map((value) => [value])) };
    const readsOf = async (work: () => unknown) => {
      reads = 0;
      await work();
      return reads;
    };
    const { model } = await fitModel({ maxSteps: 0 });
    const fitting = (worker: boolean) => () =>
      Model.fit(data, { columns, network: { ...network, worker }, evidence: false, maxSteps: 1 });
    expect(await readsOf(fitting(false))).toBe(3 * 30);
    expect(await readsOf(fitting(true))).toBe(3 * 30);
    expect(await readsOf(() => model.evaluate(data))).toBe(3 * 30);
    expect(await readsOf(() => model.predict(data.x))).toBe(2 * 30);
    expect(await readsOf(() => train(model.network, data, { maxSteps: 1 }))).toBe(3 * 30);
    model.dispose();
  });

  it.each([true, false])(
    "leaves the caller's arrays as they are, in a worker: %s",
    async (worker) => {
      const given = { x: Float64Array.from(x.flat()), y: Float64Array.from(y) };
      await Model.fit(given, {
        columns,
        network: { ...network, worker },
        evidence: false,
        maxSteps: 1,
      });
      expect(given).toEqual({ x: Float64Array.from(x.flat()), y: Float64Array.from(y) });
    },
  );

  it("gives back what it took, whether it ends well or not", async () => {
    const engine = await createEngine();
    const { model } = await fitModel({ network: { ...network, engine }, maxSteps: 2 });
    const held = engine.bytesUsed;
    model.predict(x);
    model.evaluate({ x, y });
    await factsOf(() => model.predict(x.with(2, [Number.NaN, 1])));
    await factsOf(() => model.evaluate({ x, y: y.slice(1) }));
    expect(engine.bytesUsed).toBe(held);
    model.dispose();
    const constant = x.map(([a]) => [a!, 7]);
    const fit = { columns, network: { ...network, engine } };
    await factsOf(() => Model.fit({ x: constant, y }, fit));
    await factsOf(() => Model.fit({ x, y }, { ...fit, evidence: false, maxSteps: -1 }));
    expect(engine.bytesUsed).toBe(0);
  });

  it("refuses what a worker refuses, and leaves no memory behind", async () => {
    const engine = await createEngine();
    for (const [change, argument] of [
      [{ network: { ...network, worker: "yes" } }, "options.worker"],
      [{ network: { ...network, worker: true, engine } }, "options.engine"],
      [{ network: { ...network, worker: true }, maxSteps: -1 }, "options.maxSteps"],
    ] as const) {
      await expect(fitModel(change)).rejects.toMatchObject({ code: "invalid-argument", argument });
    }
    expect(engine.bytesUsed).toBe(0);
  });

  it("comes back from JSON with every bit", async () => {
    const { model } = await fitModel();
    const copy = await Model.fromJSON(JSON.parse(JSON.stringify(model)));
    expect(copy.toJSON()).toEqual(model.toJSON());
    expect(copy.predict(x)).toEqual(model.predict(x));
    model.dispose();
    copy.dispose();
  });

  it("names a constant column", async () => {
    const constant = x.map(([a]) => [a!, 7]);
    await expect(Model.fit({ x: constant, y }, { columns, network })).rejects.toMatchObject({
      code: "constant-column",
      argument: "phase",
    });
  });

  it("finds the scaling of values that share a large offset", async () => {
    const shifted = x.map(([a, b]) => [a! + 1e9, b!]);
    const { model } = await Model.fit(
      { x: shifted, y },
      { evidence: false, columns, network, maxSteps: 0 },
    );
    const { mean, scale } = model.scaling.inputs[0]!;
    expect(mean).toBe(1.001e9 + 14.5);
    // Of the integers 0 to 29: sqrt((30^2 - 1) / 12), to the rounding of each of 30 terms.
    expect(Math.abs(scale / Math.sqrt(899 / 12) - 1)).toBeLessThan(30 * Number.EPSILON);
    model.dispose();
  });

  it("names its columns for itself", async () => {
    const inputs = ["time", "phase"];
    const { model } = await fitModel({ columns: { inputs, target: "height" }, maxSteps: 0 });
    inputs[0] = "changed";
    expect(model.columns).toEqual(columns);
    model.dispose();
  });

  const misuses: [string, string, string, () => Promise<unknown>][] = [
    [
      "no data",
      "invalid-argument",
      "data",
      () => Model.fit(undefined as never, { columns, network }),
    ],
    ["no options", "invalid-argument", "options", () => Model.fit({ x, y }, null as never)],
    ["no columns", "invalid-argument", "options.columns", () => fitModel({ columns: null })],
    [
      "no names",
      "invalid-argument",
      "options.columns.inputs",
      () => fitModel({ columns: { inputs: [], target: "y" } }),
    ],
    [
      "names that are none",
      "invalid-argument",
      "options.columns.inputs",
      () => fitModel({ columns: { inputs: ["a", 1], target: "y" } }),
    ],
    [
      "names with a hole among them",
      "invalid-argument",
      "options.columns.inputs",
      () => fitModel({ columns: { inputs: ["a"].concat(new Array(1)), target: "y" } }),
    ],
    [
      "no target",
      "invalid-argument",
      "options.columns.target",
      () => fitModel({ columns: { inputs: ["a", "b"] } }),
    ],
    [
      "standardize of another type",
      "invalid-argument",
      "options.standardize",
      () => fitModel({ standardize: "no" }),
    ],
    [
      "too few names",
      "invalid-shape",
      "data.x[0]",
      () => fitModel({ columns: { inputs: ["a"], target: "y" } }),
    ],
    ["an unknown option", "invalid-argument", "options.maxStep", () => fitModel({ maxStep: 3 })],
  ];

  it.each(misuses)("refuses %s with %s", async (_name, code, argument, call) => {
    await expect(call()).rejects.toMatchObject({ name: "InputError", code, argument });
  });

  it("evaluates on as many targets as samples, no more and no less", async () => {
    const { model } = await fitModel({ maxSteps: 0 });
    for (const targets of [y.slice(1), [...y, 1]]) {
      expect(() => model.evaluate({ x, y: targets })).toThrow(
        expect.objectContaining({ code: "invalid-shape", argument: "data.y" }),
      );
    }
    const noData = () => model.evaluate(null as never);
    expect(noData).toThrow(expect.objectContaining({ code: "invalid-argument", argument: "data" }));
    model.dispose();
  });

  it("says of which value of the data a prediction cannot be made", async () => {
    const { model } = await fitModel({ maxSteps: 0 });
    const at = (m: number, value: number) => x.with(m, [x[m]![0]!, value]);
    const predict = (rows: number[][]) => factsOf(() => model.predict(rows));
    const evaluate = (rows: number[][]) => factsOf(() => model.evaluate({ x: rows, y }));
    // The last is finite, and beyond float64 in units of its column.
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, Number.MAX_VALUE]) {
      // Of two, the one in the first row, though it is in the last column.
      const rows = at(3, value).with(7, [value, 0]);
      const got = value === Number.MAX_VALUE ? "Infinity" : `${value}`;
      const fault = { name: "InputError", code: "non-finite", expected: "a finite number", got };
      expect(await predict(rows)).toEqual({ ...fault, argument: "x[3][1]" });
      expect(await evaluate(rows)).toEqual({ ...fault, argument: "data.x[3][1]" });
    }
    const short = x.with(2, [1]);
    expect(await predict(short)).toMatchObject({ code: "invalid-shape", argument: "x[2]" });
    expect(await evaluate(short)).toMatchObject({ code: "invalid-shape", argument: "data.x[2]" });
    model.dispose();
  });

  it("says when a prediction is beyond float64 in the units of the target", async () => {
    const rows = [0, 1, 2, 3];
    const data = { x: rows, y: rows.map((m) => (m % 2 === 0 ? 8e307 : -8e307)) };
    const options = { evidence: false, maxSteps: 0 } as const;
    const softplus = { width: 5, activation: "softplus" } as const;
    const { model } = await Model.fit(data, { ...options, network: softplus });
    expect(model.predict(rows).every(Number.isFinite)).toBe(true);
    const far = [1e6, -1e6];
    const fault = { name: "InputError", code: "non-finite" };
    const predicted = await factsOf(() => model.predict(far));
    expect(predicted).toMatchObject({ ...fault, argument: "x" });
    expect(predicted.expected).toBe("the prediction in the units of the target within float64");
    const evaluated = await factsOf(() => model.evaluate({ x: far, y: [1, 2] }));
    expect(evaluated).toMatchObject({ ...fault, argument: "data.x" });
    model.dispose();
    const { model: withBars } = await Model.fit(data, { network: { width: 5 } });
    const bars = await factsOf(() => withBars.predictive(far, { level: 1 - 1e-15 }));
    expect(bars).toMatchObject({ ...fault, argument: "x" });
    withBars.dispose();
  });

  it("has no R² where the targets do not vary", async () => {
    const { model } = await fitModel({ maxSteps: 0 });
    expect(model.evaluate({ x, y: x.map(() => 3) }).r2).toBeNaN();
    model.dispose();
  });

  it.each([1e160, 1e300, 1e-160, 1e-300])("evaluates targets of the size of %d", async (size) => {
    const scaled = y.map((value) => value * size);
    const { model } = await fitModel({ maxSteps: 0 });
    const { model: large } = await Model.fit(
      { x, y: scaled },
      { evidence: false, columns, network, maxSteps: 0 },
    );
    const quality = model.evaluate({ x, y });
    const { rmse, r2 } = large.evaluate({ x, y: scaled });
    expect(rmse / size / quality.rmse).toBeCloseTo(1, 12);
    expect(r2).toBeCloseTo(quality.r2, 12);
    model.dispose();
    large.dispose();
  });

  const edits: [string, string, (json: Json) => unknown][] = [
    ["null", "invalid-model", () => null],
    ["a text", "invalid-model", (json) => JSON.stringify(json)],
    ["another format", "invalid-model", (json) => ({ ...json, format: "x" })],
    ["a newer version", "unsupported-version", (json) => ({ ...json, version: 4 })],
    ["no version", "invalid-model", ({ version: _, ...json }) => json],
    ["no network", "invalid-model", ({ network: _, ...json }) => json],
    ["an edited mean", "invalid-model", (json) => set(json, "scaling.target.mean", 1)],
    ["a scale of 0", "invalid-model", (json) => set(json, "scaling.target.scale", 0)],
    ["a missing scaling", "invalid-model", (json) => set(json, "scaling.inputs", [])],
    ["a renamed column", "invalid-model", (json) => set(json, "columns.target", "depth")],
    ["columns of no names", "invalid-model", (json) => set(json, "columns.inputs", [1, 2])],
    ["an edited network", "invalid-model", (json) => set(json, "network.seed", 9)],
  ];

  it.each(edits)("refuses %s with %s", async (_name, code, edit) => {
    const { model } = await fitModel({ maxSteps: 0 });
    const json = JSON.parse(JSON.stringify(model)) as Json;
    await expect(Model.fromJSON(edit(json))).rejects.toMatchObject({ name: "InputError", code });
    model.dispose();
  });

  it("refuses a network of several outputs: its target is one column", async () => {
    const { model } = await fitModel({ maxSteps: 0 });
    const pair = await Network.create({ inputs: 2, outputs: 2, width: 3 });
    expect(
      await factsOf(() => Model.fromJSON({ ...model.toJSON(), network: pair.toJSON() })),
    ).toEqual({
      name: "InputError",
      code: "invalid-model",
      argument: "network.outputs",
      expected: "1",
      got: "2",
    });
    model.dispose();
  });

  it("is not impressed by keys that name prototypes", async () => {
    const { model } = await fitModel({ maxSteps: 0 });
    const text = JSON.stringify(model).replace("{", '{"__proto__":{"polluted":1},');
    const copy = await Model.fromJSON(JSON.parse(text));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(copy.toJSON()).toEqual(model.toJSON());
    model.dispose();
    copy.dispose();
  });
});

function set(json: Json, path: string, value: unknown): unknown {
  const keys = path.split(".");
  const last = keys.pop()!;
  keys.reduce((object, key) => object[key] as Json, json)[last] = value;
  return json;
}
