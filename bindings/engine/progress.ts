import { PAUSE_FLOPS } from "../support/pauses.js";
import type { CoreExports } from "./core.js";
import type { Arena, Engine } from "./engine.js";

/** What a kernel returns that has not come to its end (assembly/parallel/progress.ts). */
const MORE = -1;

/**
 * How far a kernel of the core has come that may be called in parts. One kernel after another may
 * use it, and one that is begun anew need not have come to its end.
 */
export class Progress {
  readonly #engine: Engine;
  readonly #pointer: number;

  static bytes(core: CoreExports): number {
    return core.progressBytes();
  }

  constructor(engine: Engine, arena: Arena) {
    this.#engine = engine;
    this.#pointer = arena.bytes(Progress.bytes(engine.core));
  }

  /** Calls a kernel once, whatever it takes. */
  once(kernel: (progress: number, flops: number) => number): number {
    this.#engine.core.progressStart(this.#pointer);
    return kernel(this.#pointer, Infinity);
  }

  /**
   * Calls a kernel until it has come to its end, pausing in between; gives what it returned.
   *
   * @param kernel the same call each time, with the progress and the operations it may do
   */
  *through(kernel: (progress: number, flops: number) => number): Generator<void, number> {
    const flops = PAUSE_FLOPS * this.#engine.threads;
    this.#engine.core.progressStart(this.#pointer);
    for (;;) {
      const result = kernel(this.#pointer, flops);
      if (result !== MORE) return result;
      yield;
    }
  }
}
