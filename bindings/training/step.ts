import type { Move, StepMethod } from "../methods/method.js";
import type { Evaluable } from "../objective/point.js";
import { type RejectedTry, type Rejection, reasons } from "../solvers/rejection.js";
import type { StepRecord } from "./record.js";

/** What a step adds to the record of `train`. */
export type StepOutcome = Omit<StepRecord, "step" | "gradientNorm" | "seconds">;

/** Factor of a length that failed; how many are tried is the policy's to say. */
const SHORTER = 0.5;

/**
 * One step from a point: tries until one is accepted, which is then the trial point, or the policy
 * gives up.
 */
export class Step<P extends Evaluable> {
  readonly #method: StepMethod<P>;
  readonly #point: P;
  readonly #trial: P;
  /** The loss at the point. */
  readonly #before: number;
  readonly #rejected: RejectedTry[] = [];
  #gamma: number | null = null;
  #positiveDefinite: boolean | null = null;

  /**
   * @param point where the method has linearized
   * @param before the loss there
   */
  constructor(method: StepMethod<P>, point: P, trial: P, before: number) {
    this.#method = method;
    this.#point = point;
    this.#trial = trial;
    this.#before = before;
  }

  /** Pauses where the method and the evaluations do, and between tries. */
  async *taking(): AsyncGenerator<void, StepOutcome> {
    const { policy, system } = this.#method;
    let taken = yield* this.#trying();
    while (taken === null && policy !== null && policy.triesLeft > 0) {
      yield;
      taken = yield* this.#trying();
    }
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
  async *#trying(): AsyncGenerator<void, Taken | null> {
    const { policy } = this.#method;
    this.#gamma = policy?.gamma ?? null;
    const proposal = yield* this.#method.proposing(this.#trial);
    if (proposal.kind === "refused") {
      const { kind, ...rejection } = proposal;
      this.#positiveDefinite = reasons[rejection.reason].positiveDefinite;
      this.#reject(rejection);
      policy?.rejected(rejection);
      return null;
    }
    this.#positiveDefinite = proposal.positiveDefinite;
    let move: Move = proposal;
    for (let length = 1; ; length++) {
      const result = yield* this.#takingIfGood(move);
      if (!("reason" in result)) return result;
      this.#reject(result);
      if (length >= (policy?.lengths ?? 1) || move.shorten === null) {
        policy?.rejected(result);
        return null;
      }
      move = move.shorten(move.length * SHORTER);
    }
  }

  /** Evaluates the trial point and accepts it if it is good enough. */
  async *#takingIfGood(move: Move): AsyncGenerator<void, Taken | Rejection> {
    const { length, predicted, accelerationRatio } = move;
    const { engine, parameters } = this.#point.problem;
    const { policy } = this.#method;
    const before = this.#before;
    const after = yield* this.#trial.evaluating();
    // A saturated activation hides an infinite parameter from the loss.
    const finite = engine.core.firstNonFinite(parameters, this.#trial.theta) < 0;
    if (!finite || !Number.isFinite(after)) {
      return { reason: "non-finite-loss", length, loss: after };
    }
    const outcome = { before, after, predicted: predicted ?? 0, length };
    if (policy !== null && !policy.accepts(outcome)) {
      return { reason: "loss-increased", length, loss: after };
    }
    policy?.accepted(outcome);
    return {
      loss: after,
      ...this.#change(),
      length: predicted === null ? null : length,
      gainRatio: predicted === null ? null : (before - after) / predicted,
      accelerationRatio,
    };
  }

  #reject({ indefiniteUpTo, ...facts }: Rejection): void {
    this.#rejected.push({ gamma: this.#gamma, ...facts });
  }

  /** Norms of the change of the parameters. */
  #change(): Pick<StepRecord, "updateNorm" | "updateMax"> {
    const { engine, parameters } = this.#point.problem;
    const [from, to] = [this.#point.theta, this.#trial.theta];
    return {
      updateNorm: engine.core.distance(parameters, from, to),
      updateMax: engine.core.distanceMax(parameters, from, to),
    };
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
