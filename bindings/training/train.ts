import { checkLoaded, type LoadedData } from "../data/load.js";
import type { Dataset } from "../data/matrix.js";
import type { Arena, Engine } from "../engine/engine.js";
import { checkFiniteNumber } from "../engine/finite.js";
import {
  type Checkpoint,
  checkResumes,
  checkState,
  decodeCheckpoint,
  type EndedReason,
  encodeCheckpoint,
  endedBy,
  type Snapshot,
} from "../formats/checkpoint.js";
import type { StepMethod } from "../methods/method.js";
import { createMethod, DEFAULT_METHOD, returnsToPoint } from "../methods/table.js";
import { checkTargetsFor, loadFor } from "../objective/load.js";
import {
  checkObjectiveOf,
  nameObjective,
  type Objective,
  targetColumns,
} from "../objective/objective.js";
import { type Evaluable, Point } from "../objective/point.js";
import { Problem } from "../objective/problem.js";
import type { NetworkMemory } from "../shape/parameters.js";
import type { Shape } from "../shape/shape.js";
import { reasons } from "../solvers/rejection.js";
import { InputError, StateError } from "../support/errors.js";
import type { Work } from "../support/pauses.js";
import { YieldClock } from "../support/yield.js";
import { checkTrainOptions, type StopRules, type TrainOptions } from "./options.js";
import type { StepRecord, StopReason } from "./record.js";
import type { Finished } from "./run.js";
import { Step } from "./step.js";
import { type Divided, divideState, loadDivided, VALIDATION, Validation } from "./validation.js";

/** A network's memory, and what a training may do to it and nobody else. */
export interface Trainee extends NetworkMemory {
  readonly shape: Facts["shape"];
  /** Marks the network as being trained until the returned function is called. */
  readonly lock: () => () => void;
}

/** Trains in place on all samples at once. */
export function trainHere(
  network: Trainee,
  data: Dataset,
  options: TrainOptions,
): Promise<Finished> {
  return trainOn(network, options, (engine, arena, shape, objective) => {
    const columns = targetColumns(objective.loss.name, shape.outputs);
    return loadDivided(engine, arena, data, options, columns, (place, rows, argument) =>
      loadFor(engine, place, rows, shape, objective, argument),
    );
  });
}

/**
 * The same with data in the memory of the network's engine, which stay their owner's; what the
 * options say of rows to keep aside has been done.
 * @throws InputError `invalid-shape` for data of a network of another shape
 */
export function trainLoaded(
  network: Trainee,
  data: Divided<LoadedData>,
  options: TrainOptions,
): Promise<Finished> {
  return trainOn(network, options, (engine, _arena, { inputs, outputs }, objective) => {
    const columns = targetColumns(objective.loss.name, outputs);
    const check = (part: LoadedData, argument?: string) => {
      checkLoaded(part, { inputs, outputs: columns }, argument);
      checkTargetsFor(engine, part, outputs, objective, argument);
    };
    const { training, heldOut } = data;
    check(training);
    if (heldOut !== null) check(heldOut, VALIDATION);
    return data;
  });
}

async function trainOn(
  { engine, shape, theta, lock }: Trainee,
  options: TrainOptions,
  load: (engine: Engine, arena: Arena, shape: Shape, objective: Objective) => Divided<LoadedData>,
): Promise<Finished> {
  checkTrainOptions(options);
  const objective = checkObjectiveOf(options, shape, "options");
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
    const loaded = load(engine, scope, shape, objective);
    const observer = (rows: LoadedData) => {
      const problem = new Problem(engine, scope, shape, rows, { ...objective, penalty: null });
      const point = new Point(problem, scope, { keepJets: false });
      return new Validation(point, scope, options);
    };
    const chosen = options.method ?? DEFAULT_METHOD;
    const keepJets = returnsToPoint(chosen);
    const problem = new Problem(engine, scope, shape, loaded.training, objective);
    const [point, trial] = [0, 1].map(() => new Point(problem, scope, { keepJets })) as Pair;
    const method = createMethod(chosen, point, scope, options);
    const name = typeof chosen === "string" ? chosen : chosen.name;
    const policy = method.policy?.name ?? null;
    const named = nameObjective(objective);
    const facts = { name, shape: shapeOf(shape), policy, objective: named };
    const validation = loaded.heldOut && observer(loaded.heldOut);
    const state = { method, validation };
    const begun =
      options.resume === undefined ? START : resume(problem, state, theta, facts, options);
    return await new Training(state, [point, trial], theta, facts, begun, options).run();
  } finally {
    scope.close();
    unlock();
  }
}

/** Where the training is, and where it may go. */
type Pair<P extends Evaluable = Point> = [P, P];

/** The values alone, for what may outlive the network or leave its thread. */
export function shapeOf({
  inputs,
  outputs,
  width,
  activation,
  beta,
  seed,
}: Facts["shape"]): Facts["shape"] {
  return { inputs, outputs, width, activation, beta, seed };
}

/** What a checkpoint says of a training beside its state. */
export interface Facts {
  readonly name: string;
  readonly shape: Shape & { readonly seed: number };
  readonly policy: Snapshot["policy"];
  readonly objective: Snapshot["objective"];
}

/** What a training has beside its points that remembers something from step to step. */
interface Actors<P extends Evaluable = Point> {
  readonly method: StepMethod<P>;
  /** `null` where no rows are kept aside. */
  readonly validation: Validation | null;
}

/** How far a training is when it begins: one that is resumed has done steps, or come to its end. */
export interface Progress {
  readonly step: number;
  readonly ended: EndedReason | null;
}

export const START: Progress = { step: 0, ended: null };

/** Puts a checkpoint in place, all or nothing. */
function resume(
  problem: Problem,
  { method, validation }: Actors,
  theta: number,
  facts: Facts,
  options: TrainOptions,
): Progress {
  const snapshot = decodeCheckpoint(options.resume);
  checkResumes(snapshot, facts);
  const state = divideState(snapshot.state, validation !== null, problem.parameters);
  checkState(method.bounds, state.method);
  method.restore(state.method);
  if (state.validation !== null) validation?.restore(state.validation);
  problem.engine.f64(theta, problem.parameters).set(snapshot.theta);
  return snapshot;
}

/** The loop of linearize, propose, accept or reject, observe, wherever the data are. */
export class Training<P extends Evaluable> {
  readonly #method: StepMethod<P>;
  readonly #validation: Validation | null;
  #point: P;
  #trial: P;
  #loss = Number.NaN;
  /** The network's own parameters. */
  readonly #theta: number;
  readonly #options: TrainOptions;
  readonly #facts: Facts;
  /** Steps done, those of a checkpoint included. */
  #step: number;
  /** Where no further step can be made. */
  #ended: EndedReason | null;
  readonly #history: StepRecord[] = [];
  readonly #start = performance.now();
  /** Whoever keeps the control of a step may ask it for a checkpoint at any time. */
  #over = false;

  constructor(
    { method, validation }: Actors<P>,
    [point, trial]: Pair<P>,
    theta: number,
    facts: Facts,
    { step, ended }: Progress,
    options: TrainOptions,
  ) {
    const { engine, parameters } = point.problem;
    this.#method = method;
    this.#validation = validation;
    this.#point = point;
    this.#trial = trial;
    this.#theta = theta;
    this.#options = options;
    this.#facts = facts;
    this.#step = step;
    this.#ended = ended;
    engine.core.copyVector(parameters, theta, point.leave());
  }

  async run(): Promise<Finished> {
    try {
      return await this.#run();
    } finally {
      this.#over = true;
    }
  }

  async #run(): Promise<Finished> {
    const clock = new YieldClock();
    const begun = await this.#throughPauses(this.#point.evaluating(), clock);
    const initialLoss = begun ?? Number.NaN;
    this.#loss = initialLoss;
    if (begun !== null) checkFiniteNumber(initialLoss, "data", "the loss");
    if (begun !== null) await this.#observe(clock);
    const ended = begun === null || this.#options.signal?.aborted;
    const reason = ended ? "aborted" : await this.#steps(clock);
    const { system } = this.#method;
    const last = this.#lastSnapshot();
    const validation = this.#validation;
    return {
      reason,
      loss: validation?.takeBest(this.#theta) ?? this.#loss,
      initialLoss,
      steps: this.#history.length,
      seconds: this.#seconds(),
      method: this.#facts.name,
      solver: system?.plan.solver ?? null,
      plan: system?.plan ?? null,
      curvature: system?.solver.linearization.curvature ?? null,
      acceleration: system?.acceleration ?? null,
      precision: system?.solver.solved ?? null,
      history: this.#history,
      validation: validation?.result ?? null,
      last,
    };
  }

  async #steps(clock: YieldClock): Promise<StopReason> {
    const { maxSteps = 1000, stop = {}, signal, onStep } = this.#options;
    if (this.#ended !== null) return this.#ended;
    if (stop.loss !== undefined && this.#loss <= stop.loss) return "loss";
    if (this.#step > 0 && this.#validation?.isOver(this.#step)) return "validation";
    const control = { checkpoint: () => this.#checkpointNow() };
    while (this.#step < maxSteps) {
      const gradientNorm = await this.#throughPauses(this.#method.linearize(this.#point), clock);
      if (gradientNorm === null) return "aborted";
      if (this.#step === 0) {
        const checked = await this.#throughPauses(this.#checkingFinite(gradientNorm), clock);
        if (checked === null) return "aborted";
      }
      if (!Number.isFinite(gradientNorm)) return "diverged";
      if (gradientNorm <= (stop.gradient ?? 0)) return "gradient";
      const step = new Step(this.#method, this.#point, this.#trial, this.#loss, gradientNorm);
      const outcome = await this.#throughPauses(step.taking(), clock);
      if (outcome === null) return "aborted";
      if (outcome.accepted) this.#accept();
      this.#loss = outcome.loss;
      this.#step++;
      const validationLoss = await this.#observe(clock);
      const seconds = this.#seconds();
      const record = { step: this.#step, gradientNorm, validationLoss, ...outcome, seconds };
      this.#history.push(record);
      const reason = this.#reasonToStop(record, stop);
      this.#ended = endedBy(reason);
      onStep?.(record, control);
      if (reason !== null) return reason;
      await clock.yieldWhenDue();
      if (signal?.aborted) return "aborted";
    }
    return "max-steps";
  }

  /** Goes to the trial point; the network gets its parameters in one copy, so never halfway. */
  #accept(): void {
    const { engine, parameters } = this.#trial.problem;
    [this.#point, this.#trial] = [this.#trial, this.#point];
    engine.core.copyVector(parameters, this.#point.theta, this.#theta);
  }

  /** The loss of the rows that are kept aside; `null` without such rows, or if it is aborted. */
  async #observe(clock: YieldClock): Promise<number | null> {
    if (this.#validation === null) return null;
    const work = this.#validation.observing(this.#point.theta, this.#step, this.#loss);
    return this.#throughPauses(work, clock);
  }

  /** What the work gives, or `null` if the training is to end before it does. */
  async #throughPauses<T>(work: Work<T>, clock: YieldClock): Promise<T | null> {
    for (;;) {
      const next = await this.#unlessAborted(() => work.next());
      if (next === null || next.done) return next?.value ?? null;
      await clock.yieldWhenDue();
      if (!this.#options.signal?.aborted) continue;
      await work.return(undefined as T);
      return null;
    }
  }

  /** `null` if the signal has ended the work meanwhile, which then throws the signal's reason. */
  async #unlessAborted<T>(work: () => T | Promise<T>): Promise<T | null> {
    const { signal } = this.#options;
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return null;
      throw error;
    }
  }

  /**
   * Of the first point: no step of a training that begins where derivatives overflow would be worth
   * its name.
   */
  *#checkingFinite(gradientNorm: number): Generator<void, true> {
    checkFiniteNumber(gradientNorm, "data", "the gradient");
    const linearization = this.#method.system?.solver.linearization;
    if (linearization !== undefined) yield* linearization.checkingFinite("data");
    return true;
  }

  #reasonToStop(record: StepRecord, stop: StopRules): StopReason | null {
    const { policy } = this.#method;
    if (!record.accepted && policy === null) return reasons[record.rejected.at(-1)!.reason].end;
    if (!record.accepted && policy?.exhausted) return "stalled";
    if (stop.loss !== undefined && record.loss <= stop.loss) return "loss";
    if (this.#validation?.isOver(record.step)) return "validation";
    if (stop.seconds !== undefined && record.seconds > stop.seconds) return "seconds";
    return null;
  }

  #checkpointNow(): Checkpoint {
    if (!this.#over) return encodeCheckpoint(this.#snapshot());
    throw new StateError(
      "disposed",
      "the training is over, and its memory given back; its last checkpoint is that of its run",
    );
  }

  /** A training is not lost because its copy does not fit, or its method cannot be saved. */
  #lastSnapshot(): Snapshot | InputError | null {
    try {
      return this.#snapshot();
    } catch (error) {
      if (error instanceof RangeError) return null;
      if (error instanceof InputError) return error;
      throw error;
    }
  }

  #snapshot(): Snapshot {
    const { engine, parameters } = this.#point.problem;
    const { name: method, shape, policy, objective } = this.#facts;
    const theta = engine.f64(this.#point.theta, parameters).slice();
    const own = this.#method.save();
    const state = this.#validation?.save(own) ?? own;
    const [step, ended] = [this.#step, this.#ended];
    return { method, policy, objective, step, ended, shape, theta, state };
  }

  #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }
}
