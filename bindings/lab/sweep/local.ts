import { fileURLToPath } from "node:url";
import workerpool from "workerpool";
import { mebibytes } from "../../engine/memory.js";
import type { AbortSignalLike } from "../../support/platform.js";
import { type Cell, estimateCell, type NamedData, type Outcome } from "./cell.js";
import { Schedule } from "./schedule.js";

/** What carries cells out. */
export interface Executor {
  /**
   * Runs cells in any order and reports each once, as it comes; rejects when `report` throws. After
   * `stop` is aborted no cell is begun; those in work are finished and reported.
   */
  run(
    cells: readonly Cell[],
    report: (cell: Cell, outcome: Outcome) => void,
    stop: AbortSignalLike,
  ): Promise<void>;
  close(): Promise<void>;
}

export interface LocalOptions {
  readonly workers: number;
  /** Bytes that all cells in work may take together. */
  readonly memory: number;
  /** Tries of a cell whose process dies or that fails for no reason of its own. */
  readonly attempts: number;
}

/** Bytes of a process before it has a cell. */
const IDLE_BYTES = 80 * 2 ** 20;

/**
 * A pool of processes on this machine: a cell that takes its process with it costs that cell alone.
 */
export class LocalExecutor implements Executor {
  readonly #options: LocalOptions;
  readonly #data: ReadonlyMap<string, NamedData>;
  readonly #pool: workerpool.Pool;

  constructor(options: LocalOptions, data: ReadonlyMap<string, NamedData>) {
    this.#options = options;
    this.#data = data;
    this.#pool = workerpool.pool(fileURLToPath(new URL("./pool-process.js", import.meta.url)), {
      workerType: "process",
      maxWorkers: options.workers,
      // An interrupt at the terminal is for the coordinator: processes of a group of their own do
      // not see it.
      forkOpts: { detached: true, execArgv: [] },
    });
  }

  async run(
    cells: readonly Cell[],
    report: (cell: Cell, outcome: Outcome) => void,
    stop: AbortSignalLike,
  ): Promise<void> {
    const { workers, memory } = this.#options;
    const schedule = new Schedule(
      cells.map((cell) => {
        const { flops, bytes } = estimateCell(cell, this.#dataOf(cell) ?? undefined);
        return { item: cell, cost: flops, bytes: bytes + IDLE_BYTES };
      }),
      { slots: workers, bytes: memory },
    );
    for (const { item, bytes } of schedule.tooLarge) {
      const message = `the cell needs ${mebibytes(bytes)} and the sweep may take ${mebibytes(memory)}`;
      report(item, { ok: false, error: { code: "out-of-memory", message, retry: false } });
    }
    await schedule.run(async (cell) => report(cell, await this.compute(cell)), stop);
  }

  /** One cell, with as many tries as it needs and may have. */
  async compute(cell: Cell, data: NamedData | null = this.#dataOf(cell)): Promise<Outcome> {
    let outcome = await this.#attempt(cell, data);
    for (let tried = 1; tried < this.#options.attempts; tried++) {
      if (outcome.ok || !outcome.error.retry) break;
      outcome = await this.#attempt(cell, data);
    }
    return outcome;
  }

  async #attempt(cell: Cell, data: NamedData | null): Promise<Outcome> {
    try {
      return (await this.#pool.exec("computeCell", [cell, data])) as Outcome;
    } catch (error) {
      const message = `the process of the cell ended: ${String(error).split("\n")[0]}`;
      return { ok: false, error: { code: "process-ended", message, retry: true } };
    }
  }

  #dataOf(cell: Cell): NamedData | null {
    return (cell.data === null ? undefined : this.#data.get(cell.data)) ?? null;
  }

  async close(): Promise<void> {
    await this.#pool.terminate(true);
  }
}
