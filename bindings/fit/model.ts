/// <reference lib="esnext.disposable" preserve="true" />

import {
  checkDataset,
  type LoadedData,
  type LoadedInputs,
  loadDataset,
  loadInputs,
} from "../data/load.js";
import { type Dataset, flattenDataset, type Matrix } from "../data/matrix.js";
import { type Columns, type Preparation, type Scaling, scaleInputs } from "../data/scaling.js";
import { predictLoaded } from "../derivatives/derivatives.js";
import type { CoreExports } from "../engine/core.js";
import type { Arena, EngineOptions } from "../engine/engine.js";
import { checkFinite } from "../engine/finite.js";
import { decodeModel, encodeModel, type ModelJSON } from "../formats/model-json.js";
import {
  Network,
  type NetworkOptions,
  networkAccess,
  type WorkerNetworkOptions,
} from "../network/network.js";
import { fitInWorker } from "../remote/worker-network.js";
import { mustBeAwaited, notByConstructor } from "../support/awaited.js";
import { describe, InputError, invalid } from "../support/errors.js";
import type { TrainOptions } from "../training/options.js";
import { asRun, type Fitted, type TrainingRun } from "../training/run.js";
import { fitHere } from "./fit.js";

export interface FitOptions extends TrainOptions {
  readonly columns: Columns;
  /**
   * The network to make; its number of inputs is that of the input columns. With `worker` it is
   * trained in a worker, which ends with the training: the model's network is on the caller's
   * thread, with the default engine.
   */
  readonly network: Omit<NetworkOptions, "inputs"> | Omit<WorkerNetworkOptions, "inputs">;
  /**
   * Default true: inputs and target are brought to mean 0 and standard deviation 1 for the network.
   */
  readonly standardize?: boolean;
}

/** What `Model.fit` gives. */
export interface Fit {
  readonly model: Model;
  readonly run: TrainingRun;
}

/** Its members, which a promise of it does not have. */
const FIT: Record<keyof Fit, null> = { model: null, run: null };

/** How well predictions meet targets. */
export interface Quality {
  /** Root of the mean squared error, in the units of the target. */
  readonly rmse: number;
  /** 1 - sum (y - f)^2 / sum (y - mean)^2; NaN when the targets do not vary. */
  readonly r2: number;
  readonly samples: number;
}

/**
 * A network together with the names and the scaling of the columns it was trained on: takes inputs
 * and gives predictions in the units of the data. This is what the command line stores.
 */
export class Model {
  readonly network: Network;
  readonly columns: Columns;
  readonly scaling: Scaling;

  private constructor(network: Network, columns: Columns, scaling: Scaling) {
    if (!(network instanceof Network)) {
      throw notByConstructor("Model", "Model.fit(data, options)");
    }
    this.network = network;
    this.columns = columns;
    this.scaling = scaling;
  }

  /**
   * Standardizes the data and trains a new network on them, in a worker if `network.worker` says
   * so. Losses in the run are in standardized units.
   * @throws InputError `constant-column`, `invalid-argument`, and all that `Network.create` and
   *   `train` throw
   */
  static fit(data: Dataset, options: FitOptions): Promise<Fit> {
    return mustBeAwaited(Model.#fit(data, options), "Model.fit(...)", FIT);
  }

  static async #fit(data: Dataset, options: FitOptions): Promise<Fit> {
    checkDataset(data);
    checkObject(options, "options", "an object with columns and network");
    const { network: networkOptions, standardize: wanted = true, ...rest } = options;
    const { columns: given, ...trainOptions } = rest;
    const columns = checkColumns(given);
    if (typeof wanted !== "boolean") {
      const got = describe(wanted);
      throw invalid("invalid-argument", "options.standardize", "true or false", got);
    }
    const { worker, ...here } = { ...networkOptions, inputs: columns.inputs.length };
    const network = await Network.create(here);
    try {
      const preparation = { columns, standardize: wanted };
      const { run, scaling } = await (worker === undefined || worker === false
        ? fitHere(network, data, preparation, trainOptions)
        : fitElsewhere(network, { ...here, worker }, data, preparation, trainOptions));
      return { model: new Model(network, columns, scaling), run: asRun(run) };
    } catch (error) {
      network.dispose();
      throw error;
    }
  }

  /** Restores what `toJSON` gave. @throws InputError `invalid-model`, `unsupported-version` */
  static fromJSON(json: unknown): Promise<Model> {
    return mustBeAwaited(Model.#restore(json), "Model.fromJSON(...)", Model.prototype);
  }

  static async #restore(json: unknown): Promise<Model> {
    const { network, columns, scaling } = decodeModel(json);
    const restored = await Network.fromJSON(network);
    const { inputs, outputs } = restored;
    if (inputs === columns.inputs.length && outputs === 1) {
      return new Model(restored, columns, scaling);
    }
    restored.dispose();
    if (outputs !== 1) throw notThisNetwork("network.outputs", "1", outputs);
    throw notThisNetwork("columns.inputs", `${inputs} input columns`, columns.inputs.length);
  }

  /** Predictions for each row of x, both in the units of the data. */
  predict(x: Matrix): Float64Array {
    const { engine, shape } = networkAccess(this.network);
    return engine.scope((arena) => {
      const loaded = loadInputs(engine, arena, x, shape.inputs, "x");
      return engine.f64(this.#predict(arena, loaded, "x"), loaded.samples).slice();
    });
  }

  /**
   * The same of inputs in memory, which are standardized in place: a value a sample, in `arena`.
   */
  #predict(arena: Arena, inputs: LoadedInputs, argument: string): number {
    const point = networkAccess(this.network);
    const { engine } = point;
    scaleInputs(engine, inputs, this.scaling.inputs, argument);
    const predicted = predictLoaded(point, arena, inputs, argument);
    const { mean, scale } = this.scaling.target;
    engine.core.restoreColumn(inputs.samples, 1, predicted, mean, scale);
    const what = "the prediction in the units of the target";
    checkFinite(engine, inputs.samples, predicted, argument, what);
    return predicted;
  }

  /**
   * Error of the predictions on data in their units. @throws InputError as `predict`,
   * `invalid-shape`
   */
  evaluate(data: Dataset): Quality {
    checkDataset(data);
    const { engine, shape } = networkAccess(this.network);
    return engine.scope((arena) => {
      const loaded = loadDataset(engine, arena, data, shape);
      return qualityOf(engine.core, loaded, this.#predict(arena, loaded, "data.x"));
    });
  }

  /** The versioned format of docs/model-format.md. */
  toJSON(): ModelJSON {
    return encodeModel(this.network.toJSON(), this.columns, this.scaling);
  }

  dispose(): void {
    this.network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Trains a network of the same options in a worker and takes its parameters. */
async function fitElsewhere(
  network: Network,
  options: WorkerNetworkOptions & { readonly worker: true | EngineOptions },
  data: Dataset,
  preparation: Preparation,
  trainOptions: TrainOptions,
): Promise<Fitted> {
  const flat = flattenDataset(data, { inputs: network.inputs, outputs: 1 });
  const trainee = await Network.create(options);
  try {
    const fitted = await fitInWorker(trainee, flat, preparation, trainOptions);
    network.setParameters(await trainee.parameters());
    return fitted;
  } finally {
    trainee.dispose();
  }
}

function qualityOf(core: CoreExports, { y, samples }: LoadedData, predicted: number): Quality {
  // By sums that are scaled: the squares of what float64 holds may overflow or vanish.
  const rmse = core.distance(samples, y, predicted) / Math.sqrt(samples);
  const deviation = core.columnScale(samples, 1, y, core.columnMean(samples, 1, y));
  const ratio = rmse / deviation;
  return { rmse, r2: deviation > 0 ? 1 - ratio * ratio : Number.NaN, samples };
}

function notThisNetwork(argument: string, expected: string, count: number): InputError {
  const got = String(count);
  const message = `not a readable model: ${argument}: expected ${expected}, got ${got}`;
  return new InputError("invalid-model", message, { argument, expected, got });
}

function checkObject(value: unknown, argument: string, expected: string): void {
  if (typeof value === "object" && value !== null) return;
  throw invalid("invalid-argument", argument, expected, describe(value));
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
