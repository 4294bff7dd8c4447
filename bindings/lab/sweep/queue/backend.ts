import type { Queue, Worker, WorkerOptions } from "bullmq";
import { describe, ResourceError } from "../../../support/errors.js";
import type { NamedData } from "../cell.js";
import { type Driver, driverOf, redact, scrub } from "./address.js";
import { type CellJob, JobError } from "./job.js";

/** Where jobs are kept. */
export interface QueueAddress {
  /**
   * `redis://`, `rediss://` (also Valkey), `postgres://` or `postgresql://`; no message shows its
   * secrets.
   */
  readonly url: string;
  /** Default `newton-nn`. */
  readonly name: string;
}

/**
 * An outcome as JSON text: a database that keeps JSON in a form of its own must not put its keys
 * into another order.
 */
export type OutcomeText = string;
export type CellQueue = Queue<CellJob, OutcomeText>;
/**
 * Jobs that nothing works on: each holds a data set, under its digest, for workers on other
 * machines.
 */
export type DataQueue = Queue<NamedData, null>;

export interface Backend {
  readonly cells: CellQueue;
  readonly data: DataQueue;
  /**
   * Makes the queue one of this package where there is none. To be called before the first job is
   * put into it or taken from it.
   * @throws ResourceError `queue` when it is another application's
   */
  claim(): Promise<void>;
  createWorker(
    /** Rejects with a JobError for a job that fails. */
    work: (name: string, payload: unknown) => Promise<OutcomeText>,
    options: Partial<WorkerOptions>,
  ): Promise<Worker>;
  close(): Promise<void>;
}

/**
 * Where queues of this package are, apart from those of other applications on the same server: a
 * prefix of keys, a schema.
 */
const PREFIX = "newton-nn";
const SCHEMA = "newton_nn";
/** What the metadata of a queue say of whom it belongs to. */
const OWNER = { field: "application", value: "newton-nn" } as const;
/** Results are read from the jobs. Events, which carry them too, would only fill the server. */
const NO_EVENTS = { "opts.maxLenEvents": 0 } as const;

/** Tries to connect to a server that has not answered yet. */
const FIRST_TRIES = 5;
/**
 * Longest wait for the first answer of a server, in milliseconds; later ones are waited for as long
 * as it takes.
 */
const FIRST_ANSWER = 10_000;

/**
 * Connects to a queue.
 * @throws InputError `invalid-argument` for another kind of address; ResourceError
 *   `missing-dependency`, `queue`
 */
export async function connect({ url, name }: QueueAddress): Promise<Backend> {
  const driver = driverOf(url);
  const bullmq = await loadBullMQ(driver);
  const postgres = driver === "pg";
  // A server that once answered is waited for; one that never did is not there.
  let answered = false;
  const retryStrategy = (times: number) =>
    answered || times <= FIRST_TRIES ? Math.min(100 * times, 2000) : null;
  // The first connection makes the tables, where there are none.
  const connection = postgres
    ? { connectionString: url, schema: SCHEMA, migrate: true, keepAlive: true }
    : { url, maxRetriesPerRequest: null, retryStrategy };
  const classes = (postgres
    ? bullmq.withBackend(bullmq.createPostgresBackend)
    : bullmq) as unknown as typeof import("bullmq");
  // A server that is away for a while is waited for; its errors are not those of a cell.
  const quiet = <T extends { on(event: "error", listener: () => void): unknown }>(
    emitter: T,
  ): T => {
    emitter.on("error", () => {});
    return emitter;
  };
  // What is only looked at must not be marked as a queue of this kind.
  const options = { connection, prefix: PREFIX, skipMetasUpdate: true };
  const cells: CellQueue = quiet(new classes.Queue(name, options));
  const data: DataQueue = quiet(new classes.Queue(`${name}-data`, options));
  try {
    await firstAnswer(Promise.all([cells.waitUntilReady(), data.waitUntilReady()]), url);
    answered = true;
  } catch (error) {
    // Not waited for: there is nothing that could answer.
    void Promise.allSettled([cells.disconnect(), data.disconnect()]);
    throw error;
  }
  return {
    cells,
    data,
    claim: async () => {
      for (const queue of [cells, data]) await claim(queue, url);
    },
    createWorker: async (work, more) => {
      const process = async (job: { readonly name: string; readonly data: unknown }) => {
        try {
          return await work(job.name, job.data);
        } catch (error) {
          const hopeless = error instanceof JobError && !error.failure.retry;
          throw hopeless ? new bullmq.UnrecoverableError(error.message) : error;
        }
      };
      const worker = quiet(
        new classes.Worker(name, process, { connection, prefix: PREFIX, ...more }),
      );
      await worker.waitUntilReady();
      return worker;
    },
    close: async () => {
      await Promise.allSettled([cells.close(), data.close()]);
    },
  };
}

/**
 * Connects to a queue to put jobs into it or take them from it.
 * @throws as `connect` and `Backend.claim`
 */
export async function joinQueue(address: QueueAddress): Promise<Backend> {
  const backend = await connect(address);
  try {
    await backend.claim();
  } catch (error) {
    await backend.close();
    throw error;
  }
  return backend;
}

async function claim(queue: CellQueue | DataQueue, url: string): Promise<void> {
  const meta = await queue.backend.getQueueMeta();
  if (meta[OWNER.field] === OWNER.value) return;
  const jobs = Object.values(await queue.getJobCounts()).reduce((sum, count) => sum + count, 0);
  if (jobs > 0 || meta.version !== undefined) {
    throw new ResourceError(
      "queue",
      `the queue ${describe(queue.name)} at ${redact(url)} belongs to another application; choose another name`,
      { argument: "queue", expected: "a queue of newton-nn, or none", got: `${jobs} jobs` },
    );
  }
  await queue.backend.setQueueMeta({ [OWNER.field]: OWNER.value, ...NO_EVENTS });
}

async function firstAnswer(ready: Promise<unknown>, url: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${FIRST_ANSWER / 1000} seconds`)),
      FIRST_ANSWER,
    );
  });
  try {
    await Promise.race([ready, late]);
  } catch (error) {
    // Not as a cause: errors of drivers carry the command that failed, and with it the password.
    const { message, code } = error as NodeJS.ErrnoException;
    const reason = scrub(message || String(code), url);
    throw new ResourceError("queue", `the queue at ${redact(url)} does not answer: ${reason}`, {
      argument: "queue",
    });
  } finally {
    clearTimeout(timer);
  }
}

async function loadBullMQ(driver: Driver): Promise<typeof import("bullmq")> {
  try {
    await import(driver);
    return await import("bullmq");
  } catch (cause) {
    throw new ResourceError(
      "missing-dependency",
      `a queue needs the optional packages bullmq and ${driver}: npm install bullmq@6 ${driver}`,
      { argument: "queue", expected: `bullmq and ${driver}`, got: "not installed", cause },
    );
  }
}
