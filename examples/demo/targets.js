import { parse } from "csv-parse/browser/esm/sync";

const { PI, sin } = Math;

/** The target that clicks and pasted tables change. */
export const ownPoints = "points of your own";

function grid(samples, f) {
  const x = Array.from({ length: samples }, (_, m) => m / (samples - 1));
  return { x, y: x.map(f) };
}

/** Frequencies, in units of pi, whose sines are looked for in what a method has learned. */
export const targets = {
  "published, four frequencies": {
    ...grid(
      128,
      (t) =>
        4 * t + sin(2 * PI * t) + 0.8 * (sin(8 * PI * t) + sin(10 * PI * t) + sin(16 * PI * t)),
    ),
    frequencies: [2, 8, 10, 16],
  },
  "one low frequency": {
    ...grid(48, (t) => 2 * t + 0.4 * sin(5 * PI * t)),
    frequencies: [1, 3, 5, 7],
  },
  "one high frequency": {
    ...grid(64, (t) => 2 * t + 0.4 * sin(20 * PI * t)),
    frequencies: [5, 10, 15, 20],
  },
  step: { ...grid(60, (t) => (t > 0.5 ? 1 : 0)), frequencies: [1, 3, 5, 7] },
  [ownPoints]: {
    x: [0.1, 0.3, 0.5, 0.9],
    y: [0.2, 0.9, 0.4, 0.7],
    frequencies: [1, 2, 3, 4],
  },
};

/**
 * Points of a table of x and y, both scaled to a range of 1; x starts at 0. A first line of names
 * is skipped.
 */
export function parseTable(text) {
  const rows = parse(text, {
    delimiter: [",", ";", "\t", " "],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  }).map((row) => row.filter((cell) => cell !== ""));
  const numbers = rows.map((row) => row.map(Number));
  if (numbers[0]?.some(Number.isNaN)) numbers.shift();
  const wrong = numbers.findIndex((row) => row.length !== 2 || !row.every(Number.isFinite));
  if (wrong >= 0) throw new Error(`Row ${wrong + 1} of the table is not two numbers.`);
  if (numbers.length < 2) throw new Error("The table needs at least two rows of x and y.");
  if (numbers.length > 500) throw new Error("The table has more than 500 rows.");
  const spans = [0, 1].map((column) => span(numbers.map((row) => row[column])));
  return numbers.map(([x, y]) => [(x - spans[0].low) / spans[0].size, y / spans[1].size]);
}

function span(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { low, size: high > low ? high - low : 1 };
}
