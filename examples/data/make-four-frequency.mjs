/**
 * Makes four-frequency.csv, the target of the published experiments (arXiv:2605.08352, figures 3
 * and 5) on 128 points of [0, 1]:
 *
 *   node examples/data/make-four-frequency.mjs > examples/data/four-frequency.csv
 */
import { stringify } from "csv-stringify/sync";

const { sin, PI } = Math;
const rows = Array.from({ length: 128 }, (_, m) => {
  const x = m / 127;
  const y =
    4 * x + sin(2 * PI * x) + 0.8 * (sin(8 * PI * x) + sin(10 * PI * x) + sin(16 * PI * x));
  return { x, y };
});
process.stdout.write(stringify(rows, { header: true }));
