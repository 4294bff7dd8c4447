import { afterEach, describe, expect, it, vi } from "vitest";
import { createEngine, Network, train } from "../../bindings/index.js";
import { boundary, grid, type SolveOptions, solve } from "../../bindings/pde.js";
import { bitsOf, factsOf, invalidArgument, networkBits, publishedProblem } from "./support.js";

/**
 * Wide enough for several strips, block columns and tasks of the parallel factorization: P = 1050.
 */
const WIDTH = 350;
const data = publishedProblem(33);
const PLANE = { coordinates: ["x", "y"], unknowns: ["u"] } as const;

async function trained(threads: number, options = {}) {
  const engine = await createEngine({ threads });
  const network = await Network.create({ width: WIDTH, engine });
  const regularization = { policy: "adaptive", initial: 0.3 } as const;
  const run = await train(network, data, { maxSteps: 3, regularization, ...options });
  const result = { threads: engine.threads, loss: run.loss, bits: networkBits(network), run };
  network.dispose();
  engine.dispose();
  return result;
}

describe("threads", () => {
  it.each(["float64", "mixed"] as const)(
    "give the same bits, however many: %s",
    async (precision) => {
      const one = await trained(1, { precision });
      expect(one.run.history.some(({ accepted }) => accepted)).toBe(true);
      for (const threads of [2, 3, 5]) {
        const many = await trained(threads, { precision });
        expect(many.threads).toBe(threads);
        expect(many.loss).toBe(one.loss);
        expect(many.bits).toEqual(one.bits);
      }
    },
  );

  it("give the same bits for a step of an indefinite Hessian", async () => {
    const steps = [];
    for (const threads of [1, 2, 3]) {
      using engine = await createEngine({ threads });
      using network = await Network.create({ width: WIDTH, engine });
      steps.push(network.newtonStep(data, { gamma: 1e-7, solver: "dense", curvature: "exact" }));
    }
    expect(steps[0]!.inertia!.negative).toBeGreaterThan(0);
    expect(steps[1]).toEqual(steps[0]);
    expect(steps[2]).toEqual(steps[0]);
  });

  it("give the same bits for equations, by every method", async () => {
    const square = [
      [0, 1],
      [0, 1],
    ] as const;
    const points = grid(square, 24, { interior: true });
    const edge = boundary(square, 24);
    const equations = (left: string) => [
      { equation: `${left} = 20*sin(pi*x)*sin(pi*y)`, points },
      { equation: "u = 0", points: edge, weight: 100 },
    ];
    const options: SolveOptions[] = [
      { ...PLANE, equations: equations("-lap(u)"), maxSteps: 0 },
      { ...PLANE, equations: equations("-lap(u)"), method: "varpro", maxSteps: 3 },
      { ...PLANE, equations: equations("u^3 - lap(u)"), method: "newton", maxSteps: 3 },
      {
        ...PLANE,
        equations: equations("u^3 - lap(u)"),
        method: "gauss-newton",
        solver: "qr",
        maxSteps: 3,
      },
    ];
    for (const [index, option] of options.entries()) {
      const found = [];
      for (const threads of [1, 2, 3]) {
        using engine = await createEngine({ threads });
        expect(engine.threads).toBe(threads);
        const network = { width: index === 0 ? 90 : 20, engine };
        using solution = await solve({ ...option, network });
        found.push([bitsOf(solution.at(grid(square, 9))), solution.run!.loss]);
      }
      expect(found[1]).toEqual(found[0]);
      expect(found[2]).toEqual(found[0]);
    }
  });

  it("can be as many as the machine has processors", async () => {
    using engine = await createEngine({ threads: "auto" });
    expect(engine.threads).toBeGreaterThanOrEqual(1);
    expect(engine.threadsNote).toBeNull();
  });

  it("can be shared by networks and end with the engine", async () => {
    const engine = await createEngine({ threads: 2 });
    const networks = await Promise.all(
      [0, 1].map((seed) => Network.create({ width: 200, seed, engine })),
    );
    const runs = await Promise.all(
      networks.map((network) => train(network, data, { method: "gauss-newton", maxSteps: 4 })),
    );
    for (const [index, run] of runs.entries()) {
      expect(run.loss).toBe(networks[index]!.loss(data));
      expect(run.loss).toBeLessThan(run.initialLoss);
    }
    engine.dispose();
    expect(engine.disposed).toBe(true);
    expect(await factsOf(() => networks[0]!.predict([0]))).toMatchObject({ code: "disposed" });
  });

  it.each([0, -1, 1.5, Number.NaN, "two", 257])("refuses %s", async (threads) => {
    const facts = await factsOf(() => createEngine({ threads: threads as number }));
    const got = typeof threads === "string" ? JSON.stringify(threads) : String(threads);
    expect(facts).toEqual(invalidArgument("options.threads", "an integer from 1 to 256", got));
  });
});

describe("without shared memory", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("there is one thread, and the engine says why", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const engine = await createEngine({ threads: 2 });
    expect(engine.threads).toBe(1);
    expect(engine.threadsNote).toMatch(/cross-origin isolated/);
    using network = await Network.create({ width: 5, engine });
    expect(network.predict([0.5])).toHaveLength(1);
  });
});
