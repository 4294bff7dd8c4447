import { resolve } from "node:path";
import { InputError } from "../errors.js";
import { readText } from "../files.js";
import { chooseInputs } from "../table/columns.js";
import { numericColumns, parseTable } from "../table/csv.js";
import { digestOfData, type NamedData } from "./cell.js";
import type { DataSource, Plan } from "./plan.js";

/** The data sets of a plan; files are relative to `folder`. @throws InputError as for tables of the command line */
export function loadData(plan: Plan, folder: string): Map<string, NamedData> {
  return new Map(
    Object.entries(plan.data ?? {}).map(([name, source]) => [
      name,
      loadSource(name, source, folder),
    ]),
  );
}

function loadSource(name: string, source: DataSource, folder: string): NamedData {
  const { x, y } = "csv" in source ? readColumns(source, folder) : inline(source);
  if (x.length !== y.length) {
    const message = `plan: data.${name} has ${x.length} rows of x and ${y.length} of y`;
    throw new InputError("invalid-shape", message, { argument: `plan.data.${name}` });
  }
  return { x, y, digest: digestOfData({ x, y }) };
}

function inline(source: Extract<DataSource, { x: unknown }>) {
  return {
    x: source.x.map((row) => (typeof row === "number" ? [row] : [...row])),
    y: [...source.y],
  };
}

function readColumns(source: Extract<DataSource, { csv: string }>, folder: string) {
  const path = resolve(folder, source.csv);
  const table = parseTable(readText(path), path);
  const inputs = chooseInputs(table.columns, source.target, source.inputs, path);
  const x = numericColumns(table, inputs, path);
  const y = [...numericColumns(table, [source.target], path)];
  return { x: y.map((_, m) => [...x.subarray(m * inputs.length, (m + 1) * inputs.length)]), y };
}
