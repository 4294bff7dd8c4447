import { connect } from "./backend.js";
import { QUEUE_NAME, type QueueOptions } from "./coordinator.js";

export interface QueueStatus {
  /** Jobs of all sweeps by their state. */
  readonly jobs: Readonly<Record<string, number>>;
  /** Workers that are connected. */
  readonly workers: number;
}

/**
 * What a queue holds at this moment, and who works on it. @throws ResourceError
 * `missing-dependency`, `queue`
 */
export async function queueStatus({ url, name = QUEUE_NAME }: QueueOptions): Promise<QueueStatus> {
  const backend = await connect({ url, name });
  try {
    const counts = backend.cells.getJobCounts(
      "waiting",
      "prioritized",
      "delayed",
      "active",
      "completed",
      "failed",
    );
    const [jobs, workers] = await Promise.all([counts, backend.cells.getWorkersCount()]);
    return { jobs, workers };
  } finally {
    await backend.close();
  }
}
