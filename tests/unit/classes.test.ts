import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ClassFold,
  type ClassQuality,
  crossValidate,
  type FitOptions,
  type Fold,
  type Label,
  type LabelledDataset,
  Model,
  type TrainingRun,
} from "../../bindings/index.js";
import { bitsOf, factsOf, invalidArgument } from "./support.js";

const root = join(import.meta.dirname, "../..");

/** A table of examples/data with its last column as text. */
function example(name: string) {
  const [, ...rows] = parse(readFileSync(join(root, `examples/data/${name}.csv`))) as string[][];
  const x = rows.map((row) => row.slice(0, -1).map(Number));
  return { x, y: rows.map((row) => row.at(-1)!) };
}

const penguins = example("penguins");
const strikes = example("bird-strikes");
const counts = { x: strikes.x, y: strikes.y.map(Number) };

/** Three classes along a line, which nothing separates but their order. */
const x = Array.from({ length: 30 }, (_, m) => m - 3);
const names = x.map((value) => (value < 6 ? "low" : value < 14 ? "middle" : "up"));
const small = { network: { width: 6, seed: 3 } };

/** p by its definition, from the outputs of the network. */
function softmax(outputs: readonly number[]): number[] {
  const all = outputs.length === 1 ? [0, outputs[0]!] : outputs;
  const largest = Math.max(...all);
  const powers = all.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

function rowsOf(values: Float64Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
}

/** Scores by their definitions. */
function scores(
  rows: readonly (readonly number[])[],
  codes: readonly number[],
  weights = codes.map(() => 1),
): Omit<ClassQuality, "samples"> {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (row: readonly number[], code: number) => number) =>
    rows.reduce((sum, row, m) => sum + weights[m]! * of(row, codes[m]!), 0) / all;
  return {
    accuracy: mean((row, code) => (row.indexOf(Math.max(...row)) === code ? 1 : 0)),
    logLoss: mean((row, code) => -Math.log(row[code]!)),
    brier: mean((row, code) => row.reduce((sum, p, o) => sum + (p - (o === code ? 1 : 0)) ** 2, 0)),
  };
}

function expectScores(got: ClassQuality, expected: Omit<ClassQuality, "samples">) {
  expect(got.accuracy).toBeCloseTo(expected.accuracy, 14);
  expect(got.logLoss).toBeCloseTo(expected.logLoss, 12);
  expect(got.brier).toBeCloseTo(expected.brier, 12);
}

describe("classes", () => {
  it.each([
    ["softmax", { x, y: names }, ["low", "middle", "up"]],
    ["logistic", { x, y: names.map((name) => name === "middle") }, [false, true]],
  ] as const)("%s is the loss that texts and truth values have", async (loss, data, classes) => {
    const { model, run } = await Model.fit(data as LabelledDataset<string>, small);
    expect(model.loss).toEqual({ name: loss });
    expect(model.classes).toEqual(classes);
    expect(model.network.outputs).toBe(loss === "softmax" ? 3 : 1);
    expect(model.scaling.target).toEqual({ mean: 0, scale: 1 });
    expect(run.reason).toBe("gradient");

    const { mean, scale } = model.scaling.inputs[0]!;
    const outputs = model.network.predict(x.map((value) => (value - mean) / scale));
    const expected = rowsOf(outputs, model.network.outputs).map(softmax);
    const { probabilities } = model.predictive(x);
    const rows = rowsOf(probabilities, classes.length);
    for (const [m, row] of rows.entries()) {
      for (const [o, p] of row.entries()) expect(p).toBeCloseTo(expected[m]![o]!, 14);
    }
    const codes = data.y.map((label) => (classes as readonly Label[]).indexOf(label));
    const likeliest = rows.map((row) => classes[row.indexOf(Math.max(...row))]);
    expect(model.predict(x)).toEqual(likeliest);
    expectScores(model.evaluate(data as LabelledDataset<string>), scores(expected, codes));
    expect(model.evaluate(data as LabelledDataset<string>).samples).toBe(30);
    model.dispose();
  });

  it("whole numbers are classes where the loss says so, in ascending order", async () => {
    const y = x.map((value) => (value < 6 ? 10 : value < 14 ? -0 : 9));
    const { model } = await Model.fit({ x, y }, { ...small, loss: "softmax" });
    expect(model.classes.map((label) => Object.is(label, -0))).toEqual([false, false, false]);
    expect(model.classes).toEqual([0, 9, 10]);
    const predicted: number[] = model.predict(x);
    expect(new Set(predicted)).toEqual(new Set([0, 9, 10]));
    const typed = await Model.fit({ x, y: Int8Array.from(y) }, { ...small, loss: "softmax" });
    expect(typed.model.toJSON()).toEqual(model.toJSON());
    const flat = { x, y: Int8Array.from(y) };
    expect(typed.model.evaluate(flat)).toEqual(model.evaluate({ x, y }));
    for (const each of [model, typed.model]) each.dispose();
  });

  it("two classes may have two outputs, and the order of `classes` is theirs", async () => {
    const y = x.map((value) => (value < 9 ? "no" : "yes"));
    const one = await Model.fit({ x, y }, { ...small, loss: "softmax" });
    expect(one.model.network.outputs).toBe(2);
    expect(one.model.classes).toEqual(["no", "yes"]);
    const classes = ["yes", "no", "never"];
    const named = await Model.fit({ x, y }, { ...small, loss: "softmax", classes });
    expect(named.model.classes).toEqual(classes);
    expect(named.model.predictive([0]).probabilities.length).toBe(3);
    const [yes, no, never] = named.model.predictive([0]).probabilities;
    expect(no).toBeGreaterThan(0.5);
    expect(never).toBeLessThan(Math.min(no!, 0.2));
    expect(yes! + no! + never!).toBeCloseTo(1, 14);
    for (const { model } of [one, named]) model.dispose();
  });

  it("what can be separated ends at the minimum with the penalty that is documented", async () => {
    const y = x.map((value) => value > 10);
    const { model, run } = await Model.fit({ x, y }, small);
    const { mean, scale } = model.scaling.inputs[0]!;
    const data = { x: x.map((value) => (value - mean) / scale), y: y.map(Number) };
    const lambda = 1 / (4 * 30);
    const objective = { loss: "logistic", penalty: { w: lambda, eta: lambda, c: lambda } } as const;
    expect(model.network.loss(data, objective)).toBeCloseTo(run.loss, 14);
    const { w, eta, c } = model.network.gradient(data, objective);
    expect(Math.hypot(...w, ...eta, ...c)).toBeLessThan(1e-9);
    expect(model.evaluate({ x, y }).accuracy).toBe(1);
    const [p] = model.predictive([100]).probabilities;
    expect(p).toBeGreaterThan(1e-4);
    model.dispose();

    const none = await Model.fit({ x, y }, { ...small, penalty: {}, maxSteps: 60 });
    expect(none.model.evaluate({ x, y }).logLoss).toBeLessThan(1e-3);
    none.model.dispose();
  });

  it("real classes are told apart", async () => {
    const { model } = await Model.fit(penguins);
    expect(model.classes).toEqual(["Adelie", "Chinstrap", "Gentoo"]);
    const { accuracy, logLoss, brier, samples } = model.evaluate(penguins);
    expect(samples).toBe(342);
    expect(accuracy).toBeGreaterThan(0.98);
    expect(logLoss).toBeLessThan(0.06);
    expect(brier).toBeLessThan(0.03);
    model.dispose();
  });

  it.each([true, { threads: 1 }])(
    "are the same when a worker trains the network: %o",
    async (worker) => {
      const options = { ...small, validation: 0.2, patience: 5 };
      const weights = x.map((_, m) => 1 + (m % 3));
      const here = await Model.fit({ x, y: names, weights }, options);
      const network = { ...small.network, worker };
      const there = await Model.fit({ x, y: names, weights }, { ...options, network });
      expect(there.model.toJSON()).toEqual(here.model.toJSON());
      expect(there.run.checkpoint()).toEqual(here.run.checkpoint());
      for (const { model } of [here, there]) model.dispose();
    },
  );

  it("rows kept aside may be labelled rows", async () => {
    const validation = { x: [0, 8, 20], y: ["low", "middle", "up"] };
    const options = { ...small, validation: validation as never, patience: 5 };
    const { model, run } = await Model.fit({ x, y: names }, options);
    const { logLoss } = model.evaluate(validation);
    expect(run.validation!.loss).toBeCloseTo(logLoss, 12);
    expect(run.validation!.samples).toBe(3);
    model.dispose();
    const strange = { x: [0], y: ["none"] };
    const fit = () => Model.fit({ x, y: names }, { ...small, validation: strange as never });
    expect(await factsOf(fit)).toMatchObject({ argument: "options.validation.y[0]" });
  });

  it("a training goes on from a checkpoint", async () => {
    const whole = await Model.fit({ x, y: names }, { ...small, maxSteps: 8 });
    const half = await Model.fit({ x, y: names }, { ...small, maxSteps: 4 });
    const resume = half.run.checkpoint();
    const rest = await Model.fit({ x, y: names }, { ...small, maxSteps: 8, resume });
    expect(rest.model.toJSON()).toEqual(whole.model.toJSON());
    for (const { model } of [whole, half, rest]) model.dispose();
  });
});

describe("weights", () => {
  const data = { x: x.map((value) => value / 10), y: names };
  const weights = x.map((_, m) => m % 4);
  const rows = weights.flatMap((weight, m) => Array.from({ length: weight }, () => m));
  const repeated = { x: rows.map((m) => data.x[m]!), y: rows.map((m) => names[m]!) };
  const common = { network: { width: 4 }, standardize: false, stop: { gradient: 1e-12 } };

  it("count a sample as often as its weight, when fitted and when evaluated", async () => {
    const lambda = 1e-2;
    const penalty = { w: lambda, eta: lambda, c: lambda };
    // L is divided by the number of samples, whatever their weights.
    const ratio = rows.length / x.length;
    const weighted = await Model.fit(
      { ...data, weights },
      {
        ...common,
        penalty: { w: lambda * ratio, eta: lambda * ratio, c: lambda * ratio },
      },
    );
    const plain = await Model.fit(repeated, { ...common, penalty });
    expect(weighted.run.loss).toBeCloseTo(plain.run.loss * ratio, 10);
    const [a, b] = [weighted, plain].map(({ model }) => model.predictive(data.x).probabilities);
    for (const [i, p] of a!.entries()) expect(p).toBeCloseTo(b![i]!, 6);
    expectScores(weighted.model.evaluate({ ...data, weights }), weighted.model.evaluate(repeated));
    for (const { model } of [weighted, plain]) model.dispose();
  });

  it("count in errors of quantities too", async () => {
    const y = x.map((value, m) => 1e3 + value + Math.sin(m));
    const { model } = await Model.fit(
      { x, y, weights },
      { ...small, evidence: false, maxSteps: 3 },
    );
    const often = model.evaluate({ x: rows.map((m) => x[m]!), y: rows.map((m) => y[m]!) });
    const { rmse, r2, samples } = model.evaluate({ x, y, weights });
    expect(rmse).toBeCloseTo(often.rmse, 12);
    expect(r2).toBeCloseTo(often.r2, 12);
    expect(samples).toBe(30);
    model.dispose();
  });

  it("of 0 leave out what no float64 could sum", async () => {
    const y = x.map((value) => value * 2);
    const { model } = await Model.fit({ x, y }, { ...small, evidence: false, maxSteps: 3 });
    const { rmse } = model.evaluate({ x: [1, 2, 3], y: [1e308, 4, 7], weights: [0, 1, 2] });
    const plain = model.evaluate({ x: [2, 3, 3], y: [4, 7, 7] });
    expect(rmse).toBeCloseTo(plain.rmse, 12);
    model.dispose();
  });

  it("are not taken where noise is estimated", async () => {
    const y = x.map(Number);
    const fit = () => Model.fit({ x, y, weights: x.map(() => 1) });
    expect(await factsOf(fit)).toMatchObject({ argument: "data.weights" });
    const validate = () => crossValidate({ x, y, weights: x.map(() => 1) });
    expect(await factsOf(validate)).toMatchObject({ argument: "data.weights" });
  });
});

describe("counts and outliers", () => {
  it("poisson predicts means of counts, which are not standardized", async () => {
    const { model, run } = await Model.fit(counts, { loss: "poisson" });
    expect(model.scaling.target).toEqual({ mean: 0, scale: 1 });
    expect(model.classes).toBeNull();
    expect(run.reason).toBe("gradient");
    const scaled = counts.x.map((row) =>
      row.map((value, i) => {
        const { mean, scale } = model.scaling.inputs[i]!;
        return (value - mean) / scale;
      }),
    );
    const predicted: Float64Array = model.predict(counts.x);
    for (const [m, f] of model.network.predict(scaled).entries()) {
      expect(predicted[m]! / Math.exp(f)).toBeCloseTo(1, 13);
    }
    const { rmse, r2 } = model.evaluate(counts);
    const squares = counts.y.map((y, m) => (y - predicted[m]!) ** 2);
    expect(rmse).toBeCloseTo(Math.sqrt(squares.reduce((a, b) => a + b) / 150), 10);
    expect(r2).toBeGreaterThan(0.85);
    const copy = await Model.fromJSON(JSON.parse(JSON.stringify(model)));
    expect(bitsOf(copy.predict(counts.x))).toEqual(bitsOf(predicted));
    expect(copy.toJSON()).toEqual(model.toJSON());
    for (const each of [copy, model]) each.dispose();
  });

  it("an odd number of rows is predicted as each of them", async () => {
    const { model } = await Model.fit(counts, { loss: "poisson", maxSteps: 3 });
    const rows = counts.x.slice(0, 5);
    const alone = rows.map((row) => model.predict([row])[0]);
    expect(Array.from(model.predict(rows))).toEqual(alone);
    model.dispose();
  });

  it.each(["huber", "student-t"] as const)("%s is of standardized targets", async (name) => {
    const y = x.map((value, m) => 500 + 20 * value + (m === 7 ? 4000 : 0));
    const { model } = await Model.fit({ x, y }, { ...small, loss: { name, ...scaleOf(name) } });
    expect(model.scaling.target.scale).toBeGreaterThan(600);
    expect(model.loss).toEqual({ name, ...scaleOf(name), ...(name === "student-t" && { dof: 4 }) });
    const squares = await Model.fit({ x, y }, { ...small, ...asPenalized, evidence: false });
    const errorOf = (predicted: Float64Array) =>
      Math.max(...[5, 6, 8, 9].map((m) => Math.abs(predicted[m]! - y[m]!)));
    expect(errorOf(model.predict(x))).toBeLessThan(0.7 * errorOf(squares.model.predict(x)));
    const copy = await Model.fromJSON(model.toJSON());
    expect(copy.loss).toEqual(model.loss);
    expect(bitsOf(copy.predict(x))).toEqual(bitsOf(model.predict(x)));
    for (const each of [copy, model, squares.model]) each.dispose();
  });

  const scaleOf = (name: "huber" | "student-t") =>
    name === "huber" ? { delta: 0.05 } : { scale: 0.05 };
  const lambda = 1 / 120;
  const asPenalized = { penalty: { w: lambda, eta: lambda, c: lambda } };

  it("a loss of parameters that are not its own is refused", async () => {
    const y = x.map(Number);
    const fit = () => Model.fit({ x, y }, { loss: { name: "huber", scale: 1 } as never });
    expect(await factsOf(fit)).toMatchObject({ argument: "options.loss.scale" });
  });
});

describe("what is refused", () => {
  const cases: [string, object, object, ReturnType<typeof invalidArgument> | object][] = [
    [
      "a text that is empty",
      { x: [1, 2, 3], y: ["a", " ", "b"] },
      {},
      invalidArgument(
        "data.y[1]",
        "a class: a text that is not empty, true or false, or a whole number",
        '" "',
      ),
    ],
    [
      "labels of several types",
      { x: [1, 2, 3], y: ["a", "b", true] },
      {},
      invalidArgument("data.y[2]", "a string, as the classes before it are", "true"),
    ],
    [
      "a number that is not whole",
      { x: [1, 2, 3], y: [0, 1, 0.5] },
      { loss: "logistic" },
      { argument: "data.y[2]", got: "0.5" },
    ],
    [
      "a number that is none",
      { x: [1, 2], y: [0, Number.NaN] },
      { loss: "softmax" },
      { argument: "data.y[1]", got: "NaN" },
    ],
    [
      "one class only",
      { x: [1, 2], y: ["a", "a"] },
      {},
      invalidArgument("data.y", "at least two classes", '"a" in every row'),
    ],
    [
      "more classes than a loss has",
      { x: [1, 2, 3], y: ["a", "b", "c"] },
      { loss: "logistic" },
      invalidArgument("options.loss", '"softmax" for 3 classes', '"logistic"'),
    ],
    [
      "numbers that nobody parsed",
      { x: [1, 2], y: ["1.5", "2"] },
      {},
      invalidArgument(
        "data.y",
        "numbers, or a loss for classes (options.loss)",
        "texts that are numbers",
      ),
    ],
    [
      "a class that is not named",
      { x: [1, 2], y: ["a", "c"] },
      { classes: ["a", "b"] },
      invalidArgument("data.y[1]", 'one of the classes "a", "b"', '"c"'),
    ],
    [
      "a class that is named twice",
      { x: [1, 2], y: ["a", "b"] },
      { classes: ["a", "b", "a"] },
      invalidArgument("options.classes[2]", "different classes", '"a" twice'),
    ],
    [
      "classes of quantities",
      { x: [1, 2], y: [1, 2] },
      { classes: [1, 2] },
      { argument: "options.classes" },
    ],
    [
      "an estimate of noise that is none of classes",
      { x: [1, 2], y: ["a", "b"] },
      { evidence: true },
      invalidArgument("options.evidence", 'false with the loss "logistic"', "true"),
    ],
    [
      "counts below 0",
      { x: [1, 2, 3], y: [1, -2, 0] },
      { loss: "poisson" },
      { argument: "data.y[1]", got: "-2" },
    ],
    ["labels that are no list", { x: [1], y: "ab" }, { loss: "softmax" }, { argument: "data.y" }],
    ["no samples", { x: [], y: [] }, { loss: "softmax" }, { code: "empty-data" }],
    [
      "fewer labels than rows",
      { x: [1, 2, 3], y: ["a", "b"] },
      {},
      { code: "invalid-shape", argument: "data.y" },
    ],
    [
      "weights that are negative",
      { x: [1, 2], y: ["a", "b"], weights: [1, -1] },
      {},
      { argument: "data.weights[1]" },
    ],
    [
      "fewer weights than rows",
      { x: [1, 2], y: ["a", "b"], weights: [1] },
      {},
      { code: "invalid-shape", argument: "data.weights" },
    ],
  ];
  it.each(cases)("%s", async (_, data, options, expected) => {
    const fit = () => Model.fit(data as LabelledDataset, options as FitOptions);
    expect(await factsOf(fit)).toMatchObject(expected);
    // The same by all that fits.
    const network = { worker: true };
    const there = () => Model.fit(data as LabelledDataset, { ...options, network } as FitOptions);
    expect(await factsOf(there)).toMatchObject(expected);
  });

  it("by a model: other classes, options and estimates that it does not have", async () => {
    const { model } = await Model.fit({ x, y: names }, { ...small, maxSteps: 2 });
    const unseen = () => model.evaluate({ x: [1, 2], y: ["low", "none"] });
    expect(await factsOf(unseen)).toEqual(
      invalidArgument("data.y[1]", 'one of the classes "low", "middle", "up"', '"none"'),
    );
    const numbers = () => model.evaluate({ x: [1], y: [0] } as never);
    expect(await factsOf(numbers)).toMatchObject({ argument: "data.y[0]", got: "0" });
    const level = () => model.predictive([1], { level: 0.9 } as never);
    expect(await factsOf(level)).toMatchObject({ argument: "options.level" });
    expect(await factsOf(() => model.leaveOneOut())).toMatchObject({ argument: "leaveOneOut" });
    expect(model.evidence).toBeNull();
    expect(model.relevance).toBeNull();
    model.dispose();
  });
});

describe("JSON", () => {
  type Json = { [key: string]: unknown };

  it("keeps classes and every bit of the probabilities", async () => {
    const { model } = await Model.fit({ x, y: names }, { ...small, maxSteps: 5 });
    const text = JSON.stringify(model);
    const copy = await Model.fromJSON<string>(JSON.parse(text));
    expect(JSON.parse(text)).toMatchObject({ version: 3, loss: { name: "softmax" } });
    expect(copy.classes).toEqual(["low", "middle", "up"]);
    expect(copy.predict(x)).toEqual(model.predict(x));
    const [a, b] = [copy, model].map((each) => bitsOf(each.predictive(x).probabilities));
    expect(a).toEqual(b);
    expect(JSON.stringify(copy)).toBe(text);
    for (const each of [copy, model]) each.dispose();
  });

  const damages: [string, (json: Json) => unknown, string][] = [
    ["another class", (json) => ({ ...json, classes: ["low", "middle", "top"] }), "checksum"],
    ["another order", (json) => ({ ...json, classes: ["up", "middle", "low"] }), "checksum"],
    ["no classes", ({ classes: _, ...json }) => json, "checksum"],
    ["another loss", (json) => ({ ...json, loss: { name: "squares" } }), "checksum"],
    ["a parameter", (json) => ({ ...json, loss: { name: "softmax", delta: 1 } }), "checksum"],
    ["an older version", (json) => ({ ...json, version: 2 }), "checksum"],
    ["no loss", ({ loss: _, ...json }) => json, "loss"],
    ["a loss that is a text", (json) => ({ ...json, loss: "softmax" }), "loss"],
    ["a loss of objects", (json) => ({ ...json, loss: { name: {} } }), "loss"],
    ["classes that are no list", (json) => ({ ...json, classes: "low" }), "classes"],
    ["a class that is an object", (json) => ({ ...json, classes: ["low", {}] }), "classes"],
  ];
  it.each(damages)("that was damaged is refused: %s", async (_, damage, argument) => {
    const { model } = await Model.fit({ x, y: names }, { ...small, maxSteps: 0 });
    const json = damage(model.toJSON() as unknown as Json);
    model.dispose();
    const read = () => Model.fromJSON(JSON.parse(JSON.stringify(json)));
    expect(await factsOf(read)).toMatchObject({ code: "invalid-model", argument });
  });

  const forgeries: [string, Json, string][] = [
    ["two classes for three outputs", { classes: ["a", "b"] }, "network.outputs"],
    ["four classes", { classes: ["a", "b", "c", "d"] }, "network.outputs"],
    ["one class twice", { classes: ["a", "b", "b"] }, "classes[2]"],
    ["an empty class", { classes: ["a", "", "b"] }, "classes[1]"],
    ["classes of two types", { classes: ["a", 1, "b"] }, "classes[1]"],
    ["half a class", { classes: [1.5, 1, 2] }, "classes[0]"],
    ["no classes", { classes: undefined }, "classes"],
    ["an unknown loss", { loss: { name: "hinge" } }, "loss.name"],
    ["a loss without a name", { loss: {} }, "loss"],
    ["a parameter of none", { loss: { name: "softmax", delta: 1 } }, "loss.delta"],
    ["quantities with classes", { loss: { name: "huber", delta: 1 } }, "classes"],
    ["more classes than the loss has", { loss: { name: "logistic" } }, "classes"],
    ["a scaled target", { scaling: 2 }, "scaling.target"],
  ];
  it.each(forgeries)("whose checksum was made anew is refused: %s", async (_, change, argument) => {
    const { model } = await Model.fit({ x, y: names }, { ...small, maxSteps: 0 });
    const json = model.toJSON() as unknown as Json;
    model.dispose();
    const scaling = json.scaling as { inputs: object[]; target: object };
    const scaled = { ...scaling, target: { mean: 0, scale: 2 } };
    const changed = { ...json, ...change, scaling: change.scaling === 2 ? scaled : scaling };
    // What is expected is said by the first refusal.
    const first = await factsOf(() => Model.fromJSON(changed)).catch(() => null);
    const [checksum] = /[0-9a-f]{8}/.exec(first?.expected ?? "") ?? [];
    expect(checksum).toBeDefined();
    const read = () => Model.fromJSON({ ...changed, checksum });
    expect(await factsOf(read)).toMatchObject({ code: "invalid-model", argument });
  });
});

describe("cross-validation", () => {
  it("predicts the class of every row by fits that have not seen it", async () => {
    const seen: ClassFold[] = [];
    const options = {
      ...small,
      folds: 4,
      workers: 1,
      onFold: (fold: ClassFold) => seen.push(fold),
    };
    const result = await crossValidate({ x, y: names }, options);
    const { folds, predictions, probabilities, classes } = result;
    expect(classes).toEqual(["low", "middle", "up"]);
    expect(folds.map(({ fold }) => fold)).toEqual([0, 1, 2, 3]);
    expect(seen).toEqual(folds);
    const rows = rowsOf(probabilities, 3);
    expectScores(
      result,
      scores(
        rows,
        names.map((name) => classes.indexOf(name)),
      ),
    );
    expect(predictions).toEqual(rows.map((row) => classes[row.indexOf(Math.max(...row))]));
    const samples = folds.reduce((sum, fold) => sum + fold.samples, 0);
    expect([samples, result.samples]).toEqual([30, 30]);
    const mean = folds.reduce((sum, fold) => sum + (fold.samples * fold.logLoss) / 30, 0);
    expect(result.logLoss).toBeCloseTo(mean, 12);
    const parallel = await crossValidate({ x, y: names }, { ...small, folds: 4, workers: 2 });
    expect(parallel).toEqual(result);
  });

  it("knows a class that only one part has", async () => {
    const y = names.map((name, m) => (m === 4 ? "rare" : name));
    const weights = x.map((_, m) => 1 + (m % 2));
    const result = await crossValidate({ x, y, weights }, { ...small, folds: 3, workers: 1 });
    expect(result.classes).toEqual(["low", "middle", "rare", "up"]);
    const codes = y.map((name) => result.classes.indexOf(name));
    expectScores(result, scores(rowsOf(result.probabilities, 4), codes, weights));
  });

  it("of counts and weights has the error of all rows", async () => {
    const data = { x, y: x.map((value) => Math.abs(value)), weights: x.map((_, m) => 1 + (m % 2)) };
    const seen: Fold[] = [];
    const result = await crossValidate(data, {
      ...small,
      loss: "poisson",
      folds: 3,
      workers: 1,
      onFold: (fold) => seen.push(fold),
    });
    const all = data.weights.reduce((a, b) => a + b);
    const squares = data.weights.map(
      (w, m) => (w * (data.y[m]! - result.predictions[m]!) ** 2) / all,
    );
    expect(result.rmse).toBeCloseTo(Math.sqrt(squares.reduce((a, b) => a + b)), 10);
    expect(seen.length).toBe(3);
  });

  it("names a row by its own number", async () => {
    const y = names.map((name, m) => (m === 20 ? "" : name));
    const work = () => crossValidate({ x, y }, { ...small, workers: 1 });
    expect(await factsOf(work)).toMatchObject({ argument: "data.y[20]" });
  });
});

describe("properties", () => {
  const labels = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 25 });
  const atLeastTwo = labels.filter((codes) => new Set(codes).size > 1);

  it("probabilities are some, add up to 1, and predict what is likeliest", async () => {
    await fc.assert(
      fc.asyncProperty(atLeastTwo, fc.integer({ min: 0, max: 99 }), async (codes, seed) => {
        const inputs = codes.map((code, m) => [Math.sin(m * 7 + code), m]);
        const network = { width: 5, seed };
        const loss = "softmax";
        const data = { x: inputs, y: codes };
        const { model, run } = await Model.fit(data, { network, loss, maxSteps: 6 });
        const { classes } = model;
        expect(classes).toEqual([...new Set(codes)].sort());
        const far = [...inputs, [1e9, -1e9], [-1e9, 1e9]];
        const rows = rowsOf(model.predictive(far).probabilities, classes.length);
        for (const row of rows) {
          for (const p of row) expect(p >= 0 && p <= 1).toBe(true);
          expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 14);
        }
        const expected = rows.map((row) => classes[row.indexOf(Math.max(...row))]);
        expect(model.predict(far)).toEqual(expected);
        const { logLoss } = model.evaluate(data);
        expect(logLoss).toBeLessThanOrEqual(run.loss + 1e-12);
        // Other names in the same order are the same classes.
        const named = codes.map((code) => `class ${code}`);
        const other = await Model.fit({ x: inputs, y: named }, { network, loss, maxSteps: 6 });
        const renamed = other.model.predictive(far).probabilities;
        expect(bitsOf(renamed)).toEqual(bitsOf(model.predictive(far).probabilities));
        for (const each of [model, other.model]) each.dispose();
      }),
      { numRuns: 25 },
    );
  });
});

it("the type of a model is that of its targets", async () => {
  const short = { ...small, maxSteps: 0 };
  const texts = await Model.fit({ x, y: names }, short);
  const predicted: string[] = texts.model.predict(x);
  const classes: readonly string[] = texts.model.classes;
  const score: number = texts.model.evaluate({ x, y: ["up", ...names.slice(1)] }).accuracy;
  const run: TrainingRun = texts.run;
  expect([typeof predicted[0], typeof classes[0]]).toEqual(["string", "string"]);
  expect([typeof score, run.reason]).toEqual(["number", "max-steps"]);
  const numbers = await Model.fit(
    { x, y: x.map((value) => value % 2) },
    {
      ...short,
      loss: "softmax",
    },
  );
  const whole: number[] = numbers.model.predict(x);
  expect(typeof whole[0]).toBe("number");
  const truths = await Model.fit({ x, y: x.map((value) => value > 1) }, short);
  const shares: Float64Array = truths.model.predictive(x).probabilities;
  const truth: boolean[] = truths.model.predict(x);
  expect([typeof truth[0], shares.length]).toEqual(["boolean", 60]);
  const quantities = await Model.fit({ x, y: x }, { ...short, evidence: false });
  const none: null = quantities.model.classes;
  const means: Float64Array = quantities.model.predict(x);
  expect([none, means.length]).toEqual([null, 30]);
  for (const { model } of [texts, numbers, truths, quantities]) model.dispose();
});
