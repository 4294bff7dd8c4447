import type { AbortSignalLike } from "./platform.js";

/**
 * Longest time, in milliseconds, that training holds the thread between two steps: under one frame
 * of a page.
 */
const HOLD = 12;

/**
 * Gives control back to the event loop now and then. A macrotask is needed, not a microtask, for
 * timers, input events and a signal aborted from them to be seen; a message to oneself is one
 * without the four milliseconds that nested timers are held back in browsers.
 */
export class YieldClock {
  #last = performance.now();

  async yieldWhenDue(): Promise<void> {
    if (performance.now() - this.#last < HOLD) return;
    await macrotask();
    this.#last = performance.now();
  }

  /**
   * Runs work through, with control given back at its pauses; `null` when the signal was aborted
   * meanwhile, and the work with it.
   */
  async through<T>(work: Generator<unknown, T>, signal?: AbortSignalLike): Promise<T | null> {
    while (!signal?.aborted) {
      const { done, value } = work.next();
      if (done) return value;
      await this.yieldWhenDue();
    }
    // The memory that it holds is given back.
    work.return(undefined as T);
    return null;
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
