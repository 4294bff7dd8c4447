/** Two modules over one memory are as good as one with both. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { theoryOf } from "../../bindings/engine/theory-core.js";
import {
  activationNames,
  createEngine,
  type Engine,
  Network,
  train,
} from "../../bindings/index.js";
import { leastSquares, limitDynamics, limitKernel, spectrum } from "../../bindings/theory.js";
import { factsOf, grid, networkBits, smallProblem } from "./support.js";

let apart: Engine;
let whole: Engine;
beforeAll(async () => {
  apart = await createEngine();
  whole = await createEngine({ threads: 2 });
  expect(whole.threadsNote).toBeNull();
});
afterAll(() => {
  for (const engine of [apart, whole]) engine.dispose();
});

/** Something of every activation, whose tables are among the static data. */
async function trained(): Promise<bigint[][]> {
  const parameters = [];
  for (const activation of activationNames) {
    const network = await Network.create({ width: 7, seed: 1, activation, engine: apart });
    await train(network, smallProblem(), { method: "gauss-newton", maxSteps: 3 });
    parameters.push(networkBits(network));
    network.dispose();
  }
  return parameters;
}

it("the static data of one are not those of the other", async () => {
  const before = await trained();
  for (const activation of activationNames)
    await limitKernel(grid(5), { activation, engine: apart });
  expect(await trained()).toEqual(before);
});

it("gives the bits of the builds that have both in one", async () => {
  const compute = async (engine: Engine) => {
    const kernels = [];
    for (const activation of activationNames) {
      kernels.push(await limitKernel(grid(6), { activation, engine }));
    }
    const kernel = kernels[0]!.ntk;
    const y = grid(6).map(Math.sin);
    const dynamics = await limitDynamics({ kernel, y, times: [3], prior: kernel, engine });
    const squares = await leastSquares([grid(6)], [y], { engine });
    return [kernels, await spectrum(kernel, { engine }), dynamics, squares];
  };
  expect(await compute(apart)).toEqual(await compute(whole));
});

it("is instantiated once an engine, and not on one that was disposed", async () => {
  expect(await theoryOf(apart)).toBe(await theoryOf(apart));
  const engine = await createEngine();
  engine.dispose();
  expect((await factsOf(() => spectrum([[1]], { engine }))).code).toBe("disposed");
});
