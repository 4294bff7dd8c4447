import type { LoadedData } from "../data/load.js";
import type { Arena, Engine } from "../engine/engine.js";
import { checkFiniteNumber } from "../engine/finite.js";

/** How well predictions meet targets; where samples have weights, each counted by its own. */
export interface Quality {
  /** Root of the mean squared error, in the units of the target. */
  readonly rmse: number;
  /** 1 - sum (y - f)^2 / sum (y - mean)^2; NaN when the targets do not vary. */
  readonly r2: number;
  /** Mean log density of the targets in nats; `null` without evidence. */
  readonly logLikelihood: number | null;
  /** Share of the targets within the 95 percent interval; `null` without evidence. */
  readonly coverage: number | null;
  readonly samples: number;
}

/** Of predictions in memory. @throws InputError `non-finite` for what is beyond float64 */
export function errorOf(
  engine: Engine,
  arena: Arena,
  data: LoadedData,
  predicted: number,
): Pick<Quality, "rmse" | "r2"> {
  const [rmse, deviation] = errors(engine, arena, data, predicted);
  checkFiniteNumber(rmse, "data.y", "the error");
  const ratio = rmse / deviation;
  if (!(deviation > 0)) return { rmse, r2: Number.NaN };
  return { rmse, r2: 1 - checkFiniteNumber(ratio * ratio, "data.y", "1 - r2") };
}

/**
 * Roots of the mean squares of error and of deviation from the mean. By sums that are scaled: the
 * squares of what float64 holds may overflow or vanish.
 */
function errors(
  engine: Engine,
  arena: Arena,
  { y, weights, samples }: LoadedData,
  predicted: number,
): readonly [number, number] {
  const { core } = engine;
  if (weights === 0) {
    const rmse = core.distance(samples, y, predicted) / Math.sqrt(samples);
    return [rmse, core.columnScale(samples, 1, y, core.columnMean(samples, 1, y))];
  }
  const out = arena.f64(2);
  core.weightedErrors(samples, weights, y, predicted, out);
  return [...engine.f64(out, 2)] as [number, number];
}
