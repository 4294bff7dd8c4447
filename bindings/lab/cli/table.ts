import { printable } from "./printable.js";

/** Two aligned columns of text. */
export function formatTable(cells: readonly (readonly [string, string])[]): string {
  const rows = cells.map(([label, value]) => [printable(label), printable(value)] as const);
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join("");
}

/** Six significant digits, in the shorter of the two notations. */
export function formatNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  return magnitude >= 1e-3 && magnitude < 1e6
    ? String(Number(value.toPrecision(6)))
    : value.toExponential(5);
}
