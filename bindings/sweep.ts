/**
 * Grids of trainings on one machine or many. Node only.
 *
 * @module newton-nn/sweep
 */

export type { ShardedData } from "./sharded/sums.js";
export {
  type ShardedOptions,
  type ShardedRecord,
  type ShardedRun,
  shardedGradient,
  trainSharded,
} from "./sharded/train.js";
export type { NamedData, Rows } from "./sweep/cell.js";
export type { Shard } from "./sweep/folder.js";
export type { DataSource, Grid, Plan, PlanFigure, Range, TableSource } from "./sweep/plan.js";
export type { QueueOptions } from "./sweep/queue/coordinator.js";
export { type QueueStatus, queueStatus } from "./sweep/queue/status.js";
export {
  type QueueWorker,
  type QueueWorkerOptions,
  startQueueWorker,
} from "./sweep/queue/worker.js";
export { parsePlan, readPlan } from "./sweep/read-plan.js";
export type { CellProgress } from "./sweep/run-cells.js";
export { planSchema } from "./sweep/schema.js";
export {
  type FailedCell,
  type MergeOptions,
  mergeSweep,
  type SweepOptions,
  type SweepReport,
  sweep,
  sweepStatus,
} from "./sweep/sweep.js";
