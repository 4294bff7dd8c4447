import type { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import { Model } from "../../fit/model.js";
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

/** Columns beside the target, a value a row. */
type Columns = Readonly<Record<string, ArrayLike<number>>>;

async function predictCommand(modelPath: string, dataPath: string, flags: PredictFlags) {
  // Before the work, not after it.
  if (flags.out !== undefined) checkWritable(flags.out);
  checkDistinct({ "--out": flags.out }, [modelPath, dataPath]);
  const model = await Model.fromJSON(parseModel(modelPath, readText(modelPath)));
  const table = parseTable(readText(dataPath), dataPath);
  const x = numericColumns(table, model.columns.inputs, dataPath);
  const columns = predictColumns(model, x, flags.interval);
  const terminal = flags.out === undefined && process.stdout.isTTY === true;
  const text = format(model.columns.target, columns, flags.json === true, terminal);
  if (flags.out === undefined) process.stdout.write(text);
  else writeText(flags.out, text);
  model.dispose();
}

function predictColumns(model: Model, x: Float64Array, level: number | undefined): Columns {
  if (level === undefined) return { predictions: model.predict(x) };
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
  return { predictions: mean, lower, upper, sd, outside };
}

function format(target: string, columns: Columns, json: boolean, terminal: boolean): string {
  if (json) {
    const lists = Object.entries(columns).map(([name, values]) => [name, Array.from(values)]);
    return `${JSON.stringify({ type: "predictions", target, ...Object.fromEntries(lists) })}\n`;
  }
  // A file or a program gets the name as it is, a terminal does not.
  const name = terminal ? printable(target) : target;
  const [, ...more] = Object.keys(columns);
  const rows = Array.from(columns.predictions!, (_, row) =>
    Object.values(columns).map((values) => values[row]),
  );
  return stringify([[name, ...more.map((column) => `${name}_${column}`)], ...rows]);
}
