import { mebibytes } from "../../../engine/memory.js";
import { checkInteger, checkNumber, checkOptions } from "../../../support/validate.js";
import { type Cell, estimateCell, type NamedData, type Outcome } from "../cell.js";
import { LocalExecutor } from "../local.js";
import { type Backend, joinQueue, type OutcomeText } from "./backend.js";
import { jobIdOfData, QUEUE_NAME } from "./coordinator.js";
import { DataFolders } from "./folders.js";
import { checkData, checkJob, JobError } from "./job.js";
import { MemoryGate } from "./memory-gate.js";

export interface QueueWorkerOptions {
  readonly url: string;
  /** Default `newton-nn`. */
  readonly name?: string;
  /** Processes. */
  readonly workers: number;
  /** Bytes that all cells in work may take together. */
  readonly memory: number;
  /**
   * A worker that is silent for so many seconds is taken for dead, and its cells are given to
   * others; default 30.
   */
  readonly lockSeconds?: number;
  /**
   * Folders whose tables sharded trainings may read, links followed; default none. Whoever can
   * write to the queue can ask for sums over what is in them.
   */
  readonly data?: readonly string[];
  readonly onCell?: (cell: Cell, outcome: Outcome) => void;
}

const OPTION_NAMES = [
  "url",
  "name",
  "workers",
  "memory",
  "lockSeconds",
  "data",
  "onCell",
] as const satisfies (keyof QueueWorkerOptions)[];

export interface QueueWorker {
  /** Takes no more cells and resolves when those in work are done. */
  close(): Promise<void>;
}

/** Deaths of a worker that a cell may be near before it is blamed for them. */
const MAX_STALLED = 25;
/** Before a worker looks again whether its server is back, in milliseconds. */
const RECONNECT = 1000;

/**
 * Works on the cells of a queue until it is closed. The arithmetic runs in processes of its own, so
 * that this one renews its locks in time whatever the cells do.
 *
 * @throws InputError `invalid-argument`; ResourceError `missing-dependency`, `queue`
 */
export async function startQueueWorker(options: QueueWorkerOptions): Promise<QueueWorker> {
  checkOptions(options, "options", OPTION_NAMES);
  const { url, name = QUEUE_NAME, workers, memory, lockSeconds = 30, onCell } = options;
  checkInteger(workers, "options.workers", 1, 1024);
  checkNumber(memory, "options.memory", { above: 0 });
  checkNumber(lockSeconds, "options.lockSeconds", { least: 0.5, most: 3600 });
  const folders = new DataFolders(options.data ?? [], "options.data");
  const backend = await joinQueue({ url, name });
  // The queue tries again, here or elsewhere.
  const pool = new LocalExecutor({ workers, memory, attempts: 1 }, new Map());
  const gate = new MemoryGate(memory);
  const sets = new Map<string, NamedData>();
  const work = async (job: string, payload: unknown): Promise<OutcomeText> => {
    const { sweep, cell: given } = checkJob(job, payload);
    const cell = withOpenFile(given, folders);
    const data = cell.data === null ? null : await fetchData(backend, sets, sweep, cell.data);
    const { bytes } = estimateCell(cell, data ?? undefined);
    if (!(bytes <= memory)) {
      const message = `the cell needs ${mebibytes(bytes)} and this worker may take ${mebibytes(memory)}`;
      throw new JobError({ code: "out-of-memory", message, retry: true });
    }
    const outcome = await gate.hold(bytes, () => pool.compute(cell, data));
    onCell?.(cell, outcome);
    if (!outcome.ok && outcome.error.retry) throw new JobError(outcome.error);
    return JSON.stringify(outcome);
  };
  const lockDuration = 1000 * lockSeconds;
  const worker = await backend.createWorker(work, {
    concurrency: workers,
    lockDuration,
    stalledInterval: lockDuration,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: RECONNECT,
  });
  return {
    close: async () => {
      await worker.close();
      await pool.close();
      await backend.close();
    },
  };
}

/** The cell with the file it reads, if any, by its real path. @throws JobError `file` */
function withOpenFile(cell: Cell, folders: DataFolders): Cell {
  if (cell.experiment !== "sums") return cell;
  return {
    ...cell,
    settings: { ...cell.settings, csv: folders.resolve(String(cell.settings.csv)) },
  };
}

async function fetchData(
  { data }: Backend,
  sets: Map<string, NamedData>,
  sweep: string,
  digest: string,
): Promise<NamedData> {
  const known = sets.get(digest);
  if (known !== undefined) return known;
  const job = await data.getJob(jobIdOfData(sweep, digest));
  const set = checkData(job?.data, digest);
  sets.set(digest, set);
  return set;
}
