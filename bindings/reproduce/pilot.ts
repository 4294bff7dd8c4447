import type { Engine } from "../engine/engine.js";
import { Network } from "../network.js";
import { train } from "../train.js";
import type { Cell } from "./cells.js";
import { BETA, trainingProblem } from "./problems.js";
import { mean } from "./statistics.js";

/** Nine learning rates around 1e-2, as published: 1e-2 times 10^-3 to 10^3. */
export const RATES = Array.from({ length: 9 }, (_, i) => 1e-2 * 10 ** (-3 + (6 * i) / 8));

const PILOT_STEPS = 300;

export interface PilotCell {
  readonly method: "gd" | "adam";
  readonly rate: number;
  readonly width: number;
  readonly seed: number;
}

/** Smallest loss of a short run; infinite if it diverged before the first step was good. */
export function pilotCell(engine: Engine, cell: PilotCell): Cell<{ readonly loss: number | null }> {
  const { method, rate, width, seed } = cell;
  const id = `pilot ${method} rate${rate.toPrecision(4)} N${width} seed${seed}`;
  return {
    id,
    compute: async () => {
      const data = trainingProblem();
      const network = await Network.create({ width, beta: BETA, seed, engine });
      try {
        const options = { method, learningRate: rate, maxSteps: PILOT_STEPS } as const;
        const { history, initialLoss } = await train(network, data, options);
        return { loss: history.reduce((best, { loss }) => Math.min(best, loss), initialLoss) };
      } finally {
        network.dispose();
      }
    },
  };
}

/** The rate with the lowest mean, over seeds, of the smallest loss. */
export function bestRate(losses: ReadonlyMap<number, readonly (number | null)[]>): number {
  const scored = [...losses].map(([rate, values]) => [
    rate,
    mean(values.map((v) => v ?? Infinity)),
  ]);
  return scored.reduce((best, next) => (next[1]! < best[1]! ? next : best))[0]!;
}
