import { existsSync } from "node:fs";
import { availableParallelism, freemem } from "node:os";
import { join } from "node:path";
import type { AbortSignalLike } from "../../support/platform.js";
import { checkInteger, checkNumber, checkOptions } from "../../support/validate.js";
import { writeText } from "../files.js";
import { writeFigure } from "../plot/output.js";
import { type Cell, type CellError, describeCell, estimateCell, type NamedData } from "./cell.js";
import { checkPlan } from "./check-plan.js";
import { planFigure } from "./figures.js";
import {
  makeFolder,
  readManifest,
  resultPath,
  resultPaths,
  type Shard,
  writeManifest,
} from "./folder.js";
import { loadData } from "./load-data.js";
import { type Executor, LocalExecutor } from "./local.js";
import { expandPlan, type Plan } from "./plan.js";
import { connectQueue, type QueueOptions } from "./queue/coordinator.js";
import { ResultFile, type ResultLine, readResults } from "./results.js";
import { type CellProgress, runCells } from "./run-cells.js";
import { groupTable, summaryTable } from "./summary.js";

export interface SweepOptions {
  /** Folder of the results; a sweep that was interrupted goes on there. */
  readonly out: string;
  /** Processes of the local pool; default one a processor. */
  readonly workers?: number;
  /** Bytes that all cells in work may take together; default three quarters of what is free. */
  readonly memory?: number;
  /** Tries of a cell whose process dies; default 5. */
  readonly attempts?: number;
  /** Hand the cells to the workers of a queue instead: `redis://...` or `postgres://...`. */
  readonly queue?: string | QueueOptions;
  /** Run this part of the cells alone; `mergeSweep` puts the parts together. */
  readonly shard?: Shard;
  /** Folder that files of the plan are relative to; default the current one. */
  readonly folder?: string;
  /** Whether to draw the figures of the plan; default true. */
  readonly figures?: boolean;
  /** Once aborted no cell is begun; those in work are finished and kept. */
  readonly signal?: AbortSignalLike;
  readonly onCell?: (progress: CellProgress) => void;
}

const OPTION_NAMES = [
  "out",
  "workers",
  "memory",
  "attempts",
  "queue",
  "shard",
  "folder",
  "figures",
  "signal",
  "onCell",
] as const satisfies (keyof SweepOptions)[];

export interface FailedCell extends CellError {
  readonly cell: Cell;
}

/** How a sweep ended. */
export interface SweepReport {
  readonly cells: number;
  readonly done: number;
  readonly failed: readonly FailedCell[];
  /** Neither done nor failed: the sweep was stopped, or other shards have them. */
  readonly missing: number;
  readonly seconds: number;
  /** Paths of what was written when nothing is missing. */
  readonly files: readonly string[];
}

/**
 * Runs a plan: every cell once, on the local pool or the workers of a queue, results in `out`.
 * Cells that fail are reported, and tried again by the next run.
 *
 * @throws InputError for a plan or options that are not right; ResourceError `file`,
 *   `missing-dependency`; StateError `busy` when another process runs a sweep in the same folder
 */
export async function sweep(plan: Plan, options: SweepOptions): Promise<SweepReport> {
  const start = performance.now();
  checkSweepOptions(options);
  checkPlan(plan);
  const { out, shard, signal, onCell } = options;
  const data = await loadData(plan, options.folder ?? ".");
  const all = expandPlan(plan, data);
  const cells = shard === undefined ? all : shardOf(all, data, shard);
  makeFolder(out);
  const file = await ResultFile.open(resultPath(out, shard));
  try {
    // Only the one that holds the results says what they are of.
    const manifest = writeManifest(out, plan, data);
    const executor = await createExecutor(options, manifest.id, data);
    let failures: Map<string, CellError>;
    try {
      failures = await runCells(cells, data, file, executor, {
        ...(signal && { signal }),
        ...(onCell && { onCell }),
      });
    } finally {
      await executor.close();
    }
    const outcome = { plan, cells, results: file.results, failures, start };
    return await finish(out, outcome, shard === undefined, options.figures ?? true);
  } finally {
    await file.close();
  }
}

export interface MergeOptions {
  readonly figures?: boolean;
}

/** Puts the results of all shards of a folder into one file, with summary and figures. */
export async function mergeSweep(out: string, options: MergeOptions = {}): Promise<SweepReport> {
  const start = performance.now();
  const { plan, data } = readManifest(out);
  const cells = expandPlan(checkPlan(plan), new Map(Object.entries(data)));
  const file = await ResultFile.open(resultPath(out));
  try {
    for (const path of resultPaths(out)) {
      for (const line of readResults(path).values()) file.insert(line);
    }
    const failures = new Map<string, CellError>();
    const outcome = { plan, cells, results: file.results, failures, start };
    return await finish(out, outcome, true, options.figures ?? true);
  } finally {
    await file.close();
  }
}

/** Where a sweep stands, by the files of its folder; nothing is written. */
export function sweepStatus(out: string): Pick<SweepReport, "cells" | "done" | "missing"> {
  const { plan, data } = readManifest(out);
  const cells = expandPlan(checkPlan(plan), new Map(Object.entries(data)));
  const ids = new Set(resultPaths(out).flatMap((path) => [...readResults(path).keys()]));
  const done = cells.filter(({ id }) => ids.has(id)).length;
  return { cells: cells.length, done, missing: cells.length - done };
}

interface Ended {
  readonly plan: Plan;
  readonly cells: readonly Cell[];
  readonly results: ReadonlyMap<string, ResultLine>;
  readonly failures: ReadonlyMap<string, CellError>;
  readonly start: number;
}

async function finish(
  out: string,
  { plan, cells, results, failures, start }: Ended,
  whole: boolean,
  figures: boolean,
): Promise<SweepReport> {
  const done = cells.filter(({ id }) => results.has(id)).length;
  const failed = cells.flatMap((cell) => {
    const error = failures.get(cell.id);
    return error === undefined || results.has(cell.id) ? [] : [{ ...error, cell }];
  });
  const missing = cells.length - done - failed.length;
  const files: string[] = [];
  if (whole && missing === 0) {
    const write = (name: string, text: string) => {
      writeText(join(out, name), text);
      files.push(join(out, name));
    };
    write("summary.csv", summaryTable(cells, results, failures));
    write("groups.csv", groupTable(cells, results));
    if (figures && done > 0) {
      for (const figure of plan.figures ?? []) {
        files.push(...(await writeFigure(planFigure(figure, cells, results), out)));
      }
    }
  }
  const seconds = (performance.now() - start) / 1000;
  return { cells: cells.length, done, failed, missing, seconds, files };
}

/** Every count-th of the cells by falling cost: parts that take about as long. */
function shardOf(
  cells: readonly Cell[],
  data: ReadonlyMap<string, NamedData>,
  { index, count }: Shard,
): Cell[] {
  const byDigest = new Map([...data.values()].map((set) => [set.digest, set]));
  return cells
    .map((cell) => ({ cell, cost: estimateCell(cell, byDigest.get(cell.data ?? "")).flops }))
    .sort((a, b) => b.cost - a.cost)
    .filter((_, i) => i % count === index - 1)
    .map(({ cell }) => cell);
}

async function createExecutor(
  options: SweepOptions,
  id: string,
  data: ReadonlyMap<string, NamedData>,
): Promise<Executor> {
  const byDigest = new Map([...data.values()].map((set) => [set.digest, set]));
  const { queue, shard, attempts = 5 } = options;
  if (queue !== undefined) {
    // Shards share a folder and its id; each collects its own cells alone.
    const sweep = shard === undefined ? id : `${id}-${shard.index}-of-${shard.count}`;
    return connectQueue(queue, { sweep, attempts }, byDigest);
  }
  return new LocalExecutor(localLimits(options), byDigest);
}

/** The limits of a local pool, with defaults from what the machine has. */
export function localLimits({
  workers = availableParallelism(),
  memory = 0.75 * freemem(),
  attempts = 5,
}: Pick<SweepOptions, "workers" | "memory" | "attempts">) {
  return { workers, memory, attempts };
}

function checkSweepOptions(options: SweepOptions): void {
  checkOptions(options, "options", OPTION_NAMES);
  const { workers, memory, attempts, shard } = options;
  if (workers !== undefined) checkInteger(workers, "options.workers", 1, 1024);
  if (memory !== undefined) checkNumber(memory, "options.memory", { above: 0 });
  if (attempts !== undefined) checkInteger(attempts, "options.attempts", 1, 1000);
  if (shard !== undefined) {
    checkInteger(shard.count, "options.shard.count", 1, 1_000_000);
    checkInteger(shard.index, "options.shard.index", 1, shard.count);
  }
}

/** For reports: a cell and what became of it. */
export function describeFailure({ cell, code, message }: FailedCell): string {
  return `${describeCell(cell)}: ${code}, ${message}`;
}

/** Whether a folder has a sweep in it. */
export function hasSweep(out: string): boolean {
  return existsSync(join(out, "sweep.json"));
}
