/**
 * Makes penguins.csv from the file penguins.json of the npm package vega-datasets (version 3.2.1),
 * given as argument:
 *
 *   node examples/data/make-penguins.mjs path/to/penguins.json > examples/data/penguins.csv
 *
 * Two penguins were not measured and are left out.
 */
import { readFileSync } from "node:fs";
import { stringify } from "csv-stringify/sync";

const rows = JSON.parse(readFileSync(process.argv[2], "utf8"))
  .filter((penguin) => penguin["Body Mass (g)"] !== null)
  .map((penguin) => ({
    bill_length: penguin["Beak Length (mm)"],
    bill_depth: penguin["Beak Depth (mm)"],
    flipper_length: penguin["Flipper Length (mm)"],
    body_mass: penguin["Body Mass (g)"],
    species: penguin.Species,
  }));
process.stdout.write(stringify(rows, { header: true }));
