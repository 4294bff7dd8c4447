/// <reference lib="esnext.disposable" preserve="true" />

import { checkDataset, type LoadedInputs, loadDataset, loadInputs } from "../data/load.js";
import type { Dataset, Matrix } from "../data/matrix.js";
import { type Columns, type Scaling, scaleColumns, scaleInputs } from "../data/scaling.js";
import { predictLoaded } from "../derivatives/derivatives.js";
import type { Arena } from "../engine/engine.js";
import { checkFinite, finiteResult } from "../engine/finite.js";
import { decodeModel, encodeModel, type ModelJSON } from "../formats/model-json.js";
import { Network, networkAccess } from "../network/network.js";
import { lossTraits, type NamedLoss } from "../objective/losses.js";
import { mustBeAwaited, notByConstructor } from "../support/awaited.js";
import { InputError, invalid } from "../support/errors.js";
import { checkBoolean, checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import type { TrainingRun } from "../training/run.js";
import type { Label, LabelledDataset } from "./classes.js";
import {
  type ClassPredictive,
  type ClassQuality,
  likeliestOf,
  probabilitiesOf,
  scoreClasses,
} from "./classification.js";
import type { Ensemble, Mixture } from "./ensemble.js";
import type { EvidenceRun } from "./evidence-options.js";
import { fitNetwork } from "./fit-network.js";
import { scoreInUnits } from "./members.js";
import type {
  ClassFitOptions,
  EvidenceFitOptions,
  FitOptions,
  InterpolationOptions,
  LossFitOptions,
} from "./options.js";
import { describeMixture, IN_UNITS, meansOf, type Predictive, scoreMixture } from "./predictive.js";
import { errorOf, type Quality } from "./quality.js";
import { restoreEnsemble, storeEnsemble } from "./store.js";
import type { PosteriorCurvature, Start } from "./structure.js";
import {
  type ClassLossName,
  encodeTargets,
  outputsOf,
  restoreTask,
  storeTask,
  type Task,
} from "./task.js";

/** What `Model.fit` gives. */
export interface Fit<Run = EvidenceRun | TrainingRun, L extends Label | null = null> {
  readonly model: Model<L>;
  readonly run: Run;
}

/** What a model of quantities has, and what one of classes: L is the type of its labels. */
type Either<L extends Label | null, Quantities, Classes> = [L] extends [null]
  ? Quantities
  : Classes;

/** Labels of the same type: which of them a data set has is found when it is read. */
type AnyOf<L extends Label> = L extends string ? string : L extends number ? number : boolean;

/** The labels, without `null`. */
type LabelOf<L extends Label | null> = L extends Label ? L : never;

/** Its members, which a promise of it does not have. */
const FIT: Record<keyof Fit, null> = { model: null, run: null };

/** What the evidence says of one network. */
export interface MemberEvidence {
  /** log p(y), in nats, y in its own units. */
  readonly logEvidence: number;
  /** Mean log likelihood of each sample under what the others say of it, in nats. */
  readonly looLogLikelihood: number;
  /** Standard deviation of the noise, in units of the target. */
  readonly noiseSd: number;
  /** How many parameters the data determine, and how many there are. */
  readonly effectiveParameters: number;
  readonly parameters: number;
  /** Of the priors, for standardized columns: of the weights of each input, of eta, of c. */
  readonly precisions: { readonly w: readonly number[]; readonly eta: number; readonly c: number };
  /** Of the posterior: exact only where it was asked for, and positive definite. */
  readonly curvature: PosteriorCurvature;
  readonly start: Start;
  readonly seed: number;
  readonly steps: number;
}

/** What the other samples say of each sample, in closed form (network linearized). */
export interface LeaveOneOut {
  /** Prediction less target, in units of the target. */
  readonly residuals: Float64Array;
  /** Mean log density, in nats. */
  readonly logLikelihood: number;
}

export interface PredictiveOptions {
  /** Probability of the interval, between 0 and 1; default 0.95. */
  readonly level?: number;
  /** Default false: the joint covariance of all rows. */
  readonly covariance?: boolean;
  /** How many functions to draw from the posterior; default 0. */
  readonly samples?: number;
  /** Seed of what is drawn, an integer from 0 to 2^53 - 1; default 0. */
  readonly seed?: number;
}

/** Of the intervals whose coverage is counted. */
const LEVEL = 0.95;
/** Functions drawn at once: each has streams of random numbers of its own. */
const MOST_DRAWS = 2 ** 30;

/**
 * A network together with the names and the scaling of the columns it was trained on: takes inputs
 * and gives predictions in the units of the data, or classes. This is what the command line stores.
 *
 * `Model` is one of quantities, `Model<string>` one whose classes are texts.
 */
export class Model<L extends Label | null = null> {
  readonly network: Network;
  readonly columns: Columns;
  readonly scaling: Scaling;
  /** The loss that was minimized, with its parameters, which are in units of the scaled target. */
  readonly loss: NamedLoss;
  /** Of a model of classes, in the order of the probabilities; otherwise `null`. */
  readonly classes: Either<L, null, readonly LabelOf<L>[]>;
  readonly #task: Task;
  readonly #ensemble: Ensemble | null;

  private constructor(
    network: Network,
    columns: Columns,
    scaling: Scaling,
    task: Task,
    ensemble: Ensemble | null = null,
  ) {
    if (!(network instanceof Network)) {
      throw notByConstructor("Model", "Model.fit(data, options)");
    }
    this.network = network;
    this.columns = columns;
    this.scaling = scaling;
    this.loss = { name: task.loss.name, ...task.loss.parameters } as NamedLoss;
    this.classes = task.classes as typeof this.classes;
    this.#task = task;
    this.#ensemble = ensemble;
  }

  /**
   * Standardizes the data and fits a new network to them, in a worker if `network.worker` says so.
   *
   * With evidence (the default) the variance of the noise and the precisions of the priors are
   * found together with the parameters, and the model has error bars. Without, the network is
   * trained; losses in the run are in standardized units.
   *
   * Targets that are texts or truth values are classes, and so are whole numbers with the loss
   * `logistic` or `softmax`. Any loss but `squares` is minimized as by `evidence: false`.
   * @throws InputError `constant-column`, `invalid-argument`, and all that `Network.create` and
   *   `train` throw
   * @throws StateError `aborted`; ResourceError `out-of-memory`, `not-converged`
   */
  static fit(
    data: LabelledDataset<number>,
    options: ClassFitOptions<number> & { readonly loss: ClassLoss },
  ): Promise<Fit<TrainingRun, number>>;
  static fit(data: Dataset, options: InterpolationOptions): Promise<Fit<TrainingRun>>;
  static fit(data: Dataset, options: LossFitOptions): Promise<Fit<TrainingRun>>;
  static fit(data: Dataset, options?: EvidenceFitOptions): Promise<Fit<EvidenceRun>>;
  static fit<L extends string | boolean>(
    data: LabelledDataset<L>,
    options?: ClassFitOptions<L>,
  ): Promise<Fit<TrainingRun, L>>;
  static fit(data: Dataset, options: FitOptions): Promise<Fit>;
  static fit(data: Dataset | LabelledDataset, options: FitOptions): Promise<AnyFit>;
  static fit(data: Dataset | LabelledDataset, options: FitOptions = {}): Promise<object> {
    return mustBeAwaited(Model.#fit(data, options), "Model.fit(...)", FIT);
  }

  static async #fit(data: Dataset | LabelledDataset, options: FitOptions): Promise<AnyFit> {
    const { network, task, columns, scaling, ensemble, run } = await fitNetwork(data, options);
    return { model: new Model(network, columns, scaling, task, ensemble), run } as AnyFit;
  }

  /**
   * Restores what `toJSON` gave. Nothing checks the type argument: `Model.fromJSON<string>(json)`
   * is for a model of classes whose names are texts, and `model.classes` says whether it is one.
   * @throws InputError `invalid-model`, `unsupported-version`
   */
  static fromJSON<L extends Label | null = null>(json: unknown): Promise<Model<L>> {
    return mustBeAwaited(Model.#restore<L>(json), "Model.fromJSON(...)", Model.prototype);
  }

  static async #restore<L extends Label | null>(json: unknown): Promise<Model<L>> {
    const { network, columns, scaling, task: stored, evidence } = decodeModel(json);
    const task = restoreTask(stored, scaling);
    const restored = await Network.fromJSON(network);
    try {
      const { inputs, outputs } = restored;
      const wanted = outputsOf(task);
      if (outputs !== wanted) throw notThisNetwork("network.outputs", String(wanted), outputs);
      if (inputs !== columns.inputs.length) {
        throw notThisNetwork("columns.inputs", `${inputs} input columns`, columns.inputs.length);
      }
      const ensemble = evidence === null ? null : restoreEnsemble(restored, evidence);
      return new Model<L>(restored, columns, scaling, task, ensemble);
    } catch (error) {
      restored.dispose();
      throw error;
    }
  }

  /**
   * Predictions for each row of x, both in the units of the data: the mean of the target, or the
   * class of the largest probability.
   */
  predict(x: Matrix): Either<L, Float64Array, LabelOf<L>[]>;
  predict(x: Matrix): Float64Array | Label[] {
    const { engine } = networkAccess(this.network);
    const { classes } = this.#task;
    return engine.scope((arena) => {
      const loaded = this.#load(arena, x);
      const { samples } = loaded;
      if (classes === null) {
        return engine.f64(this.#predict(arena, loaded, "x"), samples).slice();
      }
      const probabilities = this.#probabilities(arena, loaded, "x");
      return likeliestOf(engine, arena, samples, probabilities, classes);
    });
  }

  /** Inputs in memory, standardized. */
  #load(arena: Arena, x: Matrix): LoadedInputs {
    const { engine, shape } = networkAccess(this.network);
    const loaded = loadInputs(engine, arena, x, shape.inputs, "x");
    scaleInputs(engine, loaded, this.scaling.inputs, "x");
    return loaded;
  }

  /** Probabilities of the classes at standardized inputs: rows of k values, in `arena`. */
  #probabilities(arena: Arena, inputs: LoadedInputs, argument: string): number {
    const point = networkAccess(this.network);
    const predicted = predictLoaded(point, arena, inputs, argument);
    const { outputs } = point.shape;
    return probabilitiesOf(point.engine, arena, inputs.samples, outputs, predicted);
  }

  /** The same of standardized inputs in memory: a value a sample, in `arena`. */
  #predict(arena: Arena, inputs: LoadedInputs, argument: string): number {
    const point = networkAccess(this.network);
    const { engine } = point;
    const { target } = this.scaling;
    // The mean of one member is its network's output, whose variance nobody asks for here.
    if (this.#ensemble !== null && this.#ensemble.members.length > 1) {
      const mixture = this.#ensemble.predict(arena, inputs, argument);
      return meansOf(engine, arena, mixture, target, argument);
    }
    const predicted = predictLoaded(point, arena, inputs, argument);
    if (lossTraits(this.#task.loss.name).prediction === "exp") {
      engine.core.exponentials(inputs.samples, predicted);
    }
    engine.core.restoreColumn(inputs.samples, 1, predicted, target.mean, target.scale);
    checkFinite(engine, inputs.samples, predicted, argument, IN_UNITS);
    return predicted;
  }

  /**
   * Means, error bars and an interval for each row of x, in the units of the data. Of a model of
   * classes their probabilities; it takes no options.
   * @throws InputError as `predict`; `invalid-argument` for a model of quantities without evidence
   * @throws ResourceError `out-of-memory`, `not-converged`
   */
  predictive(
    x: Matrix,
    options?: Either<L, PredictiveOptions, NoOptions>,
  ): Either<L, Predictive, ClassPredictive>;
  predictive(x: Matrix, options: PredictiveOptions = {}): Predictive | ClassPredictive {
    const { classes } = this.#task;
    if (classes === null) return this.#describe(x, options);
    checkOptions(options, "options", []);
    const { engine } = networkAccess(this.network);
    return engine.scope((arena) => {
      const loaded = this.#load(arena, x);
      const probabilities = this.#probabilities(arena, loaded, "x");
      const count = loaded.samples * classes.length;
      return { probabilities: engine.f64(probabilities, count).slice() };
    });
  }

  #describe(x: Matrix, options: PredictiveOptions): Predictive {
    checkOptions(options, "options", ["level", "covariance", "samples", "seed"]);
    const { covariance = false, samples: draws = 0, seed = 0 } = options;
    checkBoolean(covariance, "options.covariance");
    checkInteger(draws, "options.samples", 0, MOST_DRAWS);
    checkInteger(seed, "options.seed", 0, Number.MAX_SAFE_INTEGER);
    const level = checkNumber(options.level ?? LEVEL, "options.level", { above: 0, below: 1 });
    const ensemble = this.#withEvidence("predictive");
    const { engine } = networkAccess(this.network);
    return engine.scope((arena) => {
      const loaded = this.#load(arena, x);
      const { samples } = loaded;
      const marks = arena.f64(Math.ceil(samples / 8));
      ensemble.markOutside(loaded, marks);
      const mixture = ensemble.predict(arena, loaded, "x");
      const described = describeMixture(engine, arena, mixture, this.scaling.target, level, "x");
      const outside = new Uint8Array(engine.core.memory.buffer, marks, samples).slice();
      return {
        ...described,
        outside,
        ...(covariance && { covariance: this.#covariance(arena, ensemble, loaded, mixture) }),
        ...(draws > 0 && { samples: this.#draw(arena, ensemble, loaded, draws, seed) }),
      };
    });
  }

  #covariance(
    arena: Arena,
    ensemble: Ensemble,
    inputs: LoadedInputs,
    mixture: Mixture,
  ): Float64Array {
    const { engine } = networkAccess(this.network);
    const mean = meansOf(engine, arena, mixture, { mean: 0, scale: 1 }, "x");
    const covariance = ensemble.covariance(arena, inputs, mixture, mean);
    const { scale } = this.scaling.target;
    const count = inputs.samples * inputs.samples;
    // One after the other: the square of the scale alone may be beyond float64.
    engine.core.restoreColumn(count, 1, covariance, 0, scale);
    engine.core.restoreColumn(count, 1, covariance, 0, scale);
    return finiteResult(engine, covariance, count, "x");
  }

  #draw(
    arena: Arena,
    ensemble: Ensemble,
    inputs: LoadedInputs,
    count: number,
    seed: number,
  ): Float64Array[] {
    const { engine } = networkAccess(this.network);
    const { mean, scale } = this.scaling.target;
    const { samples } = inputs;
    const drawn = ensemble.draw(arena, inputs, count, seed);
    engine.core.restoreColumn(count * samples, 1, drawn, mean, scale);
    checkFinite(engine, count * samples, drawn, "x", IN_UNITS);
    return Array.from({ length: count }, (_, index) =>
      engine.f64(drawn + 8 * index * samples, samples).slice(),
    );
  }

  /** What the evidence says of each member, the best one first; `null` without evidence. */
  get evidence(): readonly MemberEvidence[] | null {
    const ensemble = this.#ensemble;
    if (ensemble === null) return null;
    const { engine } = networkAccess(this.network);
    const { parameterCount: parameters, inputs } = this.network;
    return ensemble.members.map((member) => {
      const { precisions, curvature, start, seed, steps } = member;
      const w = Array.from(precisions.subarray(0, inputs));
      return {
        ...scoreInUnits(engine, member, ensemble.data.samples, this.scaling.target),
        parameters,
        precisions: { w, eta: precisions[inputs]!, c: precisions[inputs + 1]! },
        curvature,
        start,
        seed,
        steps,
      };
    });
  }

  /**
   * How much each input matters, the most important one 1: the standard deviation that the prior of
   * its weights was found to have, the mean of all members. `null` without evidence.
   */
  get relevance(): readonly number[] | null {
    const { evidence } = this;
    if (evidence === null) return null;
    const deviations = this.columns.inputs.map((_, input) =>
      evidence.reduce((sum, { precisions }) => sum + 1 / Math.sqrt(precisions.w[input]!), 0),
    );
    const largest = Math.max(...deviations);
    return deviations.map((value) => value / largest);
  }

  /**
   * What the other samples say of each sample that was fitted: from the same factors, without
   * fitting again.
   * @throws InputError `invalid-argument` for a model without evidence
   */
  leaveOneOut(): LeaveOneOut {
    const ensemble = this.#withEvidence("leaveOneOut");
    const { engine } = networkAccess(this.network);
    const { target } = this.scaling;
    return engine.scope((arena) => {
      const { core } = engine;
      const { data } = ensemble;
      const { samples, y } = data;
      const mixture = ensemble.leaveOneOut(arena);
      const { logLikelihood } = scoreMixture(engine, arena, mixture, data, target, LEVEL, "data");
      const residuals = meansOf(engine, arena, mixture, { mean: 0, scale: 1 }, "x");
      core.axpy(samples, -1, y, residuals);
      core.restoreColumn(samples, 1, residuals, 0, target.scale);
      return { residuals: finiteResult(engine, residuals, samples, "data"), logLikelihood };
    });
  }

  #withEvidence(what: string): Ensemble {
    networkAccess(this.network);
    if (this.#ensemble !== null) return this.#ensemble;
    throw invalid("invalid-argument", what, "a model fitted with evidence", "one without");
  }

  /**
   * Error of the predictions on data in their units, or how well classes are predicted. Weights
   * count in a model without evidence.
   * @throws InputError as `predict`, `invalid-shape`; `invalid-argument` for a class that the model
   *   does not have
   */
  evaluate(
    data: Either<L, Dataset, LabelledDataset<AnyOf<LabelOf<L>>>>,
  ): Either<L, Quality, ClassQuality> {
    return this.#evaluate(data as Dataset) as Either<L, Quality, ClassQuality>;
  }

  #evaluate(given: Dataset | LabelledDataset): Quality | ClassQuality {
    const weighted = this.#ensemble === null;
    checkDataset(given, weighted);
    const { engine, shape } = networkAccess(this.network);
    const { classes } = this.#task;
    const data = encodeTargets(given, this.#task, "data");
    return engine.scope((arena) => {
      const columns = { inputs: shape.inputs, outputs: 1 };
      const loaded = loadDataset(engine, arena, data, columns, weighted);
      const { samples, y } = loaded;
      scaleInputs(engine, loaded, this.scaling.inputs, "data.x");
      if (classes !== null) {
        const probabilities = this.#probabilities(arena, loaded, "data.x");
        return scoreClasses(engine, arena, loaded, probabilities, classes.length);
      }
      const { target } = this.scaling;
      if (this.#ensemble === null) {
        const predicted = this.#predict(arena, loaded, "data.x");
        const none = { logLikelihood: null, coverage: null };
        return { ...errorOf(engine, arena, loaded, predicted), ...none, samples };
      }
      const mixture = this.#ensemble.predict(arena, loaded, "data.x");
      const means = meansOf(engine, arena, mixture, target, "data.x");
      const error = errorOf(engine, arena, loaded, means);
      scaleColumns(engine, [y], samples, [target], "data.y");
      const score = scoreMixture(engine, arena, mixture, loaded, target, LEVEL, "data.y");
      return { ...error, ...score, samples };
    });
  }

  /** The versioned format of docs/model-format.md. */
  toJSON(): ModelJSON {
    const { engine } = networkAccess(this.network);
    const ensemble = this.#ensemble;
    const evidence = ensemble === null ? null : storeEnsemble(engine, ensemble);
    const task = storeTask(this.#task);
    return encodeModel(this.network.toJSON(), this.columns, this.scaling, task, evidence);
  }

  dispose(): void {
    // First what may refuse: a network that is being trained keeps its error bars.
    this.network.dispose();
    this.#ensemble?.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A fit of which only the run says what it is of. */
export type AnyFit = Fit | Fit<EvidenceRun | TrainingRun, Label>;

/** A model of which only `classes` says what it is of. */
export type AnyModel = Model | Model<Label>;

export type ClassLoss = ClassLossName | { readonly name: ClassLossName };

type NoOptions = { readonly [option: string]: never };

function notThisNetwork(argument: string, expected: string, count: number): InputError {
  const got = String(count);
  const message = `not a readable model: ${argument}: expected ${expected}, got ${got}`;
  return new InputError("invalid-model", message, { argument, expected, got });
}
