/** What the peers are asked, made the same way in every language. */
import { readFileSync } from "node:fs";

/** Row-major, symmetric and positive definite: exp(-|i - j| / 10) plus the identity. */
export function spdMatrix(n) {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) a[i * n + j] = Math.exp(-Math.abs(i - j) / 10) + (i === j ? 1 : 0);
  return a;
}

/** Rows of a row-major matrix as arrays, for packages that have no other. */
export const rowsOf = (values, n) =>
  Array.from({ length: values.length / n }, (_, i) => [...values.subarray(i * n, (i + 1) * n)]);

/** |A x - 1| / sqrt(n): a peer that does not solve the system is seen. */
export function residual(n, x) {
  const a = spdMatrix(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let row = -1;
    for (let j = 0; j < n; j++) row += a[i * n + j] * x[j];
    sum += row * row;
  }
  return Math.sqrt(sum / n);
}

/** Times `work` so often; setup is not counted. */
export async function timed(repetitions, setup, work) {
  const seconds = [];
  let last;
  for (let i = 0; i < repetitions; i++) {
    const prepared = await setup();
    const start = performance.now();
    last = await work(prepared);
    seconds.push((performance.now() - start) / 1000);
  }
  return { seconds, last };
}

/** Parameters as base64 in the order all w, all eta, all c. */
export function parseTheta(text) {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Seconds and steps at which each level was first reached; says when it is enough. */
export class Marks {
  constructor(levels, limit) {
    this.levels = levels;
    this.limit = limit;
    this.reached = [];
    this.steps = 0;
    this.best = Infinity;
    this.start = performance.now();
  }

  /** True when the run may end. */
  add(loss) {
    const seconds = (performance.now() - this.start) / 1000;
    this.steps++;
    this.best = Math.min(this.best, loss);
    while (this.reached.length < this.levels.length && loss <= this.levels[this.reached.length]) {
      this.reached.push({ loss: this.levels[this.reached.length], steps: this.steps, seconds });
    }
    return this.reached.length === this.levels.length || seconds > this.limit || !(loss < 1e300);
  }

  answer() {
    return { reached: this.reached, loss: this.best, steps: this.steps };
  }
}

/**
 * A column of a file of the package vega-datasets against another, both scaled: x to [0, 1], y to
 * mean 0 and variance 1.
 */
function series(name, xOf, y, keep) {
  const file = new URL(`node_modules/vega-datasets/data/${name}.csv`, import.meta.url);
  const text = readFileSync(file, "utf8");
  const [header, ...lines] = text.trim().split(/\r?\n/);
  const columns = header.split(",");
  const rows = lines.map((line) => line.split(",")).filter((row) => row[columns.indexOf(y)]);
  const values = rows.map((row) => Number(row[columns.indexOf(y)])).slice(-keep);
  const places = rows.map((row, i) => xOf(row[0], i)).slice(-keep);
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    x: places.map((place) => (place - low) / (high - low)),
    y: values.map((value) => (value - mean) / Math.sqrt(variance)),
  };
}

/** Three records of one variable over time. */
export const records = {
  "CO2 at Mauna Loa, last 120 months": () =>
    series("co2-concentration", (_date, i) => i, "CO2", 120),
  "global temperature by year": () => series("global-temp", Number, "temp", 1000),
  "S&P 500 by month": () => series("sp500", (_date, i) => i, "price", 1000),
};
