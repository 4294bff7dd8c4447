/**
 * Makes breast-cancer.csv from the file breast_cancer.csv of scikit-learn 1.2.1
 * (sklearn/datasets/data), given as argument:
 *
 *   node examples/data/make-breast-cancer.mjs path/to/breast_cancer.csv > examples/data/breast-cancer.csv
 *
 * Columns get the names of the description; the class is written out.
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";

const MEASURED = [
  "radius",
  "texture",
  "perimeter",
  "area",
  "smoothness",
  "compactness",
  "concavity",
  "concave_points",
  "symmetry",
  "fractal_dimension",
];
const inputs = ["mean", "error", "worst"].flatMap((kind) =>
  MEASURED.map((name) => `${name}_${kind}`),
);
const [[, , ...classes], ...records] = parse(readFileSync(process.argv[2]), {
  relax_column_count: true,
});
const rows = records.map((record) => [...record.slice(0, -1), classes[record.at(-1)]]);
process.stdout.write(stringify([[...inputs, "diagnosis"], ...rows]));
