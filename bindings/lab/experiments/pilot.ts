import type { MethodName } from "../../methods/table.js";
import { Network } from "../../network/network.js";
import { train } from "../../network/train.js";
import type { Experiment } from "./experiment.js";
import { BETA, trainingProblem } from "./problems.js";
import { positive, seed, trainingEstimate, whole } from "./settings.js";

/**
 * Nine learning rates around 1e-2, as published: 1e-2 times 10^-3 to 10^3. Written out, because a
 * power of the host may have other last bits elsewhere, and the rate is part of the id of a cell.
 */
export const RATES = [
  0.00001, 0.000056234132519034914, 0.00031622776601683794, 0.0017782794100389228, 0.01,
  0.05623413251903491, 0.31622776601683794, 1.7782794100389228, 10,
];

const PILOT_STEPS = 300;

/** The published methods that stand or fall with their rate. */
const METHODS = ["gd", "adam"] as const satisfies MethodName[];

export interface PilotSettings {
  readonly method: (typeof METHODS)[number];
  readonly rate: number;
  readonly width: number;
  readonly seed: number;
}

/** Smallest loss of a short run; `null` if there was none. */
export interface PilotResult {
  readonly loss: number | null;
}

export const pilot: Experiment<PilotSettings, PilotResult> = {
  properties: {
    method: { type: "string", enum: METHODS },
    rate: positive,
    width: whole,
    seed,
  },
  required: ["method", "rate", "width", "seed"],
  estimate: ({ width, method }) =>
    trainingEstimate({ width, samples: 128, inputs: 1, maxSteps: PILOT_STEPS, method }),
  compute: async ({ method, rate, width, seed }, { engine }) => {
    const data = trainingProblem(engine);
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
