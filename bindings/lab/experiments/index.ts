import type { Experiment } from "./experiment.js";
import { follow } from "./follow.js";
import { oneStep } from "./one-step.js";
import { pilot } from "./pilot.js";
import { sums } from "./sums.js";
import { training } from "./training.js";
import { trajectory } from "./trajectory.js";

/** What plans may ask for. */
export const experiments = {
  train: training,
  "one-step": oneStep,
  trajectory,
  pilot,
  follow,
} as const;

export type ExperimentName = keyof typeof experiments;
export const experimentNames = Object.keys(experiments) as ExperimentName[];

/**
 * Every kind of cell: also those that no plan has, but a computation that is spread over the same
 * workers.
 */
export type CellKind = ExperimentName | "sums";
export const cellKinds: readonly CellKind[] = [...experimentNames, "sums"];

/** The experiment of a kind, for settings that have been checked. */
export function experimentOf(kind: CellKind): Experiment {
  const all = { ...experiments, sums };
  return all[kind] as Experiment<never> as Experiment;
}
