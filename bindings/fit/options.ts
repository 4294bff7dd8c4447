import { checkDataset } from "../data/load.js";
import { checkMatrix, type Dataset, isFlat } from "../data/matrix.js";
import type { Columns, Preparation } from "../data/scaling.js";
import type { Engine, EngineOptions } from "../engine/engine.js";
import type { NetworkOptions, WorkerNetworkOptions } from "../network/network.js";
import { type Loss, lossTraits } from "../objective/losses.js";
import { describe, invalid } from "../support/errors.js";
import { checkBoolean, checkObject } from "../support/validate.js";
import type { TrainOptions } from "../training/options.js";
import { VALIDATION } from "../training/validation.js";
import type { Label, LabelledDataset } from "./classes.js";
import { EVIDENCE_OPTIONS, type EvidenceOptions } from "./evidence-options.js";
import { defaultWidth } from "./plan.js";
import {
  type ClassLossName,
  encodeTargets,
  isOfRealTargets,
  outputsOf,
  type Task,
  taskOf,
} from "./task.js";

/** What every fit takes. */
interface CommonOptions {
  /** Default: the names x1, x2, ... and y. */
  readonly columns?: Columns;
  /**
   * The network to make; its number of inputs is that of the input columns, its width by default
   * 50, fewer for tables of hundreds of columns and tens of thousands of rows. With `worker` it is
   * fitted in a worker, which ends with the fit: the model's network is on the caller's thread,
   * with the default engine.
   */
  readonly network?: NetworkChoice;
  /**
   * Default true: inputs and target are brought to mean 0 and standard deviation 1 for the network;
   * with evidence, skewed inputs are transformed before that. False takes inputs and target as they
   * are; with evidence the target is divided by its root mean square, as the priors are of unit
   * scale. Counts and classes are always taken as they are.
   */
  readonly standardize?: boolean;
}

type NetworkChoice = WithoutShape<NetworkOptions> | WithoutShape<WorkerNetworkOptions>;

type WithoutShape<T extends { readonly width: number }> = Omit<T, "inputs" | "outputs" | "width"> &
  Partial<Pick<T, "width">>;

/** A fit that finds the noise and the precisions of its priors from the data. */
export interface EvidenceFitOptions extends CommonOptions, EvidenceOptions {
  /** Default true. False interpolates, as `train` does, and takes the options of `train`. */
  readonly evidence?: true;
  readonly loss?: "squares" | { readonly name: "squares" };
}

/** What a fit takes that minimizes an objective. */
interface MinimizingOptions extends CommonOptions, TrainOptions {
  /**
   * By default nothing is penalized with the loss `squares`. With every other loss it is 1 / (4 M)
   * for all parameters, M the samples that are trained on: that of a normal prior of standard
   * deviation 2. `{}` is none.
   */
  readonly penalty?: NonNullable<TrainOptions["penalty"]>;
  /** With every loss but `squares` the `gradient` to stop at is 1e-10 by default. */
  readonly stop?: NonNullable<TrainOptions["stop"]>;
}

/** A fit that only minimizes the error. */
export interface InterpolationOptions extends MinimizingOptions {
  readonly evidence: false;
}

/** A fit by another loss than that of least squares: for outliers or counts. */
export interface LossFitOptions extends MinimizingOptions {
  readonly evidence?: false;
  readonly loss: NonNullable<TrainOptions["loss"]>;
}

/** A fit of classes. */
export interface ClassFitOptions<L extends Label = Label> extends MinimizingOptions {
  readonly evidence?: false;
  /**
   * By default `"logistic"` for two classes and `"softmax"` for more, where the targets are texts
   * or truth values. Whole numbers are classes if a loss says so.
   */
  readonly loss?: ClassLossName | { readonly name: ClassLossName };
  /**
   * The classes, in the order of `model.classes`: by default those of the targets, numbers
   * ascending, false before true, texts by their code units. Of two classes the second one is the
   * one whose log-odds a network of one output gives.
   */
  readonly classes?: readonly L[];
}

export type FitOptions =
  | EvidenceFitOptions
  | InterpolationOptions
  | LossFitOptions
  | ClassFitOptions;

export type InWorker = WorkerNetworkOptions & { readonly worker: true | EngineOptions };

/** What a fit is to do. */
export interface FitPlan {
  readonly task: Task;
  /** Targets are numbers: of classes, those of `task`. */
  readonly data: Dataset;
  readonly preparation: Preparation;
  /** The model's network, on the caller's thread. */
  readonly here: NetworkOptions;
  /** The network that is fitted in its place; `null` where it is fitted itself. */
  readonly elsewhere: InWorker | null;
  readonly way:
    | { readonly evidence: true; readonly options: EvidenceOptions }
    | { readonly evidence: false; readonly options: TrainOptions };
}

/** Of a network that interpolates. */
const WIDTH = 50;

/**
 * Checks what every fit takes; the values of the other options are checked where they are used.
 * @throws InputError `invalid-argument`
 */
export function checkFitOptions(given: Dataset | LabelledDataset, options: FitOptions): FitPlan {
  checkDataset(given, true);
  checkObject(options, "options");
  const { network: chosen = {}, standardize = true, columns: named, ...rest } = options;
  const {
    evidence: wanted,
    loss,
    classes,
    ...others
  } = rest as Partial<ClassFitOptions> & Partial<EvidenceOptions> & { readonly evidence?: boolean };
  checkBoolean(standardize, "options.standardize");
  if (wanted !== undefined) checkBoolean(wanted, "options.evidence");
  const task = taskOf(given, loss, classes);
  const { hasEvidence } = lossTraits(task.loss.name);
  const evidence = wanted ?? hasEvidence;
  if (evidence && !hasEvidence) {
    const expected = `false with the loss "${task.loss.name}"`;
    throw invalid("invalid-argument", "options.evidence", expected, "true");
  }
  if (evidence) checkDataset(given);
  const data = encodeTargets(given, task, "data");
  const columns = named === undefined ? defaultColumns(data) : checkColumns(named);
  if (evidence) checkEvidenceKeys(others);
  checkObject(chosen, "options.network");
  const inputs = columns.inputs.length;
  const width = evidence ? defaultWidth(inputs, countOf(data.y)) : WIDTH;
  const outputs = outputsOf(task);
  checkOutputs(chosen, outputs);
  const shaped = { width, ...chosen, inputs, outputs };
  const { worker, ...here } = shaped as WorkerNetworkOptions & { engine?: Engine };
  const elsewhere = worker === undefined || worker === false ? null : { ...here, worker };
  const common = { task, data, here, elsewhere };
  if (evidence) {
    const preparation = { columns, standardize, unskew: true, unitTarget: true };
    return { ...common, preparation, way: { evidence, options: others as EvidenceOptions } };
  }
  const preparation = { columns, standardize, keepTarget: !isOfRealTargets(task) };
  const { name, parameters } = task.loss;
  const training = encodeValidation({ ...others, loss: { name, ...parameters } as Loss }, task);
  return { ...common, preparation, way: { evidence, options: training } };
}

/** Those of a network are not a matter of choice. @throws InputError `invalid-argument` */
function checkOutputs(chosen: NetworkChoice, outputs: number): void {
  const { outputs: given } = chosen as { readonly outputs?: unknown };
  if (given === undefined || given === outputs) return;
  const expected = `${outputs}, which the targets ask for, or nothing`;
  throw invalid("invalid-argument", "options.network.outputs", expected, describe(given));
}

/** Rows that are kept aside are of the same classes. */
function encodeValidation(options: TrainOptions, task: Task): TrainOptions {
  const { validation } = options;
  if (typeof validation !== "object" || validation === null) return options;
  checkDataset(validation, true, VALIDATION);
  return { ...options, validation: encodeTargets(validation, task, VALIDATION) };
}

/** Names for columns without any. */
function defaultColumns({ x, y }: Dataset): Columns {
  checkMatrix(x, "data.x", "an array of numbers, of rows, or a typed array");
  checkMatrix(y, "data.y", "an array of numbers, of rows, or a typed array");
  const first: unknown = x[0];
  let count = 1;
  if (isFlat(x)) count = Math.max(1, Math.floor(x.length / Math.max(1, y.length)));
  else if (typeof first === "object" && first !== null && "length" in first) {
    count = Math.max(1, Number(first.length));
  }
  return { inputs: Array.from({ length: count }, (_, index) => `x${index + 1}`), target: "y" };
}

/** Samples, where they can be counted; what is wrong with them is said when they are loaded. */
function countOf(y: Dataset["y"]): number {
  return typeof y === "object" && y !== null && y.length > 0 ? y.length : 1;
}

/** @throws InputError `invalid-argument`, which says so of options of a training */
function checkEvidenceKeys(options: object): void {
  for (const key of Object.keys(options)) {
    if ((EVIDENCE_OPTIONS as readonly string[]).includes(key)) continue;
    const known = EVIDENCE_OPTIONS.join(", ");
    const expected = `one of columns, network, standardize, evidence, ${known}; options of a training with evidence: false`;
    throw invalid("invalid-argument", `options.${key}`, expected, "an option of none of these");
  }
}

/** A copy, so that names changed later do not change the model. */
function checkColumns(value: unknown): Columns {
  checkObject(value, "options.columns", "an object { inputs, target }");
  const { inputs, target } = value as Columns;
  const isName = (name: unknown) => typeof name === "string";
  // A hole in an array is no name either: `every` would pass over it.
  const isNone = (name: unknown) => !isName(name);
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.findIndex(isNone) >= 0) {
    const expected = "an array of at least one name";
    throw invalid("invalid-argument", "options.columns.inputs", expected, describe(inputs));
  }
  if (!isName(target)) {
    throw invalid("invalid-argument", "options.columns.target", "a name", describe(target));
  }
  return { inputs: [...inputs], target };
}
