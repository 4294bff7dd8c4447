import type { Engine } from "../../engine/engine.js";
import { Network } from "../../network/network.js";
import { train } from "../../network/train.js";
import { limitDynamics } from "../../theory/dynamics.js";
import { limitNntk } from "../../theory/limit.js";
import { distance, norm, relativeDistance } from "./distance.js";
import type { Experiment } from "./experiment.js";
import { grid, wave } from "./problems.js";
import { kernelEstimate, positive, seed, whole } from "./settings.js";

/**
 * Newton training of finite networks beside the dynamics of the limit, from the same initial
 * function.
 */
export interface FollowSettings {
  readonly width: number;
  readonly beta: number;
  readonly gamma: number;
  /** alpha: part of a whole step. */
  readonly rate: number;
  readonly steps: number;
  readonly seed: number;
}

export interface FollowResult {
  /** Largest distance |f - g|/|y| along the run between network and limit. */
  readonly distance: number;
  /** Part of the initial error that is left after the run: of the network and of the limit. */
  readonly left: number;
  readonly limitLeft: number;
  /** Steps at which H + gamma_N I had to be regularized more. */
  readonly rescued: number;
}

const SAMPLES = 16;

export const follow: Experiment<FollowSettings, FollowResult> = {
  properties: { width: whole, beta: positive, gamma: positive, rate: positive, steps: whole, seed },
  required: ["width", "beta", "gamma", "rate", "steps", "seed"],
  estimate: ({ width, steps }) => kernelEstimate(width, steps),
  compute: (settings, { engine }) => computeFollow(engine, settings),
};

async function computeFollow(
  engine: Engine,
  { width, beta, gamma, rate, steps, seed }: FollowSettings,
): Promise<FollowResult> {
  const x = grid(SAMPLES);
  const sines = wave(engine, 5, x);
  const y = x.map((t, m) => 2 * t + 0.4 * sines[m]!);
  const kernel = await limitNntk(x, { gamma, engine });
  const network = await Network.create({ width, beta, seed, engine });
  try {
    const functions = [network.predict(x)];
    const run = await train(
      network,
      { x, y },
      {
        method: "newton",
        curvature: "exact",
        regularization: { policy: "scaled", gamma },
        learningRate: rate,
        maxSteps: steps,
        onStep: () => functions.push(network.predict(x)),
      },
    );
    const times = functions.map((_, step) => step);
    const limit = await limitDynamics({ kernel, y, initial: functions[0]!, rate, times, engine });
    const target = Float64Array.from(y);
    const size = norm(engine, y);
    const apart = functions.map((f, step) => distance(engine, f, limit[step]!.values) / size);
    const start = relativeDistance(engine, functions[0]!, target);
    return {
      distance: Math.max(...apart),
      left: relativeDistance(engine, functions.at(-1)!, target) / start,
      limitLeft: relativeDistance(engine, limit.at(-1)!.values, target) / start,
      rescued: run.history.filter(({ rejected }) => rejected.length > 0).length,
    };
  } finally {
    network.dispose();
  }
}
