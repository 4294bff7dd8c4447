/**
 * How well does one predict a noisy table, and its error, with what effort?
 *
 *   npm run build && node bench/tables.mjs [--data FOLDER] [--tables concrete,yacht] [--splits 20]
 *     [--methods newton-nn,Gaussian] [--python /usr/bin/python3] [--patience 300] [--out FILE]
 *
 * FOLDER (examples/data) has `name.csv`, the target in the last column, beside
 * `name.splits.json`, a list of lists of rows to test on. Of each split a method gets the other
 * rows, with settings that do not depend on the table. All take turns, split by split, each a
 * process of its own on one thread. Prints a table of test RMSE, log-likelihood, coverage of 95
 * percent intervals and seconds a fit: means over the splits and their standard errors. A method
 * without error bars has a dash.
 *
 * Packages of npm come from bench/peers/js/package-lock.json. SciPy and scikit-learn (Debian:
 * python3-sklearn) are used where an interpreter has them: that of --python or PYTHON, python3,
 * /usr/bin/python3. What is not there, or takes longer than --patience seconds, is named.
 */
import { existsSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { npm } from "../scripts/npm.mjs";
import { Peer } from "./peers/peer.mjs";
import { printTable } from "./peers/table.mjs";
import { divide, readTable, tablesOf } from "./tables/read.mjs";
import { score, summarize } from "./tables/score.mjs";

const root = join(import.meta.dirname, "..");
const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: join(root, "examples/data") },
    tables: { type: "string" },
    splits: { type: "string", default: "20" },
    methods: { type: "string" },
    python: { type: "string" },
    patience: { type: "string", default: "300" },
    out: { type: "string" },
  },
});
const patience = Number(flags.patience);
const names = flags.tables?.split(",") ?? tablesOf(flags.data);
const python = [flags.python ?? process.env.PYTHON ?? [], "python3", "/usr/bin/python3"].flat();

/** Name, module, what the request has beside the data. */
const methods = [
  ["newton-nn, one member", "newton-nn-table", { members: 1 }],
  ["newton-nn, five members", "newton-nn-table", { members: 5 }],
  ["Gaussian process, ARD", "table_scipy", {}],
  ["GaussianProcessRegressor", "table_sklearn", { model: "process" }],
  ["GradientBoostingRegressor", "table_sklearn", { model: "boosting" }],
  ["MLPRegressor", "table_sklearn", { model: "perceptron" }],
  ["random forest", "ml-random-forest", {}],
  ["network", "tfjs-layers", {}],
  ["network", "brain", {}],
  ["linear regression", "ml-linear", {}],
].filter(
  ([name, module]) =>
    flags.methods === undefined ||
    flags.methods.split(",").some((part) => `${name}, ${module}`.includes(part)),
);

const packages = join(import.meta.dirname, "peers/js");
if (!existsSync(join(packages, "node_modules/ml-random-forest"))) {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  npm(args, { cwd: packages, stdio: ["ignore", 2, 2] });
}
const start = (module) =>
  module.startsWith("table_") ? Peer.start(module, python) : Peer.startPackage(module);
const peers = new Map();
for (const [, module] of methods) {
  if (!peers.has(module)) peers.set(module, await start(module));
}
const title = ([name, module]) => {
  const { version } = peers.get(module);
  return name.startsWith("newton-nn") ? name.replace("newton-nn", version) : `${name}, ${version}`;
};
for (const [name, module] of methods) {
  if (peers.get(module) === null) console.log(`${name} (${module}): not there, left out\n`);
}

/** A fit that takes too long is not waited for. */
async function ask(module, request) {
  const peer = peers.get(module);
  const timer = setTimeout(() => peer.kill(), 1000 * patience);
  try {
    return await peer.run(request);
  } catch {
    peers.set(module, await start(module));
    return { error: `more than ${patience} s, or out of memory` };
  } finally {
    clearTimeout(timer);
  }
}

const processor = os.cpus()[0].model;
console.log(`${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${processor}\n`);
const results = [];
for (const name of names) {
  const table = readTable(flags.data, name);
  const count = Math.min(Number(flags.splits), table.splits.length);
  const rows = methods
    .filter(([, module]) => peers.get(module) !== null)
    .map((method) => ({ method, title: title(method), scores: [], error: null }));
  for (let split = 0; split < count; split++) {
    const { targets, ...data } = divide(table, split);
    for (const row of rows.filter(({ error }) => error === null)) {
      const [, module, more] = row.method;
      const own = row.method[0].startsWith("newton-nn") ? { targets } : {};
      const answer = await ask(module, {
        method: "regress",
        ...data,
        ...own,
        seed: split,
        ...more,
      });
      if (answer.error === undefined) row.scores.push(score(answer, targets));
      else row.error = answer.error;
    }
    console.error(`${name}: split ${split + 1} of ${count}`);
  }
  report(name, table, rows, count);
}
for (const peer of peers.values()) peer?.stop();
if (flags.out !== undefined) {
  const about = { date: new Date().toISOString().slice(0, 10), node: process.version, processor };
  writeFileSync(flags.out, `${JSON.stringify({ ...about, results }, null, 1)}\n`);
}

function report(name, { x }, rows, count) {
  console.log(`${name}: ${x.length} rows, ${x[0].length} inputs, ${count} splits\n`);
  const cell = (figure) =>
    figure === null
      ? "-"
      : `${digits(figure.mean)}${figure.error === null ? "" : ` ± ${digits(figure.error, 2)}`}`;
  printTable(
    ["", "test RMSE", "log-likelihood", "coverage at 95 %", "seconds a fit"],
    rows.map(({ title, scores, error }) => {
      if (error !== null) return [title, error, "", "", ""];
      const figures = summarize(scores);
      results.push({ table: name, method: title, splits: count, ...figures });
      return [title, ...Object.values(figures).map(cell)];
    }),
  );
  console.log("");
}

function digits(value, most = 3) {
  return Number(value.toPrecision(most)).toString();
}
