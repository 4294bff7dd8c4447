/**
 * Long work as a generator: it yields where it may be left for a moment, or for good. A training
 * gives control back to the event loop there; what has to answer at once runs it through.
 */

/**
 * Operations of a matrix product between two pauses, for each thread: a tenth of a second of a slow
 * core.
 */
export const PAUSE_FLOPS = 2 ** 28;

/** Such work where it may also wait for others, which nothing can run through. */
export type Work<T> = Generator<void, T> | AsyncGenerator<void, T>;

/** Runs it through. */
export function run<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
