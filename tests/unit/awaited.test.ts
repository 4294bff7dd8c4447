import { describe, expect, it } from "vitest";
import { Model, Network, train, WorkerNetwork } from "../../bindings/index.js";
import { nntk } from "../../bindings/theory.js";
import { factsOf, faultOf, smallProblem } from "./support.js";

const data = smallProblem();
const columns = { inputs: ["x"], target: "y" };
const { model } = await Model.fit(data, {
  columns,
  network: { width: 2 },
  evidence: false,
  maxSteps: 1,
});
const modelJson = model.toJSON();
const json = model.network.toJSON();
// biome-ignore lint/suspicious/noExplicitAny: what a program without types does
type Untyped = any;

describe("a promise that was not awaited", () => {
  const network = (): Untyped => Network.create({ width: 2 });
  const restored = (): Untyped => Network.fromJSON(json);
  const restoredModel = (): Untyped => Model.fromJSON(modelJson);
  const uses: [string, () => Promise<unknown>, (promise: Untyped) => unknown, string][] = [
    ["predict", network, (it) => it.predict([1]), "await Network.create(...)"],
    ["loss", network, (it) => it.loss(data), "await Network.create(...)"],
    ["parameters", network, (it) => it.parameters, "await Network.create(...)"],
    ["toJSON", network, (it) => JSON.stringify(it), "await Network.create(...)"],
    ["dispose", restored, (it) => it.dispose(), "await Network.fromJSON(...)"],
    ["evaluate", restoredModel, (it) => it.evaluate(data), "await Model.fromJSON(...)"],
    [
      "model",
      () => Model.fit(data, { columns, network: { width: 2 }, evidence: false, maxSteps: 1 }),
      ({ model }) => model,
      "await Model.fit(...)",
    ],
  ];
  it.each(uses)("says so when it is asked for %s", async (argument, make, use, expected) => {
    const promise = make();
    expect(await factsOf(() => use(promise))).toEqual({
      name: "InputError",
      code: "invalid-argument",
      argument,
      expected,
      got: "a promise that was not awaited",
    });
    await promise;
  });

  it("is named where a network is wanted", async () => {
    const promise = network();
    for (const use of [() => train(promise, data), () => nntk(promise, data, { gamma: 1 })]) {
      expect(await factsOf(use)).toMatchObject({
        argument: "network",
        got: "a promise that was not awaited",
      });
    }
    await promise;
  });

  it("is a promise like any other otherwise", async () => {
    const promise = network();
    expect(promise).toBeInstanceOf(Promise);
    expect(Object.keys(promise)).toEqual([]);
    expect(await promise).toBeInstanceOf(Network);
    expect(await promise.then((made: Network) => made.predict([1]).length)).toBe(1);
    expect((await faultOf(() => Network.create({ width: 0 }))).code).toBe("invalid-argument");
  });
});

describe("a constructor", () => {
  it.each([
    [Network, "await Network.create(options)"],
    [WorkerNetwork, "await Network.create({ ..., worker: true })"],
    [Model, "await Model.fit(data, options)"],
  ])("says what makes a %o", async (made, expected) => {
    const type = made as unknown as new (options?: object) => unknown;
    for (const options of [undefined, { width: 3 }]) {
      const facts = await factsOf(() => new type(options));
      expect(facts).toMatchObject({ code: "invalid-argument", expected });
    }
  });
});
