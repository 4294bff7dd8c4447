import { resolve } from "node:path";
import { columnsAt, type LoadedData, loadDataset } from "../../data/load.js";
import { applyScaling, standardizeDataset } from "../../data/scaling.js";
import { splitRows, takeRows } from "../../data/split.js";
import { createEngine, type Engine } from "../../engine/engine.js";
import { encodeLabels, findClasses } from "../../fit/classes.js";
import { describe, InputError } from "../../support/errors.js";
import { readText } from "../files.js";
import { chooseInputs } from "../table/columns.js";
import { labelColumn, numericColumns, parseTable, type Table } from "../table/csv.js";
import { digestOfData, type NamedData, type Rows } from "./cell.js";
import { type DataSource, type Plan, type TableSource, targetTraits } from "./plan.js";

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
  for (const column of ["y", "weights"] as const) {
    const count = set[column]?.length ?? set.x.length;
    if (set.x.length === count) continue;
    const message = `plan: data.${name} has ${set.x.length} rows of x and ${count} of ${column}`;
    throw new InputError("invalid-shape", message, { argument });
  }
  return { ...set, digest: digestOfData(set) };
}

function inline(source: Extract<DataSource, { x: unknown }>): Rows {
  return {
    x: source.x.map((row) => (typeof row === "number" ? [row] : [...row])),
    y: [...source.y],
    ...(source.weights !== undefined && { weights: [...source.weights] }),
  };
}

const TARGET_REMEDY =
  "a target is a number in every row: mend the cell, or take out the row; " +
  "for classes: `targets: classes`";
const INPUT_REMEDY = "mend the cell, or leave the column out: `inputs` names those to use";

/**
 * As the command `train` does it: rows kept aside, the others brought to mean 0 and standard
 * deviation 1, and those by the same scaling.
 */
async function readTable(
  argument: string,
  source: TableSource,
  folder: string,
): Promise<Omit<NamedData, "digest">> {
  const { csv, target, inputs: named, standardize: wanted = true, holdout = 0, seed = 0 } = source;
  const { targets = "numbers", weights: column } = source;
  const path = resolve(folder, csv);
  const table = parseTable(readText(path), path);
  const inputs = chooseInputs(table.columns, target, named, path, column);
  const x = numericColumns(table, inputs, path, INPUT_REMEDY);
  const { standardized, labels } = targetTraits(targets);
  const { y, ...classes } = labels
    ? readClasses(table, target, path)
    : { y: numericColumns(table, [target], path, TARGET_REMEDY) };
  const weights = column === undefined ? undefined : numericColumns(table, [column], path);
  const split = await splitRows(table.rows.length, holdout, seed, `${argument}.holdout`);
  const pick = (rows: readonly number[]) => ({
    x: takeRows(x, inputs.length, rows),
    y: takeRows(y, 1, rows),
    ...(weights !== undefined && { weights: takeRows(weights, 1, rows) }),
  });
  const engine = await createEngine();
  try {
    return engine.scope((arena) => {
      const shape = { inputs: inputs.length, outputs: 1 };
      const training = loadDataset(engine, arena, pick(split.training), shape, true);
      const scaling = standardizeDataset(engine, training, {
        columns: { inputs, target },
        standardize: wanted,
        keepTarget: !standardized,
      });
      const rows = { ...rowsOf(engine, training), ...classes };
      if (split.heldOut.length === 0) return rows;
      const test = loadDataset(engine, arena, pick(split.heldOut), shape, true);
      applyScaling(engine, test, scaling, `${argument}.test`);
      return { ...rows, test: rowsOf(engine, test) };
    });
  } finally {
    engine.dispose();
  }
}

/** The numbers of the classes, which are those of all rows, and what they are called. */
function readClasses(table: Table, target: string, path: string) {
  const labels = labelColumn(table, target, path);
  const argument = `${path}, column ${describe(target)}`;
  const classes = findClasses(labels, argument);
  return { y: encodeLabels(labels, classes, argument), classes };
}

/** Copies as lists, which JSON has. */
function rowsOf(engine: Engine, { x, y, weights, inputs, samples, ldx }: LoadedData): Rows {
  const columns = columnsAt(x, inputs, ldx).map((column) => engine.f64(column, samples));
  const targets = engine.f64(y, samples);
  return {
    x: Array.from(targets, (_, m) => columns.map((column) => column[m]!)),
    y: [...targets],
    ...(weights !== 0 && { weights: [...engine.f64(weights, samples)] }),
  };
}
