import { checkDataset, loadDataset } from "../data/load.js";
import { countSamples, type Dataset, isFlat, type Matrix } from "../data/matrix.js";
import { foldRows, takeSamples } from "../data/split.js";
import { createEngine } from "../engine/engine.js";
import { countThreads, type Threads } from "../engine/threads.js";
import { describe, invalid, ResourceError, StateError } from "../support/errors.js";
import type { AbortSignalLike } from "../support/platform.js";
import { checkInteger, checkObject } from "../support/validate.js";
import { checkSignal } from "../training/options.js";
import { Model } from "./model.js";
import type { FitOptions } from "./options.js";
import { errorOf, type Quality } from "./quality.js";

export interface FoldOptions {
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
  readonly onFold?: (fold: Fold) => void;
}

/** What `crossValidate` takes: what `Model.fit` takes, and how the rows are divided. */
export type CrossValidateOptions = FitOptions & FoldOptions;

/** One part of the rows. */
export interface Fold extends Quality {
  readonly fold: number;
}

/** Every row as a fit predicts it that has not seen it. */
export interface CrossValidation extends Quality {
  readonly folds: readonly Fold[];
  /** One a row, in the units of the target. */
  readonly predictions: Float64Array;
}

/**
 * k-fold cross-validation: the rows in k parts, each predicted by `Model.fit` to the others, with
 * the same options. What is measured is of all rows together.
 * @throws InputError `invalid-argument`, and all that `Model.fit` throws
 * @throws StateError `aborted`
 */
export async function crossValidate(
  data: Dataset,
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  checkDataset(data);
  checkObject(options, "options");
  const { folds = 5, splitSeed = 0, workers = "auto", onFold, ...fitOptions } = options;
  checkInteger(folds, "options.folds", 2, Number.MAX_SAFE_INTEGER);
  checkInteger(splitSeed, "options.splitSeed", 0, Number.MAX_SAFE_INTEGER);
  if (workers !== "auto") checkInteger(workers, "options.workers", 1, MOST_WORKERS);
  checkSignal(fitOptions.signal);
  if (onFold !== undefined && typeof onFold !== "function") {
    throw invalid("invalid-argument", "options.onFold", "a function", describe(onFold));
  }
  const samples = countSamples(data.y, 1, "data.y");
  const engine = await createEngine();
  const scope = engine.open();
  try {
    // All rows, so that what is wrong with one is said by its own number.
    const shape = { inputs: inputsOf(data.x, samples), outputs: 1 };
    const loaded = loadDataset(engine, scope, data, shape);
    const parts = await foldRows(samples, folds, splitSeed, "options.folds");
    const predictions = new Float64Array(samples);
    const done: Fold[] = [];
    const work = async (fold: number, signal: AbortSignalLike, inWorker: boolean) => {
      const rows = parts[fold]!;
      const aside = new Set(rows);
      const others = [...predictions.keys()].filter((row) => !aside.has(row));
      const training = takeSamples(data, others, samples);
      const model = await fitOne(training, { ...fitOptions, signal }, inWorker);
      try {
        if (signal.aborted) return;
        const held = takeSamples(data, rows, samples);
        const predicted = model.predict(held.x);
        for (const [index, row] of rows.entries()) predictions[row] = predicted[index]!;
        done[fold] = { fold, ...model.evaluate(held) };
      } finally {
        model.dispose();
      }
      onFold?.(done[fold]!);
    };
    await inTurns(folds, countThreads(workers), fitOptions, work);
    const error = engine.scope((arena) => {
      const predicted = arena.f64(samples);
      engine.f64(predicted, samples).set(predictions);
      return errorOf(engine.core, loaded, predicted);
    });
    const logLikelihood = ofAllRows(done, ({ logLikelihood }) => logLikelihood);
    const coverage = ofAllRows(done, ({ coverage }) => coverage);
    return { ...error, logLikelihood, coverage, samples, folds: done, predictions };
  } finally {
    scope.close();
    engine.dispose();
  }
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
async function fitOne(data: Dataset, options: FitOptions, inWorker: boolean): Promise<Model> {
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
