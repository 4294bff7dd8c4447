import type { Checkpoint } from "../formats/checkpoint.js";
import type { Method } from "../methods/custom.js";
import type { MethodOptions } from "../methods/options.js";
import { checkMethodChoice, type MethodName } from "../methods/table.js";
import { accelerationNames } from "../objective/acceleration.js";
import { curvatureNames } from "../objective/curvature.js";
import { leastLoss } from "../objective/losses.js";
import {
  checkObjective,
  OBJECTIVE_OPTIONS,
  type ObjectiveOptions,
} from "../objective/objective.js";
import { checkConjugateGradients } from "../solvers/conjugate-gradients.js";
import { type Precision, precisionNames } from "../solvers/precision.js";
import {
  AUTO,
  concreteSolverNames,
  offersPrecision,
  type SolverName,
  solverNames,
} from "../solvers/table.js";
import { describe, type InputError, invalid } from "../support/errors.js";
import type { AbortSignalLike } from "../support/platform.js";
import { checkChoice, checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import type { StepRecord } from "./record.js";
import { checkValidation, VALIDATION_OPTIONS, type ValidationOptions } from "./validation.js";

export interface StopRules {
  /** Stop when the loss is at or below this. */
  readonly loss?: number;
  /** Stop when the Euclidean norm of the gradient is at or below this. */
  readonly gradient?: number;
  /** Stop after the first step that ends later than this many seconds after the start. */
  readonly seconds?: number;
}

export interface TrainOptions extends MethodOptions, ObjectiveOptions, ValidationOptions {
  /** Default `"newton"`. Also a method of one's own, an object with functions. */
  readonly method?: MethodName | Method;
  /** Default 1000. */
  readonly maxSteps?: number;
  readonly stop?: StopRules;
  readonly signal?: AbortSignalLike;
  /**
   * A checkpoint of a training with the same data, objective and options, which goes on from there
   * bit for bit: the network takes the parameters of the checkpoint, and steps go on counting, so
   * that `maxSteps` is that of both together.
   */
  readonly resume?: Checkpoint;
  /**
   * Called after every step with its record; may read the network (predict, toJSON), not train it.
   */
  readonly onStep?: (record: StepRecord, control: StepControl) => void;
}

/** What `onStep` may ask of the training. */
export interface StepControl {
  /** The training as it stands after this step, for `resume`. */
  checkpoint(): Checkpoint;
}

const OPTION_NAMES = [
  "method",
  ...OBJECTIVE_OPTIONS,
  ...VALIDATION_OPTIONS,
  "solver",
  "precision",
  "cg",
  "regularization",
  "curvature",
  "acceleration",
  "learningRate",
  "corrections",
  "maxSteps",
  "stop",
  "signal",
  "resume",
  "onStep",
] as const satisfies (keyof TrainOptions)[];

/** @throws InputError `invalid-argument` */
export function checkTrainOptions(options: TrainOptions): void {
  checkOptions(options, "options", OPTION_NAMES);
  const { method, solver, precision, maxSteps, stop, signal, onStep } = options;
  const { curvature, acceleration, corrections, cg } = options;
  const objective = checkObjective(options, "options");
  if (method !== undefined) checkMethodChoice(method, "options.method");
  if (solver !== undefined) checkChoice(solver, "options.solver", solverNames);
  if (precision !== undefined) checkChoice(precision, "options.precision", precisionNames);
  if (precision !== undefined && !offersPrecision(solver ?? AUTO, precision)) {
    throw notOffered(solver, precision);
  }
  if (curvature !== undefined) checkChoice(curvature, "options.curvature", curvatureNames);
  if (acceleration !== undefined) {
    checkChoice(acceleration, "options.acceleration", accelerationNames);
  }
  if (corrections !== undefined) checkInteger(corrections, "options.corrections", 1, 1000);
  if (cg !== undefined) checkConjugateGradients(cg, "options.cg");
  if (maxSteps !== undefined) {
    checkInteger(maxSteps, "options.maxSteps", 0, Number.MAX_SAFE_INTEGER);
  }
  if (stop !== undefined) {
    checkOptions(stop, "options.stop", ["loss", "gradient", "seconds"]);
    for (const [key, value] of Object.entries(stop)) {
      if (value === undefined) continue;
      const range = key === "loss" ? leastLoss(objective.loss.name) : { least: 0 };
      checkNumber(value, `options.stop.${key}`, range);
    }
  }
  checkValidation(options);
  checkSignal(signal);
  if (onStep !== undefined && typeof onStep !== "function") {
    throw invalid("invalid-argument", "options.onStep", "a function", describe(onStep));
  }
}

function notOffered(solver: SolverName | undefined, precision: Precision): InputError {
  const offering = concreteSolverNames.filter((name) => offersPrecision(name, precision));
  const expected = `"float64" with the solver "${solver}": ${precision} precision is the ${offering.join(" and ")} solver's`;
  return invalid("invalid-argument", "options.precision", expected, `"${precision}"`);
}

/** @throws InputError `invalid-argument` */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || isSignal(signal)) return;
  throw invalid("invalid-argument", "options.signal", "an AbortSignal", describe(signal));
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignalLike>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}
