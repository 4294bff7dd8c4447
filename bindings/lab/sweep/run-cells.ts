import type { AbortSignalLike } from "../../support/platform.js";
import { type Cell, type CellError, estimateCell, type NamedData } from "./cell.js";
import type { Executor } from "./local.js";
import type { ResultFile } from "./results.js";

export interface CellProgress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  readonly cell: Cell;
  /** By the operations that are left and the pace so far; `null` while there is none. */
  readonly secondsLeft: number | null;
}

export interface RunOptions {
  readonly signal?: AbortSignalLike;
  readonly onCell?: (progress: CellProgress) => void;
}

/**
 * Runs the cells that have no result yet and inserts each into the file as it comes. Returns those
 * that failed.
 */
export async function runCells(
  cells: readonly Cell[],
  data: ReadonlyMap<string, NamedData>,
  file: ResultFile,
  executor: Executor,
  { signal = new AbortController().signal, onCell }: RunOptions,
): Promise<Map<string, CellError>> {
  const missing = cells.filter(({ id }) => !file.results.has(id));
  const byDigest = new Map([...data.values()].map((set) => [set.digest, set]));
  const costOf = (cell: Cell) => estimateCell(cell, byDigest.get(cell.data ?? "")).flops;
  const failures = new Map<string, CellError>();
  const total = missing.reduce((sum, cell) => sum + costOf(cell), 0);
  const start = performance.now();
  let spent = 0;
  let done = cells.length - missing.length;
  await executor.run(
    missing,
    (cell, outcome) => {
      if (outcome.ok) {
        const { id, experiment, settings } = cell;
        const { result, seconds } = outcome;
        if (file.insert({ id, experiment, settings, result, seconds })) done++;
      } else {
        failures.set(cell.id, outcome.error);
      }
      spent += costOf(cell);
      const elapsed = (performance.now() - start) / 1000;
      onCell?.({
        done,
        failed: failures.size,
        total: cells.length,
        cell,
        secondsLeft: spent > 0 ? (elapsed * (total - spent)) / spent : null,
      });
    },
    signal,
  );
  return failures;
}
