import type { NamedObjective } from "../formats/checkpoint.js";
import type { Shape } from "../shape/shape.js";
import { invalid } from "../support/errors.js";
import {
  checkLoss,
  DEFAULT_LOSS,
  type Loss,
  type LossChoice,
  type LossName,
  lossTraits,
} from "./losses.js";
import { checkPenalty, lambdasOf, type Penalty, type PenaltyChoice } from "./penalty.js";

/**
 * What is minimized: L = 1/M sum_m w_m sum_o l(f_o(x_m), y_mo) + 1/2 sum_g lambda_g |theta_g|^2, M
 * the number of samples whatever their weights.
 */
export interface ObjectiveOptions {
  /** l; default `"squares"`. */
  readonly loss?: Loss;
  /** Default none. */
  readonly penalty?: Penalty;
}

export const OBJECTIVE_OPTIONS = ["loss", "penalty"] as const satisfies (keyof ObjectiveOptions)[];

/** The same as a part of other options. */
interface Given {
  readonly loss?: Loss | undefined;
  readonly penalty?: Penalty | undefined;
}

/** The options, checked and complete. */
export interface Objective {
  readonly loss: LossChoice;
  readonly penalty: PenaltyChoice;
}

/** Least squares without a penalty. */
export const LEAST_SQUARES: Objective = {
  loss: { name: DEFAULT_LOSS, parameters: {} },
  penalty: null,
};

/** @throws InputError `invalid-argument` */
export function checkObjective(given: Given, argument: string): Objective {
  const { loss = DEFAULT_LOSS, penalty = {} } = given;
  return {
    loss: checkLoss(loss, `${argument}.loss`),
    penalty: checkPenalty(penalty, `${argument}.penalty`),
  };
}

/** The same for a network. @throws InputError `invalid-argument`, `invalid-shape` */
export function checkObjectiveOf(
  options: Given,
  { inputs, outputs }: Pick<Shape, "inputs" | "outputs">,
  argument: string,
): Objective {
  const objective = checkObjective(options, argument);
  const { name } = objective.loss;
  if (lossTraits(name).classes && outputs < 2) {
    const expected = `another loss for a network of one output: "${name}" has one a class; "logistic" is that of two classes`;
    throw invalid("invalid-argument", `${argument}.loss`, expected, `"${name}"`);
  }
  if (objective.penalty !== null) lambdasOf(objective.penalty, inputs, `${argument}.penalty`);
  return objective;
}

/** Columns of the targets of a network. */
export function targetColumns(name: LossName, outputs: number): number {
  return lossTraits(name).classes ? 1 : outputs;
}

/** As a checkpoint names it: `null` for least squares without a penalty. */
export function nameObjective({ loss, penalty }: Objective): NamedObjective | null {
  if (loss.name === DEFAULT_LOSS && penalty === null) return null;
  return { loss: { name: loss.name, ...loss.parameters }, penalty };
}
