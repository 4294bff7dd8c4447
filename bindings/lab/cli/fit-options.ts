import { lossTraits, type NamedLoss } from "../../objective/losses.js";
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
  penalty: "--penalty",
  weights: "--weights",
} as const;

/** Those of an estimate of the noise. */
const EVIDENCE = { members: "--members" } as const;

/** Those that are options of `Model.fit` as they are. */
export const trainingFlags = (Object.keys(TRAINING) as (keyof typeof TRAINING)[]).filter(
  (flag) => flag !== "weights",
);

type Flags = {
  readonly interpolate?: boolean;
  readonly loss?: NamedLoss;
} & {
  readonly [K in keyof typeof TRAINING | keyof typeof EVIDENCE]?: unknown;
};

/** Whether an objective is minimized: by --interpolate, or a loss whose noise nobody estimates. */
export function minimizes({ interpolate = false, loss }: Flags): boolean {
  return interpolate || (loss !== undefined && !lossTraits(loss.name).hasEvidence);
}

/** @throws InputError `invalid-argument` for a flag that the kind of fit has no use for */
export function checkFitFlags(flags: Flags): void {
  const trains = minimizes(flags);
  const others = Object.entries(trains ? EVIDENCE : TRAINING);
  const given = others.find(([key]) => flags[key as keyof Flags] !== undefined);
  if (given === undefined) return;
  const beside = flags.interpolate ? "--interpolate" : `--loss ${flags.loss?.name}`;
  const [expected, got] = trains
    ? [`no such flag beside ${beside}`, "both"]
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
