/**
 * Time to loss on the published problem (N = 1000, M = 128, beta = 0.52), ours beside what one
 * would use instead; one thread each.
 *
 *   npm run build && node bench/peers/published.mjs [--seeds 5] [--seconds 60] [--peers
 *   L-BFGS-B,adam] [--levels 1e-2,1e-4]
 *
 * Needs python3 with SciPy, and PyTorch for the published methods (Debian: python3-scipy,
 * python3-torch); a peer that is not there is said to be missing. All start from the same
 * parameters and run one after another, seed by seed, so that a slow minute of the machine falls on
 * all. Prints a table of medians over seeds and ends with one line of JSON.
 */
import os from "node:os";
import { parseArgs } from "node:util";
import { createEngine, Network, train } from "../../dist/index.js";
import { published } from "../published.mjs";
import { describeProblem, Peer } from "./peer.mjs";
import { median, printTable } from "./table.mjs";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    seconds: { type: "string", default: "60" },
    peers: { type: "string" },
    levels: { type: "string", default: "1e-2,1e-3,1e-4,1e-6,1e-8,1e-10,1e-12" },
  },
});
const [seeds, limit] = [Number(flags.seeds), Number(flags.seconds)];
const levels = flags.levels.split(",").map(Number);
const data = published(128);

/** Ours: a variant of the core each. */
const variants = [];
for (const variant of ["simd", "relaxed"]) {
  try {
    variants.push({ name: `newton-nn, ${variant}`, engine: await createEngine({ variant }) });
  } catch {
    console.log(`(${variant}: not available in ${process.version})`);
  }
}

/** [name, module, request] */
const all = [
  ["absolute curvature", "scipy_peers", { method: "newton" }],
  ["L-BFGS-B", "scipy_peers", { method: "lbfgs" }],
  ["newton-cg", "torch_peers", { method: "newton" }],
  ["gauss-newton-cg", "torch_peers", { method: "gauss-newton" }],
  ["adam", "torch_peers", { method: "adam", rate: 0.01 }],
];
const processes = {};
for (const module of ["scipy_peers", "torch_peers"]) {
  processes[module] = await Peer.start(module);
  if (processes[module] === null) console.log(`(${module}: its libraries are missing)`);
}
const peers = all.filter(
  ([name, module]) =>
    processes[module] !== null && (flags.peers?.split(",").includes(name) ?? true),
);
const title = ([name, module]) => `${name}, ${processes[module].version.split(", ").at(-1)}`;

async function ours(engine, seed) {
  const network = await Network.create({ width: 1000, seed, engine });
  const stop = { seconds: limit, loss: levels.at(-1) };
  const { history, loss } = await train(network, data, { maxSteps: 1e6, stop });
  network.dispose();
  const reached = levels.flatMap((level) => {
    const record = history.find(({ loss }) => loss <= level);
    return record === undefined
      ? []
      : [{ loss: level, steps: record.step, seconds: record.seconds }];
  });
  return { reached, loss };
}

const results = new Map();
const add = (name, result) => results.set(name, [...(results.get(name) ?? []), result]);
// A first run compiles what runs often.
for (const { engine } of variants) await ours(engine, 1000);
for (let seed = 0; seed < seeds; seed++) {
  for (const { name, engine } of variants) add(name, await ours(engine, seed));
  const network = await Network.create({ width: 1000, seed });
  const problem = describeProblem(data, network);
  network.dispose();
  for (const peer of peers) {
    const request = { ...problem, ...peer[2], levels, seconds: limit };
    add(title(peer), await processes[peer[1]].run(request));
  }
  console.error(`seed ${seed} of ${seeds} done`);
}
for (const peer of Object.values(processes)) peer?.stop();

const time = (run, level) => run.reached.find(({ loss }) => loss === level)?.seconds ?? Infinity;
const steps = (run, level) => run.reached.find(({ loss }) => loss === level)?.steps ?? Infinity;
const reference = results.get(variants[0].name);
const summary = [...results].map(([name, runs]) => ({
  name,
  loss: median(runs.map(({ loss }) => loss)),
  levels: levels.map((level) => ({
    loss: level,
    steps: finite(median(runs.map((run) => steps(run, level)))),
    seconds: finite(median(runs.map((run) => time(run, level)))),
    // Where a run did not arrive, its limit is what it took at least.
    ratio: median(
      runs.map((run, i) => Math.min(time(run, level), limit) / time(reference[i], level)),
    ),
  })),
}));

/** JSON has no infinity. */
function finite(value) {
  return Number.isFinite(value) ? value : null;
}

const cell = ({ steps, seconds, ratio }) =>
  seconds === null
    ? `- (> ${ratio.toPrecision(2)}x)`
    : `${steps} / ${seconds.toPrecision(2)} s (${ratio.toPrecision(2)}x)`;
printTable(
  ["steps / time (ratio)", ...levels.map((level) => level.toExponential(0)), "loss at the end"],
  summary.map(({ name, levels, loss }) => [name, ...levels.map(cell), loss.toExponential(1)]),
);
console.log(
  JSON.stringify({
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor: os.cpus()[0].model,
    seeds,
    limit,
    summary,
  }),
);
