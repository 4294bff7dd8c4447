import { loadDataset } from "./data.js";
import { describe, InputError, invalid, StateError } from "./errors.js";
import { createMethod, isSecondOrder, methodNames } from "./methods/create.js";
import type { Method } from "./methods/method.js";
import { type Network, networkAccess } from "./network.js";
import { Problem } from "./problem.js";
import { paddedCount } from "./shape.js";
import type {
  Dataset,
  RejectedTry,
  StepRecord,
  StopReason,
  StopRules,
  TrainingRun,
  TrainOptions,
} from "./types.js";
import { checkChoice, checkInteger, checkNumber, checkOptions } from "./validate.js";
import { YieldClock } from "./yield.js";

const OPTION_NAMES = [
  "method",
  "solver",
  "precision",
  "regularization",
  "learningRate",
  "maxSteps",
  "stop",
  "signal",
  "onStep",
] as const satisfies (keyof TrainOptions)[];

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
    const loaded = loadDataset(engine, scope, data, shape.inputs);
    const problem = new Problem(engine, scope, shape, loaded);
    const name = options.method ?? "newton";
    const method = createMethod(name, problem, scope, options);
    const candidate = scope.f64(paddedCount(shape));
    return await new Training(problem, method, theta, candidate, options).run(name);
  } finally {
    scope.close();
    unlock();
  }
}

/** One run of `train`: the loop of linearize, propose, accept or reject, observe. */
class Training {
  readonly #problem: Problem;
  readonly #method: Method;
  readonly #theta: number;
  readonly #candidate: number;
  readonly #options: TrainOptions;
  readonly #history: StepRecord[] = [];
  readonly #start = performance.now();
  #loss: number;

  constructor(
    problem: Problem,
    method: Method,
    theta: number,
    candidate: number,
    options: TrainOptions,
  ) {
    this.#problem = problem;
    this.#method = method;
    this.#theta = theta;
    this.#candidate = candidate;
    this.#options = options;
    this.#loss = problem.loss(theta);
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
    return {
      reason,
      loss: this.#loss,
      initialLoss,
      steps: this.#history.length,
      seconds: this.#seconds(),
      method: name,
      solver: isSecondOrder(name) ? "dense" : null,
      precision: this.#method.solved,
      history: this.#history,
    };
  }

  async #steps(): Promise<StopReason> {
    const { maxSteps = 1000, stop = {}, signal, onStep } = this.#options;
    const clock = new YieldClock();
    if (stop.loss !== undefined && this.#loss <= stop.loss) return "loss";
    for (let step = 1; step <= maxSteps; step++) {
      const gradientNorm = this.#method.linearize(this.#theta);
      if (gradientNorm <= (stop.gradient ?? 0)) return "gradient";
      const record = this.#step(step, gradientNorm);
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
    if (!record.accepted && policy === null) return "diverged";
    if (!record.accepted && policy?.exhausted) return "stalled";
    if (stop.loss !== undefined && record.loss <= stop.loss) return "loss";
    if (stop.seconds !== undefined && record.seconds > stop.seconds) return "seconds";
    return null;
  }

  /** Tries until one is accepted or the policy gives up; leaves theta, loss and residual those of the outcome. */
  #step(step: number, gradientNorm: number): StepRecord {
    const { policy } = this.#method;
    const rejected: RejectedTry[] = [];
    let gamma: number | null = null;
    let positiveDefinite: boolean | null = null;
    let change = { updateNorm: 0, updateMax: 0 };
    let accepted = false;
    do {
      gamma = policy?.gamma ?? null;
      const proposal = this.#method.propose(this.#candidate);
      positiveDefinite = proposal.positiveDefinite;
      const refusal =
        proposal.positiveDefinite === false
          ? { reason: "not-positive-definite" as const, pivot: proposal.pivot }
          : this.#tryCandidate();
      if (refusal === null) {
        accepted = true;
        change = this.#moveToCandidate();
        policy?.accepted();
      } else {
        rejected.push({ gamma: gamma ?? 0, ...refusal });
        policy?.rejected();
      }
    } while (!accepted && policy !== null && policy.triesLeft > 0);
    policy?.endStep();
    // The residual in memory belongs to the last point evaluated; the next linearization needs that of theta.
    if (rejected.some(({ loss }) => loss !== undefined) && !accepted) {
      this.#problem.loss(this.#theta);
    }
    return {
      step,
      loss: this.#loss,
      gradientNorm,
      gamma,
      ...change,
      positiveDefinite,
      accepted,
      rejected,
      seconds: this.#seconds(),
    };
  }

  /** Evaluates the loss at the candidate; `null` when it is good enough, and then it is the new loss. */
  #tryCandidate(): Pick<RejectedTry, "reason" | "loss"> | null {
    const loss = this.#problem.loss(this.#candidate);
    const { engine, parameters } = this.#problem;
    // A saturated activation hides an infinite parameter from the loss.
    const finite = engine.core.firstNonFinite(parameters, this.#candidate) < 0;
    if (!finite || !Number.isFinite(loss)) return { reason: "non-finite-loss", loss };
    const { policy } = this.#method;
    if (policy !== null && !policy.acceptsLoss(this.#loss, loss)) {
      return { reason: "loss-increased", loss };
    }
    this.#loss = loss;
    return null;
  }

  /** theta := candidate; the norms of the change. */
  #moveToCandidate(): { updateNorm: number; updateMax: number } {
    const { engine, parameters } = this.#problem;
    const theta = engine.f64(this.#theta, parameters);
    const candidate = engine.f64(this.#candidate, parameters);
    engine.core.axpy(parameters, -1, this.#candidate, this.#theta);
    const updateNorm = engine.core.norm2(parameters, this.#theta);
    const updateMax = engine.core.normMax(parameters, this.#theta);
    theta.set(candidate);
    return { updateNorm, updateMax };
  }

  #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }
}

function checkTrainOptions(options: TrainOptions): void {
  checkOptions(options, "options", OPTION_NAMES);
  const { method, solver, precision, maxSteps, stop, signal, onStep } = options;
  if (method !== undefined) checkChoice(method, "options.method", methodNames);
  if (solver !== undefined) checkChoice(solver, "options.solver", ["auto", "dense"]);
  if (precision !== undefined) checkChoice(precision, "options.precision", ["float64", "mixed"]);
  if (maxSteps !== undefined) {
    checkInteger(maxSteps, "options.maxSteps", 0, Number.MAX_SAFE_INTEGER);
  }
  if (stop !== undefined) {
    checkOptions(stop, "options.stop", ["loss", "gradient", "seconds"]);
    for (const [key, value] of Object.entries(stop)) {
      if (value !== undefined) checkNumber(value, `options.stop.${key}`, { least: 0 });
    }
  }
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.aborted !== "boolean") {
    throw invalid("invalid-argument", "options.signal", "an AbortSignal", describe(signal));
  }
  if (onStep !== undefined && typeof onStep !== "function") {
    throw invalid("invalid-argument", "options.onStep", "a function", describe(onStep));
  }
}
