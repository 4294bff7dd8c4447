/**
 * Makes mauna-loa-co2.csv from the file co2-concentration.csv of the npm package vega-datasets
 * (version 3.2.1), given as argument:
 *
 *   node examples/data/make-co2.mjs path/to/co2-concentration.csv > examples/data/mauna-loa-co2.csv
 *
 * `year` is the decimal year of the middle of the month, for which the values are given; the season
 * is the same as an angle.
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";

const records = parse(readFileSync(process.argv[2]), { columns: true });
const rows = records.map(({ Date: date, CO2: co2 }) => {
  const [year, month] = date.split("-").map(Number);
  const season = (month - 0.5) / 12;
  const angle = 2 * Math.PI * season;
  return {
    year: (year + season).toFixed(4),
    season_cos: Math.cos(angle).toFixed(6),
    season_sin: Math.sin(angle).toFixed(6),
    co2,
  };
});
process.stdout.write(stringify(rows, { header: true }));
