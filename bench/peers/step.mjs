/**
 * One regularized Newton step of the published problem, from linearization to the new parameters:
 * through function space, dense, and through function space in NumPy with OpenBLAS; one thread
 * each, interleaved.
 *
 *   npm run build && node bench/peers/step.mjs [--repetitions 15]
 *
 * Needs python3 with SciPy (Debian: python3-scipy). Prints medians and the medians of the ratios;
 * ends with one line of JSON.
 */
import os from "node:os";
import { parseArgs } from "node:util";
import { createEngine, Network, train } from "../../dist/index.js";
import { published } from "../published.mjs";
import { describeProblem, Peer } from "./peer.mjs";
import { median, printTable } from "./table.mjs";

const { values: flags } = parseArgs({
  options: { repetitions: { type: "string", default: "15" } },
});
const repetitions = Number(flags.repetitions);
const [data, gamma] = [published(128), 1e-2];

const variants = [];
for (const variant of ["simd", "relaxed"]) {
  try {
    variants.push([variant, await createEngine({ variant })]);
  } catch {
    console.log(`(${variant}: not available in ${process.version})`);
  }
}
const start = await Network.create({ width: 1000, seed: 0 });

/**
 * Seconds of one step among `steps` from the same start, without the loading of the data and the
 * first loss. A fixed gamma takes any step; absolute curvature makes H + gamma I positive definite
 * at the first try.
 */
async function ours(engine, solver, steps) {
  const network = await Network.create({ width: 1000, seed: 0, engine });
  const marks = [];
  await train(network, data, {
    solver,
    curvature: "absolute",
    regularization: { policy: "fixed", gamma },
    maxSteps: steps + 1,
    onStep: ({ seconds }) => marks.push(seconds),
  });
  network.dispose();
  return (marks.at(-1) - marks[0]) / steps;
}

const peer = await Peer.start("scipy_peers");
const times = new Map();
const add = (name, seconds) => times.set(name, [...(times.get(name) ?? []), seconds]);
for (let repetition = -1; repetition < repetitions; repetition++) {
  const entries = [];
  for (const [variant, engine] of variants) {
    entries.push([`function space, ${variant}`, await ours(engine, "function-space", 10)]);
    entries.push([`dense, ${variant}`, await ours(engine, "dense", 1)]);
  }
  if (peer !== null) {
    const request = { method: "step", gamma, repetitions: 10 };
    const { seconds } = await peer.run({ ...describeProblem(data, start), ...request });
    entries.push([`function space, ${peer.version}`, seconds.reduce((a, b) => a + b) / 10]);
  }
  // The first round compiles what runs often.
  if (repetition >= 0) for (const [name, seconds] of entries) add(name, seconds);
}
peer?.stop();

const reference = times.values().next().value;
const rows = [...times].map(([name, seconds]) => ({
  name,
  milliseconds: 1e3 * median(seconds),
  ratio: median(seconds.map((value, i) => value / reference[i])),
}));
printTable(
  ["step", "median ms", "ratio"],
  rows.map(({ name, milliseconds, ratio }) => [name, milliseconds.toFixed(2), ratio.toFixed(2)]),
);
const [date, processor] = [new Date().toISOString().slice(0, 10), os.cpus()[0].model];
console.log(JSON.stringify({ date, node: process.version, processor, repetitions, rows }));
