/**
 * Time to the minimum of a classification: until the norm of the gradient is 1e-8.
 *
 *   npm run build && node bench/classification.mjs [--seeds 5] [--seconds 60] [--width 20]
 *     [--penalties 1e-3,1e-5] [--python /usr/bin/python3] [--out FILE]
 *
 * The cross-entropy of two and of three classes (examples/data: breast-cancer, penguins), inputs
 * standardized, tanh, a weak and a strong penalty on all parameters. All start from the same
 * parameters and take turns, seed by seed, each a process of its own on one thread, warmed by a
 * short run before. Prints medians over the seeds, and the medians of the ratios to Newton's method
 * in a trust region. PyTorch and SciPy are used where an interpreter has them: that of --python or
 * PYTHON, python3, /usr/bin/python3. ml-logistic-regression has a model without hidden neurons and
 * an objective of its own, whose gradient is reported.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { Network } from "../dist/index.js";
import { npm } from "../scripts/npm.mjs";
import { standardizer } from "./peers/js/standardize.mjs";
import { Peer } from "./peers/peer.mjs";
import { median, printTable } from "./peers/table.mjs";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    seconds: { type: "string", default: "60" },
    width: { type: "string", default: "20" },
    penalties: { type: "string", default: "1e-3,1e-5" },
    python: { type: "string" },
    out: { type: "string" },
  },
});
const [seeds, seconds, width] = [flags.seeds, flags.seconds, flags.width].map(Number);
const penalties = flags.penalties.split(",").map(Number);
/** Seconds of a run that is not counted, before each that is: a process that has slept is slow. */
const WARMING = 0.3;
const [tolerance, beta] = [1e-8, 0.52];
const python = [flags.python ?? process.env.PYTHON ?? [], "python3", "/usr/bin/python3"].flat();

function classification(name) {
  const path = join(import.meta.dirname, `../examples/data/${name}.csv`);
  const [, ...rows] = parse(readFileSync(path));
  const numbers = rows.map((row) => row.slice(0, -1).map(Number));
  const names = [...new Set(rows.map((row) => row.at(-1)))].sort();
  const labels = rows.map((row) => names.indexOf(row.at(-1)));
  return { x: standardizer(numbers).apply(numbers), labels, classes: names.length };
}

/** Name, module, what the request has beside the problem. */
const methods = [
  ["Newton, trust region", "newton-nn-softmax", { by: "trust-region" }],
  ["Newton, factored", "newton-nn-softmax", { by: "newton" }],
  ["L-BFGS", "newton-nn-softmax", { by: "lbfgs" }],
  ["L-BFGS-B", "softmax_scipy", {}],
  ["Adam", "softmax_torch", { rate: 0.01 }],
  ["Adam (float32)", "tfjs-softmax", { rate: 0.01 }],
  ["linear, one against all", "ml-logistic", {}],
];
const packages = join(import.meta.dirname, "peers/js");
if (!existsSync(join(packages, "node_modules/ml-logistic-regression"))) {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  npm(args, { cwd: packages, stdio: ["ignore", 2, 2] });
}
const peers = new Map();
for (const [name, module] of methods) {
  if (peers.has(module)) continue;
  const peer = module.startsWith("softmax_")
    ? await Peer.start(module, python)
    : await Peer.startPackage(module);
  if (peer === null) console.log(`${name} (${module}): not there, left out`);
  peers.set(module, peer);
}

/** One that ends during a question is not asked again. */
async function ask(module, request) {
  try {
    return await peers.get(module).run(request);
  } catch (error) {
    return { error: error.message };
  }
}

const present = methods.filter(([, module]) => peers.get(module) !== null);

async function startOf(inputs, classes, seed) {
  const network = await Network.create({ inputs, outputs: classes, width, beta, seed });
  const { w, eta, c } = network.parameters;
  network.dispose();
  return Buffer.concat([w, eta, c].map((part) => Buffer.from(part.buffer))).toString("base64");
}

const [date, processor] = [new Date().toISOString().slice(0, 10), os.cpus()[0].model];
console.log(`${date}, Node ${process.version}, ${processor}, ${seeds} seeds, N = ${width}\n`);
const results = [];
for (const name of ["breast-cancer", "penguins"]) {
  const data = classification(name);
  for (const penalty of penalties) await compare(name, data, penalty);
}
for (const peer of peers.values()) peer?.stop();
if (flags.out !== undefined) {
  const about = { date, node: process.version, processor, seeds, seconds, width };
  writeFileSync(flags.out, `${JSON.stringify({ ...about, results }, null, 1)}\n`);
}

async function compare(name, { x, labels, classes }, penalty) {
  const inputs = x[0].length;
  const runs = new Map(present.map((method) => [method, []]));
  for (let seed = 0; seed < seeds; seed++) {
    const theta = await startOf(inputs, classes, seed);
    const shape = { inputs, width, classes, beta, penalty };
    for (const [method, all] of runs) {
      const [, module, more] = method;
      const request = { method: "classify", x, labels, ...shape, theta, tolerance, ...more };
      await ask(module, { ...request, seconds: WARMING });
      all.push(await ask(module, { ...request, seconds }));
    }
    console.error(`${name}, ${penalty}: seed ${seed + 1} of ${seeds}`);
  }
  console.log(
    `${name}: ${x.length} rows, ${inputs} inputs, ${classes} classes, penalty ${penalty}\n`,
  );
  report({ data: name, penalty }, runs);
}

function report(about, runs) {
  const [reference] = runs.values();
  const rows = [...runs].map(([[method, module], all]) => {
    const title = `${method}, ${peers.get(module).version}`;
    const failed = all.find(({ error }) => error !== undefined);
    if (failed !== undefined) return [title, failed.error, "", "", "", ""];
    const middle = (of) => median(all.map(of));
    const figures = {
      seconds: middle((run) => run.seconds),
      // Where a run did not arrive, the time it had is what it took at least.
      ratio: median(all.map((run, i) => run.seconds / reference[i].seconds)),
      reached: all.filter(({ reached }) => reached).length,
      steps: middle((run) => run.steps),
      gradientNorm: middle((run) => run.gradientNorm),
      loss: middle((run) => run.loss),
    };
    results.push({ ...about, method: title, ...figures });
    const least = figures.reached > seeds / 2 ? "" : "> ";
    return [
      title,
      `${least}${digits(figures.seconds)}`,
      `${least}${digits(figures.ratio)}`,
      `${figures.reached} of ${seeds}`,
      figures.steps,
      figures.gradientNorm.toExponential(1),
      figures.loss === null ? "its own" : digits(figures.loss, 6),
    ];
  });
  printTable(["", "seconds", "ratio", "reached", "steps", "least gradient norm", "loss"], rows);
  console.log("");
}

function digits(value, most = 3) {
  return Number(value.toPrecision(most)).toString();
}
