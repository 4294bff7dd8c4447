import type { Shape } from "../network/shape.js";
import { describe, invalid } from "../support/errors.js";
import { checkChoice, checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import type { FixedRegularization, Regularization } from "../types.js";
import { ADAPTIVE, AdaptivePolicy } from "./adaptive.js";
import { ConstantPolicy, RESCUE_LIMIT } from "./constant.js";
import type { Damping } from "./damping.js";
import { GAIN_RATIO, GainRatioPolicy } from "./gain-ratio.js";
import type { RegularizationPolicy } from "./policy.js";

export const policyNames = ["fixed", "scaled", "adaptive", "gain-ratio"] as const;

/**
 * @param scaledGamma gamma_N = gamma N^(1 - 2 beta), from the core
 * @throws InputError `invalid-argument`
 */
export function createPolicy(
  options: Regularization | undefined,
  shape: Shape,
  scaledGamma: (gamma: number, width: number, beta: number) => number,
): RegularizationPolicy {
  if (options === undefined) return new GainRatioPolicy(GAIN_RATIO);
  const name = "options.regularization";
  if (typeof options !== "object" || options === null) {
    throw invalid("invalid-argument", name, "an object { policy, ... }", describe(options));
  }
  const policy = checkChoice(options.policy, `${name}.policy`, policyNames);
  if (policy === "adaptive") return new AdaptivePolicy(checkDamping(options, ADAPTIVE, name));
  if (policy === "gain-ratio") return new GainRatioPolicy(checkDamping(options, GAIN_RATIO, name));
  checkOptions(options, name, ["policy", "gamma"]);
  const gamma = checkNumber((options as FixedRegularization).gamma, `${name}.gamma`, {
    least: 0,
    most: RESCUE_LIMIT,
  });
  return new ConstantPolicy(
    policy === "scaled" ? scaledGamma(gamma, shape.width, shape.beta) : gamma,
  );
}

/** The options of both damping policies, completed from `defaults`. */
function checkDamping(options: Regularization, defaults: Damping, name: string): Damping {
  checkOptions(options, name, ["policy", ...Object.keys(defaults)]);
  const merged = { ...defaults };
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && key !== "policy") Object.assign(merged, { [key]: value });
  }
  const above = { above: 0 };
  checkNumber(merged.minimum, `${name}.minimum`, above);
  checkNumber(merged.maximum, `${name}.maximum`, { least: merged.minimum });
  checkNumber(merged.initial, `${name}.initial`, { least: merged.minimum, most: merged.maximum });
  checkNumber(merged.increase, `${name}.increase`, { above: 1 });
  checkNumber(merged.decrease, `${name}.decrease`, { above: 0, most: 1 });
  checkInteger(merged.tries, `${name}.tries`, 1, 1000);
  return merged;
}
