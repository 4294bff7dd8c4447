/** Newton steps of every loss by every solver, and their verdicts beside the eigenvalues. */
import { afterAll, describe, expect, it } from "vitest";
import {
  createEngine,
  type Loss,
  lossNames,
  Network,
  type ObjectiveOptions,
} from "../../bindings/index.js";
import { type Curvature, curvatureNames } from "../../bindings/objective/curvature.js";
import { LOSSES, type LossName } from "../../bindings/objective/losses.js";
import { definitenessMargin } from "../../bindings/theory.js";
import { difference, EPS, flatten, largest } from "./problems.js";

const engine = await createEngine();
afterAll(() => engine.dispose());

/** Problems of one loss; of all losses there are three hundred. */
const PROBLEMS = 50;

/** Uniform on [0, 1): the multiplicative generator of Park and Miller. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
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

interface Problem {
  readonly network: Network;
  readonly data: { x: Float64Array; y: Float64Array; weights?: Float64Array };
  readonly options: ObjectiveOptions;
  readonly curvature: Curvature;
  readonly values: number;
}

async function problemOf(name: LossName, number: number): Promise<Problem> {
  const draw = generator(1 + number + 1000 * lossNames.indexOf(name));
  for (let i = 0; i < 20; i++) draw();
  const integer = (least: number, most: number) => least + Math.floor(draw() * (most - least + 1));
  const { classes, targets } = LOSSES[name];
  const [inputs, width, samples] = [integer(1, 3), integer(1, 6), integer(1, 30)];
  const outputs = integer(classes ? 2 : 1, 3);
  const activation = (["tanh", "sin", "softplus"] as const)[integer(0, 2)]!;
  const network = await Network.create({
    inputs,
    outputs,
    width,
    activation,
    seed: number,
    engine,
  });
  const x = Float64Array.from({ length: samples * inputs }, () => 3 * draw() - 1.5);
  const y = Float64Array.from({ length: samples * (classes ? 1 : outputs) }, () => {
    if (classes) return integer(0, outputs - 1);
    if (targets === null) return 8 * draw() - 4;
    return name === "logistic" ? integer(0, 1) : integer(0, 6);
  });
  const weights = Float64Array.from({ length: samples }, (_, m) =>
    m > 0 && draw() < 0.2 ? 0 : 0.1 + 2 * draw(),
  );
  const w = draw() < 0.5 ? 0.1 * draw() : Array.from({ length: inputs }, () => 0.1 * draw());
  const penalty = draw() < 0.3 ? {} : { w, eta: draw() < 0.5 ? 0 : 0.05 * draw(), c: 0.2 * draw() };
  return {
    network,
    data: { x, y, ...(draw() < 0.7 && { weights }) },
    options: { loss: name as Loss, penalty },
    curvature: curvatureNames[integer(0, curvatureNames.length - 1)]!,
    values: samples * outputs,
  };
}

/** A gamma halfway between two eigenvalues of -H that are far apart, or one that is definite. */
function gammasOf(values: Float64Array): { gamma: number; negative: number }[] {
  const size = largest(values);
  const definite = Math.max(0, -values[0]!) + size * 1e-4;
  const between = [...values].flatMap((value, i) => {
    const [low, high] = [value, values[i + 1] ?? 0];
    const gamma = -(low + high) / 2;
    const apart = high - low > size * 1e-3;
    return low < 0 && high < 0 && apart ? [{ gamma, negative: i + 1 }] : [];
  });
  return [{ gamma: definite, negative: 0 }, ...between.slice(0, 2)];
}

describe.each(lossNames)("%s", (name) => {
  it.each(Array.from({ length: PROBLEMS }, (_, i) => i))("problem %i", async (number) => {
    const { network, data, options, curvature, values } = await problemOf(name, number);
    const n = network.parameterCount;
    const h = network.hessian(data, { ...options, curvature });
    const spectrum = eigenvalues(h, n);
    const rounding = 40 * (n + values) * EPS;
    for (const { gamma, negative } of gammasOf(spectrum)) {
      const how = { ...options, curvature, gamma };
      const sizes = spectrum.map((value) => Math.abs(value + gamma));
      const condition = Math.max(...sizes) / Math.min(...sizes);
      const dense = network.newtonStep(data, { ...how, solver: "dense" });
      const space = network.newtonStep(data, { ...how, solver: "function-space" });
      const inertia = { positive: n - negative, negative };
      expect(dense.inertia).toEqual(inertia);
      expect(space.inertia, `${curvature} gamma ${gamma}`).toEqual(inertia);
      const step = flatten(dense.step);
      expect(difference(flatten(space.step), step)).toBeLessThan(condition * rounding);
      const decrease = Math.abs(dense.predictedDecrease - space.predictedDecrease);
      expect(decrease).toBeLessThan(
        condition *
          rounding *
          (largest(spectrum) * Math.hypot(...step) ** 2 + Math.abs(dense.predictedDecrease)),
      );
      if (negative > 0) continue;
      const cg = network.newtonStep(data, { ...how, solver: "cg", cg: { tolerance: 1e-11 } });
      expect(difference(flatten(cg.step), step)).toBeLessThan(
        condition * (rounding + 1e-11 * Math.sqrt(n)),
      );
    }
    if (number < 15) {
      const [smallest] =
        curvature === "exact" ? spectrum : eigenvalues(network.hessian(data, options), n);
      for (const solver of ["dense", "function-space"] as const) {
        const margin = definitenessMargin(network, data, { ...options, solver });
        const width =
          1e-8 * Math.max(Math.abs(margin.lower), Math.abs(smallest!)) +
          rounding * largest(spectrum);
        expect(Math.abs(margin.smallest - smallest!), solver).toBeLessThan(width);
      }
    }
    network.dispose();
  });
});
