import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { lock } from "proper-lockfile";
import { checksum } from "../../formats/checksum.js";
import { ResourceError, StateError } from "../../support/errors.js";
import type { Cell } from "./cell.js";

/** A result as a line of the file has it. */
export interface ResultLine extends Omit<Cell, "data"> {
  readonly result: unknown;
  /** Time it took where it was computed; no part of the result. */
  readonly seconds: number;
}

/**
 * What another coordinator may go without renewing its lock before it counts as dead, in
 * milliseconds.
 */
const STALE = 5000;
const RETRY = { retries: 14, factor: 1, minTimeout: 500, maxTimeout: 500 };
/** Between two fsyncs, in milliseconds: what a loss of power, not of the process, may cost. */
const SYNC = 1000;

/**
 * A file of JSON lines, one a result, each with the checksum of its content. Lines are only
 * appended, in one write each; one that is torn by a kill, a full disk or an editor is recognized,
 * and its cell done again. A result that is there is never replaced.
 */
export class ResultFile {
  readonly path: string;
  readonly #results: Map<string, ResultLine>;
  readonly #release: () => Promise<void>;
  #file: number | null = null;
  #synced = 0;

  private constructor(
    path: string,
    results: Map<string, ResultLine>,
    release: () => Promise<void>,
  ) {
    this.path = path;
    this.#results = results;
    this.#release = release;
  }

  /**
   * Locks the file against other coordinators and reads what it holds.
   * @throws StateError `busy` when another process works on it; ResourceError `file`
   */
  static async open(path: string): Promise<ResultFile> {
    // Otherwise the lock would be asked for again and again.
    if (!existsSync(dirname(path))) throw unwritable(path, "its folder does not exist");
    let release: () => Promise<void>;
    try {
      release = await lock(path, {
        realpath: false,
        stale: STALE,
        update: STALE / 5,
        retries: RETRY,
        // Lines of two writers do not mix: both append whole ones. The lock saves work, it does not
        // guard the results.
        onCompromised: () => {},
      });
    } catch (cause) {
      if ((cause as { code?: string }).code !== "ELOCKED") throw unwritable(path, cause);
      throw new StateError("busy", `another process is writing ${path}`, { argument: path, cause });
    }
    try {
      return new ResultFile(path, readResults(path), release);
    } catch (cause) {
      await release();
      throw cause;
    }
  }

  get results(): ReadonlyMap<string, ResultLine> {
    return this.#results;
  }

  /**
   * Inserts a result unless the cell has one; true if it was inserted. @throws ResourceError `file`
   */
  insert(line: ResultLine): boolean {
    if (this.#results.has(line.id)) return false;
    try {
      this.#file ??= openSync(this.path, "a");
      // A torn line before this one must not swallow it.
      const bytes = Buffer.from(
        `\n${JSON.stringify({ ...line, checksum: contentChecksum(line) })}\n`,
      );
      if (writeSync(this.#file, bytes) < bytes.length) throw new Error("no space left on the disk");
      this.#sync();
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
    this.#results.set(line.id, line);
    return true;
  }

  #sync(): void {
    if (this.#file === null || performance.now() - this.#synced < SYNC) return;
    fsyncSync(this.#file);
    this.#synced = performance.now();
  }

  async close(): Promise<void> {
    try {
      if (this.#file !== null) {
        fsyncSync(this.#file);
        closeSync(this.#file);
        this.#file = null;
      }
    } finally {
      // A folder that was removed meanwhile has no lock to release.
      await this.#release().catch(() => {});
    }
  }
}

/** The whole lines of a file; where a cell has several, the first. @throws ResourceError `file` */
export function readResults(path: string): Map<string, ResultLine> {
  const results = new Map<string, ResultLine>();
  if (!existsSync(path)) return results;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ResourceError("file", `cannot read ${path}: ${String(cause)}`, {
      argument: path,
      cause,
    });
  }
  for (const part of text.split("\n")) {
    const line = parseLine(part);
    if (line !== null && !results.has(line.id)) results.set(line.id, line);
  }
  return results;
}

function parseLine(text: string): ResultLine | null {
  if (text === "") return null;
  try {
    const { checksum: written, ...line } = JSON.parse(text) as ResultLine & { checksum: string };
    return written === contentChecksum(line) ? line : null;
  } catch {
    return null;
  }
}

function contentChecksum({ id, experiment, settings, result, seconds }: ResultLine): string {
  return checksum(JSON.stringify([id, experiment, settings, result, seconds]));
}

function unwritable(path: string, cause: unknown): ResourceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ResourceError("file", `cannot write ${path}: ${reason}`, { argument: path, cause });
}
