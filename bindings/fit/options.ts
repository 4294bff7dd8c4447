import { checkDataset } from "../data/load.js";
import { checkMatrix, type Dataset, isFlat } from "../data/matrix.js";
import type { Columns, Preparation } from "../data/scaling.js";
import type { Engine, EngineOptions } from "../engine/engine.js";
import type { NetworkOptions, WorkerNetworkOptions } from "../network/network.js";
import { describe, invalid } from "../support/errors.js";
import { checkBoolean, checkObject } from "../support/validate.js";
import type { TrainOptions } from "../training/options.js";
import { EVIDENCE_OPTIONS, type EvidenceOptions } from "./evidence-options.js";
import { defaultWidth } from "./plan.js";

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
   * scale.
   */
  readonly standardize?: boolean;
}

type NetworkChoice = WithoutShape<NetworkOptions> | WithoutShape<WorkerNetworkOptions>;

type WithoutShape<T extends { readonly width: number }> = Omit<T, "inputs" | "width"> &
  Partial<Pick<T, "width">>;

/** A fit that finds the noise and the precisions of its priors from the data. */
export interface EvidenceFitOptions extends CommonOptions, EvidenceOptions {
  /** Default true. False interpolates, as `train` does, and takes the options of `train`. */
  readonly evidence?: true;
}

/** A fit that only minimizes the error. */
export interface InterpolationOptions extends CommonOptions, TrainOptions {
  readonly evidence: false;
}

export type FitOptions = EvidenceFitOptions | InterpolationOptions;

export type InWorker = WorkerNetworkOptions & { readonly worker: true | EngineOptions };

/** What a fit is to do. */
export interface FitTask {
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
export function checkFitOptions(data: Dataset, options: FitOptions): FitTask {
  checkDataset(data);
  checkObject(options, "options");
  const { network: chosen = {}, standardize = true, columns: given, ...rest } = options;
  const { evidence = true, ...others } = rest;
  checkBoolean(standardize, "options.standardize");
  checkBoolean(evidence, "options.evidence");
  const columns = given === undefined ? defaultColumns(data) : checkColumns(given);
  if (evidence) checkEvidenceKeys(others);
  checkObject(chosen, "options.network");
  const inputs = columns.inputs.length;
  const width = evidence ? defaultWidth(inputs, countOf(data.y)) : WIDTH;
  const shaped = { width, ...chosen, inputs };
  const { worker, ...here } = shaped as WorkerNetworkOptions & { engine?: Engine };
  const elsewhere = worker === undefined || worker === false ? null : { ...here, worker };
  if (evidence) {
    const preparation = { columns, standardize, unskew: true, unitTarget: true };
    return { preparation, here, elsewhere, way: { evidence, options: others as EvidenceOptions } };
  }
  const preparation = { columns, standardize };
  return { preparation, here, elsewhere, way: { evidence, options: others as TrainOptions } };
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
