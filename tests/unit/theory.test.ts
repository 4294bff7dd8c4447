import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  activationNames,
  createEngine,
  type Dataset,
  definitenessMargin,
  type Engine,
  leastSquares,
  limitDynamics,
  limitKernel,
  limitNntk,
  limitNtk,
  Network,
  newtonKernel,
  nntk,
  ntk,
  scaledGamma,
  spectrum,
} from "../../bindings/index.js";
import {
  bitsOf,
  factsOf,
  faultOf,
  grid,
  invalidArgument,
  planarProblem,
  smallProblem,
} from "./support.js";

const EPS = Number.EPSILON;

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.dispose());

/** Row-major product A B, and A B^T. */
function multiply(
  a: Float64Array,
  b: Float64Array,
  inner: number,
  transposed = false,
): Float64Array {
  const [rows, columns] = [a.length / inner, b.length / inner];
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let l = 0; l < inner; l++) {
      sum += a[i * inner + l]! * (transposed ? b[j * inner + l]! : b[l * columns + j]!);
    }
    return sum;
  });
}

/** A^-1 B by Gaussian elimination with partial pivoting; B has `columns` columns. */
function solve(matrix: Float64Array, right: Float64Array, n: number): Float64Array {
  const columns = right.length / n;
  const a = matrix.slice();
  const b = right.slice();
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    }
    for (const [x, width] of [
      [a, n],
      [b, columns],
    ] as const) {
      for (let j = 0; j < width; j++) {
        [x[k * width + j], x[pivot * width + j]] = [x[pivot * width + j]!, x[k * width + j]!];
      }
    }
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i * n + k]! / a[k * n + k]!;
      for (let j = k; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
      for (let j = 0; j < columns; j++) b[i * columns + j]! -= factor * b[k * columns + j]!;
    }
  }
  return b.map((value, at) => value / a[Math.floor(at / columns) * (n + 1)]!);
}

function largest(values: Iterable<number>): number {
  let result = 0;
  for (const value of values) result = Math.max(result, Math.abs(value));
  return result;
}

function distance(a: Float64Array, b: Float64Array): number {
  return largest(a.map((value, i) => value - b[i]!)) / largest(b);
}

const transpose = (a: Float64Array, columns: number) => {
  const rows = a.length / columns;
  return a.map((_, at) => a[(at % rows) * columns + Math.floor(at / rows)]!);
};

describe("ntk", () => {
  it("is J(x) J(x2)^T for any shape, activation and number of outputs", async () => {
    const shapes = fc.record({
      width: fc.integer({ min: 1, max: 300 }),
      inputs: fc.integer({ min: 1, max: 4 }),
      outputs: fc.integer({ min: 1, max: 3 }),
      activation: fc.constantFrom(...activationNames),
      seed: fc.nat(),
      samples: fc.integer({ min: 1, max: 12 }),
      others: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ samples, others, ...shape }) => {
        const network = await Network.create({ ...shape, engine });
        const { x } = planarProblem(samples, shape.inputs);
        const x2 = planarProblem(others + 3, shape.inputs).x.slice(3) as number[][];
        const [j, j2] = [network.jacobian(x), network.jacobian(x2)];
        const tolerance = 4 * network.parameterCount * EPS;
        const square = ntk(network, x);
        expect(distance(square, multiply(j, j, network.parameterCount, true))).toBeLessThan(
          tolerance,
        );
        expect(bitsOf(square)).toEqual(bitsOf(transpose(square, samples * shape.outputs)));
        const cross = ntk(network, x, x2);
        expect(distance(cross, multiply(j, j2, network.parameterCount, true))).toBeLessThan(
          tolerance,
        );
        network.dispose();
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("has the same bits for any number of threads", async () => {
    const threaded = await createEngine({ threads: 2 });
    const [one, two] = await Promise.all(
      [engine, threaded].map((engine) => Network.create({ width: 700, engine })),
    );
    expect(bitsOf(ntk(two!, grid(33)))).toEqual(bitsOf(ntk(one!, grid(33))));
    threaded.dispose();
  });

  it("refuses points that do not fit, and a network that is none", async () => {
    const network = await Network.create({ width: 3, inputs: 2, engine });
    expect((await factsOf(() => ntk(network, [1, 2]))).argument).toBe("x");
    expect((await factsOf(() => ntk(network, [[1, 2]], [[1, Number.NaN]]))).code).toBe(
      "non-finite",
    );
    expect((await factsOf(() => ntk({} as Network, [1]))).argument).toBe("network");
  });
});

describe("nntk", () => {
  it.each(["gauss-newton", "exact", "absolute", "positive"] as const)(
    "is J (H + gamma I)^-1 J^T / M with %s curvature, where H + gamma I is indefinite too",
    async (curvature) => {
      for (const [inputs, outputs] of [
        [1, 1],
        [2, 3],
      ] as const) {
        const network = await Network.create({ width: 9, inputs, outputs, seed: 3, engine });
        const samples = 7;
        const base = planarProblem(samples, inputs);
        const y = (base.y as number[]).map((v, m) =>
          Array.from({ length: outputs }, (_, o) => v + o * m),
        );
        const data: Dataset = { x: base.x, y };
        const x2 = planarProblem(5, inputs).x as number[][];
        const n = network.parameterCount;
        const j = network.jacobian(data.x);
        const h = network.hessian(data, { curvature });
        for (const gamma of [10, 0.03]) {
          for (let p = 0; p < n; p++) h[p * (n + 1)]! += gamma;
          const expected = multiply(j, solve(h, transpose(j, n), n), n).map((v) => v / samples);
          const tolerance = 1e-9;
          const kernel = nntk(network, data, { gamma, curvature });
          expect(distance(kernel, expected)).toBeLessThan(tolerance);
          expect(bitsOf(kernel)).toEqual(bitsOf(transpose(kernel, samples * outputs)));
          const there = nntk(network, data, { gamma, curvature, at: x2 });
          const rows = multiply(network.jacobian(x2), solve(h, transpose(j, n), n), n).map(
            (v) => v / samples,
          );
          expect(distance(there, rows)).toBeLessThan(tolerance);
          for (let p = 0; p < n; p++) h[p * (n + 1)]! -= gamma;
        }
        network.dispose();
      }
    },
  );

  it("refuses what it cannot do", async () => {
    const network = await Network.create({ width: 3, activation: "relu", engine });
    const data = smallProblem();
    expect(await factsOf(() => nntk(network, data, { gamma: 0 }))).toEqual(
      invalidArgument("options.gamma", "a finite number above 0", "0"),
    );
    expect((await factsOf(() => nntk(network, data, { gamma: 1 }))).code).toBe(
      "unsupported-activation",
    );
    expect(nntk(network, data, { gamma: 1, curvature: "gauss-newton" })).toHaveLength(81);
  });
});

describe("kernels of the infinitely wide network", () => {
  it.each(activationNames)("are approached by those of wide networks: %s", async (activation) => {
    const x = [0, 0.5, 1];
    const limit = await limitNtk(x, { activation, engine });
    const errors: number[] = [];
    for (const width of [2_000, 200_000]) {
      const network = await Network.create({ width, activation, beta: 0.6, seed: 5, engine });
      // gamma_N = gamma N^(1 - 2 beta) is the scale of the kernel too.
      const scale = await scaledGamma(1, { width, beta: 0.6, engine });
      errors.push(
        distance(
          ntk(network, x).map((v) => v / scale),
          limit,
        ),
      );
      network.dispose();
    }
    // Monte Carlo: the error falls like N^(-1/2), with a constant near 1.
    expect(errors[0]).toBeLessThan(5 / Math.sqrt(2_000));
    expect(errors[1]).toBeLessThan(5 / Math.sqrt(200_000));
  });

  it("between two sets are blocks of the kernel of both together", async () => {
    const [x, x2] = [
      planarProblem(4, 2).x as number[][],
      planarProblem(7, 2).x.slice(4) as number[][],
    ];
    const options = { activation: "gelu", inputs: 2, engine } as const;
    const all = await limitNtk([...x, ...x2], options);
    const cross = await limitNtk(x, { ...options, x2 });
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 3; j++) {
        expect(Math.abs(cross[i * 3 + j]! - all[i * 7 + 4 + j]!)).toBeLessThan(1e-12);
      }
    }
  });

  it("give the Newton kernel with the eigenvalues lambda / (lambda + gamma)", async () => {
    const x = grid(9);
    const [gamma, m] = [1e-3, 9];
    const { values } = await spectrum(await limitNtk(x, { engine }), { engine });
    const newton = await limitNntk(x, { gamma, engine });
    const { values: found } = await spectrum(newton, { engine });
    const expected = values.map((v) => v / m / (v / m + gamma));
    expect(distance(found, expected)).toBeLessThan(1e-10);
    const there = await limitNntk(x, { gamma, x2: x, engine });
    expect(distance(there, newton)).toBeLessThan(1e-11);
  });

  it("on 128 points: NTK eigenvalues fall below 1e-12 of the largest, those of the NNTK are near 1 wherever gamma is far below", async () => {
    const x = grid(128);
    const tangent = await limitNtk(x, { engine });
    const { values } = await spectrum(tangent, { engine });
    expect(values.filter((value) => value < 1e-12 * values[0]!).length).toBeGreaterThan(100);
    const gamma = 1e-8;
    const newton = await spectrum(await newtonKernel(tangent, { gamma, engine }), { engine });
    const rounding = (10 * 128 * EPS * values[0]!) / (128 * gamma);
    for (const [l, value] of values.entries()) {
      const lambda = value / 128;
      const bound = lambda / (lambda + gamma);
      expect(newton.values[l]!).toBeGreaterThan(bound - rounding);
      expect(newton.values[l]!).toBeLessThan(1 + rounding);
    }
    const resolved = values.filter((value) => value / 128 > 100 * gamma).length;
    expect(resolved).toBeGreaterThanOrEqual(5);
    for (let l = 0; l < resolved; l++) expect(newton.values[l]!).toBeGreaterThan(0.99 - rounding);
  });

  it("learn frequencies at one rate by Newton, at rates that differ by orders of magnitude by gradient descent", async () => {
    const x = grid(128);
    const tangent = await limitNtk(x, { engine });
    const gradient = tangent.map((value) => value / 128);
    const newton = await newtonKernel(tangent, { gamma: 1e-12, engine });
    const rates = async (kernel: Float64Array) =>
      Promise.all(
        [2, 4, 5, 8].map(async (k) => {
          const wave = x.map((t) => Math.sin(k * Math.PI * t));
          const time = 1e-6;
          const [state] = await limitDynamics({
            kernel,
            y: wave,
            time: "continuous",
            times: [time],
            engine,
          });
          return (await leastSquares([wave], [state!.values], { engine }))[0]![0]! / time;
        }),
      );
    const spread = (values: number[]) => Math.max(...values) / Math.min(...values);
    expect(spread(await rates(newton))).toBeLessThan(1.1);
    expect(spread(await rates(gradient))).toBeGreaterThan(10);
  });

  it("say when the quadrature is not good enough", async () => {
    const work = () => limitKernel([[30, 40]], { inputs: 2, maxNodes: 64, engine });
    expect(await factsOf(work)).toMatchObject({
      name: "ResourceError",
      code: "not-converged",
      argument: "options.maxNodes",
    });
    const coarse = await limitKernel([[30, 40]], {
      inputs: 2,
      maxNodes: 2000,
      tolerance: 1e-2,
      engine,
    });
    expect(coarse.error).toBeLessThan(1e-2);
  });

  it("refuse what they do not know", async () => {
    expect((await factsOf(() => limitNtk([0], { activation: "step" as "tanh" }))).argument).toBe(
      "options.activation",
    );
    expect((await factsOf(() => limitNtk([], {}))).code).toBe("empty-data");
    expect((await factsOf(() => limitNntk([0], { gamma: 0 }))).argument).toBe("options.gamma");
  });
});

describe("spectrum", () => {
  it("gives columns with A V = V diag, to working precision", async () => {
    const matrix = ntk(await Network.create({ width: 40, engine }), grid(13));
    const { values, vectors } = await spectrum(matrix);
    const right = multiply(matrix, vectors, 13);
    const left = vectors.map((v, at) => v * values[at % 13]!);
    expect(largest(right.map((v, at) => v - left[at]!))).toBeLessThan(13 * 10 * EPS * values[0]!);
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
  });

  it("takes rows as well, and leaves what it was given alone", async () => {
    const rows = [
      [2, 1],
      [1, 2],
    ];
    expect([...(await spectrum(rows)).values].map((v) => v.toFixed(12))).toEqual([
      "3.000000000000",
      "1.000000000000",
    ]);
    expect(rows).toEqual([
      [2, 1],
      [1, 2],
    ]);
  });

  it.each([
    ["ragged", [[1, 2], [3]], "invalid-shape"],
    ["not square", new Float64Array(6), "invalid-shape"],
    [
      "not symmetric",
      [
        [1, 2],
        [3, 4],
      ],
      "invalid-shape",
    ],
    ["empty", [], "empty-data"],
    ["not finite", [[Number.NaN]], "non-finite"],
    ["not a matrix", "1", "invalid-argument"],
  ])("refuses what is %s", async (_name, matrix, code) => {
    expect((await faultOf(() => spectrum(matrix as number[][]))).code).toBe(code);
  });
});

describe("leastSquares", () => {
  it("finds the components of a function, each target by itself", async () => {
    const x = grid(20);
    const basis = [x, x.map((t) => Math.sin(7 * t)), x.map((t) => Math.cos(20 * t))];
    const mix = (a: number, b: number, c: number) =>
      x.map((_, m) => a * basis[0]![m]! + b * basis[1]![m]! + c * basis[2]![m]!);
    const found = await leastSquares(basis, [mix(1, 2, 3), mix(-1, 0, 0.5)]);
    expect(distance(found[0]!, Float64Array.of(1, 2, 3))).toBeLessThan(1e-14);
    expect(distance(found[1]!, Float64Array.of(-1, 0, 0.5))).toBeLessThan(1e-14);
  });

  it("refuses dependent functions and too many", async () => {
    expect(
      (
        await factsOf(() =>
          leastSquares(
            [
              [1, 2],
              [2, 4],
            ],
            [[1, 1]],
          ),
        )
      ).argument,
    ).toBe("basis[1]");
    expect((await factsOf(() => leastSquares([[1], [2]], [[1]]))).code).toBe("invalid-shape");
    expect((await factsOf(() => leastSquares([[1, 2]], [[1, 2, 3]]))).argument).toContain(
      "targets[0]",
    );
  });
});

describe("limitDynamics", () => {
  const x = grid(6);
  const y = x.map((t) => Math.sin(5 * t));
  let kernel: Float64Array;
  beforeAll(async () => {
    kernel = (await limitNtk(x, { engine })).map((v) => v / 6);
  });

  it("in discrete time is the iteration f' = f - rate K (f - y), at the data and elsewhere", async () => {
    const there = [0.1, 0.33];
    const cross = (await limitNtk(there, { x2: x, engine })).map((v) => v / 6);
    let f = x.map((t) => Math.cos(t));
    let g = there.map((t) => Math.cos(t));
    const [initial, initialThere] = [f, g];
    for (let step = 0; step < 7; step++) {
      const r = f.map((v, m) => v - y[m]!);
      g = g.map((v, j) => v - 0.4 * r.reduce((sum, v, m) => sum + cross[j * 6 + m]! * v, 0));
      f = f.map((v, i) => v - 0.4 * r.reduce((sum, v, m) => sum + kernel[i * 6 + m]! * v, 0));
    }
    const at = { kernel: cross, initial: initialThere };
    const [start, state] = await limitDynamics({
      kernel,
      y,
      initial,
      rate: 0.4,
      times: [0, 7],
      at,
    });
    expect(distance(start!.values, Float64Array.from(initial))).toBeLessThan(1e-14);
    expect(distance(state!.values, Float64Array.from(f))).toBeLessThan(1e-13);
    expect(distance(state!.at!, Float64Array.from(g))).toBeLessThan(1e-13);
    const loss = f.reduce((sum, v, m) => sum + (v - y[m]!) ** 2, 0) / 12;
    expect(Math.abs(state!.loss - loss)).toBeLessThan(1e-13 * loss);
  });

  it("in continuous time is the limit of small steps", async () => {
    const options = { kernel, y } as const;
    const [exact] = await limitDynamics({ ...options, time: "continuous", times: [3] });
    const [steps] = await limitDynamics({ ...options, rate: 1e-7, times: [3e7] });
    expect(distance(steps!.values, exact!.values)).toBeLessThan(1e-6);
  });

  it("oscillates and diverges where rate times eigenvalue exceeds 2, exactly", async () => {
    const [state] = await limitDynamics({ kernel: [[3]], y: [0], initial: [1], times: [5] });
    expect(state!.values[0]).toBe(-32);
  });

  it("has the bands of Gaussian initial functions, which sampling confirms in the mean square", async () => {
    const there = [0.1, 0.33];
    const { nngp } = await limitKernel(x, { engine });
    const cross = await limitKernel(there, { x2: x, engine });
    const own = await limitKernel(there, { engine });
    const at = {
      kernel: cross.ntk.map((v) => v / 6),
      priorCross: cross.nngp,
      priorVariance: there.map((_, j) => own.nngp[j * 3]!),
    };
    const [start, state] = await limitDynamics({ kernel, y, times: [0, 4], prior: nngp, at });
    for (let m = 0; m < 6; m++)
      expect(start!.deviation![m]).toBeCloseTo(Math.sqrt(nngp[m * 7]!), 13);
    for (let j = 0; j < 2; j++)
      expect(start!.atDeviation![j]).toBeCloseTo(Math.sqrt(own.nngp[j * 3]!), 13);
    // A Gaussian function is a sum over modes of the joint covariance; the variance afterwards is the sum of the squares of what the
    // dynamics make of each mode.
    const joint = await limitKernel([...x, ...there], { engine });
    const { values, vectors } = await spectrum(joint.nngp);
    const squares = new Float64Array(8);
    for (let l = 0; l < 8; l++) {
      const mode = Array.from(
        { length: 8 },
        (_, i) => Math.sqrt(Math.max(values[l]!, 0)) * vectors[i * 8 + l]!,
      );
      const [moved] = await limitDynamics({
        kernel,
        y: new Float64Array(6),
        initial: mode.slice(0, 6),
        times: [4],
        at: { kernel: at.kernel, initial: mode.slice(6) },
      });
      for (const [i, v] of [...moved!.values, ...moved!.at!].entries()) squares[i]! += v * v;
    }
    const found = [...state!.deviation!, ...state!.atDeviation!];
    for (const [i, v] of found.entries())
      expect(Math.abs(v - Math.sqrt(squares[i]!))).toBeLessThan(1e-7);
  });

  it.each([
    [{ times: [0.5] }, "options.times[0]"],
    [{ times: [-1], time: "continuous" }, "options.times[0]"],
    [{ y: [1] }, "options.y"],
    [{ at: { kernel: [[1, 2]] } }, "options.at.kernel[0]"],
    [{ prior: [[1, 0, 0, 0, 0, 0]] }, "options.prior"],
    [{ rate: 0 }, "options.rate"],
  ])("refuses %j", async (change, argument) => {
    const options = { kernel, y, times: [1], ...change } as Parameters<typeof limitDynamics>[0];
    expect((await factsOf(() => limitDynamics(options))).argument).toBe(argument);
  });
});

describe("definitenessMargin", () => {
  it.each(["dense", "function-space"] as const)(
    "brackets the smallest eigenvalue of H: %s",
    async (solver) => {
      for (const [width, samples, seed] of [
        [6, 9, 0],
        [4, 40, 1],
        [11, 3, 2],
        [2, 30, 3],
      ] as const) {
        const network = await Network.create({ width, seed, engine });
        const x = grid(samples);
        const data = { x, y: x.map((t) => Math.sin(9 * t)) };
        const { values } = await spectrum(network.hessian(data), { engine });
        const least = values.at(-1)!;
        const { smallest, lower, upper, margin } = definitenessMargin(network, data, {
          gamma: 0.5,
          solver,
        });
        const rounding = 1e-13 * values[0]!;
        expect(lower - rounding).toBeLessThanOrEqual(least);
        expect(upper + rounding).toBeGreaterThanOrEqual(least);
        expect(upper - lower).toBeLessThanOrEqual(2e-9 * largest(values));
        expect(margin).toBe(smallest + 0.5);
        network.dispose();
      }
    },
  );

  it("refuses the solver that knows no inertia, and ReLU", async () => {
    const network = await Network.create({ width: 3, engine });
    const options = { solver: "cg" } as unknown as { solver: "dense" };
    expect(
      (await factsOf(() => definitenessMargin(network, smallProblem(), options))).argument,
    ).toBe("options.solver");
    const relu = await Network.create({ width: 3, activation: "relu", engine });
    expect((await factsOf(() => definitenessMargin(relu, smallProblem()))).code).toBe(
      "unsupported-activation",
    );
  });
});
