import { stringify } from "csv-stringify/sync";
import type { Cell, CellError } from "./cell.js";
import { flatten } from "./flatten.js";
import { variedSettings } from "./plan.js";
import type { ResultLine } from "./results.js";
import { mean, quantile } from "./statistics.js";

type Results = ReadonlyMap<string, ResultLine>;
type Failures = ReadonlyMap<string, CellError>;

/** What a group of cells must not differ in: all but the seed. */
const TRIAL = "seed";

/**
 * A row a cell, in the order of the plan. No times: the table of one plan is the same bytes
 * wherever it was computed.
 */
export function summaryTable(cells: readonly Cell[], results: Results, failures: Failures): string {
  const settings = [...new Set(cells.flatMap((cell) => Object.keys(cell.settings)))];
  const values = columnsOf(cells, results);
  const rows = cells.map((cell) => {
    const line = results.get(cell.id);
    const flat = flatten(line?.result);
    return [
      cell.id,
      ...settings.map((name) => show(cell.settings[name])),
      line === undefined ? "failed" : "done",
      failures.get(cell.id)?.code ?? "",
      ...values.map((name) => show(flat.get(name))),
    ];
  });
  return stringify([["id", ...settings, "status", "error", ...values], ...rows]);
}

/**
 * A row for all seeds of the other settings: how many were done, and mean, median and 10 and 90
 * percent quantiles of every number.
 */
export function groupTable(cells: readonly Cell[], results: Results): string {
  const settings = variedSettings(cells).filter((name) => name !== TRIAL);
  const values = columnsOf(cells, results).filter((name) =>
    cells.some(({ id }) => typeof flatten(results.get(id)?.result).get(name) === "number"),
  );
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = JSON.stringify(settings.map((name) => cell.settings[name]));
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const rows = [...groups.values()].map((group) => {
    const done = group.flatMap(({ id }) => results.get(id) ?? []);
    const flat = done.map(({ result }) => flatten(result));
    return [
      ...settings.map((name) => show(group[0]!.settings[name])),
      done.length,
      ...values.flatMap((name) => statistics(flat.map((row) => row.get(name)))),
    ];
  });
  const header = values.flatMap((name) =>
    ["mean", "median", "q10", "q90"].map((kind) => `${name} ${kind}`),
  );
  return stringify([[...settings, "cells", ...header], ...rows]);
}

function columnsOf(cells: readonly Cell[], results: Results): string[] {
  const names = new Set<string>();
  for (const { id } of cells) {
    for (const name of flatten(results.get(id)?.result).keys()) names.add(name);
  }
  return [...names];
}

function statistics(values: readonly unknown[]): (string | number)[] {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length === 0) return ["", "", "", ""];
  return [mean(numbers), ...[0.5, 0.1, 0.9].map((part) => quantile(numbers, part))];
}

function show(value: unknown): string | number | boolean {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : (value as string | number | boolean);
}
