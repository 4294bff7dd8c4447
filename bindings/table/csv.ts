import { CsvError, parse } from "csv-parse/sync";
import { describe, InputError } from "../errors.js";

/** A table of text cells with the line each row came from. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly line: number }[];
}

/**
 * Reads comma-separated values: a header, quoted fields, CRLF, a byte order mark, empty lines and `#` comments are understood.
 * @throws InputError `invalid-cell` (not a table), `empty-data` (no rows), `invalid-shape` (two columns of one name)
 */
export function parseTable(text: string, source: string): Table {
  const records = parseRecords(text, source);
  const [header, ...rows] = records;
  if (header === undefined || rows.length === 0) {
    throw new InputError(
      "empty-data",
      `${source}: expected a header and at least one row, got ${records.length === 0 ? "nothing" : "the header alone"}`,
      { argument: source },
    );
  }
  const columns = header.cells;
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new InputError("invalid-shape", `${source}: two columns are called ${describe(twice)}`, {
      argument: source,
      expected: "columns of different names",
      got: describe(twice),
    });
  }
  return { columns, rows };
}

function parseRecords(text: string, source: string): Table["rows"] {
  try {
    const parsed = parse(text, {
      bom: true,
      comment: "#",
      comment_no_infix: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return parsed.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new InputError("invalid-cell", `${source}: ${cause.message}`, {
      argument: source,
      cause,
    });
  }
}

/**
 * The named columns as numbers, row-major.
 * @throws InputError `missing-column`; `invalid-cell` naming line and column
 */
export function numericColumns(
  table: Table,
  names: readonly string[],
  source: string,
): Float64Array {
  const indices = names.map((name) => columnIndex(table, name, source));
  const values = new Float64Array(table.rows.length * names.length);
  table.rows.forEach(({ cells, line }, row) => {
    indices.forEach((index, column) => {
      values[row * names.length + column] = number(cells[index]!, source, line, names[column]!);
    });
  });
  return values;
}

function columnIndex({ columns }: Table, name: string, source: string): number {
  const index = columns.indexOf(name);
  if (index >= 0) return index;
  throw new InputError(
    "missing-column",
    `${source}: no column ${describe(name)}; there are ${columns.map(describe).join(", ")}`,
    { argument: name, expected: `one of ${columns.join(", ")}`, got: describe(name) },
  );
}

function number(cell: string, source: string, line: number, column: string): number {
  const value = cell === "" ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  throw new InputError(
    "invalid-cell",
    `${source}, line ${line}, column ${describe(column)}: expected a finite number, got ${describe(cell)}`,
    { argument: column, expected: "a finite number", got: describe(cell) },
  );
}
