import type { Arena, Engine } from "../../engine/engine.js";
import { Cholesky } from "../../engine/factorization/cholesky.js";
import { PackedMatrix } from "../../engine/factorization/packed-matrix.js";
import { splitParameters } from "../../network/derivatives.js";
import { type Network, networkAccess } from "../../network/network.js";
import type { Parameters } from "../../network/parameters.js";
import { paddedCount, parameterCount } from "../../network/shape.js";
import type { RegularizationPolicy } from "../../regularization/policy.js";
import { createPolicy, type Regularization } from "../../regularization/table.js";
import { describe, invalid, StateError } from "../../support/errors.js";
import type { AbortSignalLike } from "../../support/platform.js";
import { checkInteger, checkNumber, checkOptions } from "../../support/validate.js";
import type { StopReason } from "../../training/record.js";
import { type Executor, LocalExecutor } from "../sweep/local.js";
import { connectQueue, type QueueOptions } from "../sweep/queue/coordinator.js";
import { localLimits } from "../sweep/sweep.js";
import { type ShardedData, ShardedSums } from "./sums.js";

export interface ShardedOptions {
  /** Default 100. */
  readonly maxSteps?: number;
  /** Default `{ policy: "gain-ratio" }`. */
  readonly regularization?: Regularization;
  /** Stop at this loss. */
  readonly stopLoss?: number;
  /** Processes of the local pool; default one a processor. */
  readonly workers?: number;
  /** Bytes that all shards in work may take together; default three quarters of what is free. */
  readonly memory?: number;
  /** Use the workers of a queue instead. */
  readonly queue?: string | QueueOptions;
  readonly signal?: AbortSignalLike;
  readonly onStep?: (record: ShardedRecord) => void;
}

export interface ShardedRecord {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly gamma: number;
  readonly accepted: boolean;
  readonly seconds: number;
}

export interface ShardedRun {
  readonly reason: StopReason;
  readonly initialLoss: number;
  readonly loss: number;
  readonly history: readonly ShardedRecord[];
}

const OPTION_NAMES = [
  "maxSteps",
  "regularization",
  "stopLoss",
  "workers",
  "memory",
  "queue",
  "signal",
  "onStep",
] as const satisfies (keyof ShardedOptions)[];

/**
 * Regularized Gauss-Newton training on rows that no one process holds: J^T J and J^T r are summed
 * over files by workers, the P x P system (J^T J / M + gamma I) step = J^T r / M is solved here.
 * The steps are those of `train` with method `gauss-newton` and solver `dense` on all rows, without
 * acceleration and shortened steps, to rounding; and bit for bit the same for any number of
 * workers.
 *
 * The network holds the last accepted parameters whenever the promise settles.
 *
 * @throws InputError for options, or a table that is not right; ResourceError `worker-failed`,
 *   `out-of-memory`; StateError `aborted`, `busy`
 */
export async function trainSharded(
  network: Network,
  data: ShardedData,
  options: ShardedOptions = {},
): Promise<ShardedRun> {
  checkSharded(network, data, options);
  const { engine, lock } = networkAccess(network);
  if (options.signal?.aborted) {
    throw new StateError("aborted", "options.signal: aborted before the training began");
  }
  const executor = await createExecutor(options);
  const scope = engine.open();
  const unlock = lock();
  try {
    const sums = new ShardedSums(executor, data, engine);
    return await new ShardedTraining(network, sums, scope, options).run();
  } finally {
    scope.close();
    unlock();
    await executor.close();
  }
}

/**
 * Loss and gradient over all shards: what any other method of optimization needs.
 * @throws as `trainSharded`
 */
export async function shardedGradient(
  network: Network,
  data: ShardedData,
  options: Pick<ShardedOptions, "workers" | "memory" | "queue" | "signal"> = {},
): Promise<{ readonly loss: number; readonly gradient: Parameters }> {
  checkSharded(network, data, options);
  const point = networkAccess(network);
  const executor = await createExecutor(options);
  const scope = point.engine.open();
  try {
    const gradient = scope.f64(paddedCount(point.shape));
    const sums = new ShardedSums(executor, data, point.engine);
    const loss = await sums.evaluate(network, "gradient", { gradient }, options.signal);
    return { loss, gradient: splitParameters(point, gradient) };
  } finally {
    scope.close();
    await executor.close();
  }
}

async function createExecutor(options: ShardedOptions): Promise<Executor> {
  const { queue } = options;
  if (queue === undefined) return new LocalExecutor(localLimits(options), new Map());
  return connectQueue(queue, { sweep: crypto.randomUUID(), attempts: 5 }, new Map());
}

function checkSharded(network: Network, data: ShardedData, options: ShardedOptions): void {
  checkOptions(data, "data", ["files", "inputs", "target"]);
  checkOptions(options, "options", OPTION_NAMES);
  const { shape } = networkAccess(network);
  if (!Array.isArray(data.files) || data.files.length === 0) {
    throw invalid("empty-data", "data.files", "at least one file", "none");
  }
  data.files.forEach((file, i) => {
    if (typeof file === "string" && file !== "" && !file.includes("\0")) return;
    throw invalid("invalid-argument", `data.files[${i}]`, "a path", describe(file));
  });
  if (!Array.isArray(data.inputs) || data.inputs.length !== shape.inputs) {
    const expected = `${shape.inputs} names of columns, one an input`;
    throw invalid("invalid-shape", "data.inputs", expected, String(data.inputs?.length));
  }
  if (shape.outputs !== 1) {
    throw invalid("invalid-shape", "network", "one output", `${shape.outputs}`);
  }
  const { maxSteps, stopLoss, workers, memory } = options;
  if (maxSteps !== undefined) {
    checkInteger(maxSteps, "options.maxSteps", 0, Number.MAX_SAFE_INTEGER);
  }
  if (stopLoss !== undefined) checkNumber(stopLoss, "options.stopLoss", { least: 0 });
  if (workers !== undefined) checkInteger(workers, "options.workers", 1, 1024);
  if (memory !== undefined) checkNumber(memory, "options.memory", { above: 0 });
}

/** What a step works on: pointers to vectors of P values and to a P x P matrix, and its factors. */
interface Place {
  readonly theta: number;
  /** Parameters to come back to when a try is not taken. */
  readonly accepted: number;
  readonly gradient: number;
  readonly step: number;
  readonly image: number;
  readonly gram: number;
  /** J^T J / M */
  readonly hessian: PackedMatrix;
  readonly factors: Cholesky;
}

class ShardedTraining {
  readonly #network: Network;
  readonly #sums: ShardedSums;
  readonly #options: ShardedOptions;
  readonly #engine: Engine;
  readonly #count: number;
  readonly #policy: RegularizationPolicy;
  readonly #place: Place;
  readonly #start = performance.now();

  constructor(network: Network, sums: ShardedSums, arena: Arena, options: ShardedOptions) {
    const { engine, shape, theta } = networkAccess(network);
    const { core } = engine;
    const count = parameterCount(shape);
    const vector = () => arena.f64(paddedCount(shape));
    this.#network = network;
    this.#sums = sums;
    this.#options = options;
    this.#engine = engine;
    this.#count = count;
    this.#policy = createPolicy(options.regularization, shape, core.scaledGamma);
    this.#place = {
      theta,
      accepted: vector(),
      gradient: vector(),
      step: vector(),
      image: vector(),
      gram: arena.f64(count * count),
      hessian: new PackedMatrix(engine, arena, count),
      factors: new Cholesky(engine, arena, count),
    };
  }

  async run(): Promise<ShardedRun> {
    const { core } = this.#engine;
    const { maxSteps = 100, stopLoss = 0, signal, onStep } = this.#options;
    const { theta, accepted } = this.#place;
    const history: ShardedRecord[] = [];
    core.copyVector(this.#count, theta, accepted);
    let [initialLoss, loss] = [Number.NaN, Number.NaN];
    const end = (reason: StopReason) => ({ reason, initialLoss, loss, history });
    try {
      initialLoss = await this.#sums.evaluate(this.#network, "loss", {}, signal);
      loss = initialLoss;
      if (loss <= stopLoss) return end("loss");
      while (history.length < maxSteps) {
        const gradientNorm = await this.#linearize();
        if (gradientNorm === 0) return end("gradient");
        const before = loss;
        const { gamma } = this.#policy;
        loss = await this.#step(before);
        const record = {
          step: history.length + 1,
          loss,
          gradientNorm,
          gamma,
          accepted: loss < before,
          seconds: (performance.now() - this.#start) / 1000,
        };
        history.push(record);
        onStep?.(record);
        if (!record.accepted && this.#policy.exhausted) return end("stalled");
        if (loss <= stopLoss) return end("loss");
      }
      return end("max-steps");
    } catch (error) {
      // What was being tried is not what was accepted.
      core.copyVector(this.#count, accepted, theta);
      if (signal?.aborted && error === signal.reason) return end("aborted");
      throw error;
    }
  }

  /** Gradient and J^T J / M at the network's parameters; the norm of the gradient. */
  async #linearize(): Promise<number> {
    const { core } = this.#engine;
    const { gradient, gram, hessian } = this.#place;
    this.#engine.f64(gradient, this.#count).fill(0);
    this.#engine.f64(gram, this.#count * this.#count).fill(0);
    const totals = { gradient, gram };
    await this.#sums.evaluate(this.#network, "gauss-newton", totals, this.#options.signal);
    hessian.fromFull(gram, this.#count);
    return core.norm2(this.#count, gradient);
  }

  /**
   * Tries until one is accepted or the policy gives up. Returns the loss at the parameters the
   * network then has.
   */
  async #step(before: number): Promise<number> {
    const { core } = this.#engine;
    const { theta, accepted, gradient, step, image, hessian } = this.#place;
    const n = this.#count;
    try {
      do {
        if (this.#solve()) {
          core.descend(n, 1, accepted, step, theta);
          const after = await this.#sums.trialLoss(this.#network, this.#options.signal);
          // g . s - s . H s / 2
          core.symv(n, hessian.pointer, 0, step, image);
          const predicted = core.dot(n, gradient, step) - core.dot(n, step, image) / 2;
          const outcome = { before, after, predicted, length: 1 };
          if (Number.isFinite(after) && this.#policy.accepts(outcome)) {
            this.#policy.accepted(outcome);
            core.copyVector(n, theta, accepted);
            return after;
          }
        }
        this.#policy.rejected({ reason: "loss-increased" });
        core.copyVector(n, accepted, theta);
      } while (this.#policy.triesLeft > 0);
      return before;
    } finally {
      this.#policy.endStep();
    }
  }

  /**
   * (J^T J / M + gamma I) step = gradient by Cholesky; false if it is not positive definite to
   * working precision.
   */
  #solve(): boolean {
    const { hessian, factors, gradient, step } = this.#place;
    if (factors.factor(hessian, this.#policy.gamma).pivot !== null) return false;
    factors.solve(gradient, step);
    return true;
  }
}
