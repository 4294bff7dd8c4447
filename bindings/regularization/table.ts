import type { Acceleration } from "../objective/acceleration.js";
import type { Curvature } from "../objective/curvature.js";
import type { Shape } from "../shape/shape.js";
import { describe, invalid } from "../support/errors.js";
import { checkChoice, namesOf } from "../support/validate.js";
import { ADAPTIVE, AdaptivePolicy, type AdaptiveRegularization } from "./adaptive.js";
import {
  ConstantPolicy,
  checkGamma,
  type FixedRegularization,
  type ScaledRegularization,
} from "./constant.js";
import { CheckedPolicy, isPolicyObject } from "./custom.js";
import { checkDamping } from "./damping.js";
import { GAIN_RATIO, GainRatioPolicy, type GainRatioRegularization } from "./gain-ratio.js";
import type { RegularizationPolicy } from "./policy.js";

/** gamma_N = gamma N^(1 - 2 beta) of the network that is trained. */
type ScaledGamma = (gamma: number) => number;

interface PolicyTraits<Options> {
  /** What comes with the policy, unless `train` is told otherwise. */
  readonly curvature: Curvature;
  readonly acceleration: Acceleration;
  /** The option that stands for all where there is room for one number: on a command line. */
  readonly main: "gamma" | "initial";
  /** Whether that option has no default. */
  readonly mainRequired: boolean;
  /** @throws InputError `invalid-argument`, for options that are none of the policy's */
  readonly create: (
    options: Options,
    argument: string,
    scaledGamma: ScaledGamma,
  ) => RegularizationPolicy;
}

export type Regularization =
  | GainRatioRegularization
  | AdaptiveRegularization
  | FixedRegularization
  | ScaledRegularization;

export type PolicyName = Regularization["policy"];

/**
 * The table a policy is added to, beside its file. The paper's policies come with the paper's
 * curvature, and without acceleration.
 */
export const POLICIES = {
  "gain-ratio": {
    curvature: "absolute",
    acceleration: "geodesic",
    main: "initial",
    mainRequired: false,
    create: (options, argument) =>
      new GainRatioPolicy(options.policy, checkDamping(options, GAIN_RATIO, argument)),
  },
  adaptive: {
    curvature: "exact",
    acceleration: "none",
    main: "initial",
    mainRequired: false,
    create: (options, argument) =>
      new AdaptivePolicy(options.policy, checkDamping(options, ADAPTIVE, argument)),
  },
  fixed: {
    curvature: "exact",
    acceleration: "none",
    main: "gamma",
    mainRequired: true,
    create: (options, argument) =>
      new ConstantPolicy(options.policy, checkGamma(options, argument)),
  },
  scaled: {
    curvature: "exact",
    acceleration: "none",
    main: "gamma",
    mainRequired: true,
    create: (options, argument, scaledGamma) =>
      new ConstantPolicy(options.policy, scaledGamma(checkGamma(options, argument))),
  },
} as const satisfies {
  [K in PolicyName]: PolicyTraits<Extract<Regularization, { readonly policy: K }>>;
};

export const policyNames = namesOf(POLICIES);

/** The policy of a training that is told none. */
export const DEFAULT_POLICY = "gain-ratio" satisfies PolicyName;

/**
 * @param scaledGamma gamma_N = gamma N^(1 - 2 beta), from the core
 * @throws InputError `invalid-argument`
 */
export function createPolicy(
  options: Regularization | RegularizationPolicy = { policy: DEFAULT_POLICY },
  shape: Shape,
  scaledGamma: (gamma: number, width: number, beta: number) => number,
): RegularizationPolicy {
  const argument = "options.regularization";
  if (typeof options !== "object" || options === null) {
    throw invalid("invalid-argument", argument, "an object { policy, ... }", describe(options));
  }
  if (isPolicyObject(options)) return new CheckedPolicy(options, argument, policyNames);
  const name = checkChoice(options.policy, `${argument}.policy`, policyNames);
  const { create } = POLICIES[name] as PolicyTraits<Regularization>;
  return create(options, argument, (gamma) => scaledGamma(gamma, shape.width, shape.beta));
}

/** What comes with a policy; with one that is an object, what comes with the default. */
export function policyDefaults(
  options: Regularization | RegularizationPolicy = { policy: DEFAULT_POLICY },
): Pick<PolicyTraits<unknown>, "curvature" | "acceleration"> {
  return POLICIES[isPolicyObject(options) ? DEFAULT_POLICY : options.policy];
}

/** A policy by its name and its main option, where one is given. */
export function regularizationOf(policy: PolicyName, value: number | undefined): Regularization {
  const { main } = POLICIES[policy];
  return { policy, ...(value !== undefined && { [main]: value }) } as Regularization;
}
