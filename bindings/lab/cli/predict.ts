import type { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import { Model } from "../../fit/model.js";
import { checkDistinct, checkWritable, parseModel, readText, writeText } from "../files.js";
import { numericColumns, parseTable } from "../table/csv.js";
import { printable } from "./printable.js";

interface PredictFlags {
  readonly out?: string;
  readonly json?: boolean;
}

export function addPredictCommand(program: Command): void {
  program
    .command("predict")
    .description("predict the target of a model for each row of a table")
    .argument("<model.json>", "model written by train")
    .argument("<data.csv>", "table with the model's input columns; others are ignored")
    .option("--out <predictions.csv>", "write a file instead of standard output")
    .option("--json", "one line of JSON: the name of the target and the predictions")
    .action(predictCommand);
}

async function predictCommand(modelPath: string, dataPath: string, flags: PredictFlags) {
  // Before the work, not after it.
  if (flags.out !== undefined) checkWritable(flags.out);
  checkDistinct({ "--out": flags.out }, [modelPath, dataPath]);
  const model = await Model.fromJSON(parseModel(modelPath, readText(modelPath)));
  const table = parseTable(readText(dataPath), dataPath);
  const predictions = model.predict(numericColumns(table, model.columns.inputs, dataPath));
  const terminal = flags.out === undefined && process.stdout.isTTY === true;
  const text = format(model.columns.target, predictions, flags.json === true, terminal);
  if (flags.out === undefined) process.stdout.write(text);
  else writeText(flags.out, text);
  model.dispose();
}

function format(
  target: string,
  predictions: Float64Array,
  json: boolean,
  terminal: boolean,
): string {
  if (json)
    return `${JSON.stringify({ type: "predictions", target, predictions: [...predictions] })}\n`;
  // A file or a program gets the name as it is, a terminal does not.
  const name = terminal ? printable(target) : target;
  return stringify([[name], ...Array.from(predictions, (value) => [value])]);
}
