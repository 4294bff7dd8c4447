import { extname } from "node:path";
import { type Command, Option } from "commander";
import type { Dataset } from "../../data/matrix.js";
import { splitRows, takeRows } from "../../data/split.js";
import { type Fit, Model, type Quality } from "../../fit/model.js";
import { DEFAULT_METHOD, type MethodName, methodNames, methodTraits } from "../../methods/table.js";
import { type Acceleration, accelerationNames } from "../../objective/acceleration.js";
import { type Curvature, curvatureNames } from "../../objective/curvature.js";
import { DEFAULT_POLICY, type Regularization } from "../../regularization/table.js";
import { type Activation, activationNames } from "../../shape/activations.js";
import { type Precision, precisionNames } from "../../solvers/precision.js";
import { type SolverName, solverNames } from "../../solvers/table.js";
import { describe, invalid, StateError } from "../../support/errors.js";
import type { TrainingRun } from "../../training/run.js";
import { checkDistinct, checkWritable, readText, writeBytes, writeText } from "../files.js";
import { plotHistory } from "../plot/history.js";
import { loadResvg, renderPng } from "../plot/png.js";
import { loadVega } from "../plot/vega.js";
import { chooseInputs, listNames } from "../table/columns.js";
import { numericColumns, parseTable } from "../table/csv.js";
import { checkConverged } from "./divergence.js";
import { catchInterrupt } from "./interrupt.js";
import {
  parseFraction,
  parseInteger,
  parseList,
  parseNumber,
  parseRegularization,
  parseSeed,
  REGULARIZATION_SYNTAX,
} from "./options.js";
import { createProgress } from "./progress.js";
import { formatNumber, formatTable } from "./table.js";

interface TrainFlags {
  readonly target: string;
  readonly inputs?: string[];
  readonly width: number;
  readonly activation: Activation;
  readonly beta: number;
  readonly method: MethodName;
  readonly solver?: SolverName;
  readonly curvature?: Curvature;
  readonly acceleration?: Acceleration;
  readonly regularization?: Regularization;
  readonly precision?: Precision;
  readonly learningRate?: number;
  readonly maxSteps: number;
  readonly stopLoss?: number;
  readonly stopSeconds?: number;
  readonly seed: number;
  readonly splitSeed: number;
  readonly holdout: number;
  readonly standardize: boolean;
  readonly out?: string;
  readonly plot?: string;
  readonly json?: boolean;
}

/** Methods without a default learning rate. */
const rateRequired = methodNames.filter((name) => methodTraits(name).defaultLearningRate === null);

export function addTrainCommand(program: Command): void {
  program
    .command("train")
    .description("train a network on a table of comma-separated values")
    .argument("<data.csv>", "table with a header row")
    .requiredOption("--target <column>", "column to predict")
    .option("--inputs <a,b,...>", "input columns (default: all but the target)", parseList)
    .option("--width <n>", "number of neurons", parseInteger, 50)
    .addOption(
      new Option("--activation <name>", "activation").choices(activationNames).default("tanh"),
    )
    .option("--beta <b>", "exponent of the output scale", parseNumber, 0.52)
    .addOption(new Option("--method <name>", "method").choices(methodNames).default(DEFAULT_METHOD))
    .addOption(new Option("--solver <name>", "of the Newton system").choices(solverNames))
    .addOption(new Option("--curvature <name>", "of the single neurons").choices(curvatureNames))
    .addOption(new Option("--acceleration <name>", "of the Newton step").choices(accelerationNames))
    .option(
      "--regularization <policy>",
      `${REGULARIZATION_SYNTAX} (default: ${DEFAULT_POLICY})`,
      parseRegularization,
    )
    .addOption(new Option("--precision <p>", "of the factorization").choices(precisionNames))
    .option(
      "--learning-rate <a>",
      `step length; required by ${rateRequired.join(", ")}`,
      parseNumber,
    )
    .option("--max-steps <n>", "most steps", parseInteger, 1000)
    .option("--stop-loss <v>", "stop at this loss (of the standardized target)", parseNumber)
    .option("--stop-seconds <s>", "stop after this time", parseNumber)
    .option("--seed <n>", "seed of the initial parameters", parseInteger, 0)
    .option("--split-seed <n>", "seed of the choice of held-out rows", parseSeed, 0)
    .option("--holdout <fraction>", "rows kept aside to measure the error on", parseFraction, 0)
    .option("--no-standardize", "use inputs and target as they are")
    .option("--out <model.json>", "write the model")
    .option(
      "--plot <loss.svg>",
      "write a plot of the loss, .svg or .png (needs vega and vega-lite)",
    )
    .option("--json", "one line of JSON a step and one with the result")
    .action(trainCommand);
}

/** What the command trains, and how it went. */
export interface TrainOutcome {
  readonly model: Model;
  readonly run: TrainingRun;
  readonly training: Quality;
  readonly heldOut: Quality | null;
}

async function trainCommand(path: string, flags: TrainFlags): Promise<void> {
  // Before the work, not after it.
  if (flags.plot !== undefined) await preparePlot(flags.plot);
  for (const file of [flags.out, flags.plot]) if (file !== undefined) checkWritable(file);
  checkDistinct({ "--out": flags.out, "--plot": flags.plot }, [path]);
  const outcome = await trainOnTable(path, flags);
  const { model, run, training, heldOut } = outcome;
  try {
    checkConverged(run, [training, heldOut]);
    await writeOutcome(outcome, flags);
  } finally {
    model.dispose();
  }
}

/** @throws InputError `invalid-argument`, ResourceError `missing-dependency` */
async function preparePlot(path: string): Promise<void> {
  const png = isPng(path);
  await loadVega("--plot");
  if (png) await loadResvg("--plot");
}

/** A pipe has a name without an ending and gets the SVG. @throws InputError `invalid-argument` */
function isPng(path: string): boolean {
  const ending = extname(path).toLowerCase();
  if (ending === ".png") return true;
  if (ending === ".svg" || ending === "") return false;
  throw invalid("invalid-argument", "--plot", "a name that ends in .svg or .png", describe(path));
}

/** Trains on a file; the steps go to the progress bar or, with --json, to standard output. */
async function trainOnTable(path: string, flags: TrainFlags): Promise<TrainOutcome> {
  const table = parseTable(readText(path), path);
  const y = numericColumns(table, [flags.target], path);
  const inputs = chooseInputs(table.columns, flags.target, flags.inputs, path);
  const x = numericColumns(table, inputs, path);
  const split = await splitRows(table.rows.length, flags.holdout, flags.splitSeed);
  const pick = (rows: readonly number[]) => ({
    x: takeRows(x, inputs.length, rows),
    y: takeRows(y, 1, rows),
  });
  const rows = pick(split.training);
  const { model, run } = await fitWithProgress(rows, inputs, flags);
  const training = model.evaluate(rows);
  const heldOut = split.heldOut.length === 0 ? null : model.evaluate(pick(split.heldOut));
  return { model, run, training, heldOut };
}

/** In a worker, so that this thread hears signals however long a step takes. */
async function fitWithProgress(
  data: Dataset,
  inputs: readonly string[],
  flags: TrainFlags,
): Promise<Fit<TrainingRun>> {
  const interrupt = catchInterrupt("ending with what is reached; once more to drop it");
  const progress = createProgress("training", flags.maxSteps, flags.json === true);
  try {
    return await Model.fit(data, {
      evidence: false,
      columns: { inputs, target: flags.target },
      standardize: flags.standardize,
      network: { ...pickDefined(flags, ["width", "activation", "beta", "seed"]), worker: true },
      ...pickDefined(flags, [
        "method",
        "solver",
        "curvature",
        "acceleration",
        "regularization",
        "precision",
        "learningRate",
        "maxSteps",
      ]),
      stop: {
        ...(flags.stopLoss !== undefined && { loss: flags.stopLoss }),
        ...(flags.stopSeconds !== undefined && { seconds: flags.stopSeconds }),
      },
      signal: interrupt.signal,
      onStep: (record) => {
        progress.step(record);
        if (flags.json) printJson({ type: "step", ...record });
      },
    });
  } catch (error) {
    if (!(error instanceof StateError) || error.code !== "aborted") throw error;
    throw new StateError("aborted", "interrupted before the training began", { cause: error });
  } finally {
    progress.stop();
    interrupt.release();
    process.exitCode = interrupt.exitCode;
  }
}

/** Only what was given: an option that is `undefined` is not the same as one that is absent. */
function pickDefined<K extends keyof TrainFlags>(
  flags: TrainFlags,
  keys: readonly K[],
): { [P in K]: NonNullable<TrainFlags[P]> } {
  const entries = keys.flatMap((key) => (flags[key] === undefined ? [] : [[key, flags[key]]]));
  return Object.fromEntries(entries) as { [P in K]: NonNullable<TrainFlags[P]> };
}

async function writeOutcome(outcome: TrainOutcome, flags: TrainFlags): Promise<void> {
  const { model, run, training, heldOut } = outcome;
  if (flags.out !== undefined) writeText(flags.out, `${JSON.stringify(model)}\n`);
  if (flags.plot !== undefined) {
    const title = `${flags.target}: ${run.method}, N = ${model.network.width}`;
    const svg = await plotHistory(title, run.initialLoss, run.history);
    if (isPng(flags.plot)) writeBytes(flags.plot, await renderPng(svg, "--plot"));
    else writeText(flags.plot, svg);
  }
  if (flags.json) {
    const { history: _, ...summary } = run;
    printJson({ type: "result", ...summary, training, heldOut, model: flags.out ?? null });
    return;
  }
  process.stdout.write(formatTable(describeOutcome(outcome, flags)));
}

/** The rows of the result table. */
export function describeOutcome(
  { model, run, training, heldOut }: TrainOutcome,
  files: { readonly out?: string; readonly plot?: string } = {},
): [string, string][] {
  const { network, columns } = model;
  const quality = ({ rmse, r2, samples }: Quality) =>
    `RMSE ${formatNumber(rmse)}, R² ${formatNumber(r2)} on ${samples} rows`;
  const rejected = run.history.reduce((sum, record) => sum + record.rejected.length, 0);
  const steps = `${run.steps} (${rejected} tries rejected) in ${run.seconds.toFixed(2)} s`;
  return [
    ["target", `${columns.target} from ${listNames(columns.inputs)}`],
    [
      "network",
      `${network.width} neurons, ${network.activation}, ${network.parameterCount} parameters`,
    ],
    ["method", run.solver === null ? run.method : `${run.method}, ${run.solver} solver`],
    ["stopped by", run.reason],
    ["steps", steps],
    ["loss", `${formatNumber(run.initialLoss)} -> ${formatNumber(run.loss)}`],
    ["training", quality(training)],
    ...(heldOut === null ? [] : [["held out", quality(heldOut)] as [string, string]]),
    ...(files.out === undefined ? [] : [["model", files.out] as [string, string]]),
    ...(files.plot === undefined ? [] : [["plot", files.plot] as [string, string]]),
  ];
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
