import type { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import type { Label } from "../../fit/classes.js";
import { type AnyModel, Model } from "../../fit/model.js";
import { invalid } from "../../support/errors.js";
import { checkDistinct, checkWritable, parseModel, readText, writeText } from "../files.js";
import { numericColumns, parseTable } from "../table/csv.js";
import { parseProbability } from "./options.js";
import { printable, say } from "./printable.js";

interface PredictFlags {
  readonly interval?: number;
  readonly out?: string;
  readonly json?: boolean;
}

export function addPredictCommand(program: Command): void {
  program
    .command("predict")
    .description("predict the target of a model for each row of a table")
    .argument("<model.json>", "model written by train")
    .argument("<data.csv>", "table with the model's input columns; others are ignored")
    .option(
      "--interval <level>",
      "an interval that holds the target with this probability, its standard deviation, and which rows are outside the range of those that were fitted",
      parseProbability,
    )
    .option("--out <predictions.csv>", "write a file instead of standard output")
    .option("--json", "one line of JSON: the name of the target and the predictions")
    .action(predictCommand);
}

/** What is predicted of each row. */
interface Predicted {
  /** As JSON has it. */
  readonly json: object;
  /** The column of the target, and those beside it by what is added to its name. */
  readonly target: ArrayLike<Label>;
  readonly columns: readonly (readonly [string, ArrayLike<number>])[];
}

async function predictCommand(modelPath: string, dataPath: string, flags: PredictFlags) {
  // Before the work, not after it.
  if (flags.out !== undefined) checkWritable(flags.out);
  checkDistinct({ "--out": flags.out }, [modelPath, dataPath]);
  const model: AnyModel = await Model.fromJSON(parseModel(modelPath, readText(modelPath)));
  const table = parseTable(readText(dataPath), dataPath);
  const x = numericColumns(table, model.columns.inputs, dataPath);
  const predicted = predictAll(model, x, flags.interval);
  const terminal = flags.out === undefined && process.stdout.isTTY === true;
  const text = format(model.columns.target, predicted, flags.json === true, terminal);
  if (flags.out === undefined) process.stdout.write(text);
  else writeText(flags.out, text);
  model.dispose();
}

function predictAll(model: AnyModel, x: Float64Array, level: number | undefined): Predicted {
  if (model.classes !== null) return predictClasses(model, x, level);
  if (level === undefined) return quantities({ predictions: model.predict(x) });
  if (model.evidence === null) {
    const expected = "a model whose noise was estimated";
    throw invalid("invalid-argument", "--interval", expected, "one of train --interpolate");
  }
  const { mean, lower, upper, sd, outside } = model.predictive(x, { level });
  const beyond = outside.reduce((sum, flag) => sum + flag, 0);
  if (beyond > 0) {
    say(
      `warning: ${beyond} of ${outside.length} rows are outside the range of the rows that were fitted`,
    );
  }
  return quantities({ predictions: mean, lower, upper, sd, outside });
}

function quantities(
  values: Readonly<Record<string, ArrayLike<number>>> & { readonly predictions: Float64Array },
): Predicted {
  const { predictions, ...more } = values;
  const lists = Object.entries(values).map(([name, list]) => [name, Array.from(list)]);
  return {
    json: Object.fromEntries(lists),
    target: predictions,
    columns: Object.entries(more),
  };
}

/** The class and, in a column each, the probabilities of all. */
function predictClasses(
  model: Model<Label>,
  x: Float64Array,
  level: number | undefined,
): Predicted {
  if (level !== undefined) {
    const expected = "a model of quantities: of classes the probabilities are written";
    throw invalid("invalid-argument", "--interval", expected, "a model of classes");
  }
  const { classes } = model;
  const predictions = model.predict(x);
  const { probabilities: all } = model.predictive(x);
  const count = classes.length;
  const probabilities = predictions.map((_, row) => [
    ...all.subarray(row * count, (row + 1) * count),
  ]);
  return {
    json: { classes, predictions, probabilities },
    target: predictions,
    columns: classes.map((label, index) => [
      String(label),
      probabilities.map((row) => row[index]!),
    ]),
  };
}

function format(target: string, predicted: Predicted, json: boolean, terminal: boolean): string {
  if (json) return `${JSON.stringify({ type: "predictions", target, ...predicted.json })}\n`;
  // A file or a program gets the name as it is, a terminal does not.
  const name = terminal ? printable(target) : target;
  const { columns } = predicted;
  const endings = columns.map(([column]) => `_${terminal ? printable(column) : column}`);
  const rows = Array.from(predicted.target, (value, row) => [
    terminal && typeof value === "string" ? printable(value) : String(value),
    ...columns.map(([, values]) => values[row]),
  ]);
  return stringify([[name, ...endings.map((ending) => name + ending)], ...rows]);
}
