import type { Point, StepMethod } from "../methods/method.js";
import type { RejectedTry } from "../methods/rejection.js";
import type { Problem } from "../objective/problem.js";
import type { StepRecord } from "./record.js";

/** Pointers to what a training works on. */
export interface Place {
  readonly theta: number;
  readonly candidate: number;
  /** Residual at theta, and at the candidate. */
  readonly residual: number;
  readonly trial: number;
  readonly y: number;
}

/** What a step adds to the record of `train`. */
export type StepOutcome = Omit<StepRecord, "step" | "gradientNorm" | "seconds">;

/** Factor of a length that failed; how many are tried is the policy's to say. */
const SHORTER = 0.5;

/**
 * One step from theta: tries until one is accepted or the policy gives up. Leaves theta and its
 * residual those of the outcome.
 */
export class Step {
  readonly #problem: Problem;
  readonly #method: StepMethod;
  readonly #place: Place;
  readonly #before: number;
  readonly #rejected: RejectedTry[] = [];
  #gamma: number | null = null;
  #positiveDefinite: boolean | null = null;

  /** @param before the loss at theta, where the method has linearized */
  constructor(problem: Problem, method: StepMethod, place: Place, before: number) {
    this.#problem = problem;
    this.#method = method;
    this.#place = place;
    this.#before = before;
  }

  take(): StepOutcome {
    const { policy, system } = this.#method;
    let taken: Taken | null = null;
    do {
      taken = this.#try();
    } while (taken === null && policy !== null && policy.triesLeft > 0);
    policy?.endStep();
    const { iterations = null, residual = null } = system?.solver.report ?? {};
    return {
      loss: this.#before,
      ...(taken ?? NOT_TAKEN),
      gamma: this.#gamma,
      positiveDefinite: this.#positiveDefinite,
      accepted: taken !== null,
      iterations,
      residual,
      rejected: this.#rejected,
    };
  }

  /** One gamma: a proposal, and as many lengths of it as the policy allows. */
  #try(): Taken | null {
    const { policy } = this.#method;
    this.#gamma = policy?.gamma ?? null;
    const proposal = this.#method.propose(this.#place.candidate);
    if (proposal.kind === "refused") {
      const { kind, indefiniteUpTo = 0, ...facts } = proposal;
      this.#positiveDefinite = proposal.reason === "not-positive-definite" ? false : null;
      this.#reject(facts);
      policy?.rejected({ indefiniteUpTo });
      return null;
    }
    this.#positiveDefinite = proposal.positiveDefinite;
    let point: Point = proposal;
    for (let length = 1; ; length++) {
      const taken = this.#takeIfGood(point);
      if (taken !== null) return taken;
      if (length >= (policy?.lengths ?? 1) || point.shorten === null) break;
      point = point.shorten(point.length * SHORTER);
    }
    policy?.rejected();
    return null;
  }

  /** Evaluates the loss at the candidate and moves there if it is good enough. */
  #takeIfGood(point: Point): Taken | null {
    const { candidate, residual, trial, y } = this.#place;
    const { engine, parameters, rows } = this.#problem;
    const { policy } = this.#method;
    const after = point.loss ?? this.#problem.trialLoss(candidate, y, trial);
    const { length, predicted, accelerationRatio } = point;
    // A saturated activation hides an infinite parameter from the loss.
    const finite = engine.core.firstNonFinite(parameters, candidate) < 0;
    if (!finite || !Number.isFinite(after)) {
      this.#reject({ reason: "non-finite-loss", length, loss: after });
      return null;
    }
    const outcome = { before: this.#before, after, predicted: predicted ?? 0, length };
    if (policy !== null && !policy.accepts(outcome)) {
      this.#reject({ reason: "loss-increased", length, loss: after });
      return null;
    }
    if (point.loss === undefined) {
      engine.core.copyVector(rows, trial, residual);
      this.#problem.adoptTrial();
    }
    policy?.accepted(outcome);
    return {
      loss: after,
      ...this.#move(),
      length: predicted === null ? null : length,
      gainRatio: predicted === null ? null : (this.#before - after) / predicted,
      accelerationRatio,
    };
  }

  #reject(facts: Omit<RejectedTry, "gamma">): void {
    this.#rejected.push({ gamma: this.#gamma, ...facts });
  }

  /**
   * theta := candidate, in one copy, so that nothing leaves it halfway; the norms of the change.
   */
  #move(): Pick<StepRecord, "updateNorm" | "updateMax"> {
    const { engine, parameters } = this.#problem;
    const { core } = engine;
    const { theta, candidate } = this.#place;
    const updateNorm = core.distance(parameters, theta, candidate);
    const updateMax = core.distanceMax(parameters, theta, candidate);
    core.copyVector(parameters, candidate, theta);
    return { updateNorm, updateMax };
  }
}

type Taken = Pick<
  StepRecord,
  "loss" | "updateNorm" | "updateMax" | "length" | "gainRatio" | "accelerationRatio"
>;

const NOT_TAKEN = {
  updateNorm: 0,
  updateMax: 0,
  length: null,
  gainRatio: null,
  accelerationRatio: null,
};
