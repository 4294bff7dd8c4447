import { type Command, InvalidArgumentError } from "commander";
import { loadResvg } from "../plot/png.js";
import { loadVega } from "../plot/vega.js";
import { type FigureName, figureNames } from "../reproduce/names.js";
import { catchInterrupt } from "./interrupt.js";
import { parseInteger, parsePositive } from "./options.js";

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
    .option("--trials <n>", "random initializations of each network", parsePositive)
    .option("--seed <n>", "of the first trial", parseInteger, 0)
    .option("--out <folder>", "where results and figures go", "figures")
    .action(reproduceCommand);
}

function parseFigure(text: string): readonly FigureName[] {
  if (text === "all") return figureNames;
  if (figureNames.includes(text as FigureName)) return [text as FigureName];
  throw new InvalidArgumentError(`Expected one of ${figureNames.join(", ")}, all.`);
}

async function reproduceCommand(
  names: readonly FigureName[],
  flags: ReproduceFlags,
): Promise<void> {
  // Loaded when they are used: other commands start without them.
  const { reproduce } = await import("../reproduce/run.js");
  const { createCellProgress } = await import("./cell-progress.js");
  // Before the work, not after it.
  await Promise.all([loadVega("--out"), loadResvg("--out")]);
  const interrupt = catchInterrupt("finishing the cell in work; once more to drop it");
  const progress = createCellProgress();
  try {
    const paths = await reproduce(names, {
      quick: flags.quick ?? false,
      ...(flags.trials !== undefined && { trials: flags.trials }),
      seed: flags.seed,
      out: flags.out,
      signal: interrupt.signal,
      onCell: (figure, cell) => progress.onCell(cell, figure),
    });
    progress.stop();
    process.stdout.write(`${paths.join("\n")}\n`);
  } finally {
    progress.stop();
    interrupt.release();
    process.exitCode = interrupt.exitCode;
  }
}
