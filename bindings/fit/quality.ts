import type { LoadedData } from "../data/load.js";
import type { CoreExports } from "../engine/core.js";
import { checkFiniteNumber } from "../engine/finite.js";

/** How well predictions meet targets. */
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
  core: CoreExports,
  { y, samples }: LoadedData,
  predicted: number,
): Pick<Quality, "rmse" | "r2"> {
  // By sums that are scaled: the squares of what float64 holds may overflow or vanish.
  const distance = core.distance(samples, y, predicted);
  const rmse = checkFiniteNumber(distance, "data.y", "the error") / Math.sqrt(samples);
  const deviation = core.columnScale(samples, 1, y, core.columnMean(samples, 1, y));
  const ratio = rmse / deviation;
  if (!(deviation > 0)) return { rmse, r2: Number.NaN };
  return { rmse, r2: 1 - checkFiniteNumber(ratio * ratio, "data.y", "1 - r2") };
}
