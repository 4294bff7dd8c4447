import { resolve } from "node:path";
import { IDENTITY, measureColumns, standardize } from "../../data/scaling.js";
import { createEngine } from "../../engine/engine.js";
import { InputError } from "../../support/errors.js";
import { readText } from "../files.js";
import { chooseInputs } from "../table/columns.js";
import { numericColumns, parseTable } from "../table/csv.js";
import { splitRows, takeRows } from "../table/holdout.js";
import { digestOfData, type NamedData, type Rows } from "./cell.js";
import type { DataSource, Plan, TableSource } from "./plan.js";

/** Columns of a table: row-major inputs, targets. */
interface Columns {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * The data sets of a plan; files are relative to `folder`.
 * @throws InputError as for tables of the command line
 */
export async function loadData(plan: Plan, folder: string): Promise<Map<string, NamedData>> {
  const data = new Map<string, NamedData>();
  for (const [name, source] of Object.entries(plan.data ?? {})) {
    data.set(name, await loadSource(name, source, folder));
  }
  return data;
}

async function loadSource(name: string, source: DataSource, folder: string): Promise<NamedData> {
  const argument = `plan.data.${name}`;
  const set = "csv" in source ? await readTable(argument, source, folder) : inline(source);
  if (set.x.length !== set.y.length) {
    const message = `plan: data.${name} has ${set.x.length} rows of x and ${set.y.length} of y`;
    throw new InputError("invalid-shape", message, { argument });
  }
  return { ...set, digest: digestOfData(set) };
}

function inline(source: Extract<DataSource, { x: unknown }>): Rows {
  return {
    x: source.x.map((row) => (typeof row === "number" ? [row] : [...row])),
    y: [...source.y],
  };
}

/**
 * As the command `train` does it: rows kept aside, the others brought to mean 0 and standard
 * deviation 1, and those by the same scaling.
 */
async function readTable(
  argument: string,
  { csv, target, inputs: named, standardize: wanted = true, holdout = 0, seed = 0 }: TableSource,
  folder: string,
): Promise<Omit<NamedData, "digest">> {
  const path = resolve(folder, csv);
  const table = parseTable(readText(path), path);
  const inputs = chooseInputs(table.columns, target, named, path);
  const x = numericColumns(table, inputs, path);
  const y = numericColumns(table, [target], path);
  const split = await splitRows(table.rows.length, holdout, seed, `${argument}.holdout`);
  const engine = await createEngine();
  try {
    const pick = (rows: readonly number[]) => ({
      x: takeRows(x, inputs.length, rows),
      y: takeRows(y, 1, rows),
    });
    const training = pick(split.training);
    const measure = (values: Float64Array, names: readonly string[]) =>
      wanted ? measureColumns(engine, values, names, argument) : names.map(() => IDENTITY);
    const [ofInputs, ofTarget] = [measure(training.x, inputs), measure(training.y, [target])];
    const scaled = (part: Columns) =>
      rowsOf({
        x: standardize(engine, part.x, ofInputs, argument),
        y: standardize(engine, part.y, ofTarget, argument),
      });
    const test = split.heldOut.length === 0 ? undefined : scaled(pick(split.heldOut));
    return { ...scaled(training), ...(test && { test }) };
  } finally {
    engine.dispose();
  }
}

/** The same as lists, which JSON has. */
function rowsOf({ x, y }: Columns): Rows {
  const width = x.length / y.length;
  return {
    x: Array.from(y, (_, m) => [...x.subarray(m * width, (m + 1) * width)]),
    y: [...y],
  };
}
