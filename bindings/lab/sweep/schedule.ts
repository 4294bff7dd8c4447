/** A piece of work with what it takes. */
import type { AbortSignalLike } from "../../support/platform.js";
export interface Job<T> {
  readonly item: T;
  readonly cost: number;
  readonly bytes: number;
}

export interface Limits {
  readonly slots: number;
  readonly bytes: number;
}

/**
 * List scheduling, longest first: the largest that fits what is left of the memory is begun as soon
 * as a slot is free. Memory is never promised twice; a job that alone is too large is not run.
 */
export class Schedule<T> {
  /** Jobs that never fit. */
  readonly tooLarge: readonly Job<T>[];
  readonly #waiting: Job<T>[];
  #slots: number;
  #bytes: number;

  constructor(jobs: readonly Job<T>[], { slots, bytes }: Limits) {
    this.tooLarge = jobs.filter((job) => !(job.bytes <= bytes));
    this.#waiting = jobs.filter((job) => job.bytes <= bytes).sort((a, b) => b.cost - a.cost);
    this.#slots = slots;
    this.#bytes = bytes;
  }

  /**
   * Resolves when all is done, or when what was in work when `stop` came is; rejects with the first
   * error of `work`.
   */
  run(work: (item: T) => Promise<void>, stop: AbortSignalLike): Promise<void> {
    return new Promise((resolve, reject) => {
      let active = 0;
      let failed = false;
      const next = () => {
        while (!failed && !stop.aborted && this.#slots > 0) {
          const index = this.#waiting.findIndex(({ bytes }) => bytes <= this.#bytes);
          if (index < 0) break;
          const [job] = this.#waiting.splice(index, 1) as [Job<T>];
          this.#take(job, 1);
          active++;
          work(job.item)
            .catch((error: unknown) => {
              failed = true;
              reject(error);
            })
            .finally(() => {
              active--;
              this.#take(job, -1);
              next();
            });
        }
        if (active === 0) resolve();
      };
      next();
    });
  }

  #take({ bytes }: Job<T>, sign: 1 | -1): void {
    this.#slots -= sign;
    this.#bytes -= sign * bytes;
  }
}
