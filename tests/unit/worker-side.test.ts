import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Snapshot } from "../../bindings/formats/checkpoint.js";
import { Model, Network, type StepRecord, train } from "../../bindings/index.js";
import type { Reply, Request, Start } from "../../bindings/remote/protocol.js";
import { asRun, type Finished, type Fitted } from "../../bindings/training/run.js";
import { flatten, publishedProblem } from "./support.js";

/**
 * The worker's side of a network, spoken to as a page speaks to it: through `onmessage` and
 * `postMessage` of the global scope. What the caller's side makes of it is in worker.test.ts, and
 * in a page in tests/browser.
 */

interface Scope {
  onmessage: (event: { data: Start | Request }) => void;
  postMessage: (reply: Reply, transfer: ArrayBuffer[]) => void;
}
const scope = globalThis as unknown as Scope;

interface Said {
  readonly reply: Reply;
  readonly transfer: readonly ArrayBuffer[];
}
let said: Said[] = [];
let arrived: () => void = () => {};

beforeAll(async () => {
  scope.postMessage = (reply, transfer) => {
    said.push({ reply, transfer });
    arrived();
  };
  await import("../../bindings/worker/main.js");
});
beforeEach(() => {
  said = [];
});

const nextMessage = () =>
  new Promise<void>((resolve) => {
    arrived = resolve;
  });

let lastId = 0;
function send(operation: string, ...args: unknown[]): number {
  scope.onmessage({ data: { id: ++lastId, operation, args } });
  return lastId;
}

/** The answer to a request, which is the first message with its id that holds no records. */
async function answerTo(id: number): Promise<Said> {
  for (;;) {
    const found = said.find(({ reply }) => reply.id === id && !("records" in reply));
    if (found !== undefined) return found;
    await nextMessage();
  }
}

async function result<T>(operation: string, ...args: unknown[]): Promise<T> {
  const { reply } = await answerTo(send(operation, ...args));
  expect(reply).toHaveProperty("result");
  return (reply as { result: T }).result;
}

async function error(operation: string, ...args: unknown[]): Promise<object> {
  const { reply, transfer } = await answerTo(send(operation, ...args));
  expect(transfer).toEqual([]);
  return (reply as { error: object }).error;
}

const data = publishedProblem(20);
const shape = { width: 12, seed: 3 } as const;

describe("the worker's side", () => {
  it("has no network before it made one", async () => {
    expect(await error("loss", data)).toMatchObject({ name: "StateError", code: "disposed" });
  });

  it("answers with what the network gives, and hands its arrays over", async () => {
    const here = await Network.create(shape);
    expect(await result("create", shape, {})).toEqual({
      inputs: 1,
      outputs: 1,
      width: 12,
      activation: "tanh",
      beta: 0.52,
      seed: 3,
    });
    expect(await result("loss", data)).toBe(here.loss(data));
    expect(await result("predict", data.x)).toEqual(here.predict(data.x));
    expect(await result("jacobian", [0.5])).toEqual(here.jacobian([0.5]));
    expect(await result("inputGradient", data.x)).toEqual(here.inputGradient(data.x));
    expect(await result("hessian", data, {})).toEqual(here.hessian(data));
    expect(await result("newtonStep", data, { gamma: 0.1 })).toEqual(
      here.newtonStep(data, { gamma: 0.1 }),
    );
    expect(await result("toJSON")).toEqual(here.toJSON());
    expect(await result("parameters")).toEqual(here.parameters);
    const { reply, transfer } = await answerTo(send("gradient", data));
    const { w, eta, c } = (reply as { result: typeof here.parameters }).result;
    expect(flatten({ w, eta, c })).toEqual(flatten(here.gradient(data)));
    expect(transfer).toEqual([w.buffer, eta.buffer, c.buffer]);
  });

  it("takes parameters and a model", async () => {
    const other = await Network.create({ ...shape, seed: 8 });
    await result("create", shape, {});
    await result("setParameters", other.parameters);
    expect(await result("parameters")).toEqual(other.parameters);
    expect(await result("restore", other.toJSON(), {})).toMatchObject({ width: 12, seed: 8 });
    expect(await result("loss", data)).toBe(other.loss(data));
  });

  it("sends the records of a training before its end, each once", async () => {
    const here = await Network.create(shape);
    const expected = await train(here, data, { maxSteps: 30 });
    await result("create", shape, {});
    const run = await result<Finished>("train", data, { maxSteps: 30 });
    expect(run).toMatchObject({ reason: "max-steps", loss: expected.loss, history: [] });
    const records = said.flatMap(({ reply }) => ("records" in reply ? reply.records : []));
    const timeless = ({ seconds: _, ...rest }: StepRecord) => rest;
    expect((records as StepRecord[]).map(timeless)).toEqual(expected.history.map(timeless));
    expect(said.at(-1)!.reply).toHaveProperty("result");
  });

  it("brings data to other units before it trains on them, if told to", async () => {
    const columns = { inputs: ["x"], target: "y" };
    const options = { columns, network: shape, evidence: false, maxSteps: 8 } as const;
    const { model, run } = await Model.fit(data, options);
    await result("create", shape, {});
    const preparation = { columns, standardize: true };
    const fitted = await result<Fitted>("fit", data, preparation, { maxSteps: 8 });
    expect(fitted.scaling).toEqual(model.scaling);
    expect(fitted.run).toMatchObject({ loss: run.loss, history: [] });
    expect(said.flatMap(({ reply }) => ("records" in reply ? reply.records : []))).toHaveLength(8);
    expect(await result("parameters")).toEqual(model.network.parameters);
    const constant = { ...data, y: data.y.map(() => 2) };
    expect(await error("fit", constant, preparation, {})).toMatchObject({
      code: "constant-column",
      details: { argument: "y" },
    });
    model.dispose();
  });

  it("hands over the last point of a training as it is, for nobody may ask for its text", async () => {
    const options = { method: "lbfgs", corrections: 3, maxSteps: 5 } as const;
    const expected = await train(await Network.create(shape), data, options);
    await result("create", shape, {});
    const { reply, transfer } = await answerTo(send("train", data, options));
    const last = (reply as { result: Finished }).result.last as Snapshot;
    const { s, y, rho } = last.state.vectors;
    expect(transfer).toEqual([last.theta.buffer, s!.buffer, y!.buffer, rho!.buffer]);
    const strings = JSON.stringify(reply).match(/"[A-Za-z0-9+/]{100,}={0,2}"/g);
    expect(strings).toBeNull();
    expect(asRun((reply as { result: Finished }).result).checkpoint()).toEqual(
      expected.checkpoint(),
    );
  });

  it("ends a training when it is told to, and has nothing to end otherwise", async () => {
    await result("create", shape, {});
    await result("abort");
    const training = send("train", data, { maxSteps: 1e6 });
    while (!said.some(({ reply }) => "records" in reply)) {
      await nextMessage();
    }
    await result("abort");
    const { reply } = await answerTo(training);
    expect(reply).toMatchObject({ result: { reason: "aborted" } });
  });

  it("answers with the facts of an error", async () => {
    await result("create", shape, {});
    expect(await error("train", data, { maxSteps: -1 })).toMatchObject({
      name: "InputError",
      code: "invalid-argument",
      details: { argument: "options.maxSteps", got: "-1" },
    });
    expect(await error("noSuchThing")).toMatchObject({ name: "TypeError" });
  });
});
