import { describe, expect, it } from "vitest";
import { InputError, StateError } from "../../bindings/index.js";
import {
  boundary,
  grid,
  latinHypercube,
  Solution,
  type SolveOptions,
  sobol,
  solve,
  uniform,
} from "../../bindings/pde.js";
import { faultOf } from "./support.js";

const SQUARE = [
  [0, 1],
  [0, 1],
] as const;

/** Relative error in the sense of least squares, on points that were not trained on. */
function relativeError(
  solution: Solution,
  exact: (...x: number[]) => number,
  expression?: string,
): number {
  const points = grid(
    solution.coordinates.map(() => [0.013, 0.987] as const),
    solution.coordinates.length === 1 ? 301 : 23,
  );
  const found = solution.at(points, expression);
  let [error, size] = [0, 0];
  points.forEach((point, m) => {
    const value = exact(...point);
    error += (found[m]! - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(error / size);
}

const poisson = (count: number): SolveOptions => ({
  coordinates: ["x", "y"],
  unknowns: ["u"],
  equations: [
    {
      equation: "-u_xx - u_yy = 2*pi^2*sin(pi*x)*sin(pi*y)",
      points: grid(SQUARE, count, { interior: true }),
    },
    { equation: "u = 0", points: boundary(SQUARE, count), weight: 100 },
  ],
});

const bump = (x: number, y: number) => Math.sin(Math.PI * x) * Math.sin(Math.PI * y);

describe("solve", () => {
  it("Poisson's equation, to eleven digits", async () => {
    const solution = await solve(poisson(30));
    expect(relativeError(solution, bump)).toBeLessThan(1e-10);
    expect(relativeError(solution, (x, y) => -(Math.PI ** 2) * bump(x, y), "u_xx")).toBeLessThan(
      1e-8,
    );
    expect(relativeError(solution, (x, y) => bump(x, y) ** 2, "u^2")).toBeLessThan(1e-10);
    const { run } = solution;
    expect(run).toMatchObject({ reason: "loss", steps: 0, history: [] });
    expect(run!.loss).toBe(run!.startLoss);
  });

  it("the same by few neurons, c eliminated", async () => {
    const losses: number[] = [];
    const solution = await solve({
      ...poisson(14),
      network: { width: 20, activation: "tanh", scale: 1.5 },
      maxSteps: 60,
      onStep: ({ loss }) => losses.push(loss),
    });
    expect(solution.run).toMatchObject({ method: "varpro", reason: "max-steps", steps: 60 });
    expect(losses).toHaveLength(60);
    expect(losses.every((loss, i) => i === 0 || loss <= losses[i - 1]!)).toBe(true);
    expect(solution.run!.loss).toBeLessThan(1e-3 * solution.run!.startLoss);
    expect(relativeError(solution, bump)).toBeLessThan(1e-4);
  });

  it.each([
    ["newton", "auto"],
    ["gauss-newton", "normal"],
    ["gauss-newton", "qr"],
  ] as const)("the same by %s, solver %s, all parameters at once", async (method, solver) => {
    const solution = await solve({
      ...poisson(12),
      network: { width: 12, activation: "tanh", scale: 1.5 },
      method,
      solver,
      maxSteps: 60,
    });
    expect(solution.run).toMatchObject({ method, steps: 60 });
    expect(solution.run!.loss).toBeLessThan(1e-2 * solution.run!.startLoss);
    expect(relativeError(solution, bump)).toBeLessThan(1e-2);
    const gains = solution.run!.history.filter(({ accepted }) => accepted);
    // The true quadratic model predicts what small steps do.
    expect(gains.some(({ gainRatio }) => Math.abs(gainRatio! - 1) < 0.2)).toBe(true);
  });

  it("an equation that is not linear: Bratu's", async () => {
    const f = "2*pi^2*sin(pi*x)*sin(pi*y) - exp(sin(pi*x)*sin(pi*y))";
    const solution = await solve({
      ...poisson(20),
      equations: [
        { equation: `-lap(u) - exp(u) = ${f}`, points: grid(SQUARE, 20, { interior: true }) },
        { equation: "u = 0", points: boundary(SQUARE, 20), weight: 100 },
      ],
      network: { width: 120 },
    });
    expect(solution.run!.method).toBe("newton");
    expect(relativeError(solution, bump)).toBeLessThan(1e-7);
  });

  it("one that u = 0 does not lead to a solution of: Allen and Cahn's", async () => {
    const line = grid([[0, 1]], 100, { interior: true });
    const options: SolveOptions = {
      coordinates: ["x"],
      unknowns: ["u"],
      constants: { eps: 0.1 },
      equations: [
        {
          equation: "eps*u_xx + u - u^3 = (1 - eps*pi^2)*sin(pi*x) - sin(pi*x)^3",
          points: line,
        },
        { equation: "u = 0", points: [[0], [1]], weight: 100 },
      ],
      network: { width: 60, scale: 6 },
      maxSteps: 0,
    };
    const exact = (x: number) => Math.sin(Math.PI * x);
    expect(relativeError(await solve(options), exact)).toBeLessThan(1e-10);
    const guessed = await solve({ ...options, guess: { u: "4*x*(1 - x)" } });
    expect(relativeError(guessed, exact)).toBeLessThan(1e-10);
  });

  it("several unknowns: u' = v, v' = -u", async () => {
    const line = grid([[0, 1]], 60);
    const solution = await solve({
      coordinates: ["t"],
      unknowns: ["u", "v"],
      equations: [
        { equation: "u_t = v", points: line },
        { equation: "v_t = -u", points: line },
        { equation: "u = 1", points: [[0]] },
        { equation: "v = 0", points: [[0]] },
      ],
      network: { width: 40 },
    });
    expect(relativeError(solution, Math.cos, "u")).toBeLessThan(1e-10);
    expect(relativeError(solution, (t) => -Math.sin(t), "v")).toBeLessThan(1e-10);
    expect(() => solution.at(line)).toThrow(InputError);
  });

  it("a number in the equation is found from measurements", async () => {
    const k = 0.35;
    const exact = (t: number, x: number) => Math.exp(-k * Math.PI ** 2 * t) * Math.sin(Math.PI * x);
    const sensors = await latinHypercube(SQUARE, 60, { seed: 3 });
    const solution = await solve({
      coordinates: ["t", "x"],
      unknowns: ["u"],
      parameters: { k: 1 },
      equations: [
        { equation: "u_t = k*u_xx", points: grid(SQUARE, 16) },
        { equation: "u = data", points: sensors, data: sensors.map(([t, x]) => exact(t!, x!)) },
      ],
      network: { width: 80 },
    });
    expect(Math.abs(solution.parameters.k! - k)).toBeLessThan(1e-4);
    expect(relativeError(solution, exact)).toBeLessThan(1e-4);
  });

  it("keeps the bits: seeds, and what was written as JSON", async () => {
    const options = { ...poisson(8), network: { width: 20, seed: 5 }, maxSteps: 3 };
    const [first, second] = [await solve(options), await solve(options)];
    const points = grid(SQUARE, 5);
    expect(second.at(points)).toEqual(first.at(points));
    const other = await solve({ ...options, network: { width: 20, seed: 6 } });
    expect(other.at(points)).not.toEqual(first.at(points));
    const json = JSON.parse(JSON.stringify(first));
    const restored = await Solution.fromJSON(json);
    expect(restored.at(points, "u_xy")).toEqual(first.at(points, "u_xy"));
    expect(restored.run).toBeNull();
    for (const key of Object.keys(json)) {
      const { [key]: _, ...rest } = json;
      expect(await faultOf(() => Solution.fromJSON(rest))).toMatchObject({ code: "invalid-model" });
    }
    const renamed = { ...json, unknowns: ["v"] };
    expect(await faultOf(() => Solution.fromJSON(renamed))).toMatchObject({
      code: "invalid-model",
    });
    const newer = { ...json, version: 4 };
    expect(await faultOf(() => Solution.fromJSON(newer))).toMatchObject({
      code: "unsupported-version",
    });
    restored.dispose();
    expect(() => restored.at(points)).toThrow(StateError);
  });

  it("is aborted before it begins, in the start and in the training", async () => {
    const stopped = AbortSignal.abort();
    expect(await faultOf(() => solve({ ...poisson(8), signal: stopped }))).toMatchObject({
      code: "aborted",
    });
    const early = new AbortController();
    const begun = solve({ ...poisson(60), network: { width: 900 }, signal: early.signal });
    setTimeout(() => early.abort(), 50);
    expect(await faultOf(() => begun)).toMatchObject({ code: "aborted" });
    const late = new AbortController();
    const solution = await solve({
      ...poisson(12),
      network: { width: 10, activation: "tanh" },
      signal: late.signal,
      onStep: ({ step }) => step === 3 && late.abort(),
    });
    expect(solution.run).toMatchObject({ reason: "aborted", steps: 3 });
  });

  const wrong: [string, Partial<SolveOptions> | object, string][] = [
    ["no coordinates", { coordinates: [] }, "options.coordinates"],
    ["a name twice", { coordinates: ["x", "x"] }, "options.coordinates[1]"],
    ["a name that is none", { unknowns: ["u_"] }, "options.unknowns[0]"],
    ["no equations", { equations: [] }, "options.equations"],
    ["an unknown option", { widht: 3 }, "options.widht"],
    ["relu", { network: { activation: "relu" } }, "options.network.activation"],
    ["a width of none", { network: { width: 0 } }, "options.network.width"],
    ["scales of another number", { network: { scale: [1] } }, "options.network.scale"],
    ["a method that is none", { method: "adam" }, "options.method"],
    ["qr for newton", { method: "newton", solver: "qr" }, "options.method"],
    ["a guess with an unknown", { guess: { u: "u + 1" } }, "options.guess.u"],
    ["a guess at another", { guess: { w: "1" } }, "options.guess.w"],
    [
      "points of another number of coordinates",
      { equations: [{ equation: "u = 1", points: [[1]] }] },
      "options.equations[0].points[0]",
    ],
    [
      "data of another length",
      { equations: [{ equation: "u = data", points: [[0, 1]], data: [1, 2] }] },
      "options.equations[0].data.data",
    ],
    [
      "a weight below 0",
      { equations: [{ equation: "u = 1", points: [[0, 1]], weight: -1 }] },
      "options.equations[0].weight",
    ],
    [
      "varpro for what is not linear",
      { method: "varpro", equations: [{ equation: "u^2 = 1", points: [[0, 1]] }] },
      "options.method",
    ],
    [
      "a logarithm of what is negative",
      { equations: [{ equation: "u = log(x - 2)", points: [[0, 1]] }] },
      "options.equations[0]",
    ],
  ];
  it.each(wrong)("refuses %s", async (_, change, argument) => {
    const error = await faultOf(() => solve({ ...poisson(6), ...change } as SolveOptions));
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ argument });
  });
});

describe("points", () => {
  it("grids and their boundaries", () => {
    const box = [
      [0, 2],
      [-1, 1],
    ] as const;
    expect(grid(box, [3, 2])).toEqual([
      [0, -1],
      [0, 1],
      [1, -1],
      [1, 1],
      [2, -1],
      [2, 1],
    ]);
    expect(grid(box, 4, { interior: true })).toHaveLength(4);
    expect(boundary(box, 4)).toHaveLength(12);
    expect(boundary(box, 4, { sides: [{ coordinate: 0, end: "low" }] })).toEqual(
      grid([[-1, 1]], 4).map(([x]) => [0, x]),
    );
    expect(() => grid(box, 1)).toThrow(InputError);
    expect(() => grid([[1, 1]], 3)).toThrow(InputError);
    expect(() => boundary(box, 3, { sides: [{ coordinate: 2, end: "low" }] })).toThrow(InputError);
  });

  it("a hypercube has a point in every slice, random ones are in the box, from the seed", async () => {
    const box = [
      [2, 4],
      [-3, -2],
      [0, 1],
    ] as const;
    const cube = await latinHypercube(box, 37, { seed: 1 });
    for (const [j, [low, high]] of box.entries()) {
      const slices = cube.map((point) => Math.floor((37 * (point[j]! - low)) / (high - low)));
      expect([...slices].sort((a, b) => a - b)).toEqual(slices.map((_, i) => i));
    }
    const random = await uniform(box, 500, { seed: 1 });
    const inside = (point: number[]) => point.every((x, j) => x >= box[j]![0] && x < box[j]![1]);
    expect(random.every(inside)).toBe(true);
    const mean = random.reduce((sum, [x]) => sum + x!, 0) / 500;
    expect(Math.abs(mean - 3)).toBeLessThan(0.1);
    expect(await uniform(box, 500, { seed: 1 })).toEqual(random);
    expect(await uniform(box, 500, { seed: 2 })).not.toEqual(random);
  });

  it("Sobol's sequence: every box of a net has its point", async () => {
    const box = Array.from({ length: 10 }, () => [0, 1] as const);
    const points = await sobol(box, 256);
    // The first points of the sequence, as Bratley and Fox print them for three coordinates.
    expect(points.slice(1, 4).map((point) => point.slice(0, 3))).toEqual([
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
    ]);
    for (let j = 0; j < 10; j++) {
      const slices = points.map((point) => Math.floor(256 * point[j]!));
      expect([...slices].sort((a, b) => a - b)).toEqual(slices.map((_, i) => i));
    }
    const cells = new Set(points.map(([x, y]) => `${Math.floor(16 * x!)} ${Math.floor(16 * y!)}`));
    expect(cells.size).toBe(256);
    await expect(sobol([...box, [0, 1]], 4)).rejects.toThrow(InputError);
  });
});
