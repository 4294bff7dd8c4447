import { Task, parallelFor } from "./pool";

/**
 * Long kernels may be called in parts: each call does about so many operations and says whether
 * there is more to do. In what order a kernel does what does not depend on where its calls end, so
 * that any number of them gives the same bits.
 */

/** What a kernel returns that has not come to its end. No result is this. */
export const MORE: i32 = -1;

/**
 * How far a kernel has come in its loops, all zero at the beginning. It belongs to one run of one
 * kernel, with the same arguments at each call.
 */
@unmanaged
export class Progress {
  /** Operations of a matrix product that are left to the call. */
  left: f64;
  /** A sum that is carried along. */
  sum: f64;
  outer: i32;
  inner: i32;
  task: i32;
}

/** Bytes of a `Progress`. */
export function progressBytes(): i32 {
  return offsetof<Progress>();
}

/** At the beginning. */
export function progressStart(progress: usize): void {
  memory.fill(progress, 0, offsetof<Progress>());
}

/**
 * Runs those of `count` tasks that the last call has left, as many as this one may, at least one;
 * `flops` operations each. Whether all are done.
 */
export function proceed(progress: Progress, task: Task, count: i32, flops: f64, job: usize): bool {
  const rest = count - progress.task;
  if (rest > 0 && progress.left <= 0.0) return false;
  const may = progress.left >= flops * <f64>rest ? rest : max(1, <i32>(progress.left / flops));
  parallelFor(task, may, job, progress.task);
  progress.left -= flops * <f64>may;
  progress.task = may < rest ? progress.task + may : 0;
  return may == rest;
}
