import type { Arena } from "../../engine/engine.js";
import { Newton } from "../../methods/newton.js";
import { type Network, networkAccess } from "../../network/network.js";
import {
  ACCELERATIONS,
  type Acceleration,
  accelerationNames,
} from "../../objective/acceleration.js";
import { leastLoss, lossTraits } from "../../objective/losses.js";
import {
  checkObjectiveOf,
  nameObjective,
  OBJECTIVE_OPTIONS,
  type ObjectiveOptions,
  targetColumns,
} from "../../objective/objective.js";
import { createPolicy, policyDefaults, type Regularization } from "../../regularization/table.js";
import { type Parameters, splitParameters } from "../../shape/parameters.js";
import { paddedCount } from "../../shape/shape.js";
import { describe, invalid, StateError } from "../../support/errors.js";
import type { AbortSignalLike } from "../../support/platform.js";
import { checkChoice, checkInteger, checkNumber, checkOptions } from "../../support/validate.js";
import type { StepRecord, StopReason } from "../../training/record.js";
import { START, shapeOf, Training } from "../../training/train.js";
import { type Executor, LocalExecutor } from "../sweep/local.js";
import { connectQueue, type QueueOptions } from "../sweep/queue/coordinator.js";
import { localLimits } from "../sweep/sweep.js";
import { ShardedPoint } from "./point.js";
import { type ShardedData, ShardedSums, targetsOf } from "./sums.js";
import { ShardedSystem } from "./system.js";

export interface ShardedOptions extends ObjectiveOptions {
  /** Default 100. */
  readonly maxSteps?: number;
  /** Default `{ policy: "gain-ratio" }`. */
  readonly regularization?: Regularization;
  /** Default as that of `train`. */
  readonly acceleration?: Acceleration;
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

/** As that of `train`. */
export type ShardedRecord = StepRecord;

export interface ShardedRun {
  readonly reason: StopReason;
  readonly initialLoss: number;
  readonly loss: number;
  readonly history: readonly ShardedRecord[];
}

const OPTION_NAMES = [
  ...OBJECTIVE_OPTIONS,
  "maxSteps",
  "regularization",
  "acceleration",
  "stopLoss",
  "workers",
  "memory",
  "queue",
  "signal",
  "onStep",
] as const satisfies (keyof ShardedOptions)[];

/**
 * Regularized Gauss-Newton training on rows that no one process holds: J^T D J and J^T rho are
 * summed over files by workers, the P x P system (J^T D J / M + Lambda + gamma I) step = g is
 * solved here. The steps are those of `train` with method `gauss-newton` and solver `dense` on all
 * rows, to rounding; and bit for bit the same for any number of workers. What a step promises is
 * that of the true quadratic model, for which the workers are asked once more a try.
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
    const sums = new ShardedSums(executor, data, engine, objectiveOf(options));
    return await runOn(network, sums, scope, options);
  } finally {
    scope.close();
    unlock();
    await executor.close();
  }
}

/** The loop of `train` over points that workers evaluate. */
async function runOn(
  network: Network,
  sums: ShardedSums,
  arena: Arena,
  options: ShardedOptions,
): Promise<ShardedRun> {
  const { engine, theta } = networkAccess(network);
  const { regularization, maxSteps = 100, stopLoss, signal, onStep } = options;
  const kind = checkObjectiveOf(options, networkAccess(network).shape, "options");
  const { accelerates } = lossTraits(kind.loss.name);
  const usual = accelerates ? policyDefaults(regularization).acceleration : "none";
  const { acceleration = usual } = options;
  const shape = shapeOf(network);
  const space = { engine, shape, sums, signal };
  const points = [true, false].map((first) => new ShardedPoint(space, arena, first));
  const policy = createPolicy(regularization, shape, engine.core.scaledGamma);
  const geodesic = ACCELERATIONS[acceleration].bends;
  const system = new ShardedSystem(space, arena);
  const length = paddedCount(shape);
  const method = new Newton(system, length, arena, policy, { rate: 1, geodesic, facts: null });
  const objective = nameObjective(kind);
  const facts = { name: "gauss-newton", shape, policy: policy.name, objective };
  const loop = {
    maxSteps,
    stop: stopLoss === undefined ? {} : { loss: stopLoss },
    ...(signal && { signal }),
    ...(onStep && { onStep: (record: StepRecord) => onStep(record) }),
  };
  const pair = points as [ShardedPoint, ShardedPoint];
  const run = await new Training(
    { method, validation: null },
    pair,
    theta,
    facts,
    START,
    loop,
  ).run();
  const { reason, initialLoss, loss, history } = run;
  return { reason, initialLoss, loss, history };
}

/**
 * Loss and gradient over all shards: what any other method of optimization needs.
 * @throws as `trainSharded`
 */
export async function shardedGradient(
  network: Network,
  data: ShardedData,
  options: Pick<
    ShardedOptions,
    "loss" | "penalty" | "workers" | "memory" | "queue" | "signal"
  > = {},
): Promise<{ readonly loss: number; readonly gradient: Parameters }> {
  checkSharded(network, data, options);
  const point = networkAccess(network);
  const executor = await createExecutor(options);
  const scope = point.engine.open();
  try {
    const gradient = scope.f64(paddedCount(point.shape));
    const sums = new ShardedSums(executor, data, point.engine, objectiveOf(options));
    const loss = await sums.evaluate(network.toJSON(), "gradient", { gradient }, options.signal);
    return { loss, gradient: splitParameters(point, gradient) };
  } finally {
    scope.close();
    await executor.close();
  }
}

function objectiveOf({ loss, penalty }: ObjectiveOptions): ObjectiveOptions {
  return { ...(loss !== undefined && { loss }), ...(penalty !== undefined && { penalty }) };
}

async function createExecutor(options: ShardedOptions): Promise<Executor> {
  const { queue } = options;
  if (queue === undefined) return new LocalExecutor(localLimits(options), new Map());
  return connectQueue(queue, { sweep: crypto.randomUUID(), attempts: 5 }, new Map());
}

function checkSharded(network: Network, data: ShardedData, options: ShardedOptions): void {
  checkOptions(data, "data", ["files", "inputs", "target", "weights"]);
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
  const { loss } = checkObjectiveOf(options, shape, "options");
  checkTargets(data, targetColumns(loss.name, shape.outputs));
  if (data.weights !== undefined && typeof data.weights !== "string") {
    throw invalid("invalid-argument", "data.weights", "a name", describe(data.weights));
  }
  const { maxSteps, stopLoss, workers, memory } = options;
  if (maxSteps !== undefined) {
    checkInteger(maxSteps, "options.maxSteps", 0, Number.MAX_SAFE_INTEGER);
  }
  if (options.acceleration !== undefined) {
    checkChoice(options.acceleration, "options.acceleration", accelerationNames);
  }
  if (stopLoss !== undefined) checkNumber(stopLoss, "options.stopLoss", leastLoss(loss.name));
  if (workers !== undefined) checkInteger(workers, "options.workers", 1, 1024);
  if (memory !== undefined) checkNumber(memory, "options.memory", { above: 0 });
}

function checkTargets(data: ShardedData, columns: number): void {
  const targets: unknown = targetsOf(data);
  const fits = Array.isArray(targets) && targets.length === columns;
  if (fits && targets.every((name) => typeof name === "string")) return;
  const expected = `${columns} names of columns, one a target`;
  const got = Array.isArray(targets) ? `${targets.length}` : describe(targets);
  throw invalid("invalid-shape", "data.target", expected, got);
}
