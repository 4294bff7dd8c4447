import type { Command } from "commander";
import type { ColumnScaling } from "../../data/scaling.js";
import { type AnyModel, Model } from "../../fit/model.js";
import { parseModel, readText } from "../files.js";
import { describeMembers, describeTask } from "./outcome.js";
import { formatNumber, formatTable } from "./table.js";

export function addInfoCommand(program: Command): void {
  program
    .command("info")
    .description("check a model and show what it is")
    .argument("<model.json>", "model written by train")
    .option("--json", "one line of JSON")
    .action(infoCommand);
}

async function infoCommand(path: string, flags: { readonly json?: boolean }): Promise<void> {
  const model: AnyModel = await Model.fromJSON(parseModel(path, readText(path)));
  const { network, columns, scaling, loss, classes, evidence } = model;
  const { inputs, width, activation, beta, seed, parameterCount } = network;
  if (flags.json) {
    const facts = { inputs, width, activation, beta, seed, parameterCount };
    process.stdout.write(
      `${JSON.stringify({ type: "info", ...facts, columns, scaling, loss, classes, evidence })}\n`,
    );
  } else {
    const scale = ({ mean, scale, power }: ColumnScaling) =>
      `mean ${formatNumber(mean)}, scale ${formatNumber(scale)}${
        power === undefined ? "" : `, of its power ${formatNumber(power.lambda)} (Yeo-Johnson)`
      }`;
    process.stdout.write(
      formatTable([
        ["network", `${width} neurons, ${activation}, beta ${beta}, seed ${seed}`],
        ["parameters", String(parameterCount)],
        ...describeTask(model),
        ...(evidence === null ? [] : describeMembers(evidence)),
        ...columns.inputs.map((name, index): [string, string] => [
          `input ${name}`,
          scale(scaling.inputs[index]!),
        ]),
        [
          `target ${columns.target}`,
          classes === null ? scale(scaling.target) : "one of the classes",
        ],
      ]),
    );
  }
  model.dispose();
}
