import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { checksum } from "../checksum.js";
import { InputError, ResourceError, StateError } from "../errors.js";

/** One piece of an experiment: what its id says, the result depends on that alone. */
export interface Cell<T> {
  readonly id: string;
  readonly compute: () => Promise<T>;
}

export interface CellProgress {
  readonly done: number;
  readonly total: number;
  readonly id: string;
}

/**
 * Computes cells and appends each result to a file of JSON lines, so that a run that was killed goes on where it was. A line has the
 * checksum of its content; one that was torn, or edited, is computed again.
 *
 * @throws StateError `aborted` after the cell in work; what is done is kept
 */
export async function runCells<T>(
  path: string,
  cells: readonly Cell<T>[],
  options: { readonly signal?: AbortSignal; readonly onCell?: (progress: CellProgress) => void },
): Promise<Map<string, T>> {
  const results = readCells<T>(path);
  let done = cells.filter(({ id }) => results.has(id)).length;
  for (const { id, compute } of cells) {
    if (results.has(id)) continue;
    if (options.signal?.aborted) {
      throw new StateError(
        "aborted",
        `interrupted after ${done} of ${cells.length} cells; the same command goes on from there`,
      );
    }
    // A result is what its line says, also for the run that computed it: JSON has no NaN and no infinity.
    const result = JSON.parse(JSON.stringify(await compute())) as T;
    append(path, id, result);
    results.set(id, result);
    done++;
    options.onCell?.({ done, total: cells.length, id });
  }
  return results;
}

interface Line<T> {
  readonly id: string;
  readonly checksum: string;
  readonly result: T;
}

function readCells<T>(path: string): Map<string, T> {
  const results = new Map<string, T>();
  if (!existsSync(path)) return results;
  for (const text of readFileSync(path, "utf8").split("\n")) {
    const line = parseLine<T>(text);
    if (line !== null) results.set(line.id, line.result);
  }
  return results;
}

function parseLine<T>(text: string): Line<T> | null {
  try {
    const line = JSON.parse(text) as Line<T>;
    return line.checksum === contentChecksum(line.id, line.result) ? line : null;
  } catch {
    return null;
  }
}

function contentChecksum(id: string, result: unknown): string {
  return checksum(JSON.stringify([id, result]));
}

function append(path: string, id: string, result: unknown): void {
  const line = JSON.stringify({ id, checksum: contentChecksum(id, result), result });
  try {
    // A torn line of a killed run must not swallow this one.
    appendFileSync(path, `\n${line}\n`);
  } catch (cause) {
    throw new ResourceError("file", `cannot write ${path}: ${String(cause)}`, {
      argument: path,
      cause,
    });
  }
}

/** The result of a cell that has been run. */
export function resultOf<T>(results: ReadonlyMap<string, T>, id: string): T {
  const result = results.get(id);
  if (result === undefined) throw new InputError("invalid-argument", `no result of cell ${id}`);
  return result;
}
