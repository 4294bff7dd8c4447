import type { Engine } from "../engine/engine.js";
import { Network } from "../network.js";
import { limitDynamics } from "../theory/dynamics.js";
import { limitNntk } from "../theory/limit.js";
import { train } from "../train.js";
import type { Cell } from "./cells.js";
import { frobeniusDistance } from "./one-step.js";
import { grid } from "./problems.js";

/** Newton training of finite networks beside the dynamics of the limit, from the same initial function. */
export interface FollowCell {
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

export function followCell(engine: Engine, cell: FollowCell): Cell<FollowResult> {
  const { width, beta, gamma, rate, steps, seed } = cell;
  const id = `follow N${width} beta${beta} gamma${gamma} rate${rate} steps${steps} seed${seed}`;
  return { id, compute: () => computeFollow(engine, cell) };
}

async function computeFollow(
  engine: Engine,
  { width, beta, gamma, rate, steps, seed }: FollowCell,
): Promise<FollowResult> {
  const x = grid(SAMPLES);
  const y = x.map((t) => 2 * t + 0.4 * Math.sin(5 * Math.PI * t));
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
    const size = Math.hypot(...y);
    const apart = functions.map(
      (f, step) => Math.hypot(...f.map((v, m) => v - limit[step]!.values[m]!)) / size,
    );
    const start = frobeniusDistance(functions[0]!, target);
    return {
      distance: Math.max(...apart),
      left: frobeniusDistance(functions.at(-1)!, target) / start,
      limitLeft: frobeniusDistance(limit.at(-1)!.values, target) / start,
      rescued: run.history.filter(({ rejected }) => rejected.length > 0).length,
    };
  } finally {
    network.dispose();
  }
}
