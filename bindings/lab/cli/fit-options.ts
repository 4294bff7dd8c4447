import { invalid } from "../../support/errors.js";

/** The flags that say how to train; with an estimate of the noise there is no such choice. */
const TRAINING = {
  method: "--method",
  solver: "--solver",
  curvature: "--curvature",
  acceleration: "--acceleration",
  regularization: "--regularization",
  precision: "--precision",
  learningRate: "--learning-rate",
  maxSteps: "--max-steps",
  stopLoss: "--stop-loss",
  stopSeconds: "--stop-seconds",
  validation: "--validation",
  patience: "--patience",
} as const;

/** Those of an estimate of the noise. */
const EVIDENCE = { members: "--members" } as const;

export const trainingFlags = Object.keys(TRAINING) as (keyof typeof TRAINING)[];

type Flags = { readonly interpolate?: boolean } & {
  readonly [K in keyof typeof TRAINING | keyof typeof EVIDENCE]?: unknown;
};

/** @throws InputError `invalid-argument` for a flag that the kind of fit has no use for */
export function checkFitFlags(flags: Flags): void {
  const others = Object.entries(flags.interpolate ? EVIDENCE : TRAINING);
  const given = others.find(([key]) => flags[key as keyof Flags] !== undefined);
  if (given === undefined) return;
  const [expected, got] = flags.interpolate
    ? ["no such flag beside --interpolate", "both"]
    : ["--interpolate beside it, since by default noise is estimated", "it alone"];
  throw invalid("invalid-argument", given[1], expected, got);
}

/** Only what was given: an option that is `undefined` is not the same as one that is absent. */
export function pickDefined<T extends object, K extends keyof T>(
  values: T,
  keys: readonly K[],
): { [P in K]: NonNullable<T[P]> } {
  const entries = keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]]));
  return Object.fromEntries(entries) as { [P in K]: NonNullable<T[P]> };
}
