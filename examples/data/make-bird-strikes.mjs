/**
 * Makes bird-strikes.csv from the file birdstrikes.csv of the npm package vega-datasets (version
 * 3.2.1), given as argument:
 *
 *   node examples/data/make-bird-strikes.mjs path/to/birdstrikes.csv > examples/data/bird-strikes.csv
 *
 * The reports of each month are counted, up to the last month that is complete.
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";

const COMPLETE = "2002-06";
const counts = new Map();
for (const { "Flight Date": date } of parse(readFileSync(process.argv[2]), { columns: true })) {
  const month = date.slice(0, 7);
  if (month <= COMPLETE) counts.set(month, (counts.get(month) ?? 0) + 1);
}
const rows = [...counts].sort().map(([date, strikes]) => {
  const [year, month] = date.split("-").map(Number);
  const season = (month - 0.5) / 12;
  const angle = 2 * Math.PI * season;
  return {
    year: (year + season).toFixed(4),
    season_cos: Math.cos(angle).toFixed(6),
    season_sin: Math.sin(angle).toFixed(6),
    strikes,
  };
});
process.stdout.write(stringify(rows, { header: true }));
