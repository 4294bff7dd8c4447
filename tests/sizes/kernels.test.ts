/** Tangent and Newton kernels, and the margin of definiteness, at every number of rows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine, type Network } from "../../bindings/index.js";
import {
  definitenessMargin,
  limitNtk,
  newtonKernel,
  nntk,
  ntk,
  spectrum,
} from "../../bindings/theory.js";
import { solve } from "../unit/matrices.js";
import { create, dataOf, EDGES, EPS, largest, type Size, sizes, some } from "./problems.js";

const engine = await createEngine();

/** Rows and columns of a kernel that are looked at. */
const ROWS = 12;

/** Some rows of J, at the indices that are looked at. */
function rowsOf(jacobian: Float64Array, n: number, indices: readonly number[]): Float64Array[] {
  return indices.map((i) => jacobian.subarray(i * n, (i + 1) * n));
}

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0;
  for (let p = 0; p < a.length; p++) sum += a[p]! * b[p]!;
  return sum;
};

/**
 * Entries of a matrix with `columns` columns at the given rows and columns, against expected(row,
 * column).
 */
function errorAt(
  matrix: Float64Array,
  columns: number,
  [rows, others]: readonly [readonly number[], readonly number[]],
  expected: (row: number, column: number) => number,
): number {
  const size = largest(matrix);
  const errors = rows.flatMap((i, a) =>
    others.map((j, b) => matrix[i * columns + j]! - expected(a, b)),
  );
  return largest(errors) / size;
}

/** Other points than those of the data, and fewer: each costs a solution of order M k. */
function elsewhere(size: Size): Float64Array {
  const samples = Math.min(65, Math.floor(size.samples / 2) + 1);
  return dataOf({ ...size, samples, seed: size.seed + 1 }).x;
}

/** J_at (H + gamma I)^-1 J^T / M for some rows of J_at and some of J. */
function definition(
  network: Network,
  size: Size,
  { gamma, curvature }: { gamma: number; curvature: "exact" | "absolute" | "gauss-newton" },
  left: Float64Array[],
  right: Float64Array[],
): (row: number, column: number) => number {
  const n = network.parameterCount;
  const a = network.hessian(dataOf(size), { curvature });
  for (let p = 0; p < n; p++) a[p * (n + 1)]! += gamma;
  const columns = right.length;
  const transposed = Float64Array.from(
    { length: n * columns },
    (_, at) => right[at % columns]![Math.floor(at / columns)]! / size.samples,
  );
  const solution = solve(a, transposed, n);
  return (row, column) => {
    let sum = 0;
    for (let p = 0; p < n; p++) sum += left[row]![p]! * solution[p * columns + column]!;
    return sum;
  };
}

describe.each(EDGES)("with %i rows", (samples) => {
  const few = { numRuns: samples < 300 ? 6 : samples < 1000 ? 2 : 1, seed: samples };
  const values = samples < 300 ? 3 * samples : samples;

  it("ntk is J J^T, at the points and between others", async () => {
    await fc.assert(
      fc.asyncProperty(sizes(samples, { aboveUpTo: 600, values }), async (size) => {
        const network = await create(size, engine);
        const { x } = dataOf(size);
        const x2 = elsewhere(size);
        const n = network.parameterCount;
        const tolerance = 10 * n * EPS;
        for (const [a, b] of [
          [x, x],
          [x, x2],
          [x2, x],
        ] as const) {
          const kernel = a === b ? ntk(network, a) : ntk(network, a, b);
          const [left, right] = [network.jacobian(a), network.jacobian(b)];
          const places = [some(left.length / n, ROWS), some(right.length / n, ROWS)] as const;
          const [rows, others] = [rowsOf(left, n, places[0]), rowsOf(right, n, places[1])];
          const error = errorAt(kernel, right.length / n, places, (i, j) =>
            dot(rows[i]!, others[j]!),
          );
          expect(error).toBeLessThan(tolerance);
        }
        network.dispose();
      }),
      few,
    );
  });

  it.each(["exact", "absolute", "gauss-newton"] as const)(
    "nntk is J (H + gamma I)^-1 J^T / M, at the points and elsewhere: %s",
    async (curvature) => {
      const cases = sizes(samples, { aboveUpTo: 300, values, parameters: 40 });
      await fc.assert(
        fc.asyncProperty(cases, async (size) => {
          const network = await create(size, engine);
          const data = dataOf(size);
          const n = network.parameterCount;
          const h = network.hessian(data, { curvature });
          const norm = Math.sqrt(dot(h, h));
          // H + gamma I is far from singular whatever the curvature.
          const gamma = 1.5 * norm;
          const tolerance = 50 * (n + samples * size.outputs) * EPS;
          const own = network.jacobian(data.x);
          const columns = some(own.length / n, ROWS);
          for (const x of samples < 600 ? [undefined, elsewhere(size)] : [elsewhere(size)]) {
            const kernel = nntk(network, data, { gamma, curvature, ...(x && { at: x }) });
            const there = x === undefined ? own : network.jacobian(x);
            const rows = some(there.length / n, ROWS);
            const expected = definition(
              network,
              size,
              { gamma, curvature },
              rowsOf(there, n, rows),
              rowsOf(own, n, columns),
            );
            const error = errorAt(kernel, own.length / n, [rows, columns], expected);
            expect(error).toBeLessThan(tolerance);
          }
          network.dispose();
        }),
        few,
      );
    },
  );

  it("nntk is that where H + gamma I is indefinite too", async () => {
    const cases = sizes(samples, { aboveUpTo: 65, values: samples, parameters: 40 });
    let indefinite = 0;
    await fc.assert(
      fc.asyncProperty(cases, async (size) => {
        const network = await create(size, engine);
        const data = dataOf(size);
        const n = network.parameterCount;
        const { values: own } = await spectrum(network.hessian(data), { engine });
        const gamma = largest([0.4 * own.at(-1)!, 1e-3 * own[0]!]);
        const shifted = own.map((value) => value + gamma);
        const condition = largest(own) / Math.min(...shifted.map(Math.abs));
        fc.pre(condition < 1e5);
        if (shifted.at(-1)! < 0) indefinite++;
        const at = elsewhere(size);
        const there = network.jacobian(at);
        const places = [some(there.length / n, ROWS), some(samples, ROWS)] as const;
        const left = rowsOf(there, n, places[0]);
        const right = rowsOf(network.jacobian(data.x), n, places[1]);
        const options = { gamma, curvature: "exact" } as const;
        const kernel = nntk(network, data, { ...options, at });
        const expected = definition(network, size, options, left, right);
        const error = errorAt(kernel, samples, places, expected);
        // The blocks S + gamma I may be worse conditioned than the whole.
        expect(error).toBeLessThan(1e4 * condition * samples * EPS);
        network.dispose();
      }),
      { numRuns: samples < 1000 ? 5 : 2, seed: samples },
    );
    expect(indefinite).toBeGreaterThan(0);
  });

  it("definitenessMargin brackets the smallest eigenvalue of H", async () => {
    const cases = sizes(samples, { aboveUpTo: 130, values, parameters: 60 });
    await fc.assert(
      fc.asyncProperty(cases, async (size) => {
        const network = await create(size, engine);
        const data = dataOf(size);
        const { values: own } = await spectrum(network.hessian(data), { engine });
        // Each step of the bisection factors: one in function space has the order M k.
        const solvers = (["dense", "function-space"] as const).slice(
          0,
          samples * size.outputs < 300 ? 2 : 1,
        );
        for (const solver of solvers) {
          const options = { gamma: 0.25, tolerance: 1e-7, solver };
          const { smallest, lower, upper, margin } = definitenessMargin(network, data, options);
          const rounding = 1e-11 * largest(own);
          expect(lower - rounding).toBeLessThanOrEqual(own.at(-1)!);
          expect(upper + rounding).toBeGreaterThanOrEqual(own.at(-1)!);
          expect(upper - lower).toBeLessThanOrEqual(2e-7 * largest(own) + rounding);
          expect(margin).toBe(smallest + 0.25);
        }
        network.dispose();
      }),
      few,
    );
  });
});

const rowAt = (x: Float64Array, m: number) => [x[2 * m]!, x[2 * m + 1]!];
const rowsAt = (x: Float64Array) => Array.from({ length: x.length / 2 }, (_, m) => rowAt(x, m));

describe.each(EDGES.filter((samples) => samples < 130))(
  "without a network, with %i rows",
  (samples) => {
    const x = dataOf({ activation: "tanh", inputs: 2, outputs: 1, width: 1, samples, seed: 1 }).x;
    const limit = { activation: "erf", inputs: 2, engine } as const;
    const places = some(samples, 6);

    it("an entry of limitNtk depends on its two points alone", async () => {
      const kernel = await limitNtk(rowsAt(x), limit);
      for (const i of places) {
        for (const j of places) {
          const alone = await limitNtk([rowAt(x, i)], { ...limit, x2: [rowAt(x, j)] });
          const error = Math.abs(kernel[i * samples + j]! - alone[0]!);
          expect(error).toBeLessThan(10 * EPS * largest(kernel));
        }
      }
    });

    it("newtonKernel times K + M gamma I is K", async () => {
      const kernel = await limitNtk(rowsAt(x), limit);
      const shift = 0.1 * largest(kernel);
      const newton = await newtonKernel(kernel, { gamma: shift / samples, engine });
      const product = (i: number, j: number) => {
        let sum = shift * newton[i * samples + j]!;
        for (let l = 0; l < samples; l++)
          sum += newton[i * samples + l]! * kernel[l * samples + j]!;
        return sum;
      };
      const error = errorAt(kernel, samples, [places, places], (a, b) =>
        product(places[a]!, places[b]!),
      );
      expect(error).toBeLessThan(100 * samples * EPS);
    });
  },
);
