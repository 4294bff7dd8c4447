import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  activationNames,
  createEngine,
  type Dataset,
  Network,
  type NetworkOptions,
  type Parameters,
  train,
} from "../../bindings/index.js";
import {
  bitsOf,
  factsOf,
  faultOf,
  flatten,
  invalidArgument,
  networkBits,
  parameterBits,
  planarProblem,
  publishedProblem,
  smallProblem,
  unflatten,
} from "./support.js";

const EPS = 2 ** -52;
const shared = await createEngine();
const create = (options: unknown) => Network.create(options as NetworkOptions);
const small = (options: Partial<NetworkOptions> = {}) =>
  Network.create({ width: 4, engine: shared, ...options });

describe("Network.create: options", () => {
  test("defaults are those of the published experiments", async () => {
    const network = await Network.create({ width: 3 });
    expect(network).toMatchObject({
      inputs: 1,
      width: 3,
      activation: "tanh",
      beta: 0.52,
      seed: 0,
      parameterCount: 9,
      disposed: false,
    });
    network.dispose();
  });

  const integerIn = (least: number, most: number) => (value: unknown) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  const rules: [string, string, (value: unknown) => boolean][] = [
    ["inputs", "an integer from 1 to 1048576", integerIn(1, 2 ** 20)],
    ["width", "an integer from 1 to 134217728", integerIn(1, 2 ** 27)],
    [
      "beta",
      "a finite number above 0.5 and at most 1",
      (v) => typeof v === "number" && v > 0.5 && v <= 1,
    ],
    ["seed", "an integer of at least 0", integerIn(0, Number.MAX_SAFE_INTEGER)],
    [
      "activation",
      `one of ${activationNames.join(", ")}`,
      (v) => activationNames.includes(v as never),
    ],
  ];
  test.each(rules)(
    "%s: everything that is not %s is refused by name",
    async (name, expected, valid) => {
      const wrong = fc
        .oneof(
          fc.anything(),
          fc.double(),
          fc.integer(),
          fc.constantFrom("3", -1, 0, 0.5, 1.5, 2 ** 53),
        )
        .filter((value) => value !== undefined && value !== null && !valid(value));
      await fc.assert(
        fc.asyncProperty(wrong, async (value) => {
          const facts = await factsOf(() => create({ width: 2, [name]: value }));
          expect(facts).toEqual(
            invalidArgument(`options.${name}`, expected, expect.any(String) as unknown as string),
          );
        }),
        { numRuns: 200 },
      );
    },
  );

  test.each([
    [{}, "options.width", "undefined"],
    [{ width: null }, "options.width", "null"],
    [{ width: "10" }, "options.width", '"10"'],
    [{ width: 10n }, "options.width", "10"],
    [{ width: 0 }, "options.width", "0"],
    [{ width: 2.5 }, "options.width", "2.5"],
    [{ width: Number.NaN }, "options.width", "NaN"],
    [{ width: 2 ** 27 + 1 }, "options.width", "134217729"],
    [{ width: 2, inputs: 0 }, "options.inputs", "0"],
    [{ width: 2, inputs: 2 ** 20 + 1 }, "options.inputs", "1048577"],
    [{ width: 2, beta: 0.5 }, "options.beta", "0.5"],
    [{ width: 2, beta: 1 + EPS }, "options.beta", String(1 + EPS)],
    [{ width: 2, seed: -1 }, "options.seed", "-1"],
    [{ width: 2, seed: 2 ** 53 }, "options.seed", "9007199254740992"],
    [{ width: 2, activation: "Tanh" }, "options.activation", '"Tanh"'],
    [{ width: 2, activation: "toString" }, "options.activation", '"toString"'],
    [{ width: 2, engine: {} }, "options.engine", "an object"],
    [{ width: 2, engine: null }, "options.engine", "null"],
    [{ width: 2, Seed: 1 }, "options.Seed", "an unknown option"],
    [null, "options", "null"],
    [7, "options", "7"],
    [[], "options", "an array of length 0"],
  ])("%o is refused", async (options, argument, got) => {
    expect(await factsOf(() => create(options))).toMatchObject({
      name: "InputError",
      code: "invalid-argument",
      argument,
      got,
    });
  });

  test("null is not taken for an option left out", async () => {
    for (const name of ["inputs", "activation", "beta", "seed"]) {
      expect(await factsOf(() => create({ width: 2, [name]: null }))).toMatchObject({
        argument: `options.${name}`,
        got: "null",
      });
    }
  });

  test("an option that is undefined is one left out", async () => {
    const options = { inputs: undefined, activation: undefined, beta: undefined, seed: undefined };
    const network = await create({ width: 2, engine: shared, ...options });
    expect(network).toMatchObject({ inputs: 1, activation: "tanh", beta: 0.52, seed: 0 });
    network.dispose();
  });

  test("the ends of the ranges are inside", async () => {
    for (const beta of [0.5 + EPS, 1]) (await small({ beta })).dispose();
    for (const seed of [0, Number.MAX_SAFE_INTEGER]) (await small({ seed })).dispose();
    (await small({ width: 1, inputs: 2 ** 20 })).dispose();
  });

  test("the base error class can be told from any other error", async () => {
    await expect(create({ width: 0 })).rejects.toThrow(
      "options.width: expected an integer from 1 to 134217728, got 0",
    );
  });
});

describe("Network.create: parameters", () => {
  test("the same options give the same bits, on one engine or several", async () => {
    const options = { width: 50, inputs: 3, seed: 12345 };
    const a = await Network.create({ ...options, engine: shared });
    const b = await Network.create({ ...options, engine: shared });
    const c = await Network.create(options);
    expect(networkBits(b)).toEqual(networkBits(a));
    expect(networkBits(c)).toEqual(networkBits(a));
    for (const network of [a, b, c]) network.dispose();
  });

  test("all 53 bits of the seed count", async () => {
    const seeds = [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52, Number.MAX_SAFE_INTEGER];
    const seen = new Set<string>();
    for (const seed of seeds) {
      const network = await small({ seed });
      seen.add(networkBits(network).join());
      network.dispose();
    }
    expect(seen.size).toBe(seeds.length);
  });

  test("activation and beta do not change the draw", async () => {
    const a = await small({ width: 9, seed: 4 });
    const b = await small({ width: 9, seed: 4, activation: "sin", beta: 0.9 });
    expect(networkBits(b)).toEqual(networkBits(a));
    a.dispose();
    b.dispose();
  });

  test("the neurons of a network are the first of any wider one", async () => {
    const extent = fc.integer({ min: 1, max: 40 });
    const seeds = fc.maxSafeNat();
    await fc.assert(
      fc.asyncProperty(
        extent,
        extent,
        fc.integer({ min: 1, max: 4 }),
        seeds,
        async (n, more, inputs, seed) => {
          const narrow = await small({ width: n, inputs, seed });
          const wide = await small({ width: n + more, inputs, seed });
          const { w, eta, c } = wide.parameters;
          const first = { w: w.slice(0, n * inputs), eta: eta.slice(0, n), c: c.slice(0, n) };
          expect(parameterBits(first)).toEqual(networkBits(narrow));
          narrow.dispose();
          wide.dispose();
        },
      ),
      { numRuns: 40 },
    );
  });

  test("w and eta are standard normal and c uniform on [-1, 1], each drawn independently", async () => {
    const width = 20_000;
    const network = await small({ width, seed: 99 });
    const { w, eta, c } = network.parameters;
    const mean = (f: (i: number) => number) =>
      Array.from({ length: width }, (_, i) => f(i)).reduce((a, b) => a + b) / width;
    // Six standard errors of each mean; the seed is fixed, so this either holds or it does not.
    const bound = (variance: number) => 6 * Math.sqrt(variance / width);
    for (const normal of [w, eta]) {
      expect(Math.abs(mean((i) => normal[i]!))).toBeLessThan(bound(1));
      expect(Math.abs(mean((i) => normal[i]! ** 2) - 1)).toBeLessThan(bound(2));
      expect(Math.abs(mean((i) => normal[i]! ** 4) - 3)).toBeLessThan(bound(96));
    }
    expect(c.every((v) => v >= -1 && v <= 1)).toBe(true);
    expect(Math.abs(mean((i) => c[i]!))).toBeLessThan(bound(1 / 3));
    expect(Math.abs(mean((i) => c[i]! ** 2) - 1 / 3)).toBeLessThan(bound(4 / 45));
    for (const [a, b, variance] of [
      [w, eta, 1],
      [w, c, 1 / 3],
      [eta, c, 1 / 3],
    ] as const) {
      expect(Math.abs(mean((i) => a[i]! * b[i]!))).toBeLessThan(bound(variance));
    }
    network.dispose();
  });
});

describe("parameters", () => {
  test("are copies: writing to them changes nothing", async () => {
    const network = await small();
    const before = networkBits(network);
    const { w, eta, c } = network.parameters;
    for (const part of [w, eta, c]) part.fill(7);
    expect(networkBits(network)).toEqual(before);
    network.dispose();
  });

  test("come back as they were set, and the network does not keep the caller's arrays", async () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    const parts = fc.array(value, { minLength: 16, maxLength: 16 });
    const network = await small({ inputs: 2 });
    fc.assert(
      fc.property(parts, (values) => {
        const parameters = unflatten(Float64Array.from(values), 4, 2);
        network.setParameters(parameters);
        const bits = parameterBits(parameters);
        parameters.c.fill(1e300);
        expect(networkBits(network)).toEqual(bits);
      }),
    );
    network.dispose();
  });

  const good = (): Parameters => ({
    w: new Float64Array(8).fill(1),
    eta: new Float64Array(4).fill(2),
    c: new Float64Array(4).fill(3),
  });

  test.each<[string, unknown, string, string, string]>([
    ["nothing", undefined, "invalid-shape", "parameters.w", "undefined"],
    ["null", null, "invalid-shape", "parameters.w", "undefined"],
    ["no eta", { ...good(), eta: undefined }, "invalid-shape", "parameters.eta", "undefined"],
    [
      "an array for c",
      { ...good(), c: [1, 2, 3, 4] },
      "invalid-shape",
      "parameters.c",
      "an array of length 4",
    ],
    [
      "float32",
      { ...good(), c: new Float32Array(4) },
      "invalid-shape",
      "parameters.c",
      "a Float32Array",
    ],
    ["w too short", { ...good(), w: new Float64Array(7) }, "invalid-shape", "parameters.w", "7"],
    [
      "eta too long",
      { ...good(), eta: new Float64Array(5) },
      "invalid-shape",
      "parameters.eta",
      "5",
    ],
    [
      "NaN in w",
      { ...good(), w: good().w.with(5, Number.NaN) },
      "non-finite",
      "parameters.w[5]",
      "NaN",
    ],
    [
      "infinity in eta",
      { ...good(), eta: good().eta.with(0, Number.POSITIVE_INFINITY) },
      "non-finite",
      "parameters.eta[0]",
      "Infinity",
    ],
    [
      "-infinity at the very end",
      { ...good(), c: good().c.with(3, Number.NEGATIVE_INFINITY) },
      "non-finite",
      "parameters.c[3]",
      "-Infinity",
    ],
  ])("setParameters refuses %s and changes nothing", async (_, value, code, argument, got) => {
    const network = await small({ inputs: 2 });
    const before = networkBits(network);
    const used = shared.bytesUsed;
    const call = () => network.setParameters(value as Parameters);
    expect(await factsOf(call)).toMatchObject({ name: "InputError", code, argument, got });
    expect(networkBits(network)).toEqual(before);
    expect(shared.bytesUsed).toBe(used);
    network.dispose();
  });

  test("setParameters says the length that is needed", async () => {
    const network = await small({ inputs: 2 });
    const call = () => network.setParameters({ ...good(), w: new Float64Array(0) });
    expect((await faultOf(call)).expected).toBe("a Float64Array of length 8");
    network.dispose();
  });
});

/** The model, written down once more in the plainest way. */
const SIGMA: Record<string, (z: number) => number> = {
  tanh: Math.tanh,
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  sin: Math.sin,
  softplus: (z) => Math.log1p(Math.exp(z)),
  relu: (z) => Math.max(z, 0),
};

describe("predict", () => {
  test.each(["tanh", "sigmoid", "sin", "softplus", "relu"] as const)(
    "is N^-beta sum c sigma(w x + eta) for %s",
    async (activation) => {
      const [width, inputs, beta] = [70, 3, 0.7];
      const network = await small({ width, inputs, beta, activation, seed: 8 });
      const { w, eta, c } = network.parameters;
      const x = planarProblem(13, inputs).x as readonly number[][];
      const sigma = SIGMA[activation]!;
      const f = network.predict(x);
      x.forEach((row, m) => {
        const terms = Array.from({ length: width }, (_, i) => {
          const z = row.reduce((sum, v, k) => sum + v * w[i * inputs + k]!, eta[i]!);
          return c[i]! * sigma(z);
        });
        const scale = width ** -beta;
        const magnitude = scale * terms.reduce((sum, term) => sum + Math.abs(term), 0);
        const expected = scale * terms.reduce((sum, term) => sum + term, 0);
        // A few roundings in each z, sigma and term, and one an addition in the worst case.
        expect(Math.abs(f[m]! - expected)).toBeLessThan((width + 20) * EPS * magnitude);
      });
      network.dispose();
    },
  );
});

/** Central differences of `value` in direction of parameter k. */
function difference(network: Network, k: number, value: () => Float64Array, h: number) {
  const { width, inputs } = network;
  const base = network.parameters;
  const at = (delta: number) => {
    const theta = flatten(base);
    theta[k] = theta[k]! + delta;
    network.setParameters(unflatten(theta, width, inputs));
    return value();
  };
  const [plus, minus] = [at(h), at(-h)];
  network.setParameters(base);
  return plus.map((v, i) => (v - minus[i]!) / (2 * h));
}

describe("derivatives", () => {
  const shapes = [
    [1, 1, 1],
    [3, 1, 5],
    [5, 2, 4],
    [2, 4, 9],
  ] as const;
  const smooth = activationNames.filter((name) => name !== "relu");
  const cases = smooth.flatMap((name) => shapes.map((shape) => [name, ...shape] as const));

  test.each(cases)(
    "%s, N = %d, d = %d, M = %d: gradient, Jacobian and Hessian are derivatives",
    async (activation, width, inputs, samples) => {
      const network = await small({ width, inputs, activation, seed: 31 });
      const data = planarProblem(samples, inputs);
      const count = network.parameterCount;
      const hessian = network.hessian(data);
      const gaussNewton = network.hessian(data, { curvature: "gauss-newton" });
      const gradient = flatten(network.gradient(data));
      const jacobian = network.jacobian(data.x);
      expect(hessian).toHaveLength(count * count);
      expect(jacobian).toHaveLength(samples * count);
      // Central differences: error h^2 from the third derivative and eps/h from rounding, both
      // below 1e-9.
      const h = 1e-5;
      const scale = Math.max(1, ...hessian.map(Math.abs), ...gradient.map(Math.abs));
      for (let k = 0; k < count; k++) {
        const loss = difference(network, k, () => Float64Array.of(network.loss(data)), h)[0]!;
        expect(Math.abs(gradient[k]! - loss)).toBeLessThan(1e-8 * scale);
        const row = difference(network, k, () => flatten(network.gradient(data)), h);
        const slope = difference(network, k, () => network.predict(data.x), h);
        for (let l = 0; l < count; l++) {
          expect(Math.abs(hessian[k * count + l]! - row[l]!)).toBeLessThan(1e-6 * scale);
          expect(hessian[k * count + l]).toBe(hessian[l * count + k]);
          expect(gaussNewton[k * count + l]).toBe(gaussNewton[l * count + k]);
          let gram = 0;
          for (let m = 0; m < samples; m++) {
            gram += jacobian[m * count + k]! * jacobian[m * count + l]!;
          }
          expect(Math.abs(gaussNewton[k * count + l]! - gram / samples)).toBeLessThan(
            1e-13 * scale,
          );
        }
        for (let m = 0; m < samples; m++) {
          expect(Math.abs(jacobian[m * count + k]! - slope[m]!)).toBeLessThan(1e-8 * scale);
        }
      }
      network.dispose();
    },
  );

  test("the slope of relu at 0 is 0 in the inputs, as in the parameters", async () => {
    const network = await Network.create({ width: 2, activation: "relu", engine: shared });
    const [w, eta, c] = [
      [2, -3],
      [0, 0],
      [1, 5],
    ].map((values) => Float64Array.from(values));
    network.setParameters({ w: w!, eta: eta!, c: c! });
    const scale = 2 ** -network.beta;
    const slopes = network.inputGradient([0, 1, -1]);
    expect(slopes[0]).toBe(0);
    expect(slopes[1]! / (2 * scale)).toBeCloseTo(1, 15);
    expect(slopes[2]! / (-15 * scale)).toBeCloseTo(1, 15);
    expect(network.jacobian([0])[2]).toBe(0);
    network.dispose();
  });

  test("relu has no exact curvature and says so; its Gauss-Newton matrix it has", async () => {
    const network = await small({ activation: "relu" });
    const data = smallProblem();
    for (const call of [
      () => network.hessian(data),
      () => network.newtonStep(data, { gamma: 1 }),
      () => network.newtonStep(data, { gamma: 1, curvature: "exact" }),
    ]) {
      expect(await factsOf(call)).toMatchObject({
        name: "InputError",
        code: "unsupported-activation",
        argument: "options.curvature",
        got: '"relu"',
      });
    }
    const { positiveDefinite } = network.newtonStep(data, { gamma: 1, curvature: "gauss-newton" });
    expect(positiveDefinite).toBe(true);
    expect(network.hessian(data, { curvature: "gauss-newton" }).every(Number.isFinite)).toBe(true);
    network.dispose();
  });
});

/** max |(H + gamma I) s - g| over what rounding in a stable solve may leave. */
function residualOf(
  network: Network,
  data: Dataset,
  gamma: number,
  step: Float64Array,
  curvature: "exact" | "gauss-newton",
) {
  const count = network.parameterCount;
  const h = network.hessian(data, { curvature });
  const g = flatten(network.gradient(data));
  let worst = 0;
  let norm = 0;
  for (let i = 0; i < count; i++) {
    let [sum, magnitude] = [-g[i]!, Math.abs(g[i]!)];
    for (let j = 0; j < count; j++) {
      const entry = h[i * count + j]! + (i === j ? gamma : 0);
      sum += entry * step[j]!;
      magnitude += Math.abs(entry * step[j]!);
    }
    worst = Math.max(worst, Math.abs(sum));
    norm = Math.max(norm, magnitude);
  }
  return worst / (norm * count * EPS);
}

describe("newtonStep", () => {
  test.each([
    ["exact", 1],
    ["exact", 1e-6],
    ["gauss-newton", 1e-6],
  ] as const)("%s curvature, gamma %d: solves (H + gamma I) s = g", async (curvature, gamma) => {
    const network = await small({ width: 20, seed: 2 });
    const data = smallProblem();
    const { step } = network.newtonStep(data, { gamma, curvature });
    expect(residualOf(network, data, gamma, flatten(step), curvature)).toBeLessThan(10);
    network.dispose();
  });

  test("at the start of the published problem H + gamma I is indefinite, and the inertia counts by how much", async () => {
    const network = await small({ width: 60, seed: 0 });
    const data = publishedProblem(33);
    const count = network.parameterCount;
    const weak = network.newtonStep(data, { gamma: 1e-6 });
    expect(weak.positiveDefinite).toBe(false);
    expect(weak.inertia!.negative).toBeGreaterThan(0);
    expect(weak.inertia!.positive + weak.inertia!.negative).toBe(count);
    expect(residualOf(network, data, 1e-6, flatten(weak.step), "exact")).toBeLessThan(100);
    // More regularization never has more negative eigenvalues, and enough has none.
    let last = count;
    for (const gamma of [0.001, 0.01, 0.1, 1, 10]) {
      const { inertia, positiveDefinite } = network.newtonStep(data, { gamma });
      expect(inertia!.negative).toBeLessThanOrEqual(last);
      expect(positiveDefinite).toBe(inertia!.negative === 0);
      last = inertia!.negative;
    }
    expect(last).toBe(0);
    const gaussNewton = network.newtonStep(data, { gamma: 1e-6, curvature: "gauss-newton" });
    expect(gaussNewton.positiveDefinite).toBe(true);
    expect(gaussNewton.inertia).toEqual({ positive: count, negative: 0 });
    network.dispose();
  });

  test("leaves the network where it is", async () => {
    const network = await small();
    const before = networkBits(network);
    network.newtonStep(smallProblem(), { gamma: 0.1 });
    network.hessian(smallProblem());
    expect(networkBits(network)).toEqual(before);
    network.dispose();
  });

  test.each<[unknown, string]>([
    [undefined, "options"],
    [{}, "options.gamma"],
    [{ gamma: -1 }, "options.gamma"],
    [{ gamma: Number.NaN }, "options.gamma"],
    [{ gamma: "1" }, "options.gamma"],
    [{ gamma: 1, curvature: "newton" }, "options.curvature"],
    [{ gamma: 1, solver: "lu" }, "options.solver"],
    [{ gamma: 1, step: 2 }, "options.step"],
  ])("options %o are refused", async (options, argument) => {
    const network = await small();
    const call = () => network.newtonStep(smallProblem(), options as { gamma: number });
    expect(await factsOf(call)).toMatchObject({ code: "invalid-argument", argument });
    network.dispose();
  });

  test("hessian refuses unknown options", async () => {
    const network = await small();
    const call = (options: unknown) => () => network.hessian(smallProblem(), options as object);
    expect((await faultOf(call({ gamma: 1 }))).argument).toBe("options.gamma");
    expect((await faultOf(call({ curvature: "Exact" }))).argument).toBe("options.curvature");
    expect((await faultOf(call(null))).argument).toBe("options");
    network.dispose();
  });

  test("a singular system is an error that says to change gamma", async () => {
    const network = await small({ width: 1 });
    network.setParameters({
      w: Float64Array.of(0),
      eta: Float64Array.of(0),
      c: Float64Array.of(0),
    });
    // With c = 0 and sigma(0) = 0 nothing but the mixed derivative in (eta, c) is left at x = 0.
    const call = () => network.newtonStep({ x: [0], y: [1] }, { gamma: 0 });
    expect(await factsOf(call)).toMatchObject({
      name: "InputError",
      code: "invalid-argument",
      argument: "options.gamma",
    });
    network.dispose();
  });
});

describe("dispose", () => {
  const data = smallProblem();
  const calls: [string, (network: Network) => unknown][] = [
    ["parameters", (network) => network.parameters],
    [
      "setParameters",
      (network) =>
        network.setParameters({
          w: new Float64Array(4),
          eta: new Float64Array(4),
          c: new Float64Array(4),
        }),
    ],
    ["predict", (network) => network.predict([1])],
    ["loss", (network) => network.loss(data)],
    ["gradient", (network) => network.gradient(data)],
    ["jacobian", (network) => network.jacobian([1])],
    ["inputGradient", (network) => network.inputGradient([1])],
    ["hessian", (network) => network.hessian(data)],
    ["newtonStep", (network) => network.newtonStep(data, { gamma: 1 })],
    ["toJSON", (network) => network.toJSON()],
    ["train", (network) => train(network, data)],
  ];

  test.each(calls)("%s throws `disposed` afterwards", async (_, call) => {
    for (const engine of [undefined, shared]) {
      const network = await Network.create({ width: 4, ...(engine && { engine }) });
      await call(network);
      network.dispose();
      expect(await factsOf(() => call(network))).toMatchObject({
        name: "StateError",
        code: "disposed",
      });
    }
  });

  test("every public method is in that list", () => {
    const known = [
      ...calls.map(([name]) => name),
      "constructor",
      "dispose",
      "disposed",
      "parameterCount",
    ];
    for (const name of Object.getOwnPropertyNames(Network.prototype)) expect(known).toContain(name);
  });

  test("twice is once, and the description of the network stays readable", async () => {
    const network = await small();
    const used = shared.bytesUsed;
    network.dispose();
    const after = shared.bytesUsed;
    expect(after).toBeLessThan(used);
    network.dispose();
    network[Symbol.dispose]();
    expect(shared.bytesUsed).toBe(after);
    expect(network).toMatchObject({ disposed: true, width: 4, parameterCount: 12 });
  });

  test("leaves a shared engine and its other networks alone", async () => {
    const a = await small({ seed: 1 });
    const b = await small({ seed: 2 });
    const before = networkBits(b);
    a.dispose();
    const c = await small({ seed: 3 });
    expect(networkBits(b)).toEqual(before);
    expect(shared.disposed).toBe(false);
    b.dispose();
    c.dispose();
  });

  test("a network whose engine was disposed says so, for every call", async () => {
    for (const [, call] of calls) {
      const engine = await createEngine();
      const network = await Network.create({ width: 4, engine });
      engine.dispose();
      expect((await faultOf(() => call(network))).code).toBe("disposed");
      // Whatever failed, the network is not stuck in a training that never began.
      network.dispose();
      expect(network.disposed).toBe(true);
    }
  });

  test("a disposed engine is no place for a network", async () => {
    const engine = await createEngine();
    engine.dispose();
    expect((await faultOf(() => Network.create({ width: 4, engine }))).code).toBe("disposed");
  });
});

test("200 rounds of create, train, read and dispose leave memory as it was", async () => {
  const engine = await createEngine();
  const data = smallProblem();
  const round = async (seed: number) => {
    const network = await Network.create({ width: 8, seed, engine });
    const methods = ["newton", "gauss-newton", "adam"] as const;
    await train(network, data, { method: methods[seed % 3]!, maxSteps: 2 });
    bitsOf(network.hessian(data));
    network.newtonStep(data, { gamma: 1e-9 });
    network.toJSON();
    network.dispose();
  };
  const empty = engine.bytesUsed;
  for (let seed = 0; seed < 3; seed++) await round(seed);
  const size = engine.core.memory.buffer.byteLength;
  for (let seed = 0; seed < 200; seed++) {
    await round(seed);
    expect(engine.bytesUsed).toBe(empty);
  }
  expect(empty).toBe(0);
  expect(engine.core.memory.buffer.byteLength).toBe(size);
  engine.dispose();
});

describe("networks that are too large", () => {
  test("parameters beyond what a memory holds: a typed error and nothing allocated", async () => {
    const engine = await createEngine();
    const size = engine.core.memory.buffer.byteLength;
    const call = () => Network.create({ width: 2 ** 27, inputs: 2 ** 20, engine });
    const error = await faultOf(call);
    expect(error).toMatchObject({ name: "ResourceError", code: "out-of-memory" });
    expect(error.message).toMatch(/\d+ MiB .* 4096 MiB/);
    expect(engine.bytesUsed).toBe(0);
    expect(engine.core.memory.buffer.byteLength).toBe(size);
    engine.dispose();
  });

  test("a Hessian beyond it: an error with the numbers, and the factor was never allocated", async () => {
    const engine = await createEngine();
    // Packed, the Hessian of P = 33,000 has 4 P (P + 1) bytes: more than 2^32.
    const network = await Network.create({ width: 11_000, engine });
    const data = { x: [0, 1], y: [0, 1] };
    const used = engine.bytesUsed;
    const before = networkBits(network);
    for (const call of [
      () => train(network, data, { solver: "dense" }),
      () => train(network, data, { method: "gauss-newton", solver: "dense" }),
      () => network.hessian(data),
      () => network.newtonStep(data, { gamma: 1, solver: "dense" }),
    ]) {
      const error = await faultOf(call);
      expect(error).toMatchObject({ name: "ResourceError", code: "out-of-memory" });
      expect(error.message).toContain('solver "function-space" or "cg" would fit');
      const mebibytes = Number(/needs (\d+) MiB for 33000 parameters/.exec(error.message)?.[1]);
      expect(mebibytes).toBeGreaterThan((4 * 33_000 * 33_001) / 2 ** 20);
      expect(error.message).toContain("4096 MiB");
    }
    expect(engine.bytesUsed).toBe(used);
    expect(engine.core.memory.buffer.byteLength).toBeLessThan(2 ** 24);
    expect(networkBits(network)).toEqual(before);
    // Methods without a Hessian still work.
    expect((await train(network, data, { method: "adam", maxSteps: 1 })).steps).toBe(1);
    engine.dispose();
  });

  test("a square copy beyond it is refused before the packed one is made", async () => {
    const engine = await createEngine();
    // P = 24,000: 1.1 GiB packed would fit, 4.3 GiB square does not.
    const network = await Network.create({ width: 8000, engine });
    const error = await faultOf(() => network.hessian({ x: [0, 1], y: [0, 1] }));
    expect(error.code).toBe("out-of-memory");
    expect(engine.core.memory.buffer.byteLength).toBeLessThan(2 ** 24);
    engine.dispose();
  });
});
