import { parallelFor } from "../parallel/pool";
import { Problem, partWork, workAreas } from "./problem";

/**
 * What a kernel shares with its tasks: a kernel adds fields of its own, in memory that it keeps for
 * them.
 */
@unmanaged
export class NeuronJob {
  problem: Problem;
  /**
   * The neurons first .. first + count - 1, in parts of whole grains; `shareNeurons` sets these.
   */
  first: i32;
  count: i32;
  grain: i32;
  parts: i32;
  task: i32;
}

/** The work on neurons first .. end - 1; `work` is scratch that no other task uses meanwhile. */
export type NeuronTask = (job: usize, first: i32, end: i32, work: usize) => void;

/**
 * Calls the task for parts of `count` neurons from `first`, on all threads. How many parts there
 * are does not depend on the threads, and each but the last is a whole number of `grain` neurons.
 */
export function overNeurons(
  task: NeuronTask,
  job: NeuronJob,
  first: i32,
  count: i32,
  grain: i32 = 1,
): void {
  shareNeurons(task, job, first, count, grain);
  parallelFor(partTask, job.parts, changetype<usize>(job));
}

/** Shares the neurons of the job among `job.parts` parts, which `partTask` does. */
export function shareNeurons(
  task: NeuronTask,
  job: NeuronJob,
  first: i32,
  count: i32,
  grain: i32,
): void {
  job.task = task.index;
  job.first = first;
  job.count = count;
  job.grain = grain;
  job.parts = min(workAreas(job.problem.n), grains(job));
}

/** One part of the neurons, with the scratch that is the part's. */
export function partTask(part: i32, pointer: usize): void {
  const job = changetype<NeuronJob>(pointer);
  const work = partWork(job.problem, part);
  call_indirect<void>(job.task, pointer, partStart(job, part), partStart(job, part + 1), work);
}

@inline
function grains(job: NeuronJob): i32 {
  return (job.count + job.grain - 1) / job.grain;
}

/** First neuron of a part; part `parts` starts behind the last neuron. */
function partStart(job: NeuronJob, part: i32): i32 {
  const grain = <i32>((<i64>grains(job) * <i64>part) / <i64>job.parts);
  return job.first + min(job.count, job.grain * grain);
}
