import type { Engine } from "../../engine/engine.js";
import type { MethodName } from "../../methods/table.js";
import { Network } from "../../network/network.js";
import { train } from "../../network/train.js";
import { ntk } from "../../theory/kernels.js";
import { leastSquares, spectrum } from "../../theory/spectrum.js";
import type { TrainOptions } from "../../training/options.js";
import type { Experiment } from "./experiment.js";
import { BETA, COEFFICIENTS, components, trainingProblem } from "./problems.js";
import { seed, trainingEstimate, whole } from "./settings.js";

/**
 * Training on the published problem, as in figures 3 and 5. Times are measured, and differ from run
 * to run.
 */
export interface TrajectorySettings {
  readonly options: TrainOptions & { readonly method?: MethodName };
  readonly width: number;
  readonly seed: number;
  readonly maxSteps: number;
}

export interface TrajectoryPoint {
  readonly step: number;
  /** Time in the optimizer alone: what is recorded here is not counted. */
  readonly seconds: number;
  /** Best so far. */
  readonly loss: number;
  /** Relative error of each component's coefficient, in the order of COMPONENT_NAMES. */
  readonly components: readonly number[];
  /**
   * Relative error along each of the five modes of the initial NTK that the target is largest on,
   * by falling eigenvalue.
   */
  readonly modes: readonly number[];
}

export interface TrajectoryResult {
  readonly points: readonly TrajectoryPoint[];
  readonly loss: number;
  /** Indices of the modes, 0 for the largest eigenvalue. */
  readonly modes: readonly number[];
}

const MODES = 5;
/** 10^(1/24): 24 points a decade on the logarithmic axis of steps. */
const APART = 1.1006941712522096;

export const trajectory: Experiment<TrajectorySettings, TrajectoryResult> = {
  properties: { options: { type: "object" }, width: whole, seed, maxSteps: whole },
  required: ["options", "width", "seed", "maxSteps"],
  estimate: ({ width, maxSteps, options }) =>
    trainingEstimate({ width, samples: 128, inputs: 1, maxSteps, method: options.method }),
  compute: (settings, { engine }) => computeTrajectory(engine, settings),
};

async function computeTrajectory(
  engine: Engine,
  { options, width, seed, maxSteps }: TrajectorySettings,
): Promise<TrajectoryResult> {
  const data = trainingProblem(engine);
  const network = await Network.create({ width, beta: BETA, seed, engine });
  try {
    const measure = await createMeasure(engine, ntk(network, data.x), data);
    const seen: { step: number; seconds: number; loss: number; f: Float64Array }[] = [];
    const wanted = new Set(logarithmicSteps(maxSteps));
    let [best, away] = [network.loss(data), 0];
    seen.push({ step: 0, seconds: 0, loss: best, f: network.predict(data.x) });
    await train(network, data, {
      ...options,
      maxSteps,
      onStep: ({ step, loss, seconds }) => {
        best = Math.min(best, loss);
        if (!wanted.has(step)) return;
        const before = performance.now();
        seen.push({ step, seconds: seconds - away, loss: best, f: network.predict(data.x) });
        away += (performance.now() - before) / 1000;
      },
    });
    const points = [];
    for (const { f, ...rest } of seen) points.push({ ...rest, ...(await measure.errors(f)) });
    return { points, loss: best, modes: measure.modes };
  } finally {
    network.dispose();
  }
}

function logarithmicSteps(last: number): number[] {
  const steps = [];
  for (let place = 1; Math.round(place) < last; place *= APART) steps.push(Math.round(place));
  return [...steps, last];
}

/** Errors of the named components and along modes of the initial kernel. */
async function createMeasure(
  engine: Engine,
  kernel: Float64Array,
  { x, y }: { readonly x: readonly number[]; readonly y: readonly number[] },
) {
  const m = x.length;
  const basis = components(engine, x);
  const { vectors } = await spectrum(kernel, { engine });
  const all = Array.from({ length: m }, (_, l) =>
    Float64Array.from({ length: m }, (_, i) => vectors[i * m + l]!),
  );
  const [target] = await leastSquares(all, [y], { engine });
  const order = [...target!.keys()].sort((a, b) => Math.abs(target![b]!) - Math.abs(target![a]!));
  const modes = order.slice(0, MODES).sort((a, b) => a - b);
  const chosen = modes.map((l) => all[l]!);
  return {
    modes,
    errors: async (f: Float64Array) => {
      const [[components], [along]] = await Promise.all([
        leastSquares(basis, [f], { engine }),
        leastSquares(chosen, [f], { engine }),
      ]);
      return {
        components: [...components!].map((value, i) => Math.abs(value / COEFFICIENTS[i]! - 1)),
        modes: [...along!].map((value, i) => Math.abs(value / target![modes[i]!]! - 1)),
      };
    },
  };
}
