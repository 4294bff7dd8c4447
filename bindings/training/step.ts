import { isWithinRounding, type Move, type StepMethod } from "../methods/method.js";
import type { Evaluable } from "../objective/point.js";
import { DampingPolicy } from "../regularization/damping.js";
import type { Outcome } from "../regularization/policy.js";
import { type RejectedTry, type Rejection, reasons } from "../solvers/rejection.js";
import type { StepRecord } from "./record.js";

/** What a step adds to the record of `train`. */
export type StepOutcome = Omit<StepRecord, "step" | "gradientNorm" | "validationLoss" | "seconds">;

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
  readonly #gradientNorm: number;
  readonly #rejected: RejectedTry[] = [];
  #gamma: number | null = null;
  #positiveDefinite: boolean | null = null;

  /**
   * @param point where the method has linearized
   * @param before the loss there
   * @param gradientNorm that of the gradient there
   */
  constructor(method: StepMethod<P>, point: P, trial: P, before: number, gradientNorm: number) {
    this.#method = method;
    this.#point = point;
    this.#trial = trial;
    this.#before = before;
    this.#gradientNorm = gradientNorm;
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
    let outcome = { before, after, predicted: predicted ?? 0, length };
    if (policy !== null && !policy.accepts(outcome)) {
      if (!(yield* this.#lowersGradientAlone(outcome))) {
        return { reason: "loss-increased", length, loss: after };
      }
      // The gain cannot be seen. The gradient says that the model was right.
      outcome = { ...outcome, after: before - outcome.predicted };
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

  /**
   * Whether a step promised and made a change of the loss that is within its rounding error, and
   * lowers the gradient. Where least squares without a penalty have a minimum of zero, the loss
   * itself says enough. A policy of the user's has the last word.
   */
  async *#lowersGradientAlone(outcome: Outcome): AsyncGenerator<void, boolean> {
    if (!(this.#method.policy instanceof DampingPolicy)) return false;
    if (!isWithinRounding(outcome)) return false;
    const norm = yield* this.#trial.measuringGradient();
    return norm !== null && norm < this.#gradientNorm;
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
