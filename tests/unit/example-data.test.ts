import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { numericColumns, parseTable } from "../../bindings/lab/table/csv.js";

const folder = join(import.meta.dirname, "../../examples/data");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const tables = readdirSync(folder).filter((name) => name.endsWith(".csv"));
const described = new Map(
  read("README.md")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, name, what, source]) => [name?.replaceAll("`", ""), { what, source }]),
);
/** Columns of text. */
const LABELS = ["country", "diagnosis", "species"];

describe("the data of the examples", () => {
  it.each(tables)(
    "%s is read, and its README says its rows and columns, source and licence",
    (name) => {
      const { columns, rows } = parseTable(read(name), name);
      const numeric = columns.filter((column) => !LABELS.includes(column));
      expect(numericColumns({ columns, rows }, numeric, name)).toHaveLength(
        rows.length * numeric.length,
      );
      const { what = "", source = "" } = described.get(name) ?? {};
      expect(what).toMatch(new RegExp(`\\b${rows.length}\\b`));
      expect(source).toMatch(/creativecommons|public domain|computed by/);
    },
  );

  it("has splits of concrete that leave out a tenth each, no row twice", () => {
    const { rows } = parseTable(read("concrete.csv"), "concrete.csv");
    const splits: number[][] = JSON.parse(read("concrete.splits.json"));
    expect(splits).toHaveLength(20);
    for (const test of splits) {
      expect(new Set(test).size).toBe(Math.round(rows.length / 10));
      expect(test.every((row) => Number.isInteger(row) && row >= 0 && row < rows.length)).toBe(
        true,
      );
    }
  });
});
