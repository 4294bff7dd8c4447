import { checkDataset, loadDataset } from "../data/load.js";
import { countSamples, type Dataset, isFlat, type Matrix } from "../data/matrix.js";
import { foldRows, takeSamples } from "../data/split.js";
import { createEngine } from "../engine/engine.js";
import { countThreads, type Threads } from "../engine/threads.js";
import { describe, invalid, ResourceError, StateError } from "../support/errors.js";
import type { AbortSignalLike } from "../support/platform.js";
import { checkInteger, checkObject } from "../support/validate.js";
import { checkSignal } from "../training/options.js";
import type { Label, LabelledDataset } from "./classes.js";
import { type ClassQuality, likeliestOf, scoreClasses } from "./classification.js";
import { type AnyModel, type ClassLoss, Model } from "./model.js";
import { type ClassFitOptions, checkFitOptions, type FitOptions } from "./options.js";
import { errorOf, type Quality } from "./quality.js";

export interface FoldOptions<F = Fold> {
  /** Parts of the rows, each of which is predicted by a fit to the others; default 5. */
  readonly folds?: number;
  /** Of the choice of the parts; default 0. It is not that of the networks. */
  readonly splitSeed?: number;
  /**
   * Fits at a time, each in a worker; default `"auto"`, one a processor. With 1, with
   * `network.engine`, and where workers cannot be had, they are made one after the other on the
   * caller's thread. The result does not depend on it.
   */
  readonly workers?: Threads;
  /** Called after each fit, in the order in which they end. */
  readonly onFold?: (fold: F) => void;
}

/** What `crossValidate` takes: what `Model.fit` takes, and how the rows are divided. */
export type CrossValidateOptions = FitOptions & FoldOptions;

/** One part of the rows. */
export interface Fold extends Quality {
  readonly fold: number;
}

/** One part of the rows of classes. */
export interface ClassFold extends ClassQuality {
  readonly fold: number;
}

/** Every row as a fit predicts it that has not seen it. */
export interface CrossValidation extends Quality {
  readonly folds: readonly Fold[];
  /** One a row, in the units of the target. */
  readonly predictions: Float64Array;
}

/** The same of classes. */
export interface ClassCrossValidation<L extends Label = Label> extends ClassQuality {
  readonly folds: readonly ClassFold[];
  /** In the order of the probabilities. */
  readonly classes: readonly L[];
  /** One a row. */
  readonly predictions: readonly L[];
  /** M x k, row-major. */
  readonly probabilities: Float64Array;
}

/**
 * k-fold cross-validation: the rows in k parts, each predicted by `Model.fit` to the others, with
 * the same options. What is measured is of all rows together. Every fit knows all classes, those
 * too that its rows have none of.
 * @throws InputError `invalid-argument`, and all that `Model.fit` throws
 * @throws StateError `aborted`
 */
export function crossValidate(
  data: LabelledDataset<number>,
  options: ClassFitOptions<number> & FoldOptions<ClassFold> & { readonly loss: ClassLoss },
): Promise<ClassCrossValidation<number>>;
export function crossValidate(
  data: Dataset,
  options?: CrossValidateOptions,
): Promise<CrossValidation>;
export function crossValidate<L extends string | boolean>(
  data: LabelledDataset<L>,
  options?: ClassFitOptions<L> & FoldOptions<ClassFold>,
): Promise<ClassCrossValidation<L>>;
export function crossValidate(
  data: Dataset | LabelledDataset,
  options?: FitOptions & FoldOptions<Fold | ClassFold>,
): Promise<CrossValidation | ClassCrossValidation>;
export async function crossValidate(
  data: Dataset | LabelledDataset,
  options: FitOptions & FoldOptions<never> = {},
): Promise<CrossValidation | ClassCrossValidation> {
  checkDataset(data, true);
  checkObject(options, "options");
  const { folds = 5, splitSeed = 0, workers = "auto", onFold, ...fitOptions } = options;
  checkInteger(folds, "options.folds", 2, Number.MAX_SAFE_INTEGER);
  checkInteger(splitSeed, "options.splitSeed", 0, Number.MAX_SAFE_INTEGER);
  if (workers !== "auto") checkInteger(workers, "options.workers", 1, MOST_WORKERS);
  checkSignal(fitOptions.signal);
  if (onFold !== undefined && typeof onFold !== "function") {
    throw invalid("invalid-argument", "options.onFold", "a function", describe(onFold));
  }
  const { task, data: encoded } = checkFitOptions(data, fitOptions);
  const { classes } = task;
  const ofTask = classes === null ? fitOptions : { ...fitOptions, classes };
  const samples = countSamples(encoded.y, 1, "data.y");
  const engine = await createEngine();
  const scope = engine.open();
  try {
    // All rows, so that what is wrong with one is said by its own number.
    const shape = { inputs: inputsOf(encoded.x, samples), outputs: 1 };
    const loaded = loadDataset(engine, scope, encoded, shape, true);
    const parts = await foldRows(samples, folds, splitSeed, "options.folds");
    // Of classes their probabilities.
    const width = classes?.length ?? 1;
    const predictions = new Float64Array(samples * width);
    const done: (Fold | ClassFold)[] = [];
    const work = async (fold: number, signal: AbortSignalLike, inWorker: boolean) => {
      const rows = parts[fold]!;
      const aside = new Set(rows);
      const others = Array.from({ length: samples }, (_, row) => row).filter(
        (row) => !aside.has(row),
      );
      const training = takeSamples(data as Dataset, others, samples);
      const model = await fitOne(training, { ...ofTask, signal }, inWorker);
      try {
        if (signal.aborted) return;
        const held = takeSamples(data as Dataset, rows, samples);
        const predicted = predictedBy(model, held.x);
        for (const [index, row] of rows.entries()) {
          predictions.set(predicted.subarray(index * width, (index + 1) * width), row * width);
        }
        done[fold] = { fold, ...model.evaluate(held as never) };
      } finally {
        model.dispose();
      }
      // Folds are of one kind, and so is the function that takes them.
      onFold?.(done[fold] as never);
    };
    await inTurns(folds, countThreads(workers), fitOptions, work);
    return engine.scope((arena) => {
      const predicted = arena.f64(predictions.length);
      engine.f64(predicted, predictions.length).set(predictions);
      if (classes !== null) {
        return {
          ...scoreClasses(engine, arena, loaded, predicted, width),
          folds: done as ClassFold[],
          classes,
          predictions: likeliestOf(engine, arena, samples, predicted, classes),
          probabilities: predictions,
        };
      }
      const ofFolds = done as Fold[];
      const logLikelihood = ofAllRows(ofFolds, ({ logLikelihood }) => logLikelihood);
      const coverage = ofAllRows(ofFolds, ({ coverage }) => coverage);
      const error = errorOf(engine, arena, loaded, predicted);
      return { ...error, logLikelihood, coverage, samples, folds: ofFolds, predictions };
    });
  } finally {
    scope.close();
    engine.dispose();
  }
}

/** Of classes their probabilities. */
function predictedBy(model: AnyModel, x: Matrix): Float64Array {
  return model.classes === null ? model.predict(x) : model.predictive(x).probabilities;
}

const MOST_WORKERS = 256;

/** A mean over the rows of each fold, as one over all rows; `null` where a fold has none. */
function ofAllRows(folds: readonly Fold[], of: (fold: Fold) => number | null): number | null {
  let [sum, rows] = [0, 0];
  for (const fold of folds) {
    const value = of(fold);
    if (value === null) return null;
    sum += fold.samples * value;
    rows += fold.samples;
  }
  return sum / rows;
}

/** Columns of x, whose rows are as many as the targets. */
function inputsOf(x: Matrix, samples: number): number {
  const first: unknown = x[0];
  if (isFlat(x)) return Math.max(1, Math.floor(x.length / samples));
  return typeof first === "number" ? 1 : ((first as ArrayLike<unknown> | undefined)?.length ?? 1);
}

type Work = (fold: number, signal: AbortSignalLike, inWorker: boolean) => Promise<void>;

/**
 * Does the work of all folds, so many at a time; one that fails ends the others, and so does the
 * signal.
 */
async function inTurns(
  folds: number,
  workers: number,
  { signal, network }: FitOptions,
  work: Work,
): Promise<void> {
  const own = new AbortController();
  const abort = () => own.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  const atOnce = network !== undefined && "engine" in network ? 1 : Math.min(workers, folds);
  let failure: { readonly error: unknown } | null = null;
  let next = 0;
  const turns = async () => {
    while (next < folds && failure === null && !signal?.aborted) {
      try {
        await work(next++, own.signal, atOnce > 1);
      } catch (error) {
        failure ??= { error };
        own.abort();
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, turns));
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  if (signal?.aborted) throw aborted(signal);
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}

function aborted(signal: AbortSignalLike): StateError {
  return new StateError("aborted", "options.signal: aborted before all folds were fitted", {
    argument: "options.signal",
    cause: signal.reason,
  });
}

/** In a worker where one can be had. */
async function fitOne(
  data: Dataset | LabelledDataset,
  options: FitOptions,
  inWorker: boolean,
): Promise<AnyModel> {
  if (inWorker) {
    try {
      const { model } = await Model.fit(data, {
        ...options,
        network: { worker: true, ...options.network },
      });
      return model;
    } catch (error) {
      if (!(error instanceof ResourceError && error.code === "unsupported-engine")) throw error;
    }
  }
  const { worker: _, ...network } = { worker: undefined, ...options.network };
  return (await Model.fit(data, { ...options, network })).model;
}
