import type { Command } from "commander";
import { parseNumber, parsePositive } from "./options.js";
import { say } from "./printable.js";
import { addQueueOptions, type QueueFlags, requireQueue } from "./queue-options.js";

interface WorkerFlags extends QueueFlags {
  readonly workers?: number;
  readonly memory?: number;
  readonly lockSeconds?: number;
  readonly data?: string[];
  readonly verbose?: boolean;
}

export function addWorkerCommand(program: Command): void {
  const command = program
    .command("worker")
    .description("work on the cells that sweeps put into a queue, until interrupted")
    .option("--workers <n>", "processes (default: one a processor)", parsePositive)
    .option("--memory <MiB>", "of all cells in work (default: 3/4 of what is free)", parsePositive)
    .option("--lock-seconds <s>", "silence after which a worker counts as dead", parseNumber)
    .option("--data <folder...>", "whose tables sharded trainings may read (default: none)")
    .option("--verbose", "a line on standard error for every cell")
    .action(workerCommand);
  addQueueOptions(command, "of the cells");
}

async function workerCommand(flags: WorkerFlags): Promise<void> {
  const { lockSeconds, data, verbose } = flags;
  // Loaded when they are used: other commands start without them.
  const { describeCell } = await import("../sweep/cell.js");
  const { startQueueWorker } = await import("../sweep/queue/worker.js");
  const { localLimits } = await import("../sweep/sweep.js");
  const limits = localLimits({
    ...(flags.workers !== undefined && { workers: flags.workers }),
    ...(flags.memory !== undefined && { memory: flags.memory * 2 ** 20 }),
  });
  const worker = await startQueueWorker({
    ...requireQueue(flags),
    workers: limits.workers,
    memory: limits.memory,
    ...(lockSeconds !== undefined && { lockSeconds }),
    ...(data !== undefined && { data }),
    ...(verbose && {
      onCell: (cell, outcome) => {
        const ended = outcome.ok ? `${outcome.seconds.toFixed(2)} s` : outcome.error.message;
        say(`${describeCell(cell)}: ${ended}`);
      },
    }),
  });
  say(`${limits.workers} processes wait for cells`);
  await new Promise<void>((resolve) => {
    // The first interrupt lets the cells in work finish; a second one finds no handler and ends the
    // process.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await worker.close();
}
