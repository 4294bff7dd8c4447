import { describe, expect, it } from "vitest";
import {
  type Checkpoint,
  Network,
  type StepRecord,
  type TrainOptions,
  train,
} from "../../bindings/index.js";
import { factsOf, faultOf, networkBits, publishedProblem } from "./support.js";

const cases: [string, TrainOptions][] = [
  ["newton, gain ratio", {}],
  ["newton, adaptive", { regularization: { policy: "adaptive" } }],
  ["newton, fixed", { regularization: { policy: "fixed", gamma: 0.3 } }],
  ["newton, scaled", { regularization: { policy: "scaled", gamma: 0.3 } }],
  ["newton, exact, geodesic", { curvature: "exact", acceleration: "geodesic" }],
  ["newton, dense, mixed precision", { solver: "dense", precision: "mixed" }],
  ["newton, cg", { solver: "cg" }],
  ["gauss-newton", { method: "gauss-newton" }],
  ["lbfgs", { method: "lbfgs", corrections: 4 }],
  ["adam", { method: "adam" }],
  ["gd", { method: "gd", learningRate: 0.5 }],
];

const data = publishedProblem(20);
const shape = { width: 15, seed: 2 };
const withoutTime = (history: readonly StepRecord[]) =>
  history.map(({ seconds: _, ...rest }) => rest);

describe("a checkpoint", () => {
  it.each(cases)("goes on bit for bit: %s", async (_name, options) => {
    const whole = await Network.create(shape);
    const checkpoints: Checkpoint[] = [];
    const run = await train(whole, data, {
      ...options,
      maxSteps: 14,
      onStep: (_record, control) => checkpoints.push(control.checkpoint()),
    });
    expect(run.steps).toBe(14);
    const short = await Network.create(shape);
    const first = await train(short, data, { ...options, maxSteps: 6 });
    expect(first.checkpoint()).toEqual(checkpoints[5]);

    // As after a restart: another network, from what a file keeps.
    const resumed = await Network.create({ ...shape, seed: 99 });
    const resume: Checkpoint = JSON.parse(JSON.stringify(first.checkpoint()));
    const rest = await train(resumed, data, { ...options, maxSteps: 14, resume });
    expect(withoutTime(rest.history)).toEqual(withoutTime(run.history.slice(6)));
    expect(networkBits(resumed)).toEqual(networkBits(whole));
    expect(rest.checkpoint().numbers).toEqual(run.checkpoint().numbers);
  });

  it("of a run that is done does nothing more", async () => {
    const network = await Network.create(shape);
    const run = await train(network, data, { maxSteps: 3 });
    const again = await train(network, data, { maxSteps: 3, resume: run.checkpoint() });
    expect(again).toMatchObject({ steps: 0, reason: "max-steps", loss: run.loss });
  });

  const forged: [string, (good: Checkpoint) => unknown, string][] = [
    ["nothing", () => null, "invalid-model"],
    ["a network", ({ network }) => network, "invalid-model"],
    ["an edited one", (good) => ({ ...good, step: good.step + 1 }), "invalid-model"],
    ["an edited vector", (good) => ({ ...good, vectors: { s: "AAAAAAAAAAA=" } }), "invalid-model"],
    ["a cut one", ({ numbers: _, ...rest }) => rest, "invalid-model"],
    ["a newer one", (good) => ({ ...good, version: 2 }), "unsupported-version"],
  ];
  it.each(forged)("is refused if it is %s, and nothing changes", async (_name, forge, code) => {
    const network = await Network.create(shape);
    const good = (await train(network, data, { maxSteps: 2 })).checkpoint();
    const before = networkBits(network);
    const work = () => train(network, data, { resume: forge(good) as Checkpoint });
    expect((await faultOf(work)).code).toBe(code);
    expect(networkBits(network)).toEqual(before);
  });

  const others: [string, { width?: number } & TrainOptions, RegExp][] = [
    ["network", { width: 16 }, /network\.width 16.*15/],
    ["method", { method: "adam" }, /method "adam".*"newton"/],
    ["policy", { regularization: { policy: "adaptive" } }, /"adaptive".*"gain-ratio"/],
  ];
  it.each(others)(
    "is refused for another %s",
    async (_name, { width = 15, ...options }, message) => {
      const resume = (await train(await Network.create(shape), data, { maxSteps: 2 })).checkpoint();
      const network = await Network.create({ width });
      const fault = await faultOf(() => train(network, data, { ...options, resume }));
      expect(fault).toMatchObject({ code: "invalid-argument", argument: "options.resume" });
      expect(fault.message).toMatch(message);
    },
  );

  it("of L-BFGS is refused for another number of corrections", async () => {
    const options = { method: "lbfgs", maxSteps: 3 } as const;
    const resume = (
      await train(await Network.create(shape), data, { ...options, corrections: 3 })
    ).checkpoint();
    const network = await Network.create(shape);
    const work = () => train(network, data, { ...options, corrections: 4, resume });
    expect((await factsOf(work)).expected).toMatch(/s of length/);
  });
});
