import { afterEach, describe, expect, it } from "vitest";
import {
  createEngine,
  crossValidate,
  type EvidenceFitOptions,
  Model,
  train,
} from "../../bindings/index.js";
import { bitsOf, factsOf, invalidArgument } from "./support.js";

const engine = await createEngine();
afterEach(() => expect(engine.bytesUsed).toBe(0));

const x = Array.from({ length: 30 }, (_, index) => [Math.sin(3 * index), Math.cos(7 * index)]);
const y = x.map(([a, b], index) => Math.sin(2 * a!) + b! * b! + 0.1 * Math.sin(71 * index));

async function fitted(options: EvidenceFitOptions = {}, targets = y): Promise<Model> {
  const given = { network: { width: 4, engine }, ...options };
  return (await Model.fit({ x, y: targets }, given)).model;
}

describe("a model whose network was given other parameters", () => {
  it("has the error bars of these, whether or not it was asked before", async () => {
    const [asked, fresh] = [await fitted(), await fitted()];
    const before = asked.predictive(x);
    const { w, eta, c } = asked.network.parameters;
    for (const { network } of [asked, fresh]) {
      network.setParameters({ w: w.map((value) => 3 * value), eta, c });
    }
    const [got, expected] = [asked.predictive(x), fresh.predictive(x)];
    expect(bitsOf(got.modelSd)).toEqual(bitsOf(expected.modelSd));
    expect(bitsOf(got.modelSd)).not.toEqual(bitsOf(before.modelSd));
    asked.network.setParameters({ w, eta, c });
    expect(bitsOf(asked.predictive(x).modelSd)).toEqual(bitsOf(before.modelSd));
    asked.dispose();
    fresh.dispose();
  });
});

describe("a model with error bars as JSON", () => {
  it("has its training data, from which they are read back by the scaling", async () => {
    const model = await fitted();
    const { evidence, scaling } = JSON.parse(JSON.stringify(model));
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "base64"));
    const standardized = new Float64Array(bytes(evidence.data.y).buffer);
    const { mean, scale } = scaling.target;
    y.forEach((value, m) => {
      expect(mean + scale * standardized[m]!).toBeCloseTo(value, 12);
    });
    expect(bytes(evidence.data.x)).toHaveLength(8 * 2 * x.length);
    model.dispose();
  });

  it("has the new parameters of its network, and the rest of its fit", async () => {
    const model = await fitted({ members: 2 });
    const [evidence, relevance, before] = [model.evidence, model.relevance, model.toJSON()];
    await train(model.network, { x, y }, { maxSteps: 3 });
    expect([model.evidence, model.relevance]).toEqual([evidence, relevance]);
    const after = model.toJSON();
    const [first, second] = before.evidence!.members;
    const { parameters } = after.network;
    expect(parameters).not.toEqual(before.network.parameters);
    expect(after.evidence).toEqual({
      ...before.evidence,
      members: [{ ...first, parameters }, second],
    });
    const restored = await Model.fromJSON(after);
    expect(bitsOf(restored.predictive(x).modelSd)).toEqual(bitsOf(model.predictive(x).modelSd));
    restored.dispose();
    model.dispose();
  });
});

describe("dispose", () => {
  it("gives back all memory of a model whose network was disposed before", async () => {
    const model = await fitted();
    model.predictive(x);
    model.network.dispose();
    model.dispose();
    expect(engine.bytesUsed).toBe(0);
  });

  it("leaves a model whole whose network is being trained", async () => {
    const model = await fitted();
    const controller = new AbortController();
    const { signal } = controller;
    const running = train(
      model.network,
      { x, y },
      { maxSteps: 1e9, method: "gd", learningRate: 1e-9, signal },
    );
    expect(await factsOf(() => model.dispose())).toMatchObject({ code: "busy" });
    expect(model.predictive(x).sd.every(Number.isFinite)).toBe(true);
    controller.abort();
    await running;
    model.dispose();
  });
});

it("a target that is not standardized may have any unit", async () => {
  const model = await fitted({ standardize: false });
  const noise = model.evidence![0]!.noiseSd;
  // A power of two, so that rounding is the same.
  for (const unit of [2 ** -40, 2 ** 30]) {
    const data = { x, y: y.map((value) => unit * value) };
    const other = await fitted({ standardize: false }, data.y);
    expect(other.evidence![0]!.noiseSd).toBe(unit * noise);
    expect(other.evaluate(data).coverage).toBe(model.evaluate({ x, y }).coverage);
    expect(other.scaling.inputs).toEqual([
      { mean: 0, scale: 1 },
      { mean: 0, scale: 1 },
    ]);
    other.dispose();
  }
  model.dispose();
  // The root mean square is about 0, not about the mean: a constant has one.
  const constant = await fitted(
    { standardize: false },
    y.map(() => -1e7),
  );
  expect(constant.scaling.target.scale).toBeCloseTo(1e7, 0);
  expect(constant.predict(x).every((value) => Math.abs(value / -1e7 - 1) < 1e-3)).toBe(true);
  constant.dispose();
  const zeros = await fitted(
    { standardize: false },
    y.map(() => 0),
  );
  expect(zeros.scaling.target).toEqual({ mean: 0, scale: 1 });
  zeros.dispose();
});

it("says of which data no posterior is to be had", async () => {
  const far = x.map((row) => row.map((value) => 1e300 * value));
  const options = {
    standardize: false,
    network: { width: 4, activation: "softplus", engine },
  } as const;
  expect(await factsOf(() => Model.fit({ x: far, y }, options))).toEqual({
    name: "ResourceError",
    code: "not-converged",
    argument: "data",
    expected: "a start whose posterior is positive definite to working precision",
    got: "none",
  });
});

describe("options that are none", () => {
  const object = (got: string) => invalidArgument("options", "an object", got);

  it.each([
    [null, "null"],
    [5, "5"],
    [[], "an array of length 0"],
  ])("%j", async (options, got) => {
    expect(await factsOf(() => crossValidate({ x, y }, options as never))).toEqual(object(got));
    expect(await factsOf(() => Model.fit({ x, y }, options as never))).toEqual(object(got));
  });

  it.each([
    [5, "5"],
    [null, "null"],
  ])("signal: %j", async (signal, got) => {
    const options = { folds: 2, network: { width: 2 }, signal } as never;
    const facts = await factsOf(() => crossValidate({ x, y }, options));
    expect(facts).toEqual(invalidArgument("options.signal", "an AbortSignal", got));
  });
});
