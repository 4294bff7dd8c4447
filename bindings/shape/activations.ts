import { ActivationKind } from "../engine/generated/enumerations.js";
import { checkChoice } from "../support/validate.js";

/**
 * sigma: one of `tanh`, `sigmoid`, `erf`, `sin`, `softplus`, `gelu`, `relu`; the table is in
 * docs/training.md. `relu` has no second derivative: `newton` refuses it, the other methods take
 * it.
 */
export type Activation = Lowercase<keyof typeof ActivationKind>;

/** Names of all activations: those of the core's table, in small letters. */
export const activationNames = Object.keys(ActivationKind).map((name) =>
  name.toLowerCase(),
) as readonly Activation[];

/** The number by which the core knows an activation. */
export function activationKind(name: Activation): number {
  return ActivationKind[name.toUpperCase() as keyof typeof ActivationKind];
}

/** @throws InputError `invalid-argument` */
export function checkActivation(value: unknown, argument: string): Activation {
  return checkChoice(value, argument, activationNames);
}
