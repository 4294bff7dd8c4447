import { Presets, SingleBar } from "cli-progress";
import { type Command, InvalidArgumentError } from "commander";
import { loadVega } from "../plot/vega.js";
import { loadResvg } from "../reproduce/output.js";
import { type FigureName, figureNames, reproduce } from "../reproduce/run.js";
import { parseInteger } from "./options.js";

interface ReproduceFlags {
  readonly quick?: boolean;
  readonly trials?: number;
  readonly seed: number;
  readonly out: string;
}

export function addReproduceCommand(program: Command): void {
  program
    .command("reproduce")
    .description("compute the published figures, or go on with what an interrupted run left")
    .argument("<figure>", `${figureNames.join(", ")} or all`, parseFigure)
    .option("--quick", "smaller widths, fewer trials and steps")
    .option("--trials <n>", "random initializations of each network", parseTrials)
    .option("--seed <n>", "of the first trial", parseInteger, 0)
    .option("--out <folder>", "where results and figures go", "figures")
    .action(reproduceCommand);
}

function parseFigure(text: string): FigureName[] {
  if (text === "all") return figureNames;
  if (figureNames.includes(text as FigureName)) return [text as FigureName];
  throw new InvalidArgumentError(`Expected one of ${figureNames.join(", ")}, all.`);
}

function parseTrials(text: string): number {
  const value = parseInteger(text);
  if (value < 1) throw new InvalidArgumentError("Expected an integer of at least 1.");
  return value;
}

async function reproduceCommand(names: FigureName[], flags: ReproduceFlags): Promise<void> {
  // Before the work, not after it.
  await Promise.all([loadVega("--out"), loadResvg()]);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  const progress = createCellProgress();
  try {
    const paths = await reproduce(names, {
      quick: flags.quick ?? false,
      ...(flags.trials !== undefined && { trials: flags.trials }),
      seed: flags.seed,
      out: flags.out,
      signal: interrupt.signal,
      onCell: progress.onCell,
    });
    progress.stop();
    process.stdout.write(`${paths.join("\n")}\n`);
  } finally {
    progress.stop();
    process.removeListener("SIGINT", onInterrupt);
  }
}

/** A bar on standard error, where that is a terminal. */
function createCellProgress() {
  if (!process.stderr.isTTY) return { onCell: () => {}, stop: () => {} };
  const format = "{figure} {bar} {value}/{total} cells | {id} | {eta_formatted} left";
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  let current = "";
  return {
    onCell: (
      figure: FigureName,
      { done, total, id }: { done: number; total: number; id: string },
    ) => {
      if (figure !== current) bar.start(total, done, { figure, id });
      current = figure;
      bar.setTotal(total);
      bar.update(done, { figure, id });
    },
    stop: () => bar.stop(),
  };
}
