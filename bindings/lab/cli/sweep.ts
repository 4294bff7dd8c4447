import { type Command, InvalidArgumentError } from "commander";
import type { Shard } from "../sweep/folder.js";
import type { SweepReport } from "../sweep/sweep.js";
import { parsePositive } from "./options.js";
import { say } from "./printable.js";
import { addQueueOptions, type QueueFlags, queueOf } from "./queue-options.js";
import { formatTable } from "./table.js";

interface SweepFlags extends QueueFlags {
  readonly out: string;
  readonly workers?: number;
  readonly memory?: number;
  readonly attempts?: number;
  readonly shard?: Shard;
  readonly figures: boolean;
  readonly json?: boolean;
}

/** Loaded when they are used: other commands start without them. */
const loadSweep = () => import("../sweep/sweep.js");
const loadPlans = () => import("../sweep/read-plan.js");
const loadProgress = () => import("./cell-progress.js");

/** Failures that are told one by one. */
const SHOWN = 10;

export function addSweepCommand(program: Command): void {
  const group = program.command("sweep").description("run every cell of a grid of trainings");
  const run = group
    .command("run", { isDefault: true })
    .description("run a plan, or go on with what an interrupted run left")
    .argument("<plan.yaml>", "plan; see docs/sweeps.md")
    .option("--out <folder>", "where results go", "results")
    .option("--workers <n>", "processes (default: one a processor)", parsePositive)
    .option("--memory <MiB>", "of all cells in work (default: 3/4 of what is free)", parsePositive)
    .option("--attempts <n>", "tries of a cell whose process dies", parsePositive)
    .option("--shard <i/n>", "run part i of n alone; `sweep merge` puts them together", parseShard)
    .option("--no-figures", "write tables alone")
    .option("--json", "one line of JSON with the report")
    .action(runCommand);
  addQueueOptions(run, "hand the cells to workers").option(
    "--no-queue",
    "run the cells here, whatever the environment says",
  );
  group
    .command("merge")
    .description("put the results of all shards of a folder together")
    .argument("<folder>", "results")
    .option("--no-figures", "write tables alone")
    .option("--json", "one line of JSON with the report")
    .action(async (out: string, { figures, json }: { figures: boolean; json?: boolean }) => {
      const { mergeSweep } = await loadSweep();
      await tell(await mergeSweep(out, { figures }), json === true);
    });
  const status = group
    .command("status")
    .description("say how far a sweep is, and what its queue holds")
    .argument("<folder>", "results")
    .option("--json", "one line of JSON")
    .action(statusCommand);
  addQueueOptions(status, "whose jobs to count");
  group
    .command("schema")
    .description("print the JSON Schema of plans, for editors")
    .action(async () => {
      const { planSchema } = await import("../sweep/schema.js");
      process.stdout.write(`${JSON.stringify(planSchema, null, 1)}\n`);
    });
}

function parseShard(text: string): Shard {
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index < 1 || index > count) throw new InvalidArgumentError("Expected i/n, as 3/8.");
  return { index, count };
}

async function runCommand(path: string, flags: SweepFlags): Promise<void> {
  const { planFolder, readPlan } = await loadPlans();
  const { sweep } = await loadSweep();
  const { createCellProgress } = await loadProgress();
  const plan = readPlan(path);
  const { out, workers, memory, attempts, shard, figures } = flags;
  const queue = queueOf(flags);
  const interrupt = new AbortController();
  // The first interrupt lets the cells in work finish; a second one finds no handler and ends the
  // process.
  const onInterrupt = () => {
    say("finishing the cells in work; once more to drop them");
    interrupt.abort();
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  const progress = createCellProgress();
  try {
    const report = await sweep(plan, {
      out,
      folder: planFolder(path),
      figures,
      signal: interrupt.signal,
      onCell: (cell) => progress.onCell(cell, plan.name ?? "sweep"),
      ...(workers !== undefined && { workers }),
      ...(memory !== undefined && { memory: memory * 2 ** 20 }),
      ...(attempts !== undefined && { attempts }),
      ...(queue !== undefined && { queue }),
      ...(shard !== undefined && { shard }),
    });
    progress.stop();
    await tell(report, flags.json === true);
  } finally {
    progress.stop();
    process.removeListener("SIGINT", onInterrupt);
    process.removeListener("SIGTERM", onInterrupt);
  }
}

/** The report, and an exit code of 1 unless every cell is done. */
async function tell(report: SweepReport, json: boolean): Promise<void> {
  const { describeFailure } = await loadSweep();
  const { cells, done, failed, missing, seconds, files } = report;
  if (failed.length > 0 || missing > 0) process.exitCode = 1;
  if (json) {
    process.stdout.write(`${JSON.stringify({ type: "report", ...report })}\n`);
    return;
  }
  for (const failure of failed.slice(0, SHOWN)) {
    say(describeFailure(failure));
  }
  if (failed.length > SHOWN) {
    say(`and ${failed.length - SHOWN} more, see summary.csv`);
  }
  process.stdout.write(
    formatTable([
      ["cells", String(cells)],
      ["done", String(done)],
      ["failed", String(failed.length)],
      ["missing", missing === 0 ? "0" : `${missing}; the same command goes on from here`],
      ["seconds", seconds.toFixed(1)],
      ...files.map((file): [string, string] => ["written", file]),
    ]),
  );
}

async function statusCommand(
  out: string,
  flags: QueueFlags & Pick<SweepFlags, "json">,
): Promise<void> {
  const { sweepStatus } = await loadSweep();
  const { queueStatus } = await import("../sweep/queue/status.js");
  const status = sweepStatus(out);
  const queue = queueOf(flags);
  const queued = queue === undefined ? null : await queueStatus(queue);
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ type: "status", ...status, queue: queued })}\n`);
    return;
  }
  const rows = Object.entries({ ...status, ...queued?.jobs }).map(
    ([name, value]): [string, string] => [name, String(value)],
  );
  const workers: [string, string][] = queued === null ? [] : [["workers", String(queued.workers)]];
  process.stdout.write(formatTable([...rows, ...workers]));
}
