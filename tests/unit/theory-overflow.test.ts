import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Activation,
  activationNames,
  createEngine,
  type Engine,
  Network,
} from "../../bindings/index.js";
import {
  definitenessMargin,
  leastSquares,
  limitDynamics,
  limitKernel,
  limitNntk,
  limitNtk,
  newtonKernel,
  nntk,
  ntk,
  spectrum,
} from "../../bindings/theory.js";
import { multiply } from "./matrices.js";
import { factsOf } from "./support.js";

let engine: Engine;
let network: Network;
beforeAll(async () => {
  engine = await createEngine();
  network = await Network.create({ width: 40, activation: "softplus", seed: 1, engine });
});
afterAll(() => {
  network.dispose();
  engine.dispose();
});

const kernel = [
  [2, 1],
  [1, 2],
];

/** What overflows, and the argument that is to blame. */
const cases: Record<string, readonly [() => unknown, string]> = {
  ntk: [() => ntk(network, [1, 1e200]), "x"],
  "ntk between two sets": [() => ntk(network, [1e10, 2], [1.7e308, -1.7e308]), "x2"],
  "nntk, points": [() => nntk(network, { x: [0, 1e200], y: [1, 2] }, { gamma: 1 }), "data"],
  "nntk, targets": [() => nntk(network, { x: [0, 1], y: [1, 1e200] }, { gamma: 1e-3 }), "data"],
  "nntk elsewhere": [
    () => nntk(network, { x: [0, 1], y: [1, 2] }, { gamma: 1, at: [-1.7e308, 1.7e308] }),
    "options.at",
  ],
  "margin, points": [() => definitenessMargin(network, { x: [0, 1e200], y: [1, 2] }), "data"],
  "margin, targets": [
    () => definitenessMargin(network, { x: [0, 1], y: [-1.7e308, 1.7e308] }),
    "data",
  ],
  limitKernel: [() => limitKernel([0, 1e200], { engine }), "x"],
  "limitKernel in closed form": [() => limitKernel([1e100], { activation: "relu", engine }), "x"],
  "limitKernel between two sets": [() => limitKernel([0], { x2: [1e160], engine }), "options.x2"],
  limitNtk: [() => limitNtk([1e200], { activation: "erf", engine }), "x"],
  limitNntk: [() => limitNntk([1e200], { gamma: 1, engine }), "x"],
  "limitNntk, gamma": [() => limitNntk([1, 2], { gamma: 1.7e308, engine }), "options.gamma"],
  newtonKernel: [() => newtonKernel(Float64Array.of(1.7e308), { gamma: 1e308, engine }), "kernel"],
  spectrum: [
    () =>
      spectrum(
        [
          [1.7e308, 1.7e308],
          [1.7e308, 1.7e308],
        ],
        { engine },
      ),
    "matrix",
  ],
  "leastSquares, basis": [() => leastSquares([[1e200, 1]], [[1, 2]], { engine }), "basis[0]"],
  "leastSquares, targets": [() => leastSquares([[1, 1]], [[1, 1e200]], { engine }), "targets[0]"],
  "dynamics, kernel": [
    () =>
      limitDynamics({
        kernel: [
          [1.7e308, 1.7e308],
          [1.7e308, 1.7e308],
        ],
        y: [1, 2],
        times: [1],
        engine,
      }),
    "options.kernel",
  ],
  "dynamics, y": [() => limitDynamics({ kernel, y: [1, 1e160], times: [0], engine }), "options.y"],
  "dynamics, initial": [
    () => limitDynamics({ kernel, y: [1, 2], initial: [1e160, 0], times: [0], engine }),
    "options.initial",
  ],
  "dynamics, diverging": [
    () => limitDynamics({ kernel, y: [1, 2], times: [1, 2000], engine }),
    "options.times[1]",
  ],
  "dynamics, elsewhere": [
    () =>
      limitDynamics({
        kernel,
        y: [1e10, -1e10],
        times: [1],
        at: { kernel: [[1.7e308, -1.7e308]] },
        engine,
      }),
    "options.at",
  ],
  "dynamics, prior": [
    () =>
      limitDynamics({
        kernel,
        y: [1, 2],
        times: [3],
        prior: [
          [1.7e308, 0],
          [0, 1.7e308],
        ],
        engine,
      }),
    "options.prior",
  ],
};

describe("what overflows in the theory is an error that names the argument", () => {
  it.each(Object.entries(cases))("%s", async (_name, [work, argument]) => {
    expect(await factsOf(work)).toMatchObject({ name: "InputError", code: "non-finite", argument });
  });
});

describe("magnitudes far from one that do not overflow", () => {
  it("spectrum of a matrix of 1.7e308", async () => {
    const { values } = await spectrum([[1.7e308]], { engine });
    expect(values[0]).toBe(1.7e308);
  });

  it.each(["tanh", "softplus", "gelu", "relu"] as Activation[])(
    "%s: limit kernel at 1e70",
    async (activation) => {
      const { ntk: found } = await limitKernel([1e70, -1e70, 0], { activation, engine });
      for (const value of found) expect(Number.isFinite(value)).toBe(true);
    },
  );
});

describe("kernels and dynamics of years as they are", () => {
  const years = Array.from({ length: 32 }, (_, m) => 1958 + 2 * m);
  const y = years.map((year) => Math.sin(year / 7));

  it.each(activationNames)("%s", async (activation) => {
    const options = { activation, engine } as const;
    const n = years.length;
    const tangent = await limitNtk(years, options);
    const { values } = await spectrum(tangent, { engine });
    // A covariance: no eigenvalue below the rounding of the largest.
    for (const value of values) expect(value).toBeGreaterThan(-1e-14 * n * values[0]!);
    const gamma = (1e-6 * values[0]!) / n;
    const newton = await limitNntk(years, { ...options, gamma });
    // B (A + gamma I) = A with A = K / M.
    const system = tangent.map((v, at) => v / n + (at % (n + 1) === 0 ? gamma : 0));
    const product = multiply(newton, system, n);
    for (const [at, value] of product.entries()) {
      expect(Math.abs(value - tangent[at]! / n)).toBeLessThan(1e-10 * values[0]!);
    }
    const [start, end] = await limitDynamics({ kernel: newton, y, times: [0, 50], engine });
    expect(end!.loss).toBeLessThan(start!.loss);
    expect(Number.isFinite(end!.loss)).toBe(true);
  });

  it("tanh tells neighbouring years apart as its slope does, not as rounding does", async () => {
    const { ntk: tangent } = await limitKernel(years, { engine });
    // Far from the origin E tanh' tanh' is that of a density 1 / sqrt(2 pi) of a at 0 over |x|: the
    // kernel grows like |x|, with E over sech^4 = 4/3.
    const expected = (x: number) => 1 + ((1 + x * x) * (4 / 3)) / Math.sqrt(2 * Math.PI) / x / 3;
    for (const [m, x] of years.entries()) {
      expect(Math.abs(tangent[m * 33]! / expected(x) - 1)).toBeLessThan(2e-3);
    }
  });
});
