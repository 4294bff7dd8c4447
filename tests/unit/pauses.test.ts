/** What takes long pauses, may be left there, and has the same bits however often it pauses. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { CoreExports } from "../../bindings/engine/core.js";
import { Engine } from "../../bindings/engine/engine.js";
import { BunchKaufman } from "../../bindings/engine/factorization/bunch-kaufman.js";
import { Cholesky } from "../../bindings/engine/factorization/cholesky.js";
import { MixedCholesky } from "../../bindings/engine/factorization/mixed-cholesky.js";
import { PackedMatrix } from "../../bindings/engine/factorization/packed-matrix.js";
import { compileCore, instantiateCore } from "../../bindings/engine/load.js";
import { Network, type TrainOptions, train } from "../../bindings/index.js";
import { PAUSE_FLOPS } from "../../bindings/support/pauses.js";
import { flatten, planarProblem } from "./support.js";

/** Kernels that are called in parts: their last two arguments are the progress and the limit. */
const IN_PARTS = [
  ...["forward", "jacobianProduct", "secondDerivative", "hessian"],
  ...["functionSpaceMatrix", "potrf", "mixedFactor", "mixedSolve", "sytrf"],
];

type Kernel = (...args: number[]) => number;

/** The core, with each call of its kernels handed to `call`. */
async function engineWith(
  call: (name: string, kernel: Kernel, args: number[]) => number,
): Promise<Engine> {
  const core = await instantiateCore(await compileCore("simd"), undefined);
  const watched = new Proxy({ ...core } as CoreExports, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: number[]) => call(String(name), value as Kernel, args);
    },
  });
  return new Engine(watched, "simd", undefined, null);
}

let plain: Engine;
/** Pauses as often as it can. */
let restless: Engine;
let parts = 0;
beforeAll(async () => {
  plain = await engineWith((_name, kernel, args) => kernel(...args));
  restless = await engineWith((name, kernel, args) => {
    if (IN_PARTS.includes(name)) parts++;
    return kernel(...args);
  });
  // So small a share of a thread may do one operation between two pauses.
  Object.defineProperty(restless, "threads", { value: 1 / PAUSE_FLOPS });
});
afterAll(() => {
  plain.dispose();
  restless.dispose();
});

/** Runs work to its end and counts its pauses. */
function count<T>(work: Generator<void, T>): { value: T; pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const { done, value } = work.next();
    if (done) return { value, pauses };
  }
}

describe.each(Object.entries({ Cholesky, MixedCholesky, BunchKaufman }))("%s", (name, Kind) => {
  it.each([65, 129, 257, 513, 1300])("has the same bits in parts, order %d", (n) => {
    const [whole, inParts] = [plain, restless].map((engine) =>
      engine.scope((arena) => {
        const full = arena.f64(n * n);
        const values = engine.f64(full, n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j <= i; j++) values[n * i + j] = Math.cos(i + j) + Math.cos(i * j) / 2;
          const sign = name === "BunchKaufman" && i % 3 === 0 ? -1 : 1;
          values[(n + 1) * i] = sign * 3 * n;
        }
        const a = new PackedMatrix(engine, arena, n);
        a.fromFull(full, n);
        const system = new Kind(engine, arena, n);
        const factored = count(system.factoring(a, 0.75));
        const [b, x] = [arena.f64(n), arena.f64(n)];
        engine.f64(b, n).fill(1);
        const solved = system instanceof MixedCholesky ? count(system.solving(b, x)) : null;
        if (!(system instanceof MixedCholesky)) system.solve(b, x);
        const solution = engine.f64(x, n).slice();
        return { factored, solved, solution };
      }),
    ) as [{ factored: ReturnType<typeof count>; solved: unknown; solution: Float64Array }, never];
    const { factored, solution } = inParts as typeof whole;
    expect(whole.factored.value).toMatchObject({ pivot: null });
    expect(factored.value).toEqual(whole.factored.value);
    expect(solution).toEqual(whole.solution);
    // A block of columns and its update each are a part at least.
    expect(factored.pauses).toBeGreaterThanOrEqual(Math.floor((n - 1) / 256));
    expect(factored.pauses).toBeGreaterThan(whole.factored.pauses);
  });
});

const trainings: Record<string, TrainOptions> = {
  dense: { solver: "dense" },
  mixed: { solver: "dense", precision: "mixed" },
  "dense, indefinite at first": {
    solver: "dense",
    curvature: "exact",
    regularization: { policy: "fixed", gamma: 1e-4 },
  },
  "function space": { solver: "function-space" },
  "function space, exact": { solver: "function-space", curvature: "exact" },
  cg: { solver: "cg", curvature: "absolute", cg: { maxIterations: 20 } },
  "trust-region": { method: "trust-region" },
  lbfgs: { method: "lbfgs" },
  adam: { method: "adam", learningRate: 0.1 },
  gd: { method: "gd", learningRate: 0.5 },
};

/** Several blocks of neurons, of samples, and of columns, P above and below R. */
const SHAPES = [
  { width: 150, samples: 600 },
  { width: 300, samples: 300 },
];
const network = (engine: Engine, width: number) =>
  Network.create({ width, inputs: 2, seed: 3, engine });

describe.each(SHAPES)("width $width, $samples samples", ({ width, samples }) => {
  const data = planarProblem(samples, 2);
  it.each(Object.entries(trainings))(
    "%s: same bits, however often it pauses",
    async (_, options) => {
      const [expected, got] = [await network(plain, width), await network(restless, width)];
      const run = await train(expected, data, { ...options, maxSteps: 3 });
      parts = 0;
      const other = await train(got, data, { ...options, maxSteps: 3 });
      expect(parts).toBeGreaterThan(3 * Math.ceil(samples / 512));
      expect(other.history.map((step) => ({ ...step, seconds: 0 }))).toEqual(
        run.history.map((step) => ({ ...step, seconds: 0 })),
      );
      expect(flatten(got.parameters)).toEqual(flatten(expected.parameters));
      expected.dispose();
      got.dispose();
    },
  );
});

describe("an abort", () => {
  const { width, samples } = { width: 70, samples: 530 };
  const data = planarProblem(samples, 2);
  it.each(Object.entries(trainings))(
    "%s: leaves the last accepted point wherever it comes, and a checkpoint that goes on from there",
    async (_, options) => {
      const whole = await network(plain, width);
      const accepted = [flatten(whole.parameters)];
      const full = await train(whole, data, {
        ...options,
        maxSteps: 4,
        onStep: () => accepted.push(flatten(whole.parameters)),
      });
      let calls = 0;
      let last = Number.POSITIVE_INFINITY;
      const controller = { current: new AbortController() };
      const engine = await engineWith((_name, kernel, args) => {
        if (calls++ === last) controller.current.abort();
        return kernel(...args);
      });
      Object.defineProperty(engine, "threads", { value: 1 / PAUSE_FLOPS });
      const trained = await network(engine, width);
      const start = trained.toJSON();
      calls = 0;
      await train(trained, data, { ...options, maxSteps: 4 });
      const total = calls;
      trained.dispose();
      for (const part of [0.15, 0.3, 0.42, 0.55, 0.68, 0.8, 0.93]) {
        const aborted = await Network.fromJSON(start, { engine });
        controller.current = new AbortController();
        calls = 0;
        last = Math.floor(part * total);
        const { signal } = controller.current;
        const run = await train(aborted, data, { ...options, maxSteps: 4, signal });
        last = Number.POSITIVE_INFINITY;
        expect(run.reason).toBe("aborted");
        expect(run.steps).toBeLessThan(4);
        expect(flatten(aborted.parameters)).toEqual(accepted[run.steps]);
        const resume = run.checkpoint();
        const rest = await train(aborted, data, { ...options, maxSteps: 4, resume });
        expect(flatten(aborted.parameters)).toEqual(accepted.at(-1));
        expect(rest.loss).toBe(full.loss);
        aborted.dispose();
      }
      whole.dispose();
      engine.dispose();
    },
  );

  it("in a dense factorization of order 1500: the parameters are those before the step", async () => {
    const controller = new AbortController();
    let factorizations = 0;
    const engine = await engineWith((name, kernel, args) => {
      const result = kernel(...args);
      // The first part of a factorization that is not over.
      if (name === "potrf" && result === -1 && ++factorizations === 4) controller.abort();
      return result;
    });
    const trained = await network(engine, 375);
    const after: Float64Array[] = [];
    const options = { solver: "dense", maxSteps: 9 } as const;
    const run = await train(trained, planarProblem(64, 2), {
      ...options,
      signal: controller.signal,
      onStep: () => after.push(flatten(trained.parameters)),
    });
    expect([run.reason, factorizations]).toEqual(["aborted", 4]);
    expect(after.length).toBeGreaterThan(0);
    expect(flatten(trained.parameters)).toEqual(after.at(-1));
    const again = await train(trained, planarProblem(64, 2), { ...options, maxSteps: 1 });
    expect(again.steps).toBe(1);
    trained.dispose();
    expect(engine.bytesUsed).toBe(0);
    engine.dispose();
  });
});

describe("between two pauses", () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([
    ["dense", { solver: "dense" }, 300, 1500],
    ["mixed", { solver: "dense", precision: "mixed" }, 400, 300],
    ["function space", { solver: "function-space" }, 1500, 900],
    ["cg", { solver: "cg", cg: { maxIterations: 30 } }, 500, 1500],
    ["lbfgs", { method: "lbfgs" }, 1500, 4500],
    ["adam", { method: "adam" }, 3000, 3000],
  ] as const)(
    "%s does little more than it may",
    { timeout: 60_000 },
    async (_, options, width, samples) => {
      // All pauses become waits: an hour goes by between two looks at the clock.
      let now = 0;
      vi.spyOn(performance, "now").mockImplementation(() => (now += 3.6e6));
      let since = 0;
      let most = 0;
      let total = 0;
      const real = MessageChannel;
      vi.stubGlobal(
        "MessageChannel",
        class extends real {
          constructor() {
            super();
            most = Math.max(most, since);
            since = 0;
          }
        },
      );
      const engine = await engineWith((name, kernel, args) => {
        const result = kernel(...args);
        if (IN_PARTS.includes(name)) {
          const [progress, flops] = args.slice(-2) as [number, number];
          const done = flops - engine.f64(progress, 1)[0]!;
          since += done;
          total += done;
        }
        return result;
      });
      const trained = await network(engine, width);
      await train(trained, planarProblem(samples, 2), { ...options, maxSteps: 2 });
      vi.unstubAllGlobals();
      expect(total).toBeGreaterThan(5 * PAUSE_FLOPS);
      expect(most).toBeLessThan(4 * PAUSE_FLOPS);
      trained.dispose();
      engine.dispose();
    },
  );
});
