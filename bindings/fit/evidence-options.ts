import { describe, invalid } from "../support/errors.js";
import type { AbortSignalLike } from "../support/platform.js";
import { checkBoolean, checkChoice, checkInteger } from "../support/validate.js";
import { checkSignal } from "../training/options.js";
import { type PrecisionStructure, precisionStructures, type Start } from "./structure.js";

/** What a fit with evidence takes beside columns and network. */
export interface EvidenceOptions {
  /** Default `"auto"`. */
  readonly precisions?: PrecisionStructure;
  /**
   * Networks that are kept, each with its own seed; default 1. Twice as many fits are made, or
   * three times as many where there is much noise.
   */
  readonly members?: number;
  /**
   * Default false: the posterior is that of the linearized network. True adds the curvature of the
   * network where the posterior is then positive definite, and `model.evidence` says where.
   */
  readonly exactHessian?: boolean;
  readonly signal?: AbortSignalLike;
  /** Called after every update of the precisions, with what the evidence says there. */
  readonly onStep?: (record: EvidenceRecord) => void;
}

/** The state of a fit after an update of its precisions. */
export interface EvidenceRecord {
  /** Which of `fits` fits, from 1; these grow by half where the first ones leave much noise. */
  readonly fit: number;
  readonly fits: number;
  readonly start: Start;
  readonly seed: number;
  /** Steps so far, of this fit. */
  readonly step: number;
  /** log p(y), in nats, y in its own units. */
  readonly logEvidence: number;
  /** Mean log likelihood of each sample under what the others say of it, in nats. */
  readonly looLogLikelihood: number;
  /** Standard deviation of the noise, in units of the target. */
  readonly noiseSd: number;
  readonly effectiveParameters: number;
  /** Since the fits began. */
  readonly seconds: number;
}

/** What came of the fits. */
export interface EvidenceRun {
  readonly reason: "converged" | "aborted";
  /** Steps of all fits together. */
  readonly steps: number;
  readonly seconds: number;
  readonly history: readonly EvidenceRecord[];
}

/** Most members: each is a network of its own in every prediction. */
const MOST_MEMBERS = 1000;

export const EVIDENCE_OPTIONS = [
  "precisions",
  "members",
  "exactHessian",
  "signal",
  "onStep",
] as const satisfies (keyof EvidenceOptions)[];

/** @throws InputError `invalid-argument` */
export function checkEvidenceOptions(options: EvidenceOptions): {
  readonly precisions: PrecisionStructure;
  readonly members: number;
  readonly exactHessian: boolean;
} {
  const { precisions = "auto", members = 1, exactHessian = false, signal, onStep } = options;
  checkChoice(precisions, "options.precisions", precisionStructures);
  checkInteger(members, "options.members", 1, MOST_MEMBERS);
  checkBoolean(exactHessian, "options.exactHessian");
  checkSignal(signal);
  if (onStep !== undefined && typeof onStep !== "function") {
    throw invalid("invalid-argument", "options.onStep", "a function", describe(onStep));
  }
  return { precisions, members, exactHessian };
}
