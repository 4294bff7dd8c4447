import { describe, expect, it } from "vitest";
import {
  type Curvature,
  type Dataset,
  Network,
  type Regularization,
  type TrainingRun,
  train,
} from "../../bindings/index.js";
import { flatten, planarProblem, smallProblem, unflatten } from "./support.js";

/**
 * The first step of a training against its formulas in plain arithmetic: s = (H + gamma I)^-1 g by
 * Gaussian elimination, the acceleration a = (H + gamma I)^-1 J^T f_ss / M with f_ss by central
 * differences of the prediction, theta - t s - t^2 a / 2.
 */
interface Reference {
  readonly theta: Float64Array;
  readonly step: Float64Array;
  readonly acceleration: Float64Array;
  /** 2 |a| / |s| */
  readonly ratio: number;
  /** Decrease of the true quadratic model at length t. */
  predicted(t: number): number;
}

const WIDTH = 5;

/** x with A x = b, by elimination with partial pivoting. */
function solve(a: Float64Array, b: ArrayLike<number>): Float64Array {
  const n = b.length;
  const rows = Array.from({ length: n }, (_, i) => [...a.subarray(i * n, (i + 1) * n), b[i]!]);
  for (let k = 0; k < n; k++) {
    const size = (i: number) => Math.abs(rows[i]![k]!);
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (size(i) > size(pivot)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i]![n]!;
    for (let j = i + 1; j < n; j++) sum -= rows[i]![j]! * x[j]!;
    x[i] = sum / rows[i]![i]!;
  }
  return x;
}

const dot = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const norm = (a: Float64Array) => Math.sqrt(dot(a, a));

/** d^2 f(theta + t v) / dt^2 at t = 0, of fourth order. */
function secondDerivative(network: Network, data: Dataset, theta: Float64Array, v: Float64Array) {
  const h = 2e-3 / norm(v);
  const at = (t: number) => {
    const moved = theta.map((value, p) => value + t * v[p]!);
    network.setParameters(unflatten(moved, WIDTH, network.inputs));
    return network.predict(data.x);
  };
  const [f2, f1, f0, g1, g2] = [-2 * h, -h, 0, h, 2 * h].map(at) as Float64Array[];
  network.setParameters(unflatten(theta, WIDTH, network.inputs));
  return f0!.map(
    (_, i) => (-f2![i]! + 16 * f1![i]! - 30 * f0![i]! + 16 * g1![i]! - g2![i]!) / (12 * h * h),
  );
}

function reference(
  network: Network,
  data: Dataset,
  curvature: Curvature,
  gamma: number,
  rate: number,
): Reference {
  const theta = flatten(network.parameters);
  const g = flatten(network.gradient(data));
  const jacobian = network.jacobian(data.x);
  const system = network.hessian(data, { curvature });
  const h = network.hessian(data, { curvature: "exact" });
  const [n, rows] = [theta.length, jacobian.length / theta.length];
  for (let p = 0; p < n; p++) system[p * (n + 1)]! += gamma;
  const step = solve(system, g);
  const bend = secondDerivative(network, data, theta, step);
  const force = g.map(
    (_, p) => bend.reduce((s, value, i) => s + value * jacobian[i * n + p]!, 0) / rows,
  );
  const acceleration = solve(system, force);
  const hs = step.map((_, p) => dot(step, h.subarray(p * n, (p + 1) * n)));
  return {
    theta,
    step,
    acceleration,
    ratio: (2 * norm(acceleration)) / norm(step),
    predicted: (t) => rate * t * dot(g, step) - 0.5 * (rate * t) ** 2 * dot(step, hs),
  };
}

/** theta - t s - t^2 a / 2 */
function pointAt({ theta, step, acceleration }: Reference, t: number, bent: boolean) {
  return theta.map(
    (value, p) => value - t * step[p]! - (bent ? 0.5 * t * t * acceleration[p]! : 0),
  );
}

/** One step, and the numbers it started from. */
async function oneStep(
  data: Dataset,
  options: {
    curvature: Curvature;
    gamma: number;
    rate?: number;
    solver?: "dense" | "function-space" | "cg";
    policy?: "fixed" | "gain-ratio";
    acceleration?: "geodesic" | "none";
    seed?: number;
  },
) {
  const { curvature, gamma, rate = 1, policy = "fixed", seed = 3 } = options;
  const { solver = "dense", acceleration = "geodesic" } = options;
  const inputs = typeof data.x[0] === "number" ? 1 : data.x[0]!.length;
  using network = await Network.create({ width: WIDTH, inputs, seed });
  const expected = reference(network, data, curvature, gamma, rate);
  const before = network.loss(data);
  const regularization: Regularization =
    policy === "fixed" ? { policy, gamma } : { policy, initial: gamma, tries: 1 };
  const run: TrainingRun = await train(network, data, {
    regularization,
    curvature,
    solver,
    acceleration,
    learningRate: rate,
    cg: { tolerance: 1e-13 },
    maxSteps: 1,
  });
  return { expected, before, run, record: run.history[0]!, theta: flatten(network.parameters) };
}

function expectClose(actual: Float64Array, expected: Float64Array, tolerance: number) {
  const size = norm(expected);
  for (const [p, value] of expected.entries()) {
    expect(Math.abs(actual[p]! - value)).toBeLessThanOrEqual(tolerance * size);
  }
}

describe("the Newton step", () => {
  const cases = (["gauss-newton", "absolute", "positive", "exact"] as const).flatMap((curvature) =>
    (["dense", "function-space", "cg"] as const).flatMap((solver) =>
      // S is indefinite, and the exact Hessian with it unless gamma is larger.
      [1, 0.4].map((rate) => ({ curvature, solver, rate, gamma: curvature === "exact" ? 4 : 0.3 })),
    ),
  );

  it.each(cases)("is straight by itself: %o", async (options) => {
    const { expected, before, record, theta, run } = await oneStep(smallProblem(), {
      ...options,
      acceleration: "none",
    });
    expectClose(theta, pointAt(expected, options.rate, false), 1e-9);
    expect(record.accelerationRatio).toBeNull();
    expect(record.length).toBe(1);
    expect(record.positiveDefinite).toBe(options.solver === "cg" ? null : true);
    expect(record.gainRatio).toBeCloseTo((before - run.loss) / expected.predicted(1), 8);
  });

  it.each(cases)("is bent by the second derivative: %o", async (options) => {
    const { expected, before, record, theta, run } = await oneStep(smallProblem(), options);
    expect(expected.ratio).toBeGreaterThan(1e-3);
    expect(expected.ratio).toBeLessThan(2);
    expectClose(theta, pointAt(expected, options.rate, true), 1e-8);
    expect(record.accelerationRatio).toBeCloseTo(expected.ratio, 6);
    expect(record.gainRatio).toBeCloseTo((before - run.loss) / expected.predicted(1), 8);
  });

  it("is so with several inputs and outputs", async () => {
    const data = planarProblem(12, 3);
    const { expected, theta } = await oneStep(data, { curvature: "absolute", gamma: 0.3 });
    expectClose(theta, pointAt(expected, 1, true), 1e-8);
  });

  it("goes without an acceleration of more than twice the velocity where lengths are not tried", async () => {
    const { expected, theta, record } = await oneStep(smallProblem(), {
      curvature: "gauss-newton",
      gamma: 1e-7,
    });
    expect(expected.ratio).toBeGreaterThan(2);
    expectClose(theta, pointAt(expected, 1, false), 1e-6);
    expect(record.accelerationRatio! / expected.ratio).toBeCloseTo(1, 3);
  });

  it("starts at the length at which the acceleration is twice the velocity, and halves it", async () => {
    let shortened = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { expected, theta, record, before, run } = await oneStep(smallProblem(), {
        curvature: "gauss-newton",
        gamma: 1e-5,
        policy: "gain-ratio",
        seed,
      });
      const first = expected.ratio > 2 ? 2 / expected.ratio : 1;
      const lengths = [...record.rejected.map(({ length }) => length!), record.length].filter(
        (length) => length !== null,
      );
      for (const [i, length] of lengths.entries()) {
        expect(length / (first * 0.5 ** i)).toBeCloseTo(1, 3);
      }
      expect(record.accepted || record.rejected.length === 3).toBe(true);
      if (!record.accepted) continue;
      if (first < 1) shortened++;
      expectClose(theta, pointAt(expected, record.length!, true), 1e-4);
      const gain = (before - run.loss) / expected.predicted(record.length!);
      expect(record.gainRatio! / gain).toBeCloseTo(1, 3);
    }
    expect(shortened).toBeGreaterThan(3);
  });
});
