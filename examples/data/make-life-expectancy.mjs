/**
 * Makes life-expectancy.csv from the file gapminder.json of the npm package vega-datasets (version
 * 3.2.1), given as argument:
 *
 *   node examples/data/make-life-expectancy.mjs path/to/gapminder.json > examples/data/life-expectancy.csv
 */
import { readFileSync } from "node:fs";
import { stringify } from "csv-stringify/sync";

const rows = JSON.parse(readFileSync(process.argv[2], "utf8")).map((record) => ({
  country: record.country,
  year: record.year,
  log10_population: Math.log10(record.pop).toFixed(4),
  fertility: record.fertility,
  life_expectancy: record.life_expect,
}));
process.stdout.write(stringify(rows, { header: true }));
