/** One thread and two give the same bits at every number of rows. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  createEngine,
  type Engine,
  type Network,
  type SolverName,
  train,
} from "../../bindings/index.js";
import { nntk, ntk } from "../../bindings/theory.js";
import { create, dataOf, EDGES, flatten, type Size, sizes } from "./problems.js";

const one = await createEngine();
const two = await createEngine({ threads: 2 });
afterAll(() => {
  one.dispose();
  two.dispose();
});

/** All that a network of this size computes, in one row of numbers for each. */
async function everything(size: Size, engine: Engine): Promise<Record<string, Float64Array>> {
  const network: Network = await create(size, engine);
  const data = dataOf(size);
  const options = { gamma: 0.3, curvature: "absolute" } as const;
  const step = (solver: SolverName) =>
    flatten(network.newtonStep(data, { ...options, solver }).step);
  const result = {
    predict: network.predict(data.x),
    loss: Float64Array.of(network.loss(data)),
    gradient: flatten(network.gradient(data)),
    jacobian: network.jacobian(data.x),
    inputGradient: network.inputGradient(data.x),
    hessian: network.hessian(data),
    dense: step("dense"),
    functionSpace: step("function-space"),
    cg: step("cg"),
    ntk: ntk(network, data.x),
    nntk: nntk(network, data, options),
  };
  const runs = [];
  for (const method of ["newton", "trust-region", "lbfgs"] as const) {
    const { history } = await train(network, data, { method, maxSteps: 3 });
    runs.push(...history.map(({ loss }) => loss));
  }
  const parameters = flatten(network.parameters);
  network.dispose();
  return { ...result, losses: Float64Array.from(runs), parameters };
}

describe.each(EDGES)("with %i rows", (samples) => {
  it("one thread and two give the same bits", async () => {
    const values = samples < 130 ? 3 * samples : samples;
    const cases = sizes(samples, { aboveUpTo: 200, values, parameters: 150 });
    await fc.assert(
      fc.asyncProperty(cases, async (size) => {
        const [alone, shared] = [await everything(size, one), await everything(size, two)];
        for (const [name, bits] of Object.entries(alone)) {
          const others = new Uint8Array(shared[name]!.buffer);
          expect(Buffer.compare(new Uint8Array(bits.buffer), others), name).toBe(0);
        }
      }),
      { numRuns: samples < 200 ? 3 : 1, seed: samples },
    );
  });
});
