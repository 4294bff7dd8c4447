/**
 * Prediction, loss, Jacobian, gradient and Hessian at every number of rows, against formulas and
 * against differences.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine, type Network } from "../../bindings/index.js";
import {
  create,
  dataOf,
  difference,
  EDGES,
  EPS,
  flatten,
  largest,
  plain,
  type Size,
  sizes,
  some,
  unflatten,
} from "./problems.js";

const engine = await createEngine();

/** Rows of the Hessian that are looked at: each costs M P. */
const ROWS = 9;
const STEP = 1e-5;

function gradientBeside(network: Network, size: Size, theta: Float64Array, p: number, t: number) {
  const moved = theta.slice();
  moved[p]! += t;
  network.setParameters(unflatten(moved, size));
  return flatten(network.gradient(dataOf(size)));
}

describe.each(EDGES)("with %i rows", (samples) => {
  const cases = sizes(samples, { aboveUpTo: 1100 });
  const run = { numRuns: samples < 500 ? 12 : 6, seed: samples };

  it("prediction, loss, Jacobian, gradient and Hessian are those of the formulas", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (size) => {
        const network = await create(size, engine);
        const data = dataOf(size);
        const expected = plain(network, size);
        // One rounding for every term of a sum, and a few in each term, of entries that cancel at
        // worst by a factor of ten.
        const tolerance = 10 * EPS * (size.width + size.samples * size.outputs + 20);
        expect(difference(network.predict(data.x), expected.f)).toBeLessThan(tolerance);
        expect(Math.abs(network.loss(data) / expected.loss - 1)).toBeLessThan(tolerance);
        expect(difference(network.jacobian(data.x), expected.jacobian)).toBeLessThan(tolerance);
        const size1 = largest(expected.jacobian) * Math.sqrt(2 * expected.loss);
        const gradient = flatten(network.gradient(data));
        expect(difference(gradient, expected.gradient, size1)).toBeLessThan(tolerance);
        const n = network.parameterCount;
        for (const curvature of ["exact", "gauss-newton"] as const) {
          const h = network.hessian(data, { curvature });
          const size2 = largest(h);
          for (const p of some(n, ROWS)) {
            const row = expected.hessianRow(p, curvature === "exact");
            expect(difference(h.subarray(p * n, (p + 1) * n), row, size2)).toBeLessThan(tolerance);
          }
        }
        network.dispose();
      }),
      run,
    );
  });

  it("the Hessian is the derivative of the gradient", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (size) => {
        const network = await create(size, engine);
        const theta = flatten(network.parameters);
        const n = theta.length;
        const h = network.hessian(dataOf(size));
        const scale = largest(h);
        for (const p of some(n, ROWS)) {
          const ahead = gradientBeside(network, size, theta, p, STEP);
          const behind = gradientBeside(network, size, theta, p, -STEP);
          const slope = ahead.map((value, q) => (value - behind[q]!) / (2 * STEP));
          // eps / STEP from rounding, STEP^2 from the fourth derivative.
          expect(difference(h.subarray(p * n, (p + 1) * n), slope, scale)).toBeLessThan(1e-7);
        }
        network.dispose();
      }),
      run,
    );
  });
});
