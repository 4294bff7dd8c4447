import type { LoadedData } from "../data/load.js";
import type { ColumnScaling } from "../data/scaling.js";
import type { Arena, Engine } from "../engine/engine.js";
import { checkFinite, checkFiniteNumber } from "../engine/finite.js";
import type { Mixture } from "./ensemble.js";

/** What may be beyond float64. */
export const IN_UNITS = "the prediction in the units of the target";

/** What is known of each row of x; all in units of the target. */
export interface Predictive {
  /** Of the mixture of the members, each weighted by 1 / variance at its row. */
  readonly mean: Float64Array;
  /** Standard deviation of a new measurement: modelSd and noiseSd together. */
  readonly sd: Float64Array;
  /** What the network is unsure of, and what its members differ by; it grows away from the data. */
  readonly modelSd: Float64Array;
  /** Of the noise. */
  readonly noiseSd: Float64Array;
  /** The interval that a new measurement is in with probability `level`, by quantiles. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** 1 where an input is beyond the range it had in the data that were fitted, otherwise 0. */
  readonly outside: Uint8Array;
  /**
   * Where it was asked for: the joint covariance of the model at all rows, row-major; its diagonal
   * is modelSd squared. A new measurement has the noise beside it.
   */
  readonly covariance?: Float64Array;
  /** Where it was asked for: functions drawn from the posterior, a row of values each. */
  readonly samples?: readonly Float64Array[];
}

/** The mixture's moments and interval, brought back to units of the target. */
export function describeMixture(
  engine: Engine,
  arena: Arena,
  mixture: Mixture,
  target: ColumnScaling,
  level: number,
  argument: string,
): Pick<Predictive, "mean" | "sd" | "modelSd" | "noiseSd" | "lower" | "upper"> {
  const { core } = engine;
  const { rows, count, means, variances, noises, weights } = mixture;
  const of = [rows, count, means, variances, noises, weights] as const;
  const [mean, modelSd, noiseSd, sd, lower, upper] = Array.from({ length: 6 }, () =>
    arena.f64(rows),
  ) as [number, number, number, number, number, number];
  core.mixtureMoments(...of, mean, modelSd, noiseSd, sd);
  const tail = (1 - level) / 2;
  core.mixtureQuantiles(...of, tail, lower);
  core.mixtureQuantiles(...of, 1 - tail, upper);
  for (const value of [mean, lower, upper]) {
    core.restoreColumn(rows, 1, value, target.mean, target.scale);
  }
  for (const deviation of [modelSd, noiseSd, sd]) {
    core.restoreColumn(rows, 1, deviation, 0, target.scale);
  }
  const copy = (pointer: number) => {
    checkFinite(engine, rows, pointer, argument, IN_UNITS);
    return engine.f64(pointer, rows).slice();
  };
  return {
    mean: copy(mean),
    sd: copy(sd),
    modelSd: copy(modelSd),
    noiseSd: copy(noiseSd),
    lower: copy(lower),
    upper: copy(upper),
  };
}

/** Means of the mixture in units of the target: a value a row, in `arena`. */
export function meansOf(
  engine: Engine,
  arena: Arena,
  { rows, count, means, variances, noises, weights }: Mixture,
  target: ColumnScaling,
  argument: string,
): number {
  const { core } = engine;
  const [mean, ...others] = Array.from({ length: 4 }, () => arena.f64(rows)) as [
    number,
    number,
    number,
    number,
  ];
  core.mixtureMoments(rows, count, means, variances, noises, weights, mean, ...others);
  core.restoreColumn(rows, 1, mean, target.mean, target.scale);
  checkFinite(engine, rows, mean, argument, IN_UNITS);
  return mean;
}

/**
 * Mean log density of targets (standardized) in nats and units of the target, and the share of them
 * within the interval of `level`.
 * @param argument what the targets are called
 * @throws InputError `non-finite` for targets too far from the mixture for float64
 */
export function scoreMixture(
  engine: Engine,
  arena: Arena,
  { rows, count, means, variances, noises, weights }: Mixture,
  { y }: Pick<LoadedData, "y">,
  target: ColumnScaling,
  level: number,
  argument: string,
): { readonly logLikelihood: number; readonly coverage: number } {
  const { core } = engine;
  const out = arena.f64(2);
  const tail = (1 - level) / 2;
  core.mixtureScore(rows, count, means, variances, noises, weights, y, tail, out);
  const [log, coverage] = engine.f64(out, 2) as unknown as [number, number];
  checkFiniteNumber(log, argument, "the log likelihood");
  return { logLikelihood: log - core.logarithm(target.scale), coverage };
}
