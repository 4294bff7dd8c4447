import type { Experiment } from "./experiment.js";
import { follow } from "./follow.js";
import { oneStep } from "./one-step.js";
import { pilot } from "./pilot.js";
import { training } from "./training.js";
import { trajectory } from "./trajectory.js";

/** Every kind of cell. */
export const experiments = {
  train: training,
  "one-step": oneStep,
  trajectory,
  pilot,
  follow,
} as const;

export type ExperimentName = keyof typeof experiments;
export const experimentNames = Object.keys(experiments) as ExperimentName[];

/** The experiment of a name, for settings that have been checked. */
export function experimentOf(name: ExperimentName): Experiment {
  return experiments[name] as Experiment<never> as Experiment;
}
