import { type MethodName, methodTraits } from "../../methods/table.js";
import { InputError } from "../../support/errors.js";
import type { TrainingRun } from "../../training/run.js";
import type { AnyQuality } from "./outcome.js";
import { formatNumber } from "./table.js";

/**
 * A training that ended above the loss it began with, or with an error that no number holds, gives
 * no model.
 * @throws InputError `diverged`
 */
export function checkConverged(run: TrainingRun, qualities: readonly (AnyQuality | null)[]): void {
  const infinite = qualities.some((quality) => quality !== null && !isReal(quality));
  if (run.reason !== "diverged" && run.loss <= run.initialLoss && !infinite) return;
  const { argument, expected } = adviceFor(run);
  const went = `loss ${formatNumber(run.initialLoss)} -> ${formatNumber(run.loss)}`;
  const error = infinite ? ", an error that is not finite" : "";
  throw new InputError(
    "diverged",
    `the training diverged: ${went}${error} after ${run.steps} steps; nothing is written; try ${expected}`,
    { argument, expected, got: went },
  );
}

/** R² is NaN for targets that do not vary, which is no fault of the training. */
function isReal(quality: AnyQuality): boolean {
  if ("accuracy" in quality) return true;
  const { rmse, r2 } = quality;
  return Number.isFinite(rmse) && r2 !== Number.NEGATIVE_INFINITY;
}

function adviceFor({ method }: TrainingRun): { argument: string; expected: string } {
  const { secondOrder, searches } = methodTraits(method as MethodName);
  if (secondOrder) {
    return { argument: "--regularization", expected: "a larger gamma in --regularization" };
  }
  return searches
    ? { argument: "--method", expected: "another --method" }
    : { argument: "--learning-rate", expected: "a smaller --learning-rate" };
}
