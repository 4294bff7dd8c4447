import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Activation,
  type Curvature,
  createEngine,
  Network,
  NewtonError,
  type NewtonStep,
  train,
} from "../../bindings/index.js";
import { solve } from "./matrices.js";
import { factsOf, flatten, invalidArgument, publishedProblem, unflatten } from "./support.js";

const EPS = 2 ** -52;
const engine = await createEngine();

interface Case {
  readonly activation: Activation;
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  readonly samples: number;
  readonly seed: number;
  readonly exponent: number;
  readonly amplitude: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  activation: fc.constantFrom("tanh", "sigmoid", "erf", "sin", "softplus", "gelu"),
  inputs: fc.integer({ min: 1, max: 4 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  width: fc.integer({ min: 1, max: 14 }),
  samples: fc.integer({ min: 1, max: 19 }),
  seed: fc.nat(1000),
  exponent: fc.double({ min: -12, max: 1, noNaN: true }),
  amplitude: fc.constantFrom(1, 10, 30),
});

function dataOf({ inputs, outputs, samples, seed, amplitude }: Case) {
  const wave = (i: number) => Math.sin(12.9898 * (i + 1) + seed);
  return {
    x: Float64Array.from({ length: samples * inputs }, (_, i) => wave(i)),
    y: Float64Array.from({ length: samples * outputs }, (_, i) => amplitude * wave(7 * i + 3)),
  };
}

function create({ activation, inputs, outputs, width, seed }: Case) {
  return Network.create({ activation, inputs, outputs, width, seed, engine });
}

const norm = (values: Float64Array) => Math.hypot(...values);

function distance(a: NewtonStep, b: NewtonStep): number {
  const [left, right] = [flatten(a.step), flatten(b.step)];
  return norm(left.map((value, i) => value - right[i]!)) / norm(left);
}

/**
 * Eigenvalues of a symmetric matrix, by the core's own Jacobi rotations, whose tests are
 * tests/assembly/syevj.spec.ts.
 */
function eigenvalues(matrix: Float64Array): number[] {
  const n = Math.sqrt(matrix.length);
  return engine.scope((arena) => {
    const [a, values, vectors] = [arena.f64(n * n), arena.f64(n), arena.f64(n * n)];
    engine.f64(a, n * n).set(matrix);
    engine.core.syevj(n, a, values, vectors);
    return [...engine.f64(values, n)].sort((x, y) => x - y);
  });
}

describe("function space", () => {
  test("is the dense step within cond eps, and its verdict that of the eigenvalues", async () => {
    let indefinite = 0;
    await fc.assert(
      fc.asyncProperty(cases, async (problem) => {
        const gamma = 10 ** problem.exponent;
        const network = await create(problem);
        const data = dataOf(problem);
        const values = eigenvalues(network.hessian(data)).map((value) => value + gamma);
        const largest = Math.max(...values.map(Math.abs));
        const smallest = Math.min(...values.map(Math.abs));
        const dense = network.newtonStep(data, { gamma, solver: "dense" });
        const other = network.newtonStep(data, { gamma, solver: "function-space" });
        const count = network.parameterCount;
        network.dispose();
        // Within rounding of singular nothing can be said.
        fc.pre(smallest > 100 * count * EPS * largest);
        const negative = values.filter((value) => value < 0).length;
        if (negative > 0) indefinite++;
        expect(dense.inertia).toEqual({ positive: count - negative, negative });
        expect(other.inertia).toEqual(dense.inertia);
        expect(other.positiveDefinite).toBe(negative === 0);
        expect(distance(dense, other)).toBeLessThan((50 * count * EPS * largest) / smallest);
      }),
      { numRuns: 200, seed: 4 },
    );
    expect(indefinite).toBeGreaterThan(40);
  });

  test.each(["absolute", "positive", "gauss-newton"] as const)(
    "is the dense step with curvature %s",
    async (curvature) => {
      await fc.assert(
        fc.asyncProperty(cases, async (problem) => {
          const gamma = 10 ** problem.exponent;
          const network = await create(problem);
          const data = dataOf(problem);
          const values = eigenvalues(network.hessian(data, { curvature }));
          const options = { gamma, curvature };
          const dense = network.newtonStep(data, { ...options, solver: "dense" });
          const other = network.newtonStep(data, { ...options, solver: "function-space" });
          const count = network.parameterCount;
          network.dispose();
          expect(values[0]).toBeGreaterThan(-1e-13 * values.at(-1)!);
          fc.pre(gamma > 100 * count * EPS * values.at(-1)!);
          expect(other.positiveDefinite).toBe(true);
          const condition = (values.at(-1)! + gamma) / (Math.max(values[0]!, 0) + gamma);
          expect(distance(dense, other)).toBeLessThan(50 * count * EPS * condition);
        }),
        { numRuns: 60, seed: 5 },
      );
    },
  );

  test("tells the decrease and the residual of its own linear model", async () => {
    const network = await Network.create({ width: 20, inputs: 1, engine });
    const data = publishedProblem(11);
    for (const curvature of ["exact", "absolute", "gauss-newton"] as Curvature[]) {
      const { step, predictedDecrease, linearizedResidual, solver } = network.newtonStep(data, {
        gamma: 0.5,
        curvature,
      });
      expect(solver).toBe("function-space");
      const s = flatten(step);
      const g = flatten(network.gradient(data));
      const h = network.hessian(data);
      const n = s.length;
      let decrease = 0;
      for (let p = 0; p < n; p++) {
        decrease += g[p]! * s[p]!;
        for (let q = 0; q < n; q++) decrease -= 0.5 * s[p]! * h[p * n + q]! * s[q]!;
      }
      expect(predictedDecrease).toBeCloseTo(decrease, 12);
      const j = network.jacobian(data.x);
      const f = network.predict(data.x);
      const y = data.y as readonly number[];
      linearizedResidual.forEach((value, m) => {
        let expected = f[m]! - y[m]!;
        for (let p = 0; p < n; p++) expected -= j[m * n + p]! * s[p]!;
        expect(value).toBeCloseTo(expected, 12);
      });
    }
    network.dispose();
  });
});

describe("few parameters, many rows", () => {
  const tall = fc.record({
    activation: fc.constantFrom<Activation>("tanh", "sigmoid", "erf", "sin", "softplus", "gelu"),
    inputs: fc.integer({ min: 1, max: 4 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    width: fc.integer({ min: 1, max: 4 }),
    samples: fc.integer({ min: 60, max: 200 }),
    seed: fc.nat(1000),
    exponent: fc.double({ min: -18, max: -4, noNaN: true }),
    amplitude: fc.constantFrom(0.1, 1, 30),
  });
  const curvatures = ["exact", "absolute", "gauss-newton"] as const;

  test.each(curvatures)(
    "every solver: the step within cond eps, or an error: %s",
    async (curvature) => {
      const conditions = new Set<number>();
      let given = 0;
      await fc.assert(
        fc.asyncProperty(tall, async (problem) => {
          const gamma = 10 ** problem.exponent;
          using network = await create(problem);
          const data = dataOf(problem);
          const matrix = network.hessian(data, { curvature });
          const count = network.parameterCount;
          for (let p = 0; p < count; p++) matrix[p * count + p]! += gamma;
          const values = eigenvalues(matrix);
          const largest = Math.max(...values.map(Math.abs));
          const smallest = Math.min(...values.map(Math.abs));
          fc.pre(largest < 1e10 * smallest);
          conditions.add(Math.round(Math.log10(largest / smallest)));
          const expected = solve(matrix, flatten(network.gradient(data)), count);
          // Of the gradient: |J| |r| / M.
          const residual = network.predict(data.x).map((value, m) => value - data.y[m]!);
          const rounding =
            largest * norm(expected) + Math.sqrt(largest / problem.samples) * norm(residual);
          const bound = (20 * count * EPS * rounding) / smallest;
          const negative = values.filter((value) => value < 0).length;
          for (const solver of ["dense", "function-space", "auto"] as const) {
            let step: NewtonStep;
            try {
              step = network.newtonStep(data, { gamma, curvature, solver });
            } catch (error) {
              if (!(error instanceof NewtonError)) throw error;
              expect([solver, error.code]).toEqual(["function-space", "not-converged"]);
              expect(gamma).toBeLessThan(1e-13 * largest);
              continue;
            }
            given++;
            expect(step.inertia).toEqual({ positive: count - negative, negative });
            const error = flatten(step.step).map((value, p) => value - expected[p]!);
            expect(norm(error)).toBeLessThan(bound);
          }
        }),
        { numRuns: 150, seed: 8 },
      );
      expect(given).toBeGreaterThan(300);
      for (let digits = 1; digits <= 8; digits++) expect(conditions).toContain(digits);
    },
  );
});

test("with fewer parameters than rows training leaves out what function space cannot solve", async () => {
  using network = await Network.create({ width: 3, inputs: 2, seed: 3, engine });
  const x = Array.from({ length: 100 }, (_, m) => [Math.sin(1 + 3 * m), Math.sin(8 + 3 * m)]);
  const data = { x, y: x.map(([a]) => Math.sin(5 * a!)) };
  const run = await train(network, data, {
    method: "gauss-newton",
    solver: "function-space",
    regularization: { policy: "fixed", gamma: 1e-18 },
    maxSteps: 1,
  });
  const { rejected, positiveDefinite, gamma } = run.history[0]!;
  expect(rejected.map((each) => each.reason)).toContain("inaccurate");
  expect(rejected.every(({ reason }) => reason !== "not-positive-definite")).toBe(true);
  expect(positiveDefinite).toBe(true);
  expect(gamma).toBeGreaterThan(1e-16);
});

describe("conjugate gradients", () => {
  test("is the dense step to its tolerance", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (problem) => {
        const gamma = 10 ** Math.max(problem.exponent, -3);
        const network = await create(problem);
        const data = dataOf(problem);
        const options = { gamma, curvature: "absolute" as const };
        const largest = eigenvalues(network.hessian(data, { curvature: "absolute" })).at(-1)!;
        const dense = network.newtonStep(data, { ...options, solver: "dense" });
        const other = network.newtonStep(data, { ...options, solver: "cg" });
        network.dispose();
        expect(other).toMatchObject({ inertia: null, positiveDefinite: null, solver: "cg" });
        expect(distance(dense, other)).toBeLessThan((1e-9 * (largest + gamma)) / gamma);
      }),
      { numRuns: 60, seed: 6 },
    );
  });

  test("gives a step that solves the system, or says that it has none", async () => {
    const met = { solved: 0, indefinite: 0, unfinished: 0 };
    const attempts = fc.record({
      problem: cases,
      cg: fc.record({
        tolerance: fc.constantFrom(1e-4, 1e-8, 1e-12),
        maxIterations: fc.constantFrom(3, 30, 10_000),
      }),
    });
    await fc.assert(
      fc.asyncProperty(attempts, async ({ problem, cg }) => {
        const gamma = 10 ** problem.exponent;
        using network = await create(problem);
        const data = dataOf(problem);
        const h = network.hessian(data);
        const g = flatten(network.gradient(data));
        const count = g.length;
        let step: NewtonStep;
        try {
          step = network.newtonStep(data, { gamma, solver: "cg", cg });
        } catch (error) {
          if (!(error instanceof NewtonError)) throw error;
          if (error.code === "invalid-argument") {
            met.indefinite++;
            const values = eigenvalues(h);
            const rounding = count * EPS * Math.max(...values.map(Math.abs));
            expect(values[0]! + gamma).toBeLessThan(rounding);
          } else {
            met.unfinished++;
            expect(error.code).toBe("not-converged");
            expect(error.argument).toMatch(/^options\.cg\.(maxIterations|tolerance)$/);
            if (error.argument === "options.cg.maxIterations") {
              expect(error.got).toBe(String(cg.maxIterations));
            }
          }
          return;
        }
        met.solved++;
        const s = flatten(step.step);
        const hs = Float64Array.from(s, (_, p) =>
          s.reduce((sum, value, q) => sum + h[p * count + q]! * value, 0),
        );
        const left = norm(g.map((value, p) => value - hs[p]! - gamma * s[p]!));
        const rounding = 20 * count * EPS * (norm(h) + gamma) * norm(s);
        expect(left).toBeLessThanOrEqual(cg.tolerance * norm(g) + rounding);
        const decrease = s.reduce((sum, value, p) => sum + value * (g[p]! - hs[p]! / 2), 0);
        const size = norm(s) * (norm(g) + norm(hs));
        expect(Math.abs(step.predictedDecrease - decrease)).toBeLessThan(20 * count * EPS * size);
        const j = network.jacobian(data.x);
        const f = network.predict(data.x);
        step.linearizedResidual.forEach((value, m) => {
          const row = j.subarray(m * count, (m + 1) * count);
          const image = row.reduce((sum, entry, p) => sum + entry * s[p]!, 0);
          const close =
            20 * count * EPS * (norm(row) * norm(s) + Math.abs(f[m]! - data.y[m]!) + 30);
          expect(Math.abs(value - (f[m]! - data.y[m]! - image))).toBeLessThan(close);
        });
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(Math.min(met.solved, met.indefinite, met.unfinished)).toBeGreaterThan(20);
  });

  test("reports negative curvature, its iterations and its residual", async () => {
    const network = await Network.create({ width: 30, engine });
    const data = publishedProblem(25);
    expect(await factsOf(() => network.newtonStep(data, { gamma: 1e-6, solver: "cg" }))).toEqual(
      invalidArgument(
        "options.solver",
        "dense or function-space, which solve indefinite systems",
        '"cg"',
      ),
    );
    const run = await train(network, data, {
      solver: "cg",
      curvature: "exact",
      cg: { tolerance: 1e-3, maxIterations: 50 },
      maxSteps: 10,
    });
    const rejected = run.history.flatMap((record) => record.rejected);
    expect(rejected.some(({ curvature }) => curvature !== undefined && curvature <= 0)).toBe(true);
    for (const { accepted, iterations, residual } of run.history) {
      expect(iterations).toBeLessThanOrEqual(50);
      if (accepted && iterations! < 50) expect(residual).toBeLessThanOrEqual(1e-3);
    }
    network.dispose();
  });
});

/**
 * Jets are kept in blocks of 512 samples, and one pass of syrk takes 256 of them: 400 are both
 * inside one block and two passes.
 */
describe("more samples than one pass over them takes", () => {
  const data = publishedProblem(400);

  test("the Hessian is the derivative of the gradient", async () => {
    const network = await Network.create({ width: 4, seed: 2, engine });
    const theta = flatten(network.parameters);
    const n = theta.length;
    const h = network.hessian(data);
    const size = Math.max(...h.map(Math.abs));
    const gradientAt = (p: number, t: number) => {
      const moved = theta.slice();
      moved[p]! += t;
      network.setParameters(unflatten(moved, network.width, network.inputs));
      return flatten(network.gradient(data));
    };
    for (let p = 0; p < n; p++) {
      const [ahead, behind] = [gradientAt(p, 1e-5), gradientAt(p, -1e-5)];
      for (let q = 0; q < n; q++) {
        const slope = (ahead[q]! - behind[q]!) / 2e-5;
        expect(Math.abs(h[p * n + q]! - slope)).toBeLessThan(1e-8 * size);
      }
    }
    network.dispose();
  });

  test("the dense step is that of the function space, in training too", async () => {
    const [gamma, curvature] = [0.1, "absolute"] as const;
    const regularization = { policy: "fixed", gamma } as const;
    const runs = [];
    const steps = [];
    for (const solver of ["dense", "function-space"] as const) {
      const network = await Network.create({ width: 30, engine });
      steps.push(network.newtonStep(data, { gamma, curvature, solver }));
      runs.push(await train(network, data, { solver, curvature, regularization, maxSteps: 10 }));
      network.dispose();
    }
    expect(distance(steps[0]!, steps[1]!)).toBeLessThan(1e-11);
    for (const [step, { loss }] of runs[0]!.history.entries()) {
      expect(Math.abs(loss / runs[1]!.history[step]!.loss - 1)).toBeLessThan(1e-9);
    }
  });

  test("training reaches what the network can represent", async () => {
    const smooth = { x: data.x, y: (data.x as number[]).map((v) => Math.sin(6 * v)) };
    const network = await Network.create({ width: 20, engine });
    const run = await train(network, smooth, { maxSteps: 200, stop: { loss: 1e-9 } });
    network.dispose();
    expect(run.solver).toBe("dense");
    expect(run.reason).toBe("loss");
  });
});

describe("several outputs", () => {
  test("every solver and method learns them", async () => {
    const x = Array.from({ length: 12 }, (_, m) => m / 11);
    const y = x.map((v) => [Math.sin(3 * v), v * v]);
    for (const options of [
      { solver: "dense" },
      { solver: "function-space" },
      { solver: "cg" },
      { method: "lbfgs" },
      { method: "gauss-newton" },
    ] as const) {
      const network = await Network.create({ width: 20, outputs: 2, engine });
      const run = await train(network, { x, y }, { ...options, maxSteps: 60 });
      expect(run.loss).toBeLessThan(1e-4);
      const f = network.predict(x);
      for (const [i, value] of y.flat().entries()) {
        expect(Math.abs(f[i]! - value)).toBeLessThan(0.02);
      }
      const restored = await Network.fromJSON(JSON.parse(JSON.stringify(network)), { engine });
      expect(restored.outputs).toBe(2);
      expect(restored.predict(x)).toEqual(f);
      network.dispose();
      restored.dispose();
    }
  });
});
