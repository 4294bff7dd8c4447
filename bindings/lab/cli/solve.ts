import type { Command } from "commander";
import { checkDistinct, checkWritable, writeText } from "../files.js";
import type { Solved } from "../solve/run.js";
import { catchInterrupt } from "./interrupt.js";
import { preparePlot, writePlot } from "./plots.js";
import { createProgress } from "./progress.js";
import { formatNumber, formatTable } from "./table.js";

interface SolveFlags {
  readonly out?: string;
  readonly plot?: string;
  readonly json?: boolean;
}

/** Loaded when they are used: other commands start without them. */
const loadProblems = () => import("../solve/problem.js");
const loadRun = () => import("../solve/run.js");
const loadEngine = () => import("../../engine/engine.js");
const loadPicture = () => import("../plot/solution.js");

const MOST_STEPS = 200;

export function addSolveCommand(program: Command): void {
  program
    .command("solve")
    .description("solve differential equations by a network")
    .argument("[problem.yaml]", "equations, and the points where they hold; see docs/cli.md")
    .option("--out <solution.json>", "write the solution")
    .option("--plot <solution.svg>", "plot it, .svg or .png (needs vega and vega-lite)")
    .option("--schema", "print the JSON Schema of problems, for editors, and do nothing else")
    .option("--json", "one line of JSON a step and one with the result")
    .action(async (path: string | undefined, flags: SolveFlags & { schema?: boolean }, command) => {
      if (flags.schema) await printSchema();
      else if (path === undefined) command.missingArgument("problem.yaml");
      else await solveCommand(path, flags);
    });
}

async function printSchema(): Promise<void> {
  const { problemSchema } = await import("../solve/schema.js");
  process.stdout.write(`${JSON.stringify(problemSchema, null, 1)}\n`);
}

async function solveCommand(path: string, flags: SolveFlags): Promise<void> {
  const { out, plot, json = false } = flags;
  // Before the work, not after it.
  await preparePlot(plot, "--plot");
  for (const file of [out, plot]) if (file !== undefined) checkWritable(file);
  checkDistinct({ "--out": out, "--plot": plot }, [path]);
  const { readProblem } = await loadProblems();
  const problem = readProblem(path);
  const { solveProblem, pictureOfSolution } = await loadRun();
  const engine = await (await loadEngine()).createEngine();
  const interrupt = catchInterrupt("ending with what is reached; once more to drop it");
  const progress = createProgress("solving", problem.maxSteps ?? MOST_STEPS, json);
  try {
    const solved = await solveProblem(problem, path, engine, {
      signal: interrupt.signal,
      onStep: (record) => {
        progress.step(record);
        if (json) printJson({ type: "step", ...record });
      },
    });
    progress.stop();
    const { solution } = solved;
    if (out !== undefined) writeText(out, `${JSON.stringify(solution)}\n`);
    if (plot !== undefined) {
      const { plotSolution } = await loadPicture();
      const svg = await plotSolution(pictureOfSolution(solved, problem), "--plot");
      await writePlot(plot, "--plot", svg);
    }
    if (json) printJson({ type: "result", ...resultOf(solved), solution: out ?? null });
    else process.stdout.write(formatTable(describeSolved(solved, { solution: out, plot })));
  } finally {
    progress.stop();
    interrupt.release();
    process.exitCode = interrupt.exitCode;
    engine.dispose();
  }
}

function resultOf({ solution, points, errors }: Solved): object {
  const { parameters, unknowns, coordinates } = solution;
  const { history: _, ...run } = solution.run!;
  return { coordinates, unknowns, points, ...run, parameters, errors };
}

function describeSolved(
  { solution, points, errors }: Solved,
  files: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  const { method, reason, steps, rounds, startLoss, loss, seconds } = solution.run!;
  const training = steps === 0 ? "none" : `${method}, ${steps} steps (${reason})`;
  const written = Object.entries(files).filter((row): row is [string, string] => !!row[1]);
  return [
    ["points", points.join(" + ")],
    ["start", `loss ${formatNumber(startLoss)} after ${rounds} rounds of least squares`],
    ["training", training],
    ["loss", formatNumber(loss)],
    ...Object.entries(solution.parameters).map(([name, value]): [string, string] => [
      name,
      formatNumber(value),
    ]),
    ...Object.entries(errors).map(([name, error]): [string, string] => [
      `error of ${name}`,
      `${formatNumber(error)}, relative`,
    ]),
    ["time", `${seconds.toFixed(2)} s`],
    ...written,
  ];
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
