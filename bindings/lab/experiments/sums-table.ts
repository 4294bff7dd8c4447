import { statSync } from "node:fs";
import { CsvError } from "csv-parse/sync";
import { describe, InputError } from "../../support/errors.js";
import { readText } from "../files.js";
import { numericColumns, parseTable } from "../table/csv.js";

/** The columns of a file, row-major. */
export interface Columns {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weights?: Float64Array;
}

/**
 * Reads columns for whoever put a job into a queue. They may see numbers of tables, and nothing of
 * a file that is none: the errors say what is wrong and in which line, never what is written there.
 *
 * @throws InputError `file`, `missing-column`, `invalid-cell`, `invalid-shape`, `empty-data`
 */
export function readColumns(
  path: string,
  inputs: readonly string[],
  targets: readonly string[],
  weights?: string,
): Columns {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    // A pipe would be waited for.
    throw new InputError("file", `cannot read ${path}: it is not a file`, { argument: path });
  }
  const table = silently(path, () => parseTable(readText(path), path));
  const known = new Set(table.columns);
  const weighted = weights === undefined ? [] : [weights];
  const missing = [...inputs, ...targets, ...weighted].find((name) => !known.has(name));
  if (missing !== undefined) {
    throw new InputError("missing-column", `${path}: no column ${describe(missing)}`, {
      argument: missing,
    });
  }
  return {
    x: silently(path, () => numericColumns(table, inputs, path)),
    y: silently(path, () => numericColumns(table, targets, path)),
    ...(weights !== undefined && {
      weights: silently(path, () => numericColumns(table, weighted, path)),
    }),
  };
}

/**
 * Does something with a table; an error of it keeps its code and its place, and loses what quotes
 * the file.
 */
function silently<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError) || error.code === "file") throw error;
    const message = `${path}${placeOf(error, path)}: ${EXPECTED[error.code] ?? NUMBERS}`;
    throw new InputError(error.code, message, { argument: path });
  }
}

/** The columns are those that were asked for. */
function placeOf({ message, argument, cause }: InputError, path: string): string {
  if (cause instanceof CsvError && Number.isInteger(cause.lines)) return `, line ${cause.lines}`;
  const line = /^, line \d+/.exec(message.slice(path.length))?.[0];
  return line === undefined ? "" : `${line}, column ${describe(argument)}`;
}

const NUMBERS = "expected comma-separated numbers below a header";
const EXPECTED: Readonly<Record<string, string>> = {
  "empty-data": "expected a header and at least one row",
  "invalid-shape": "two columns have the same name",
};
