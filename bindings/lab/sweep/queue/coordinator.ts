import type { Job, JobType } from "bullmq";
import type { AbortSignalLike } from "../../../support/platform.js";
import { checkOptions } from "../../../support/validate.js";
import { type Cell, type CellError, estimateCell, type NamedData, type Outcome } from "../cell.js";
import type { Executor } from "../local.js";
import { type Backend, joinQueue, type OutcomeText } from "./backend.js";
import type { CellJob } from "./job.js";
import { patiently } from "./patience.js";

export interface QueueOptions {
  readonly url: string;
  /** Default `newton-nn`. */
  readonly name?: string;
}

export const QUEUE_NAME = "newton-nn";

interface Identity {
  /** Of the folder of results. */
  readonly sweep: string;
  readonly attempts: number;
}

/** Between two looks at the queue, in milliseconds. */
const LOOK = 100;
/** Between two looks for jobs that are gone, in milliseconds. */
const AUDIT = 5000;
/** Jobs a request. */
const PAGE = 500;
/** Least priority BullMQ has; 1 is the greatest. */
const LEAST = 2_097_151;
/** First pause before a cell is tried again, in milliseconds; it doubles. */
const BACKOFF = 500;

const WAITING: JobType[] = ["waiting", "prioritized", "delayed"];
const PENDING: JobType[] = [...WAITING, "active"];
const ENDED: JobType[] = ["completed", "failed"];

/** @throws InputError `invalid-argument`; ResourceError `missing-dependency`, `queue` */
export async function connectQueue(
  queue: string | QueueOptions,
  identity: Identity,
  data: ReadonlyMap<string, NamedData>,
): Promise<Executor> {
  const options = typeof queue === "string" ? { url: queue } : queue;
  checkOptions(options, "options.queue", ["url", "name"]);
  const { url, name = QUEUE_NAME } = options;
  return new QueueExecutor(await joinQueue({ url, name }), identity, data);
}

/**
 * Hands cells to the workers of a queue. A job stays there, with its result, until that is safe in
 * the file; so a coordinator may die at any time, and the next one finds what was done meanwhile. A
 * cell may be delivered twice, and is reported once.
 */
class QueueExecutor implements Executor {
  readonly #backend: Backend;
  readonly #identity: Identity;
  readonly #data: ReadonlyMap<string, NamedData>;

  constructor(backend: Backend, identity: Identity, data: ReadonlyMap<string, NamedData>) {
    this.#backend = backend;
    this.#identity = identity;
    this.#data = data;
  }

  async run(
    cells: readonly Cell[],
    report: (cell: Cell, outcome: Outcome) => void,
    stop: AbortSignalLike,
  ): Promise<void> {
    await this.#runAll(cells, report, stop);
    // Not where it failed: what is in work then still needs them, and the next coordinator removes
    // them.
    for (const digest of this.#data.keys()) {
      const jobId = jobIdOfData(this.#identity.sweep, digest);
      await patiently(() => this.#backend.data.remove(jobId));
    }
  }

  async #runAll(
    cells: readonly Cell[],
    report: (cell: Cell, outcome: Outcome) => void,
    stop: AbortSignalLike,
  ): Promise<void> {
    const open = new Map(cells.map((cell) => [this.#jobId(cell), cell]));
    await this.#add(cells);
    let audited = performance.now();
    while (open.size > 0) {
      const ended = await this.#collect(open, report);
      const stopped = stop.aborted;
      // At every look: a cell that is to be tried again waits anew.
      if (stopped) await this.#withdraw();
      if (ended > 0) continue;
      if (stopped || performance.now() - audited > AUDIT) {
        audited = performance.now();
        if (await this.#isGone()) {
          if (stopped) return;
          // A server that lost them.
          await this.#add([...open.values()]);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  /** Queues cells, the longest first. Those that are queued already stay as they are. */
  async #add(cells: readonly Cell[]): Promise<void> {
    // Again: a server that lost the jobs has lost whose queue it was too.
    await patiently(() => this.#backend.claim());
    for (const digest of new Set(cells.flatMap(({ data }) => data ?? []))) {
      const set = this.#data.get(digest)!;
      const jobId = jobIdOfData(this.#identity.sweep, digest);
      await patiently(() => this.#backend.data.add("data", set, { jobId }));
    }
    const costs = cells.map((cell) => ({
      cell,
      cost: estimateCell(cell, this.#data.get(cell.data ?? "")).flops,
    }));
    const jobs = costs
      .sort((a, b) => b.cost - a.cost)
      .map(({ cell }, rank) => ({
        name: "cell",
        data: { sweep: this.#identity.sweep, cell },
        opts: {
          jobId: this.#jobId(cell),
          priority: Math.min(rank + 1, LEAST),
          attempts: this.#identity.attempts,
          backoff: { type: "exponential", delay: BACKOFF },
        },
      }));
    for (let from = 0; from < jobs.length; from += PAGE) {
      await patiently(() => this.#backend.cells.addBulk(jobs.slice(from, from + PAGE)));
    }
  }

  /** Reports what has ended and takes it out of the queue, in this order. */
  async #collect(
    open: Map<string, Cell>,
    report: (cell: Cell, outcome: Outcome) => void,
  ): Promise<number> {
    const ended = await this.#own(ENDED, PAGE);
    for (const job of ended) {
      const cell = open.get(job.id!);
      if (cell !== undefined) {
        open.delete(job.id!);
        report(cell, outcomeOf(job));
      }
      await patiently(() => this.#remove(job));
    }
    return ended.length;
  }

  /**
   * A server that died may have removed a job without having said so: what it has no more cannot be
   * removed, and need not be.
   */
  async #remove(job: Job<CellJob, OutcomeText>): Promise<void> {
    try {
      await job.remove();
    } catch (error) {
      if ((await this.#backend.cells.getJob(job.id!)) !== undefined) throw error;
    }
  }

  /** Whether the queue has nothing of this sweep, neither to do nor done. */
  async #isGone(): Promise<boolean> {
    return (await this.#own([...PENDING, ...ENDED], 1)).length === 0;
  }

  /** Takes back what nobody has begun. */
  async #withdraw(): Promise<void> {
    // A job that a worker takes at this moment cannot be removed; it is waited for.
    for (const job of await this.#own(WAITING)) await job.remove().catch(() => {});
  }

  /** Jobs of this sweep: all, or those of as many pages as have `enough`. */
  async #own(
    states: JobType[],
    enough = Number.POSITIVE_INFINITY,
  ): Promise<Job<CellJob, OutcomeText>[]> {
    const own: Job<CellJob, OutcomeText>[] = [];
    for (let from = 0; ; from += PAGE) {
      const page = await patiently(() =>
        this.#backend.cells.getJobs(states, from, from + PAGE - 1),
      );
      // A job may be gone between its listing and its reading, so that a page in the middle is not
      // full.
      own.push(...page.filter((job) => job?.data?.sweep === this.#identity.sweep));
      if (page.length === 0 || own.length >= enough) return own;
    }
  }

  #jobId(cell: Cell): string {
    return `${this.#identity.sweep}-${cell.id}`;
  }

  async close(): Promise<void> {
    await this.#backend.close();
  }
}

/** Each sweep has data of its own: it removes them when it ends, whatever others still need. */
export function jobIdOfData(sweep: string, digest: string): string {
  return `${sweep}-data-${digest}`;
}

function outcomeOf({ returnvalue, failedReason }: Job<CellJob, OutcomeText>): Outcome {
  if (typeof returnvalue === "string") return JSON.parse(returnvalue) as Outcome;
  return { ok: false, error: parseReason(failedReason ?? "") };
}

/**
 * A worker fails a job with the error as JSON; BullMQ itself with a sentence, when a job took its
 * worker with it too often.
 */
function parseReason(reason: string): CellError {
  try {
    return JSON.parse(reason) as CellError;
  } catch {
    return { code: "process-ended", message: reason, retry: true };
  }
}
