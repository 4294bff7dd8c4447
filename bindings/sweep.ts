/**
 * Grids of trainings on one machine or many. Node only.
 *
 * @module newton-nn/sweep
 */

export type { ShardedData } from "./lab/sharded/sums.js";
export {
  type ShardedOptions,
  type ShardedRecord,
  type ShardedRun,
  shardedGradient,
  trainSharded,
} from "./lab/sharded/train.js";
export type { NamedData, Rows } from "./lab/sweep/cell.js";
export type { Shard } from "./lab/sweep/folder.js";
export type {
  DataSource,
  Grid,
  Plan,
  PlanFigure,
  Range,
  TableSource,
  TargetKind,
} from "./lab/sweep/plan.js";
export type { QueueOptions } from "./lab/sweep/queue/coordinator.js";
export { type QueueStatus, queueStatus } from "./lab/sweep/queue/status.js";
export {
  type QueueWorker,
  type QueueWorkerOptions,
  startQueueWorker,
} from "./lab/sweep/queue/worker.js";
export { parsePlan, readPlan } from "./lab/sweep/read-plan.js";
export type { CellProgress } from "./lab/sweep/run-cells.js";
export { planSchema } from "./lab/sweep/schema.js";
export {
  type FailedCell,
  type MergeOptions,
  mergeSweep,
  type SweepOptions,
  type SweepReport,
  sweep,
  sweepStatus,
} from "./lab/sweep/sweep.js";
