import type { Dataset } from "../../data/matrix.js";
import type { Engine } from "../../engine/engine.js";
import type { Label } from "../../fit/classes.js";

/** Settings of a cell: what an experiment is told, all of it JSON. */
export type Settings = Readonly<Record<string, unknown>>;

/** Samples to train on, and others to measure the result on. */
export interface GivenData extends Dataset {
  readonly test?: Dataset;
  /** Where the targets are numbers of classes: these. */
  readonly classes?: readonly Label[];
}

/** What a cell is computed with. */
export interface Surroundings {
  /** One thread, variant `simd`: the same bits everywhere. */
  readonly engine: Engine;
  /** The data set that the settings name, where it is not a built-in problem. */
  readonly data: GivenData | null;
}

/** What a cell will take, so that the longest go first and memory is never promised twice. */
export interface Estimate {
  /** Floating-point operations, roughly. */
  readonly flops: number;
  /** Bytes beside those of an idle process. */
  readonly bytes: number;
}

/** One kind of cell: pure, the result depends on the settings and the data alone. */
export interface Experiment<S = Settings, R = unknown> {
  /** JSON Schema of each setting. */
  readonly properties: Readonly<Record<string, object>>;
  /** Settings that have no default. */
  readonly required: readonly string[];
  estimate(
    settings: S,
    data: { readonly samples: number; readonly inputs: number; readonly classes: number } | null,
  ): Estimate;
  compute(settings: S, surroundings: Surroundings): Promise<R>;
}
