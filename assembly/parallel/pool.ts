/**
 * Loops whose turns are independent, over the threads of one shared memory.
 *
 * `parallelFor(task, count, job, first)` calls task(i, job) once for each of `count` indices from
 * `first`, on whichever thread comes first, and returns when all are done. What a task writes must
 * depend on i and job alone; then the result has the same bits for any number of threads. In a
 * build without threads it is a plain loop.
 *
 * The caller takes part in the work and spins while the last tasks end: a page's main thread may
 * not block. Workers spin for a moment before they sleep, because the regions of one factorization
 * follow each other within microseconds.
 */

/** What the threads share about the current region; zero when the module starts. */
@unmanaged
class Control {
  /** Counts regions; workers sleep on it. */
  sequence: i32;
  next: i32;
  end: i32;
  /** Workers that have not finished the region. */
  pending: i32;
  workers: i32;
  task: i32;
  job: usize;
  shutdown: i32;
}

const SEQUENCE = offsetof<Control>("sequence");
const NEXT = offsetof<Control>("next");
const END = offsetof<Control>("end");
const PENDING = offsetof<Control>("pending");
const WORKERS = offsetof<Control>("workers");
const TASK = offsetof<Control>("task");
const JOB = offsetof<Control>("job");
const SHUTDOWN = offsetof<Control>("shutdown");

/** Bytes of a cache line. Nothing else is on that of the control, for which all threads wait. */
const LINE: i32 = 64;
const control = memory.data(LINE, LINE);

/** Turns of a waiting loop before a worker sleeps: some tens of microseconds. */
const SPINS: i32 = 20_000;

export type Task = (index: i32, job: usize) => void;

/**
 * Tells the pool how many workers are in `workerLoop`. 0, the default, keeps every loop on the
 * calling thread.
 */
export function setWorkers(count: i32): void {
  if (offsetof<Control>() > <usize>LINE) ERROR("the control has more than a cache line");
  store<i32>(control + WORKERS, count);
}

export function parallelFor(task: Task, count: i32, job: usize, first: i32 = 0): void {
  const end = first + count;
  if (ASC_FEATURE_THREADS) {
    const workers = load<i32>(control + WORKERS);
    if (workers > 0 && count > 1) {
      store<i32>(control + END, end);
      store<i32>(control + TASK, task.index);
      store<usize>(control + JOB, job);
      atomic.store<i32>(control + NEXT, first);
      atomic.store<i32>(control + PENDING, workers);
      atomic.add<i32>(control + SEQUENCE, 1);
      atomic.notify(control + SEQUENCE, workers);
      runTasks();
      while (atomic.load<i32>(control + PENDING) != 0) {}
      return;
    }
  }
  for (let i = first; i < end; i++) task(i, job);
}

/** Takes part in the current region until no task is left. */
function runTasks(): void {
  const end = load<i32>(control + END);
  const task = load<i32>(control + TASK);
  const job = load<usize>(control + JOB);
  let i = atomic.add<i32>(control + NEXT, 1);
  while (i < end) {
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
