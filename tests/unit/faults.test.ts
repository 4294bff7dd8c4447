/**
 * What goes wrong in the middle: memory that runs out at any allocation, a kernel that traps at any
 * call. Either ends in an error, frees what was allocated, and leaves a network with the parameters
 * it had, or those of the last step that was accepted.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Engine } from "../../bindings/engine/engine.js";
import { LinearMemory } from "../../bindings/engine/memory.js";
import {
  createEngine,
  Model,
  Network,
  ResourceError,
  type TrainOptions,
  train,
} from "../../bindings/index.js";
import {
  definitenessMargin,
  leastSquares,
  limitDynamics,
  limitNntk,
  nntk,
  ntk,
  spectrum,
} from "../../bindings/theory.js";
import { Trap, watchedEngine } from "./core-watch.js";
import { faultOf, networkBits, smallProblem } from "./support.js";

const data = smallProblem();
const x = data.x as number[];
const kernel = Float64Array.from([2, 1, 1, 3]);

afterEach(() => vi.restoreAllMocks());

const trainings: Record<string, TrainOptions> = {
  "newton, dense": { solver: "dense" },
  "newton, dense, mixed": { solver: "dense", precision: "mixed" },
  "newton, function space": { solver: "function-space" },
  "newton, exact, cg": { solver: "cg", curvature: "exact" },
  "gauss-newton": { method: "gauss-newton" },
  "trust-region": { method: "trust-region" },
  lbfgs: { method: "lbfgs" },
  adam: { method: "adam" },
  gd: { method: "gd", learningRate: 0.1 },
};

type Work = (network: Network, engine: Engine) => unknown;

const works: Record<string, Work> = {
  predict: (network) => network.predict(x),
  loss: (network) => network.loss(data),
  gradient: (network) => network.gradient(data),
  jacobian: (network) => network.jacobian(x),
  inputGradient: (network) => network.inputGradient(x),
  hessian: (network) => network.hessian(data),
  "newtonStep, dense": (network) => network.newtonStep(data, { gamma: 1, solver: "dense" }),
  "newtonStep, function space": (network) =>
    network.newtonStep(data, { gamma: 1, solver: "function-space" }),
  ntk: (network) => ntk(network, x),
  nntk: (network) => nntk(network, data, { gamma: 1 }),
  margin: (network) => definitenessMargin(network, data),
  spectrum: (_network, engine) => spectrum(kernel, { engine }),
  "least squares": (_network, engine) => leastSquares([x], [data.y as number[]], { engine }),
  limit: (_network, engine) => limitNntk(x, { gamma: 0.1, engine }),
  dynamics: (_network, engine) => limitDynamics({ kernel, y: [1, 2], times: [1], engine }),
  create: async (_network, engine) => (await Network.create({ width: 5, engine })).dispose(),
  "a model": async (_network, engine) =>
    (
      await Model.fit(data, {
        evidence: false,
        columns: { inputs: ["x"], target: "y" },
        network: { width: 3, engine },
        maxSteps: 2,
      })
    ).model.dispose(),
  ...Object.fromEntries(
    Object.entries(trainings).map(([name, options]) => [
      `train, ${name}`,
      (network: Network) => train(network, data, { ...options, maxSteps: 2 }),
    ]),
  ),
};

describe("memory that runs out at every allocation in turn", () => {
  it.each(Object.entries(works))("during %s", async (_name, work) => {
    const engine = await createEngine();
    const network = await Network.create({ width: 6, seed: 3, engine });
    const [bits, used] = [networkBits(network), engine.bytesUsed];
    const allocate = LinearMemory.prototype.allocate;
    for (let failing = 0; ; failing++) {
      let count = 0;
      vi.spyOn(LinearMemory.prototype, "allocate").mockImplementation(function (
        this: LinearMemory,
        bytes: number,
      ) {
        if (count++ === failing) throw new ResourceError("out-of-memory", "no more");
        return allocate.call(this, bytes);
      });
      let fault: unknown = null;
      try {
        await work(network, engine);
      } catch (error) {
        fault = error;
      }
      vi.restoreAllMocks();
      if (fault === null) {
        // It got by with fewer allocations than that.
        expect(count).toBeLessThanOrEqual(failing);
        expect(failing).toBeGreaterThan(0);
        break;
      }
      expect(fault).toMatchObject({ name: "ResourceError", code: "out-of-memory" });
      expect(engine.bytesUsed).toBe(used);
      expect(networkBits(network)).toEqual(bits);
      expect(network.predict(x).every(Number.isFinite)).toBe(true);
    }
    engine.dispose();
  });
});

describe("a kernel that traps", () => {
  it.each(Object.entries(trainings))(
    "leaves the last accepted parameters: %s",
    async (_name, options) => {
      const { engine, state } = await watchedEngine();
      const network = await Network.create({ width: 6, seed: 3, engine });
      const start = network.parameters;
      const used = engine.bytesUsed;
      const accepted = [networkBits(network)];
      await train(network, data, {
        ...options,
        maxSteps: 3,
        onStep: () => void accepted.push(networkBits(network)),
      });
      state.calls = 0;
      network.setParameters(start);
      await train(network, data, { ...options, maxSteps: 3 });
      const all = state.calls;
      expect(all).toBeGreaterThan(20);
      const seen = new Set<string>();
      for (let failing = 0; failing < all; failing++) {
        network.setParameters(start);
        [state.calls, state.failing] = [0, failing];
        let steps = 0;
        const work = train(network, data, { ...options, maxSteps: 3, onStep: () => void steps++ });
        const outcome = await work.then(
          () => "done",
          (error: unknown) => error,
        );
        state.failing = Number.POSITIVE_INFINITY;
        // A core that cannot be prepared is reported; what is told after the last step may not need
        // the core at all.
        if (outcome === "done") continue;
        expect(outcome).toBeInstanceOf(Trap);
        seen.add((outcome as Trap).message);
        expect(engine.bytesUsed).toBe(used);
        // Of the step in work either nothing is seen, or all of it.
        const bits = networkBits(network);
        expect([accepted[steps], accepted[steps + 1]]).toContainEqual(bits);
      }
      expect(seen.size).toBeGreaterThan(5);
    },
  );
});

describe("errors that callbacks throw", () => {
  it("reject the training and leave the step that was accepted", async () => {
    const network = await Network.create({ width: 6 });
    const thrown = new RangeError("mine");
    const work = train(network, data, {
      maxSteps: 9,
      onStep: ({ step }) => {
        if (step === 3) throw thrown;
      },
    });
    await expect(work).rejects.toBe(thrown);
    const other = await Network.create({ width: 6 });
    await train(other, data, { maxSteps: 3 });
    expect(networkBits(network)).toEqual(networkBits(other));
    expect(await faultOf(() => network.predict([Number.NaN]))).toMatchObject({
      code: "non-finite",
    });
  });
});
