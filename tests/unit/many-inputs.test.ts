import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine, Network, train } from "../../bindings/index.js";
import { flatten, planarProblem } from "./support.js";

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.dispose());

describe("many inputs", () => {
  it("leave the eigenvectors of the blocks out by default, and the plan says so", async () => {
    const data = planarProblem(20, 60);
    using network = await Network.create({ inputs: 60, width: 12, engine });
    const run = await train(network, data, { maxSteps: 2 });
    expect(run.curvature).toBe("gauss-newton");
    expect(run.plan).toMatchObject({
      curvature: "gauss-newton",
      note: expect.stringMatching(
        /^curvature "gauss-newton" in the place of "absolute": .*12 blocks of order 62 would take/,
      ),
    });
    const asked = await train(network, data, { curvature: "absolute", maxSteps: 2 });
    expect(asked.plan).toMatchObject({ curvature: "absolute", note: null });
    // 40 a q^3 for the eigenvectors.
    expect(asked.plan!.point - run.plan!.point).toBeCloseTo(12 * 40 * 62 ** 3, 0);
  });

  it("keep the default where few inputs, or many rows, make the blocks the smaller part", async () => {
    for (const [samples, inputs, width] of [
      [5, 2, 4],
      [5, 14, 4],
      [300, 30, 20],
    ] as const) {
      using network = await Network.create({ inputs, width, engine });
      const run = await train(network, planarProblem(samples, inputs), { maxSteps: 1 });
      expect([run.curvature, run.plan!.note]).toEqual(["absolute", null]);
    }
  });

  it.each([14, 15, 29, 30, 90])(
    "every solver gives one step, blocks of %i inputs",
    async (inputs) => {
      using network = await Network.create({ inputs, width: 5, seed: 1, engine });
      const data = planarProblem(25, inputs);
      for (const curvature of ["exact", "absolute"] as const) {
        const [dense, other] = (["dense", "function-space"] as const).map((solver) =>
          flatten(network.newtonStep(data, { gamma: 0.1, curvature, solver }).step),
        ) as [Float64Array, Float64Array];
        const error = Math.hypot(...dense.map((value, p) => value - other[p]!));
        expect(error).toBeLessThan(1e-10 * Math.hypot(...dense));
      }
    },
  );

  it("an abort ends a training between the blocks of a point", async () => {
    using network = await Network.create({ inputs: 300, width: 40, engine });
    const before = flatten(network.parameters);
    const controller = new AbortController();
    // Seen at the first pause: no step has been made.
    setTimeout(() => controller.abort(), 0);
    const run = await train(network, planarProblem(30, 300), {
      curvature: "absolute",
      signal: controller.signal,
      maxSteps: 1,
    });
    expect([run.reason, run.steps]).toEqual(["aborted", 0]);
    expect(flatten(network.parameters)).toEqual(before);
  });
});
