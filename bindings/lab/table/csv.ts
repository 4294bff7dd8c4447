import { CsvError, parse } from "csv-parse/sync";
import { describe, InputError } from "../../support/errors.js";
import { firstRepeated, listNames } from "./columns.js";
import { parseDecimal } from "./number.js";

/** A table of text cells with the line each row came from. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly line: number }[];
}

/**
 * Reads comma-separated values: a header, quoted fields, CRLF, a byte order mark, empty lines and
 * `#` comments are understood.
 * @throws InputError `invalid-cell` (not a table), `empty-data` (no rows), `invalid-shape` (two
 *   columns of one name)
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
  const twice = firstRepeated(columns);
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
 * @param remedy what to do about a column with a cell that is none, at the end of the message
 * @throws InputError `missing-column`; `invalid-cell` naming line and column
 */
export function numericColumns(
  table: Table,
  names: readonly string[],
  source: string,
  remedy = "",
): Float64Array {
  const places = new Map(table.columns.map((name, index) => [name, index]));
  const indices = names.map((name) => {
    const index = places.get(name);
    if (index === undefined) throw missingColumn(table.columns, name, source);
    return index;
  });
  const values = new Float64Array(table.rows.length * names.length);
  table.rows.forEach(({ cells, line }, row) => {
    indices.forEach((index, column) => {
      values[row * names.length + column] = number(
        cells[index]!,
        { source, line, column: names[column]! },
        remedy,
      );
    });
  });
  return values;
}

/**
 * A column of classes, of any texts; where all of them are whole numbers, as numbers.
 * @throws InputError `missing-column`; `invalid-cell` naming line and column of an empty cell, and
 *   of a number that is not whole where all are numbers
 */
export function labelColumn(table: Table, name: string, source: string): string[] | number[] {
  const index = table.columns.indexOf(name);
  if (index < 0) throw missingColumn(table.columns, name, source);
  const fault = (row: number, expected: string) =>
    invalidCell(
      table.rows[row]!.cells[index]!,
      { source, line: table.rows[row]!.line, column: name },
      expected,
    );
  const cells = table.rows.map(({ cells }) => cells[index]!);
  const empty = cells.findIndex((cell) => cell.trim() === "");
  if (empty >= 0) throw fault(empty, "a class");
  const numbers = cells.map(parseDecimal);
  if (numbers.some(Number.isNaN)) return cells;
  const broken = numbers.findIndex((value) => !Number.isSafeInteger(value));
  if (broken >= 0) throw fault(broken, "a class, as a text or a whole number");
  return numbers;
}

function missingColumn(columns: readonly string[], name: string, source: string): InputError {
  const there = listNames(columns, describe);
  return new InputError(
    "missing-column",
    `${source}: no column ${describe(name)}; there are ${there}`,
    { argument: name, expected: `one of ${there}`, got: describe(name) },
  );
}

interface Place {
  readonly source: string;
  readonly line: number;
  readonly column: string;
}

function number(cell: string, { source, line, column }: Place, remedy: string): number {
  const value = parseDecimal(cell);
  if (!Number.isNaN(value)) return value;
  throw invalidCell(cell, { source, line, column }, "a finite number in decimal", remedy);
}

function invalidCell(
  cell: string,
  { source, line, column }: Place,
  expected: string,
  remedy = "",
): InputError {
  const got = describe(cell);
  const place = `${source}, line ${line}, column ${describe(column)}`;
  const end = remedy === "" ? "" : `; ${remedy}`;
  return new InputError("invalid-cell", `${place}: expected ${expected}, got ${got}${end}`, {
    argument: column,
    expected,
    got,
  });
}
