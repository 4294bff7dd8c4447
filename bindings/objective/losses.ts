import { LOSS_TRAITS } from "../engine/generated/losses.js";
import { describe, invalid } from "../support/errors.js";
import {
  checkChoice,
  checkNumber,
  checkOptions,
  type NumberRange,
  namesOf,
} from "../support/validate.js";

interface LossTraits {
  /** By which the core knows it. */
  readonly code: number;
  /** Parameters, all above 0, with their defaults; the core takes them in this order. */
  readonly parameters: Readonly<Record<string, number>>;
  /** The targets it takes, in words; `null` where these are any numbers. */
  readonly targets: string | null;
  /** Whether a sample has one target for all outputs: its class, of at least two. */
  readonly classes: boolean;
  /** Most classes that it tells apart; 0 where targets are quantities. */
  readonly mostClasses: number;
  /** Whether a fit to a table finds the noise and the priors with it. */
  readonly hasEvidence: boolean;
  /** Whether l'' may be negative. */
  readonly mayBeConcave: boolean;
  /**
   * Whether geodesic acceleration takes fewer steps (measured: docs/training.md), so that a policy
   * with which it is the default uses it.
   */
  readonly accelerates: boolean;
  /** Whether the loss may be negative. */
  readonly mayBeNegative: boolean;
  /** What takes an output of the network to what is predicted: the mean of the target. */
  readonly prediction: "identity" | "logistic" | "softmax" | "exp";
}

/** What a loss is unless the core's table says otherwise. */
const USUAL = {
  targets: null,
  classes: false,
  mostClasses: 0,
  hasEvidence: false,
  mayBeConcave: false,
  accelerates: true,
  mayBeNegative: false,
  prediction: "identity",
} as const satisfies Partial<LossTraits>;

/**
 * Traits of the losses, completed. The table a loss is added to is the core's
 * (assembly/losses/loss.ts).
 */
export const LOSSES = Object.fromEntries(
  Object.entries(LOSS_TRAITS satisfies Record<string, Partial<LossTraits>>).map(
    ([name, traits]) => [name, { ...USUAL, ...traits }],
  ),
) as { readonly [N in LossName]: LossTraits };

/**
 * l of the objective: `squares`, `huber`, `student-t`, `logistic`, `softmax` or `poisson`; the
 * table is in docs/training.md.
 */
export type LossName = keyof typeof LOSS_TRAITS;

type Parameters<N extends LossName> = {
  readonly [P in keyof (typeof LOSS_TRAITS)[N]["parameters"]]?: number;
};

/** A loss with parameters: `{ name: "huber", delta: 1 }`. */
export type NamedLoss = { [N in LossName]: { readonly name: N } & Parameters<N> }[LossName];

/** A loss by its name, or with parameters. */
export type Loss = LossName | NamedLoss;

export const lossNames = namesOf(LOSSES);

/** The loss of a training that is told none. */
export const DEFAULT_LOSS = "squares" satisfies LossName;

/** A loss with all of its parameters, in the order of the table. */
export interface LossChoice {
  readonly name: LossName;
  readonly parameters: Readonly<Record<string, number>>;
}

/** The traits, without what the type knows of the single loss. */
export function lossTraits(name: LossName): LossTraits {
  return LOSSES[name];
}

/** What a loss to stop at may be. */
export function leastLoss(name: LossName): NumberRange {
  return lossTraits(name).mayBeNegative ? {} : { least: 0 };
}

/** @throws InputError `invalid-argument` */
export function checkLoss(value: Loss, argument: string): LossChoice {
  if (typeof value === "string") {
    const name = checkChoice(value, argument, lossNames);
    return { name, parameters: lossTraits(name).parameters };
  }
  if (typeof value !== "object" || value === null || !("name" in value)) {
    const expected = `one of ${lossNames.join(", ")}, or an object with a name among them`;
    throw invalid("invalid-argument", argument, expected, describe(value));
  }
  const name = checkChoice(value.name, `${argument}.name`, lossNames);
  const { parameters } = lossTraits(name);
  checkOptions(value, argument, ["name", ...Object.keys(parameters)]);
  const given: Readonly<Record<string, unknown>> = { ...value };
  const entries = Object.entries(parameters).map(([key, usual]) => {
    const number = given[key] === undefined ? usual : given[key];
    return [key, checkNumber(number, `${argument}.${key}`, { above: 0 })];
  });
  return { name, parameters: Object.fromEntries(entries) as LossChoice["parameters"] };
}
