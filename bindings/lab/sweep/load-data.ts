import { resolve } from "node:path";
import { columnsAt, type LoadedData, loadDataset } from "../../data/load.js";
import { applyScaling, standardizeDataset } from "../../data/scaling.js";
import { splitRows, takeRows } from "../../data/split.js";
import { createEngine, type Engine } from "../../engine/engine.js";
import { InputError } from "../../support/errors.js";
import { readText } from "../files.js";
import { chooseInputs } from "../table/columns.js";
import { numericColumns, parseTable } from "../table/csv.js";
import { digestOfData, type NamedData, type Rows } from "./cell.js";
import type { DataSource, Plan, TableSource } from "./plan.js";

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

const TARGET_REMEDY = "a target is a number in every row: mend the cell, or take out the row";
const INPUT_REMEDY = "mend the cell, or leave the column out: `inputs` names those to use";

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
  const x = numericColumns(table, inputs, path, INPUT_REMEDY);
  const y = numericColumns(table, [target], path, TARGET_REMEDY);
  const split = await splitRows(table.rows.length, holdout, seed, `${argument}.holdout`);
  const pick = (rows: readonly number[]) => ({
    x: takeRows(x, inputs.length, rows),
    y: takeRows(y, 1, rows),
  });
  const engine = await createEngine();
  try {
    return engine.scope((arena) => {
      const shape = { inputs: inputs.length, outputs: 1 };
      const training = loadDataset(engine, arena, pick(split.training), shape);
      const scaling = standardizeDataset(engine, training, {
        columns: { inputs, target },
        standardize: wanted,
      });
      const rows = rowsOf(engine, training);
      if (split.heldOut.length === 0) return rows;
      const test = loadDataset(engine, arena, pick(split.heldOut), shape);
      applyScaling(engine, test, scaling, `${argument}.test`);
      return { ...rows, test: rowsOf(engine, test) };
    });
  } finally {
    engine.dispose();
  }
}

/** Copies as lists, which JSON has. */
function rowsOf(engine: Engine, { x, y, inputs, samples, ldx }: LoadedData): Rows {
  const columns = columnsAt(x, inputs, ldx).map((column) => engine.f64(column, samples));
  const targets = engine.f64(y, samples);
  return {
    x: Array.from(targets, (_, m) => columns.map((column) => column[m]!)),
    y: [...targets],
  };
}
