import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  activationNames,
  createEngine,
  type Dataset,
  type Engine,
  Network,
} from "../../bindings/index.js";
import {
  leastSquares,
  limitDynamics,
  limitKernel,
  limitNntk,
  limitNtk,
  newtonKernel,
  nntk,
  ntk,
  scaledGamma,
  spectrum,
} from "../../bindings/theory.js";
import { distance, multiply, solve, transpose } from "./matrices.js";
import {
  bitsOf,
  factsOf,
  grid,
  invalidArgument,
  networkBits,
  planarProblem,
  smallProblem,
} from "./support.js";

const EPS = Number.EPSILON;

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.dispose());

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

  it("takes more inputs than memory has eigenvectors of the neurons for", async () => {
    using network = await Network.create({ width: 3000, inputs: 450, engine });
    expect(8 * network.width * (network.inputs + 2) ** 2).toBeGreaterThan(2 ** 32);
    const x = planarProblem(3, 450).x as number[][];
    const j = network.jacobian(x);
    const tolerance = 4 * network.parameterCount * EPS;
    expect(distance(ntk(network, x), multiply(j, j, network.parameterCount, true))).toBeLessThan(
      tolerance,
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

/** Networks on `engine`, each right behind a hole that the next piece of work allocates from. */
async function neighboursOfHoles(engine: Engine): Promise<Network[]> {
  const create = (seed: number) => Network.create({ width: 2000, seed, engine });
  const pairs: [hole: Network, neighbour: Network][] = [];
  for (let pair = 0; pair < 4; pair++) {
    pairs.push([await create(2 * pair), await create(2 * pair + 1)]);
  }
  return pairs.map(([hole, neighbour]) => {
    hole.dispose();
    return neighbour;
  });
}

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

  // Orders of the factorization around and beyond its blocks of 64 columns, with and without a
  // second output.
  it.each([
    [64, 1],
    [65, 1],
    [129, 1],
    [90, 2],
    [1300, 1],
  ])(
    "is that with %d samples of %d outputs, and touches no other network",
    async (samples, outputs) => {
      const shared = await createEngine();
      const network = await Network.create({ width: 6, outputs, seed: 3, engine: shared });
      const x = grid(samples);
      const y = x.map((v) => Array.from({ length: outputs }, (_, o) => Math.sin((o + 5) * v)));
      const at = [-0.3, 0.41, 1.2];
      const [gamma, n] = [0.03, network.parameterCount];
      const inspected = network.newtonStep({ x, y }, { gamma, solver: "function-space" });
      expect(inspected.positiveDefinite).toBe(false);
      // H of all samples is the mean of those of parts of them.
      const h = new Float64Array(n * n);
      for (let first = 0; first < samples; first += 50) {
        const part = { x: x.slice(first, first + 50), y: y.slice(first, first + 50) };
        const weight = part.x.length / samples;
        network.hessian(part).forEach((value, i) => {
          h[i]! += weight * value;
        });
      }
      for (let p = 0; p < n; p++) h[p * (n + 1)]! += gamma;
      const solved = solve(h, transpose(network.jacobian(x), n), n);
      const expected = (points: number[]) =>
        multiply(network.jacobian(points), solved, n).map((v) => v / samples);
      const neighbours = await neighboursOfHoles(shared);
      const before = neighbours.map(networkBits);
      const kernel = nntk(network, { x, y }, { gamma });
      const cross = nntk(network, { x, y }, { gamma, at });
      const changed = neighbours.filter((neighbour, i) =>
        networkBits(neighbour).some((bits, p) => bits !== before[i]![p]),
      );
      expect(changed).toHaveLength(0);
      expect(distance(cross, expected(at))).toBeLessThan(1e-9);
      expect(distance(kernel, expected(x))).toBeLessThan(1e-9);
      shared.dispose();
    },
  );
  it("is the same with few parameters, many rows and any gamma", async () => {
    const problems = fc.record({
      width: fc.integer({ min: 1, max: 3 }),
      inputs: fc.integer({ min: 1, max: 3 }),
      outputs: fc.integer({ min: 1, max: 2 }),
      activation: fc.constantFrom("tanh" as const, "sin" as const, "gelu" as const),
      seed: fc.nat(),
      samples: fc.integer({ min: 30, max: 61 }),
      exponent: fc.double({ min: -18, max: -4, noNaN: true }),
      curvature: fc.constantFrom("gauss-newton" as const, "exact" as const, "absolute" as const),
    });
    let indefinite = 0;
    await fc.assert(
      fc.asyncProperty(problems, async ({ samples, exponent, curvature, ...shape }) => {
        using network = await Network.create({ ...shape, engine });
        const { x, y } = planarProblem(samples, shape.inputs);
        const data = { x, y: (y as number[]).map((v) => Array(shape.outputs).fill(v)) };
        const gamma = 10 ** exponent;
        const n = network.parameterCount;
        const j = network.jacobian(x);
        const h = network.hessian(data, { curvature });
        for (let p = 0; p < n; p++) h[p * (n + 1)]! += gamma;
        const identity = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) ? 0 : 1));
        const condition = Math.hypot(...h) * Math.hypot(...solve(h, identity, n));
        fc.pre(condition < 1e8);
        const tolerance = 20 * n * EPS * condition;
        const columns = solve(h, transpose(j, n), n).map((v) => v / samples);
        const kernel = nntk(network, data, { gamma, curvature });
        expect(distance(kernel, multiply(j, columns, n))).toBeLessThan(tolerance);
        expect(bitsOf(kernel)).toEqual(bitsOf(transpose(kernel, samples * shape.outputs)));
        const at = planarProblem(5, shape.inputs).x as number[][];
        const there = nntk(network, data, { gamma, curvature, at });
        const expected = multiply(network.jacobian(at), columns, n);
        expect(distance(there, expected)).toBeLessThan(tolerance);
        if (network.newtonStep(data, { gamma, curvature }).positiveDefinite === false) indefinite++;
      }),
      { numRuns: 60, seed: 2 },
    );
    expect(indefinite).toBeGreaterThan(5);
  });

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
