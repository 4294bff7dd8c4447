import { NewtonError } from "../../../support/errors.js";

/**
 * How long a server may be away, in milliseconds, before a sweep gives up: a restart, a failover.
 */
const OUTAGE = 600_000;
const PAUSES = [100, 200, 500, 1000, 2000];

/**
 * Does something that may be done twice, again and again while the server is away. Drivers differ
 * in what they throw then, so every error counts as one of the connection, but for those of this
 * package.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  for (let tried = 0; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NewtonError || performance.now() - start > OUTAGE) throw error;
      const pause = PAUSES[Math.min(tried, PAUSES.length - 1)]!;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
