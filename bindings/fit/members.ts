import type { LoadedData } from "../data/load.js";
import type { ColumnScaling } from "../data/scaling.js";
import type { Engine } from "../engine/engine.js";
import { requireCurvature } from "../objective/curvature.js";
import type { Shape } from "../shape/shape.js";
import { invalid, ResourceError, StateError } from "../support/errors.js";
import { YieldClock } from "../support/yield.js";
import { EvidenceFit, type FittedMember, type Score } from "./evidence-fit.js";
import {
  checkEvidenceOptions,
  type EvidenceOptions,
  type EvidenceRecord,
  type EvidenceRun,
} from "./evidence-options.js";
import { NOISY, portfolio, type Start } from "./structure.js";

/** Members in order, the best first. */
export interface FittedMembers {
  readonly members: readonly FittedMember[];
  readonly run: EvidenceRun;
}

/** @throws StateError `aborted` when the signal is, before there is anything to keep */
export function checkNotAborted({ signal }: EvidenceOptions): void {
  if (signal?.aborted) throw aborted(signal.reason);
}

function aborted(cause: unknown): StateError {
  return new StateError("aborted", "options.signal: aborted before a network was fitted", {
    argument: "options.signal",
    cause,
  });
}

/**
 * Fits every start of every member to standardized data and keeps the best ones, as many as there
 * are members. Where the best leaves much noise, nearly linear starts follow. The first network has
 * the first seed, the next ones those that follow.
 * @param target how the target was standardized, for what is reported
 */
export async function fitMembers(
  engine: Engine,
  shape: Shape,
  firstSeed: number,
  data: LoadedData,
  target: ColumnScaling,
  options: EvidenceOptions,
): Promise<FittedMembers> {
  const { precisions, members: wanted, exactHessian } = checkEvidenceOptions(options);
  checkNotAborted(options);
  checkSeeds(firstSeed, wanted);
  if (exactHessian) requireCurvature(engine, shape.activation, "exact", "options.exactHessian");
  const { signal, onStep } = options;
  const { always, noisy } = portfolio(precisions);
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const clock = new YieldClock();
  const history: EvidenceRecord[] = [];
  const found: FittedMember[] = [];
  let steps = 0;
  let kept: FittedMember[] = [];
  const scope = engine.open();
  try {
    const fit = new EvidenceFit(engine, scope, shape, data);
    let before = 0;
    const fitting = async (starts: readonly Start[]) => {
      const fits = before + wanted * starts.length;
      for (let index = before; index < fits && !signal?.aborted; index++) {
        const start = starts[(index - before) % starts.length]!;
        const seed = firstSeed + Math.floor((index - before) / starts.length);
        const facts = { fit: index + 1, fits, start, seed };
        // Left early, the loop ends the work, which then gives back the memory it holds.
        for (const value of fit.run(seed, start)) {
          if (value !== undefined) {
            const inUnits = scoreInUnits(engine, value, data.samples, target);
            const record = { ...facts, step: value.step, ...inUnits, seconds: seconds() };
            history.push(record);
            onStep?.(record);
          }
          await clock.yieldWhenDue();
          if (signal?.aborted) break;
        }
        const member = fit.best(seed, start);
        if (member === null) continue;
        found.push(member);
        steps += member.steps;
      }
      before = fits;
      // Equal ones stay in order: the same members with the same seed.
      found.sort((a, b) => b.criterion - a.criterion);
    };
    await fitting(always);
    if (found.length > 0 && found[0]!.noise > NOISY) await fitting(noisy);
    kept = found.slice(0, wanted);
    for (let index = 0; exactHessian && index < kept.length; index++) {
      kept[index] = (await clock.through(fit.exact(kept[index]!), signal)) ?? kept[index]!;
    }
  } finally {
    scope.close();
  }
  if (found.length === 0) {
    if (signal?.aborted) throw aborted(signal.reason);
    throw notFitted();
  }
  const reason = signal?.aborted ? "aborted" : "converged";
  return { members: kept, run: { reason, steps, seconds: seconds(), history } };
}

/** @throws InputError `invalid-argument` where two members would have the same seed */
function checkSeeds(first: number, members: number): void {
  const most = Number.MAX_SAFE_INTEGER - members + 1;
  if (first <= most) return;
  const expected = `an integer from 0 to ${most}, the first of ${members} seeds`;
  throw invalid("invalid-argument", "options.network.seed", expected, String(first));
}

/** A score in nats and units of the target before it was standardized. */
export function scoreInUnits(
  { core }: Engine,
  { evidence, leaveOneOut, noise, effective }: Score,
  samples: number,
  { scale }: ColumnScaling,
) {
  const unit = core.logarithm(scale);
  return {
    logEvidence: samples * (evidence - unit),
    looLogLikelihood: leaveOneOut - unit,
    noiseSd: scale * Math.sqrt(noise),
    effectiveParameters: effective.reduce((sum, value) => sum + value, 0),
  };
}

function notFitted(): ResourceError {
  const expected = "a start whose posterior is positive definite to working precision";
  return new ResourceError(
    "not-converged",
    `data: expected ${expected}, got none; bring inputs and target to a common scale, or fit with evidence: false`,
    { argument: "data", expected, got: "none" },
  );
}
