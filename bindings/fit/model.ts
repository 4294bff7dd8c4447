/// <reference lib="esnext.disposable" preserve="true" />

import { checkDataset } from "../data/load.js";
import {
  type Columns,
  IDENTITY,
  measureColumns,
  restore,
  type Scaling,
  squaredDistance,
  standardize,
  sumOfSquares,
} from "../data/scaling.js";
import type { EngineOptions } from "../engine/engine.js";
import { decodeModel, encodeModel, type ModelJSON } from "../formats/model-json.js";
import { predict } from "../network/derivatives.js";
import {
  Network,
  type NetworkOptions,
  networkAccess,
  type WorkerNetworkOptions,
} from "../network/network.js";
import { mustBeAwaited, notByConstructor } from "../support/awaited.js";
import { describe, InputError, invalid } from "../support/errors.js";
import { train } from "../training/train.js";
import type { Dataset, Matrix, TrainingRun, TrainOptions, Vector } from "../types.js";

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
      const { engine } = networkAccess(network);
      const measure = (values: Matrix | Vector, names: readonly string[], argument: string) =>
        wanted ? measureColumns(engine, values, names, argument) : names.map(() => IDENTITY);
      const inputs = measure(data.x, columns.inputs, "data.x");
      const target = measure(data.y, [columns.target], "data.y")[0]!;
      const x = standardize(engine, data.x, inputs, "data.x");
      const y = standardize(engine, data.y, [target], "data.y");
      const run = await (worker === undefined || worker === false
        ? train(network, { x, y }, trainOptions)
        : trainElsewhere(network, { ...here, worker }, { x, y }, trainOptions));
      return { model: new Model(network, columns, { inputs, target }), run };
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
    return this.#predict(x, "x");
  }

  #predict(x: Matrix, argument: string): Float64Array {
    const { engine } = networkAccess(this.network);
    const scaled = standardize(engine, x, this.scaling.inputs, argument);
    const predicted = predict(networkAccess(this.network), scaled, argument);
    return restore(engine, predicted, this.scaling.target);
  }

  /**
   * Error of the predictions on data in their units. @throws InputError as `predict`,
   * `invalid-shape`
   */
  evaluate(data: Dataset): Quality {
    checkDataset(data);
    const { engine } = networkAccess(this.network);
    const predicted = this.#predict(data.x, "data.x");
    const targets = standardize(engine, data.y, [IDENTITY], "data.y");
    if (targets.length !== predicted.length) {
      const expected = `${predicted.length} values, one a row of data.x`;
      throw invalid("invalid-shape", "data.y", expected, `${targets.length}`);
    }
    const residual = squaredDistance(engine, targets, predicted);
    const total = sumOfSquares(engine, targets);
    const samples = targets.length;
    return {
      rmse: Math.sqrt(residual / samples),
      r2: total > 0 ? 1 - residual / total : Number.NaN,
      samples,
    };
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
async function trainElsewhere(
  network: Network,
  options: WorkerNetworkOptions & { readonly worker: true | EngineOptions },
  data: Dataset,
  trainOptions: TrainOptions,
): Promise<TrainingRun> {
  const trainee = await Network.create(options);
  try {
    const run = await train(trainee, data, trainOptions);
    network.setParameters(await trainee.parameters());
    return run;
  } finally {
    trainee.dispose();
  }
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
  if (!Array.isArray(inputs) || inputs.length === 0 || !inputs.every(isName)) {
    const expected = "an array of at least one name";
    throw invalid("invalid-argument", "options.columns.inputs", expected, describe(inputs));
  }
  if (!isName(target)) {
    throw invalid("invalid-argument", "options.columns.target", "a name", describe(target));
  }
  return { inputs: [...inputs], target };
}
