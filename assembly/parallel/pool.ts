/**
 * Loops whose turns are independent, over the threads of one shared memory.
 *
 * `parallelFor(task, count, job)` calls task(i, job) once for every i < count, on whichever thread
 * comes first, and returns when all are done. What a task writes must depend on i and job alone;
 * then the result has the same bits for any number of threads. In a build without threads it is a
 * plain loop.
 *
 * The caller takes part in the work and spins while the last tasks end: a page's main thread may
 * not block. Workers spin for a moment before they sleep, because the regions of one factorization
 * follow each other within microseconds.
 */

/** What the threads share about the current region; zero when the module starts. */
const control = memory.data(64, 64);
/** Counts regions; workers sleep on it. */
const SEQUENCE: usize = 0;
const NEXT: usize = 4;
const COUNT: usize = 8;
/** Workers that have not finished the region. */
const PENDING: usize = 12;
const WORKERS: usize = 16;
const TASK: usize = 20;
const JOB: usize = 24;
const SHUTDOWN: usize = 28;

/** Turns of a waiting loop before a worker sleeps: some tens of microseconds. */
const SPINS: i32 = 20_000;

export type Task = (index: i32, job: usize) => void;

/**
 * Tells the pool how many workers are in `workerLoop`. 0, the default, keeps every loop on the
 * calling thread.
 */
export function setWorkers(count: i32): void {
  store<i32>(control + WORKERS, count);
}

export function parallelFor(task: Task, count: i32, job: usize): void {
  if (ASC_FEATURE_THREADS) {
    const workers = load<i32>(control + WORKERS);
    if (workers > 0 && count > 1) {
      store<i32>(control + COUNT, count);
      store<i32>(control + TASK, task.index);
      store<usize>(control + JOB, job);
      atomic.store<i32>(control + NEXT, 0);
      atomic.store<i32>(control + PENDING, workers);
      atomic.add<i32>(control + SEQUENCE, 1);
      atomic.notify(control + SEQUENCE, workers);
      runTasks();
      while (atomic.load<i32>(control + PENDING) != 0) {}
      return;
    }
  }
  for (let i = 0; i < count; i++) task(i, job);
}

/** Takes part in the current region until no task is left. */
function runTasks(): void {
  const count = load<i32>(control + COUNT);
  const task = load<i32>(control + TASK);
  const job = load<usize>(control + JOB);
  let i = atomic.add<i32>(control + NEXT, 1);
  while (i < count) {
    call_indirect<void>(task, i, job);
    i = atomic.add<i32>(control + NEXT, 1);
  }
}

/**
 * Number of the current region; a worker gives it to `workerLoop`, taken before the pool hears of
 * the worker.
 */
export function regionNumber(): i32 {
  if (ASC_FEATURE_THREADS) return atomic.load<i32>(control + SEQUENCE);
  return 0;
}

/** A worker's life: wait for a region, take part, until `shutdown`. */
export function workerLoop(seen: i32): void {
  if (ASC_FEATURE_THREADS) {
    while (true) {
      let spins = SPINS;
      while (atomic.load<i32>(control + SEQUENCE) == seen) {
        if (--spins <= 0) atomic.wait<i32>(control + SEQUENCE, seen, -1);
      }
      seen += 1;
      if (atomic.load<i32>(control + SHUTDOWN) != 0) return;
      runTasks();
      atomic.sub<i32>(control + PENDING, 1);
    }
  }
}

/** Ends all workers. */
export function shutdown(): void {
  if (ASC_FEATURE_THREADS) {
    atomic.store<i32>(control + SHUTDOWN, 1);
    atomic.add<i32>(control + SEQUENCE, 1);
    atomic.notify(control + SEQUENCE, i32.MAX_VALUE);
  }
}
