import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { flattenDataset } from "../../bindings/data/matrix.js";
import { Network, type StepRecord, train, WorkerNetwork } from "../../bindings/index.js";
import { fitInWorker } from "../../bindings/remote/worker-network.js";
import { definitenessMargin, nntk, ntk } from "../../bindings/theory.js";
import { root } from "./command.js";
import {
  factsOf,
  faultOf,
  flatten,
  invalidArgument,
  networkBits,
  parameterBits,
  publishedProblem,
} from "./support.js";

const data = publishedProblem(24);
const shape = { width: 30, seed: 5 } as const;
const withoutTime = (history: readonly StepRecord[]) =>
  history.map(({ seconds: _, ...rest }) => rest);

describe("a network in a worker", () => {
  it("gives what a network gives, to the bit", async () => {
    const here = await Network.create({ ...shape, outputs: 1 });
    using there = await Network.create({ ...shape, worker: true });
    expect(there).toBeInstanceOf(WorkerNetwork);
    expect(there).toMatchObject({
      width: 30,
      inputs: 1,
      activation: "tanh",
      beta: 0.52,
      seed: 5,
      parameterCount: 90,
    });
    expect(await there.predict(data.x)).toEqual(here.predict(data.x));
    expect(await there.loss(data)).toBe(here.loss(data));
    expect(flatten(await there.gradient(data))).toEqual(flatten(here.gradient(data)));
    expect(await there.jacobian([0.5])).toEqual(here.jacobian([0.5]));
    expect(await there.inputGradient(data.x)).toEqual(here.inputGradient(data.x));
    expect(await there.hessian(data)).toEqual(here.hessian(data));
    expect(await there.newtonStep(data, { gamma: 0.1 })).toEqual(
      here.newtonStep(data, { gamma: 0.1 }),
    );
    expect(await there.toJSON()).toEqual(here.toJSON());
    const records: StepRecord[] = [];
    const run = await train(here, data, { maxSteps: 25 });
    const remote = await train(there, data, {
      maxSteps: 25,
      onStep: (record) => records.push(record),
    });
    expect(withoutTime(remote.history)).toEqual(withoutTime(run.history));
    expect(records).toEqual(remote.history);
    expect(parameterBits(await there.parameters())).toEqual(networkBits(here));
    expect(remote.checkpoint()).toEqual(run.checkpoint());
    await there.setParameters((await Network.create({ ...shape, seed: 6 })).parameters);
    expect(await there.loss(data)).not.toBe(here.loss(data));
  });

  it.each([true, false])(
    "is by its type what it is, where only the run says which: %s",
    async (worker) => {
      const network = await Network.create({ ...shape, worker });
      expectTypeOf(network).toEqualTypeOf<Network | WorkerNetwork>();
      expectTypeOf(Network.create({ width: 3 })).resolves.toEqualTypeOf<Network>();
      expectTypeOf(Network.create({ width: 3, worker: false })).resolves.toEqualTypeOf<Network>();
      expectTypeOf(
        Network.create({ width: 3, worker: { threads: 1 } }),
      ).resolves.toEqualTypeOf<WorkerNetwork>();
      expect(network).toBeInstanceOf(worker ? WorkerNetwork : Network);
      expect(await network.loss(data)).toBeGreaterThan(0);
      network.dispose();
    },
  );

  it("has threads of its own if it is asked for them", async () => {
    const here = await Network.create({ ...shape, width: 150 });
    using there = await Network.create({ ...shape, width: 150, worker: { threads: 2 } });
    await train(here, data, { maxSteps: 10 });
    await train(there, data, { maxSteps: 10 });
    expect(parameterBits(await there.parameters())).toEqual(networkBits(here));
  });

  it("is restored from JSON, and resumes a checkpoint", async () => {
    const here = await Network.create(shape);
    const resume = (await train(here, data, { maxSteps: 8 })).checkpoint();
    using there = await WorkerNetwork.fromJSON(here.toJSON());
    await train(there, data, { maxSteps: 20, resume });
    await train(here, data, { maxSteps: 20, resume });
    expect(parameterBits(await there.parameters())).toEqual(networkBits(here));
  });

  it.each(["newton", "lbfgs", "adam"] as const)(
    "gives the checkpoint of its run whenever it is asked for it: %s",
    async (method) => {
      const here = await Network.create(shape);
      const expected = (await train(here, data, { method, maxSteps: 4 })).checkpoint();
      const there = await Network.create({ ...shape, worker: true });
      const run = await train(there, data, { method, maxSteps: 4 });
      await train(there, data, { method, maxSteps: 3 });
      there.dispose();
      expect(run.checkpoint()).toEqual(expected);
      expect(run.checkpoint()).toEqual(expected);
    },
  );

  it("leaves the caller's thread and data alone", async () => {
    using there = await Network.create({ width: 100, worker: true });
    const x = Float64Array.from({ length: 50 }, (_, m) => m / 49);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await train(
      there,
      { x, y: x.map((t) => Math.sin(20 * t)) },
      { maxSteps: 1e6, stop: { seconds: 0.4 } },
    );
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
    expect(x).toHaveLength(50);
  });

  it("ends a training within a step of an abort, and goes on being useful", async () => {
    using there = await Network.create({ width: 60, worker: true });
    const interrupt = new AbortController();
    const run = await train(there, data, {
      method: "adam",
      maxSteps: 1e9,
      signal: interrupt.signal,
      onStep: () => interrupt.abort(),
    });
    expect(run.reason).toBe("aborted");
    expect(run.loss).toBe(await there.loss(data));
    expect(await faultOf(() => train(there, data, { signal: interrupt.signal }))).toMatchObject({
      code: "aborted",
    });
  });

  it("rejects with what onStep throws", async () => {
    using there = await Network.create({ ...shape, worker: true });
    const thrown = new Error("enough");
    const work = train(there, data, {
      method: "adam",
      maxSteps: 1e9,
      onStep: () => {
        throw thrown;
      },
    });
    await expect(work).rejects.toBe(thrown);
    expect(await there.loss(data)).toBeGreaterThan(0);
  });

  it("is called what it is by functions that need a network on their thread", async () => {
    using there = await Network.create({ ...shape, worker: true });
    const calls = [
      () => ntk(there as never, [0, 1]),
      () => nntk(there as never, data, { gamma: 1 }),
      () => definitenessMargin(there as never, data),
    ];
    for (const call of calls) {
      expect(await factsOf(call)).toEqual(
        invalidArgument(
          "network",
          "a Network on this thread",
          "a WorkerNetwork, whose parameters are in its worker: toJSON() brings them here",
        ),
      );
    }
    using here = await Network.fromJSON(await there.toJSON());
    expect(ntk(here, [0, 1])).toHaveLength(4);
  });

  it("throws the same typed errors", async () => {
    const here = await Network.create(shape);
    using there = await Network.create({ ...shape, worker: true });
    for (const use of [
      (network: Network | WorkerNetwork) => network.predict([Number.NaN]),
      (network: Network | WorkerNetwork) => network.newtonStep(data, { gamma: -1 }),
      (network: Network | WorkerNetwork) => train(network, data, { maxSteps: -1 }),
      (network: Network | WorkerNetwork) => train(network, { x: [], y: [] }),
    ]) {
      const [expected, got] = [await faultOf(() => use(here)), await faultOf(() => use(there))];
      expect(got.constructor).toBe(expected.constructor);
      expect({ ...got, message: got.message }).toEqual({ ...expected, message: expected.message });
    }
    expect(await factsOf(() => Network.create({ width: 0, worker: true }))).toMatchObject({
      argument: "options.width",
    });
    const busy = [train(there, data, { method: "adam", maxSteps: 200 }), train(there, data)];
    expect((await faultOf(() => busy[1])).code).toBe("busy");
    await busy[0];
    const uncloneable = { x: [() => 1] as unknown as number[], y: [1] };
    expect((await faultOf(() => there.loss(uncloneable))).code).toBe("invalid-argument");
  });

  it.each([
    [{ signal: new AbortController() }, "options.signal"],
    [{ signal: { aborted: false } }, "options.signal"],
    [{ signal: null }, "options.signal"],
    [{ onStep: 5 }, "options.onStep"],
    [{ onStep: null }, "options.onStep"],
    [null, "options"],
    [{ maxStep: 5 }, "options.maxStep"],
  ])("refuses to train with %o, and is free afterwards", async (options, argument) => {
    using there = await Network.create({ ...shape, worker: true });
    const facts = await factsOf(() => train(there, data, options as never));
    expect(facts).toMatchObject({ code: "invalid-argument", argument });
    expect((await train(there, data, { maxSteps: 1 })).steps).toBe(1);
  });

  it("is handed the data of a fit, and not a copy", async () => {
    using there = await Network.create({ ...shape, worker: true });
    const flat = flattenDataset(data, { inputs: 1, outputs: 1 });
    expect([flat.x.length, flat.y.length]).toEqual([24, 24]);
    const preparation = { columns: { inputs: ["x"], target: "y" }, standardize: true };
    const fitted = fitInWorker(there, flat, preparation, { maxSteps: 2 });
    expect([flat.x.length, flat.y.length]).toEqual([0, 0]);
    expect((await fitted).run.history).toHaveLength(2);
  });

  it("refuses a key of its data that nothing reads", async () => {
    using there = await Network.create({ ...shape, worker: true });
    const weighted = { ...data, weight: [1] };
    for (const use of [
      () => there.loss(weighted),
      () => there.gradient(weighted),
      () => there.hessian(weighted),
      () => there.newtonStep(weighted, { gamma: 1 }),
      () => train(there, weighted),
    ]) {
      expect((await factsOf(use)).argument).toBe("data.weight");
    }
    expect((await train(there, data, { maxSteps: 1 })).steps).toBe(1);
  });

  it.each([
    [{ worker: "yes" }, "options.worker"],
    [{ worker: { variant: "fast" } }, "options.worker.variant"],
    [{ worker: { cores: 2 } }, "options.worker.cores"],
  ])("refuses %j", async (change, argument) => {
    const options = { width: 3, ...change } as unknown as { width: number; worker: true };
    expect((await factsOf(() => Network.create(options))).argument).toBe(argument);
  });

  it("once disposed rejects what is asked of it, also what was under way", async () => {
    const there = await Network.create({ ...shape, worker: true });
    const work = train(there, data, { method: "adam", maxSteps: 1e9 });
    const ended = faultOf(() => work);
    there.dispose();
    expect((await ended).code).toBe("disposed");
    expect((await faultOf(() => there.predict([1]))).code).toBe("disposed");
    expect(there.disposed).toBe(true);
    there.dispose();
  });

  it("does not keep a process alive that asks nothing of it", () => {
    const script = `
      import { Network } from ${JSON.stringify(join(root, "dist/index.js"))};
      const network = await Network.create({ width: 3, worker: true });
      console.log((await network.predict([1])).length);`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(output.trim()).toBe("1");
  });
});
