/** Newton steps by every solver, and trainings of them, at every number of rows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine, type Network, type SolverName, train } from "../../bindings/index.js";
import {
  create,
  dataOf,
  difference,
  EDGES,
  EPS,
  flatten,
  largest,
  plain,
  sizes,
  some,
} from "./problems.js";

const engine = await createEngine();
const SOLVERS = ["dense", "function-space", "cg"] as const satisfies SolverName[];

/** What conjugate gradients leave of the residual, relative to the gradient. */
const TOLERANCE = 1e-10;

/** Largest sum of magnitudes of a row: no eigenvalue is larger. */
function rowSum(matrix: Float64Array, n: number): number {
  let result = 0;
  for (let p = 0; p < n; p++) {
    result = Math.max(
      result,
      matrix.subarray(p * n, (p + 1) * n).reduce((sum, value) => sum + Math.abs(value), 0),
    );
  }
  return result;
}

/** max |g - (H + gamma I) s| over some rows. */
function residual(h: Float64Array, gamma: number, g: Float64Array, s: Float64Array): number {
  const n = g.length;
  return largest(
    some(n, 40).map((p) => {
      let sum = g[p]! - gamma * s[p]!;
      for (let q = 0; q < n; q++) sum -= h[p * n + q]! * s[q]!;
      return sum;
    }),
  );
}

/** Eigenvalues by the core's Jacobi rotations, whose own tests are tests/assembly/syevj.spec.ts. */
function eigenvalues(matrix: Float64Array, n: number): Float64Array {
  return engine.scope((arena) => {
    const [a, values, vectors] = [arena.f64(n * n), arena.f64(n), arena.f64(n * n)];
    engine.f64(a, n * n).set(matrix);
    engine.core.syevj(n, a, values, vectors);
    return engine.f64(values, n).slice().sort();
  });
}

describe.each(EDGES)("with %i rows", (samples) => {
  const few = { numRuns: samples < 500 ? 8 : samples < 2000 ? 3 : 1, seed: samples };
  // A function-space matrix has the order M k.
  const values = samples < 300 ? 3 * samples : samples;

  it.each(["absolute", "positive", "gauss-newton"] as const)(
    "dense, function-space and cg take the step of (H + gamma I) s = g: %s",
    async (curvature) => {
      const cases = sizes(samples, { aboveUpTo: 600, values });
      await fc.assert(
        fc.asyncProperty(cases, fc.integer({ min: -3, max: 0 }), async (size, exponent) => {
          const network = await create(size, engine);
          const data = dataOf(size);
          const n = network.parameterCount;
          const h = network.hessian(data, { curvature });
          const norm = rowSum(h, n);
          const condition = 10 ** -exponent;
          const gamma = norm / condition;
          const g = plain(network, size).gradient;
          const [first, ...others] = SOLVERS.map((solver) => {
            const { step, ...rest } = network.newtonStep(data, { gamma, curvature, solver });
            return { ...rest, step: flatten(step) };
          });
          const rounding = 10 * (n + samples * size.outputs) * EPS;
          expect(residual(h, gamma, g, first!.step)).toBeLessThan(
            rounding * (norm * largest(first!.step) + largest(g)),
          );
          expect(first!.positiveDefinite).toBe(true);
          for (const { step, solver, positiveDefinite } of others) {
            const own = rounding + (solver === "cg" ? TOLERANCE * Math.sqrt(n) : 0);
            expect(difference(step, first!.step)).toBeLessThan(2 * condition * own);
            expect(positiveDefinite).toBe(solver === "cg" ? null : true);
          }
          network.dispose();
        }),
        few,
      );
    },
  );

  it("the step and the inertia are those of the eigenvalues where H + gamma I is indefinite", async () => {
    const cases = sizes(samples, { aboveUpTo: 65, values, parameters: 40 });
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        async (size, part) => {
          const network = await create(size, engine);
          const data = dataOf(size);
          const n = network.parameterCount;
          const h = network.hessian(data);
          const own = eigenvalues(h, n);
          // Between no shift and the one that would make it definite.
          const gamma = part * Math.max(-own[0]!, 1e-3 * own.at(-1)!);
          const shifted = own.map((value) => value + gamma);
          const smallest = Math.min(...shifted.map(Math.abs));
          const condition = largest(shifted) / smallest;
          fc.pre(condition < 1e6);
          const negative = shifted.filter((value) => value < 0).length;
          const [dense, other] = (["dense", "function-space"] as const).map((solver) =>
            network.newtonStep(data, { gamma, solver }),
          );
          for (const { inertia, positiveDefinite } of [dense!, other!]) {
            expect(inertia).toEqual({ positive: n - negative, negative });
            expect(positiveDefinite).toBe(negative === 0);
          }
          const rounding = 10 * (n + samples * size.outputs) * EPS;
          const steps = [dense!, other!].map(({ step }) => flatten(step));
          expect(residual(h, gamma, flatten(network.gradient(data)), steps[0]!)).toBeLessThan(
            rounding * rowSum(h, n) * largest(steps[0]!),
          );
          expect(difference(steps[1]!, steps[0]!)).toBeLessThan(rounding * condition);
          network.dispose();
        },
      ),
      few,
    );
  });

  it("a training has the same losses with every solver", async () => {
    const cases = sizes(samples, { aboveUpTo: 300, values });
    await fc.assert(
      fc.asyncProperty(cases, async (size) => {
        const data = dataOf(size);
        const losses = [];
        for (const solver of SOLVERS) {
          const network: Network = await create(size, engine);
          const run = await train(network, data, {
            solver,
            curvature: "absolute",
            cg: { tolerance: TOLERANCE, maxIterations: 10_000 },
            regularization: { policy: "fixed", gamma: 1e-2 },
            maxSteps: 4,
          });
          losses.push(run.history.map(({ loss }) => loss));
          const error = Math.abs(plain(network, size).loss - run.loss);
          expect(error).toBeLessThan(1e-11 * run.initialLoss);
          network.dispose();
        }
        expect(difference(losses[1]!, losses[0]!)).toBeLessThan(1e-8);
        expect(difference(losses[2]!, losses[0]!)).toBeLessThan(1e-6);
      }),
      few,
    );
  });
});
