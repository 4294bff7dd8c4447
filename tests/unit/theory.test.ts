import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine, init, Network } from "../../bindings/index.js";
import {
  definitenessMargin,
  leastSquares,
  limitDynamics,
  limitKernel,
  limitNntk,
  limitNtk,
  nntk,
  ntk,
  scaledGamma,
  spectrum,
} from "../../bindings/theory.js";
import { distance, largest, multiply } from "./matrices.js";
import { factsOf, faultOf, grid, smallProblem } from "./support.js";

const EPS = Number.EPSILON;

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.dispose());

describe("spectrum", () => {
  it("gives columns with A V = V diag, to working precision", async () => {
    const matrix = ntk(await Network.create({ width: 40, engine }), grid(13));
    const { values, vectors } = await spectrum(matrix);
    const right = multiply(matrix, vectors, 13);
    const left = vectors.map((v, at) => v * values[at % 13]!);
    expect(largest(right.map((v, at) => v - left[at]!))).toBeLessThan(13 * 10 * EPS * values[0]!);
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
  });

  it("converges where the null space is large", async () => {
    // Sizes at which one eigenvalue takes more than sixty iterations.
    const network = await Network.create({ inputs: 5, width: 19, seed: 0, engine });
    const wave = (i: number) => Math.sin(12.9898 * (i + 1));
    const data = {
      x: Float64Array.from({ length: 128 * 5 }, (_, i) => 1.5 * wave(i)),
      y: Float64Array.from({ length: 128 }, (_, i) => 3 * wave(7 * i + 3)),
    };
    const matrix = network.hessian(data);
    const n = network.parameterCount;
    const { values, vectors } = await spectrum(matrix, { engine });
    const right = multiply(matrix, vectors, n);
    const left = vectors.map((v, at) => v * values[at % n]!);
    const size = largest(values);
    expect(largest(right.map((v, at) => v - left[at]!))).toBeLessThan(10 * n * EPS * size);
    expect(values.filter((value) => Math.abs(value) < n * EPS * size).length).toBeGreaterThan(20);
    network.dispose();
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

describe("arguments of the wrong type", () => {
  const wrong = [null, undefined, 5, "basis", {}, () => 1];
  const calls: Record<string, [(value: never) => Promise<unknown>, string]> = {
    "leastSquares, basis": [(value) => leastSquares(value, [[1, 2]]), "basis"],
    "leastSquares, a function": [(value) => leastSquares([value], [[1, 2]]), "basis[0]"],
    "leastSquares, targets": [(value) => leastSquares([[1, 2]], value), "targets"],
    "leastSquares, a target": [(value) => leastSquares([[1, 2]], [value]), "targets[0]"],
    limitNntk: [(value) => limitNntk([1, 2], value), "options"],
    scaledGamma: [(value) => scaledGamma(1, value), "options"],
  };

  it.each(Object.entries(calls))("are refused by name: %s", async (_name, [call, argument]) => {
    for (const value of wrong) {
      const fault = (await factsOf(() => call(value as never))) as { argument: string };
      expect(fault).toMatchObject({ name: "InputError", code: "invalid-argument" });
      expect(fault.argument.startsWith(argument)).toBe(true);
    }
  });
});

describe("null is no default", () => {
  const data = { x: [0, 1], y: [1, 0] };
  const dynamics = { y: [1, 0], times: [0, 1], kernel: [1, 0, 0, 1] };
  const calls: Record<string, (network: Network, options: never) => unknown> = {
    "newtonStep solver": (network, o: object) =>
      network.newtonStep(data, { gamma: 1, ...o } as never),
    "newtonStep curvature": (network, o: object) =>
      network.newtonStep(data, { gamma: 1, ...o } as never),
    "nntk curvature": (network, o: object) => nntk(network, data, { gamma: 1, ...o } as never),
    "definitenessMargin gamma": (network, o: object) => definitenessMargin(network, data, o),
    "definitenessMargin tolerance": (network, o: object) => definitenessMargin(network, data, o),
    "definitenessMargin solver": (network, o: object) => definitenessMargin(network, data, o),
    "limitKernel activation": (_, o: object) => limitKernel([0, 1], o),
    "limitKernel inputs": (_, o: object) => limitKernel([0, 1], o),
    "limitKernel tolerance": (_, o: object) => limitKernel([0, 1], o),
    "limitKernel maxNodes": (_, o: object) => limitKernel([0, 1], o),
    "limitKernel closedForm": (_, o: object) => limitKernel([0, 1], o),
    "limitDynamics rate": (_, o: object) => limitDynamics({ ...dynamics, ...o } as never),
    "limitDynamics time": (_, o: object) => limitDynamics({ ...dynamics, ...o } as never),
    "init build": (_, o: object) => init({ wasm: new Uint8Array(), ...o } as never),
  };

  it.each(Object.entries(calls))("%s", async (name, call) => {
    using network = await Network.create({ width: 3, engine });
    const option = name.split(" ")[1]!;
    const fault = await factsOf(() => call(network, { [option]: null } as never));
    expect(fault).toMatchObject({
      code: "invalid-argument",
      argument: `options.${option}`,
      got: "null",
    });
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
    // A Gaussian function is a sum over modes of the joint covariance; the variance afterwards is
    // the sum of the squares of what the dynamics make of each mode.
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
        [4, 400, 4],
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
