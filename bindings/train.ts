import { loadDataset } from "./data.js";
import { InputError, StateError } from "./errors.js";
import { createMethod, isSecondOrder } from "./methods/create.js";
import type { Method } from "./methods/method.js";
import { type Network, networkAccess } from "./network.js";
import { Problem } from "./problem.js";
import { paddedCount } from "./shape.js";
import { checkTrainOptions } from "./training/options.js";
import { type Place, Step } from "./training/step.js";
import type {
  Dataset,
  StepRecord,
  StopReason,
  StopRules,
  TrainingRun,
  TrainOptions,
} from "./types.js";
import { YieldClock } from "./yield.js";

/**
 * Trains a network in place on all samples at once.
 *
 * The network always holds the last accepted parameters, never a half-made step: also when the signal is aborted during
 * the training (which ends it with reason "aborted") and when `onStep` throws (which rejects with that error).
 * Between steps control goes back to the event loop often enough for a page to stay alive.
 *
 * @throws InputError `invalid-argument`, `invalid-shape`, `non-finite`, `empty-data`, `unsupported-activation`
 * @throws StateError `aborted` (before the first step), `busy`, `disposed`
 * @throws ResourceError `out-of-memory`; the network is as it was
 */
export async function train(
  network: Network,
  data: Dataset,
  options: TrainOptions = {},
): Promise<TrainingRun> {
  checkTrainOptions(options);
  const { engine, shape, theta, lock } = networkAccess(network);
  if (options.signal?.aborted) {
    throw new StateError("aborted", "options.signal: aborted before the training began", {
      argument: "options.signal",
      cause: options.signal.reason,
    });
  }
  // In this order: a disposed engine throws here, and must not leave the network locked.
  const scope = engine.open();
  const unlock = lock();
  try {
    const loaded = loadDataset(engine, scope, data, shape);
    const name = options.method ?? "newton";
    const keepJets = isSecondOrder(name);
    const problem = new Problem(engine, scope, shape, loaded, { keepJets });
    const located = { residual: scope.f64(problem.rows), y: loaded.y };
    const candidate = scope.f64(paddedCount(shape));
    const method = createMethod(name, problem, scope, located, options);
    const place = { theta, candidate, trial: scope.f64(problem.rows), ...located };
    return await new Training(problem, method, place, options).run(name);
  } finally {
    scope.close();
    unlock();
  }
}

/** One run of `train`: the loop of linearize, propose, accept or reject, observe. */
class Training {
  readonly #problem: Problem;
  readonly #method: Method;
  readonly #place: Place;
  readonly #options: TrainOptions;
  readonly #history: StepRecord[] = [];
  readonly #start = performance.now();
  #loss: number;

  constructor(problem: Problem, method: Method, place: Place, options: TrainOptions) {
    this.#problem = problem;
    this.#method = method;
    this.#place = place;
    this.#options = options;
    this.#loss = problem.trialLoss(place.theta, place.y, place.residual);
    problem.adoptTrial();
  }

  async run(name: TrainingRun["method"]): Promise<TrainingRun> {
    const initialLoss = this.#loss;
    if (!Number.isFinite(initialLoss)) {
      throw new InputError("non-finite", "data: the loss of the network on these data overflows", {
        argument: "data",
        expected: "a finite loss",
        got: String(initialLoss),
      });
    }
    const reason = await this.#steps();
    const { system } = this.#method;
    return {
      reason,
      loss: this.#loss,
      initialLoss,
      steps: this.#history.length,
      seconds: this.#seconds(),
      method: name,
      solver: system?.plan.solver ?? null,
      plan: system?.plan ?? null,
      curvature: system?.solver.linearization.curvature ?? null,
      acceleration: system?.acceleration ?? null,
      precision: system?.solver.solved ?? null,
      history: this.#history,
    };
  }

  async #steps(): Promise<StopReason> {
    const { maxSteps = 1000, stop = {}, signal, onStep } = this.#options;
    const clock = new YieldClock();
    if (stop.loss !== undefined && this.#loss <= stop.loss) return "loss";
    for (let step = 1; step <= maxSteps; step++) {
      const gradientNorm = this.#method.linearize(this.#place.theta);
      if (gradientNorm <= (stop.gradient ?? 0)) return "gradient";
      const outcome = new Step(this.#problem, this.#method, this.#place, this.#loss).take();
      this.#loss = outcome.loss;
      const record = { step, gradientNorm, ...outcome, seconds: this.#seconds() };
      this.#history.push(record);
      onStep?.(record);
      const reason = this.#reasonToStop(record, stop);
      if (reason !== null) return reason;
      await clock.yieldWhenDue();
      if (signal?.aborted) return "aborted";
    }
    return "max-steps";
  }

  #reasonToStop(record: StepRecord, stop: StopRules): StopReason | null {
    const { policy } = this.#method;
    if (!record.accepted && policy === null) {
      return record.rejected.at(-1)?.reason === "no-decrease" ? "stalled" : "diverged";
    }
    if (!record.accepted && policy?.exhausted) return "stalled";
    if (stop.loss !== undefined && record.loss <= stop.loss) return "loss";
    if (stop.seconds !== undefined && record.seconds > stop.seconds) return "seconds";
    return null;
  }

  #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }
}
