import { describe, InputError, invalid } from "../support/errors.js";
import type { Activation, Curvature } from "../types.js";

interface ActivationTraits {
  /** Number of the activation in assembly/activations/activation.ts. */
  readonly kind: number;
  /** Whether sigma'' exists everywhere: exact curvature needs it. */
  readonly smooth: boolean;
}

/** The table an activation is added to, beside its file in assembly/model/activations/. */
const TABLE: Readonly<Record<Activation, ActivationTraits>> = {
  tanh: { kind: 0, smooth: true },
  sigmoid: { kind: 1, smooth: true },
  erf: { kind: 2, smooth: true },
  sin: { kind: 3, smooth: true },
  softplus: { kind: 4, smooth: true },
  gelu: { kind: 5, smooth: true },
  relu: { kind: 6, smooth: false },
};

/** Names of all activations. */
export const activationNames = Object.keys(TABLE) as readonly Activation[];

export function activationTraits(name: Activation): ActivationTraits {
  return TABLE[name];
}

export function checkActivation(value: unknown, argument: string): Activation {
  if (typeof value === "string" && Object.hasOwn(TABLE, value)) return value as Activation;
  throw invalid(
    "invalid-argument",
    argument,
    `one of ${activationNames.join(", ")}`,
    describe(value),
  );
}

/**
 * @throws InputError `unsupported-activation` when exact curvature is asked of an activation
 *   without sigma''
 */
export function requireCurvature(name: Activation, curvature: Curvature, argument: string): void {
  if (curvature === "gauss-newton" || TABLE[name].smooth) return;
  throw new InputError(
    "unsupported-activation",
    `${argument}: "${curvature}" curvature needs the second derivative of the activation, which "${name}" does not have; use "gauss-newton", "lbfgs", "adam" or "gd"`,
    { argument, expected: "a smooth activation", got: `"${name}"` },
  );
}
