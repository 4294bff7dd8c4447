import { type Command, Option } from "commander";
import type { Dataset } from "../../data/matrix.js";
import { splitRows, takeRows } from "../../data/split.js";
import type { LabelledDataset } from "../../fit/classes.js";
import { crossValidate } from "../../fit/cross-validate.js";
import { type AnyFit, Model } from "../../fit/model.js";
import type { EvidenceFitOptions, InterpolationOptions } from "../../fit/options.js";
import { hasClasses } from "../../fit/task.js";
import { DEFAULT_METHOD, type MethodName, methodNames, methodTraits } from "../../methods/table.js";
import { type Acceleration, accelerationNames } from "../../objective/acceleration.js";
import { type Curvature, curvatureNames } from "../../objective/curvature.js";
import { DEFAULT_LOSS, type NamedLoss } from "../../objective/losses.js";
import type { Penalty } from "../../objective/penalty.js";
import { DEFAULT_POLICY, type Regularization } from "../../regularization/table.js";
import { type Activation, activationNames } from "../../shape/activations.js";
import { type Precision, precisionNames } from "../../solvers/precision.js";
import { type SolverName, solverNames } from "../../solvers/table.js";
import { describe, invalid, StateError } from "../../support/errors.js";
import { checkDistinct, checkWritable, readText, writeText } from "../files.js";
import { plotEvidence } from "../plot/evidence.js";
import { plotFit } from "../plot/fit.js";
import { plotHistory } from "../plot/history.js";
import { chooseInputs, listNames } from "../table/columns.js";
import { labelColumn, numericColumns, parseTable, type Table } from "../table/csv.js";
import { checkConverged } from "./divergence.js";
import { checkFitFlags, minimizes, pickDefined, trainingFlags } from "./fit-options.js";
import { catchInterrupt, type Interrupt } from "./interrupt.js";
import {
  LOSS_SYNTAX,
  PENALTY_SYNTAX,
  parseFraction,
  parseInteger,
  parseList,
  parseLoss,
  parseNumber,
  parsePenalty,
  parseRegularization,
  parseSeed,
  REGULARIZATION_SYNTAX,
} from "./options.js";
import {
  describeOutcome,
  isTraining,
  outcomeJSON,
  type TrainOutcome,
  warningOf,
} from "./outcome.js";
import { type Part, pictureOf } from "./picture.js";
import { preparePlot, writePlot } from "./plots.js";
import { say } from "./printable.js";
import { createFitProgress, createProgress } from "./progress.js";
import { formatTable } from "./table.js";

interface TrainFlags {
  readonly target: string;
  readonly inputs?: string[];
  readonly loss?: NamedLoss;
  readonly weights?: string;
  readonly penalty?: Penalty;
  readonly interpolate?: boolean;
  readonly members?: number;
  readonly width: number;
  readonly activation: Activation;
  readonly beta: number;
  readonly method?: MethodName;
  readonly solver?: SolverName;
  readonly curvature?: Curvature;
  readonly acceleration?: Acceleration;
  readonly regularization?: Regularization;
  readonly precision?: Precision;
  readonly learningRate?: number;
  readonly maxSteps?: number;
  readonly stopLoss?: number;
  readonly stopSeconds?: number;
  readonly validation?: number;
  readonly patience?: number;
  readonly seed: number;
  readonly splitSeed: number;
  readonly holdout: number;
  readonly folds?: number;
  readonly standardize: boolean;
  readonly out?: string;
  readonly plot?: string;
  readonly plotFit?: string;
  readonly along?: string;
  readonly json?: boolean;
}

const MOST_STEPS = 1000;
/** Methods without a default learning rate. */
const rateRequired = methodNames.filter((name) => methodTraits(name).defaultLearningRate === null);

export function addTrainCommand(program: Command): void {
  const choice = (flags: string, description: string, names: readonly string[]) =>
    new Option(flags, description).choices(names);
  program
    .command("train")
    .description("fit a network to a table of comma-separated values, and estimate its noise")
    .argument("<data.csv>", "table with a header row")
    .requiredOption("--target <column>", "column to predict")
    .option("--inputs <a,b,...>", "input columns (default: all others)", parseList)
    .option(
      "--loss <name>",
      `what the targets are: ${LOSS_SYNTAX} (default: ${DEFAULT_LOSS})`,
      parseLoss,
    )
    .option(
      "--members <n>",
      "networks that are kept, each of its own seed (default: 1)",
      parseInteger,
    )
    .option("--width <n>", "number of neurons", parseInteger, 50)
    .addOption(choice("--activation <name>", "activation", activationNames).default("tanh"))
    .option("--beta <b>", "exponent of the output scale", parseNumber, 0.52)
    .option("--seed <n>", "seed of the initial parameters", parseSeed, 0)
    .option("--holdout <fraction>", "rows kept aside to measure the error on", parseFraction, 0)
    .option("--split-seed <n>", "seed of the choice of held-out rows and folds", parseSeed, 0)
    .option("--folds <k>", "cross-validate first, in so many parts of the rows", parseInteger)
    .option("--no-standardize", "use inputs and target as they are")
    .option("--out <model.json>", "write the model")
    .option("--plot <history.svg>", "plot how it went, .svg or .png (needs vega and vega-lite)")
    .option("--plot-fit <fit.svg>", "plot what is predicted beside what was measured")
    .option("--along <column>", "input that --plot-fit draws the function along")
    .option("--json", "one line of JSON a step and one with the result")
    .optionsGroup("Options of a training without an estimate of the noise, as any other loss is:")
    .option("--weights <column>", "one number a row, that its loss is multiplied by")
    .option(
      "--penalty <lambda>",
      `of the parameters, a number or ${PENALTY_SYNTAX} (default: none for ${DEFAULT_LOSS}, else 1 / (4 rows))`,
      parsePenalty,
    )
    .option("--interpolate", "meet the targets as they are, by the options below")
    .addOption(choice("--method <name>", `method (default: "${DEFAULT_METHOD}")`, methodNames))
    .addOption(choice("--solver <name>", "of the Newton system", solverNames))
    .addOption(choice("--curvature <name>", "of the single neurons", curvatureNames))
    .addOption(choice("--acceleration <name>", "of the Newton step", accelerationNames))
    .option(
      "--regularization <policy>",
      `${REGULARIZATION_SYNTAX} (default: ${DEFAULT_POLICY})`,
      parseRegularization,
    )
    .addOption(choice("--precision <p>", "of the factorization", precisionNames))
    .option(
      "--learning-rate <a>",
      `step length; required by ${rateRequired.join(", ")}`,
      parseNumber,
    )
    .option("--max-steps <n>", `most steps (default: ${MOST_STEPS})`, parseInteger)
    .option("--stop-loss <v>", "stop at this loss (of the standardized target)", parseNumber)
    .option("--stop-seconds <s>", "stop after this time", parseNumber)
    .option(
      "--validation <fraction>",
      "rows kept aside that say when to stop, at their least loss",
      parseFraction,
    )
    .option("--patience <n>", "steps without a lower loss of them (default: 50)", parseInteger)
    .action(trainCommand);
}

async function trainCommand(path: string, flags: TrainFlags): Promise<void> {
  checkFitFlags(flags);
  if (flags.plotFit !== undefined && flags.loss !== undefined && hasClasses(flags.loss.name)) {
    const expected = "no plot of what is predicted beside classes";
    throw invalid("invalid-argument", NAMES.plotFit, expected, describe(flags.plotFit));
  }
  // Before the work, not after it.
  for (const flag of ["plot", "plotFit"] as const) await preparePlot(flags[flag], NAMES[flag]);
  const files = Object.entries(NAMES).map(([key, name]) => [name, flags[key as "out"]] as const);
  for (const [, file] of files) if (file !== undefined) checkWritable(file);
  checkDistinct(Object.fromEntries(files), [path]);
  const { outcome, parts } = await trainOnTable(path, flags);
  const { model, run, training, heldOut } = outcome;
  try {
    if (isTraining(run)) checkConverged(run, [training, heldOut]);
    await writeOutcome(outcome, parts, flags);
  } finally {
    model.dispose();
  }
}

/** Files that are written. */
const NAMES = { out: "--out", plot: "--plot", plotFit: "--plot-fit" } as const;

const TARGET_REMEDY =
  "a target is a number in every row: mend the cell, or take out the row; " +
  "for classes: --loss softmax";
const INPUT_REMEDY = "mend the cell, or leave the column out: --inputs names those to use";

/** Fits to a file; the steps go to the progress bar or, with --json, to standard output. */
async function trainOnTable(
  path: string,
  flags: TrainFlags,
): Promise<{ readonly outcome: TrainOutcome; readonly parts: readonly Part[] }> {
  const table = parseTable(readText(path), path);
  const inputs = chooseInputs(table.columns, flags.target, flags.inputs, path, flags.weights);
  const targets = readTargets(table, path, flags);
  if (flags.along !== undefined && !inputs.includes(flags.along)) {
    const expected = `one of ${listNames(inputs, describe)}`;
    throw invalid("invalid-argument", "--along", expected, describe(flags.along));
  }
  const x = numericColumns(table, inputs, path, INPUT_REMEDY);
  const split = await splitRows(table.rows.length, flags.holdout, flags.splitSeed);
  const pick = (rows: readonly number[]) => ({
    x: takeRows(x, inputs.length, rows),
    ...targets(rows),
  });
  const rows = pick(split.training);
  const aside = split.heldOut.length === 0 ? null : pick(split.heldOut);
  const interrupt = catchInterrupt("ending with what is reached; once more to drop it");
  try {
    const options = fitOptions(inputs, interrupt, flags);
    const crossValidation = await validate(rows, options, flags);
    const { model, run } = await fitWithProgress(rows, options, flags);
    const measure = (part: Rows) => model.evaluate(part as never);
    const training = measure(rows);
    const heldOut = aside === null ? null : measure(aside);
    const parts: Part[] = [{ set: "training", ...rows }];
    if (aside !== null) parts.push({ set: "held out", ...aside });
    return { outcome: { model, run, training, heldOut, crossValidation }, parts };
  } catch (error) {
    if (!(error instanceof StateError) || error.code !== "aborted") throw error;
    throw new StateError("aborted", "interrupted before there was a model", { cause: error });
  } finally {
    interrupt.release();
    process.exitCode = interrupt.exitCode;
  }
}

/** Rows of a table: of classes y has their labels. */
interface Rows {
  readonly x: Float64Array;
  readonly y: Float64Array | (string | number)[];
  readonly weights?: Float64Array;
}

/** What is to be predicted in each row, and what the row counts. */
function readTargets(
  table: Table,
  path: string,
  { target, loss, weights: column }: TrainFlags,
): (rows: readonly number[]) => Pick<Rows, "y" | "weights"> {
  const numbers = (name: string, remedy?: string) => {
    const values = numericColumns(table, [name], path, remedy);
    return (rows: readonly number[]) => takeRows(values, 1, rows);
  };
  const labels = () => {
    const values = labelColumn(table, target, path);
    return (rows: readonly number[]) => rows.map((row) => values[row]!);
  };
  const ofClasses = loss !== undefined && hasClasses(loss.name);
  const y = ofClasses ? labels() : numbers(target, TARGET_REMEDY);
  if (column === undefined) return (rows) => ({ y: y(rows) });
  const weights = numbers(column);
  return (rows) => ({ y: y(rows), weights: weights(rows) });
}

type TableFitOptions = EvidenceFitOptions | InterpolationOptions;

function fitOptions(
  inputs: readonly string[],
  { signal }: Interrupt,
  flags: TrainFlags,
): TableFitOptions {
  const common = {
    columns: { inputs, target: flags.target },
    standardize: flags.standardize,
    network: pickDefined(flags, ["width", "activation", "beta", "seed"]),
    signal,
  };
  if (!minimizes(flags)) return { ...common, ...pickDefined(flags, ["members"]) };
  const { stopLoss: _, stopSeconds: __, ...given } = pickDefined(flags, trainingFlags);
  return {
    ...common,
    evidence: false,
    maxSteps: MOST_STEPS,
    ...pickDefined(flags, ["loss"]),
    ...given,
    stop: {
      ...(flags.stopLoss !== undefined && { loss: flags.stopLoss }),
      ...(flags.stopSeconds !== undefined && { seconds: flags.stopSeconds }),
    },
  };
}

async function validate(
  data: Rows,
  options: TableFitOptions,
  { folds, splitSeed, json }: TrainFlags,
): Promise<TrainOutcome["crossValidation"]> {
  if (folds === undefined) return null;
  return crossValidate(data as Dataset | LabelledDataset, {
    ...options,
    folds,
    splitSeed,
    onFold: (fold) => {
      if (json) printJson({ type: "fold", ...fold });
    },
  });
}

/** In a worker, so that this thread hears signals however long a step takes. */
async function fitWithProgress(
  rows: Rows,
  options: TableFitOptions,
  flags: TrainFlags,
): Promise<AnyFit> {
  const data = rows as Dataset | LabelledDataset;
  const quiet = flags.json === true;
  const network = { ...options.network, worker: true as const };
  const print = (record: object) => {
    if (flags.json) printJson({ type: "step", ...record });
  };
  if (options.evidence === false) {
    const progress = createProgress("training", options.maxSteps ?? MOST_STEPS, quiet);
    const onStep: typeof options.onStep = (record) => {
      progress.step(record);
      print(record);
    };
    return Model.fit(data, { ...options, network, onStep }).finally(() => progress.stop());
  }
  const progress = createFitProgress("fitting", quiet);
  const onStep: typeof options.onStep = (record) => {
    progress.step(record);
    print(record);
  };
  return Model.fit(data, { ...options, network, onStep }).finally(() => progress.stop());
}

async function writeOutcome(
  outcome: TrainOutcome,
  parts: readonly Part[],
  flags: TrainFlags,
): Promise<void> {
  const { model } = outcome;
  if (flags.out !== undefined) writeText(flags.out, `${JSON.stringify(model)}\n`);
  if (flags.plot !== undefined) {
    await writePlot(flags.plot, NAMES.plot, await plotRun(outcome));
  }
  if (flags.plotFit !== undefined && model.classes === null) {
    const svg = await plotFit(pictureOf(model, parts, flags.along), NAMES.plotFit);
    await writePlot(flags.plotFit, NAMES.plotFit, svg);
  }
  const warning = warningOf(outcome);
  if (warning !== null) say(`warning: ${warning}`);
  if (flags.json) {
    printJson({ type: "result", ...outcomeJSON(outcome), warning, model: flags.out ?? null });
    return;
  }
  const written = { model: flags.out, plot: flags.plot, "plot of fit": flags.plotFit };
  const files = Object.entries(written).filter((row): row is [string, string] => !!row[1]);
  process.stdout.write(formatTable(describeOutcome(outcome, files)));
}

function plotRun({ model, run }: TrainOutcome): Promise<string> {
  const title = `${model.columns.target}: N = ${model.network.width}`;
  if (!isTraining(run)) return plotEvidence(title, run.history);
  const { method, initialLoss, history } = run;
  return plotHistory(
    `${model.columns.target}: ${method}, N = ${model.network.width}`,
    initialLoss,
    history,
  );
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
