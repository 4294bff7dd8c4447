import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";

/** Names of the tables of a folder that have splits. */
export function tablesOf(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".splits.json"))
    .map((file) => file.slice(0, -".splits.json".length))
    .filter((name) => existsSync(join(folder, `${name}.csv`)))
    .sort();
}

/** Rows of inputs, targets (the last column) and lists of rows to test on. */
export function readTable(folder, name) {
  const path = join(folder, `${name}.csv`);
  const [header, ...lines] = parse(readFileSync(path), { comment: "#", skip_empty_lines: true });
  const rows = lines.map((cells, i) =>
    cells.map((cell, j) => {
      const value = Number(cell);
      if (cell.trim() !== "" && Number.isFinite(value)) return value;
      throw new Error(`${path}: row ${i + 1}, column ${header[j]}: expected a number, got ${cell}`);
    }),
  );
  const splits = JSON.parse(readFileSync(join(folder, `${name}.splits.json`), "utf8"));
  for (const row of splits.flat()) {
    if (!Number.isInteger(row) || row < 0 || row >= rows.length) {
      throw new Error(
        `${name}.splits.json: expected rows from 0 to ${rows.length - 1}, got ${row}`,
      );
    }
  }
  return { x: rows.map((row) => row.slice(0, -1)), y: rows.map((row) => row.at(-1)), splits };
}

/** What a method gets of a split, and the targets that it does not. */
export function divide({ x, y, splits }, split) {
  const aside = new Set(splits[split]);
  const rows = [...y.keys()].filter((row) => !aside.has(row));
  const pick = (values, which) => which.map((row) => values[row]);
  const tested = [...aside];
  return {
    x: pick(x, rows),
    y: pick(y, rows),
    test: pick(x, tested),
    targets: pick(y, tested),
  };
}
