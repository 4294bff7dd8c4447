/**
 * This package beside everything one would use instead, on the same data in one run.
 *
 *   npm run bench:peers [-- --rounds 3 --seconds 20 --only solve --out build/peers.json]
 *
 * Every peer is a process of its own on one thread. Peers take turns, round by round, so that a
 * slow minute of the machine falls on all. Packages of npm come from
 * bench/peers/js/package-lock.json; NumPy, SciPy and PyTorch are used where python3 has them.
 * jax-js needs Node 24 or newer. Prints one table, and writes the figures that docs and README show
 * by bench/peers/show.mjs.
 */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Network } from "../../dist/index.js";
import { npm } from "../../scripts/npm.mjs";
import { published } from "../published.mjs";
import { footprints } from "./footprint.mjs";
import { describeProblem, Peer } from "./peer.mjs";
import { median } from "./table.mjs";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "20" },
    only: { type: "string", default: "" },
    out: { type: "string", default: "build/peers.json" },
  },
});
const [rounds, limit] = [Number(flags.rounds), Number(flags.seconds)];
const here = import.meta.dirname;
const wanted = (work) => new RegExp(flags.only).test(work);
if (!existsSync(join(here, "js/node_modules"))) {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  npm(args, { cwd: join(here, "js"), stdio: ["ignore", 2, 2] });
}
const packages = [
  "newton-nn",
  "jax-js",
  "tfjs-wasm",
  "tfjs-cpu",
  "ml-matrix",
  "mathjs",
  "numeric",
  "emlapack",
  "ml-levenberg-marquardt",
];
// First, because it needs the registry, and what is measured after it should not be lost.
const sizes = await footprints(packages);
const { records } = await import("./js/problems.mjs");

const peers = new Map();
for (const name of [...packages, "newton-nn-relaxed", "stdlib"])
  peers.set(name, await Peer.startPackage(name));
for (const name of ["scipy_peers", "torch_peers"]) peers.set(name, await Peer.start(name));

/** One row a work: who does it, by which method and with which settings. */
const problems = {
  "published problem": { data: published(128), levels: [1e-2, 1e-4, 1e-6] },
  ...Object.fromEntries(
    Object.entries(records).map(([name, load]) => [
      name,
      { data: load(), levels: [1e-1, 3e-2, 1e-2] },
    ]),
  ),
};
const trainers = [
  ["newton-nn", "newton-nn", "train", {}],
  ["newton-nn, relaxed", "newton-nn-relaxed", "train", {}],
  ["published Newton method, here", "newton-nn", "train", { published: true }],
  ["Adam, jax-js", "jax-js", "train", { rate: 0.01 }],
  ["Adam, TensorFlow.js wasm (float32)", "tfjs-wasm", "train", { rate: 0.01 }],
  ["Adam, TensorFlow.js cpu (float32)", "tfjs-cpu", "train", { rate: 0.01 }],
  ["ml-levenberg-marquardt", "ml-levenberg-marquardt", "train", {}],
  ["L-BFGS-B, SciPy", "scipy_peers", "lbfgs", {}],
  ["Adam, PyTorch", "torch_peers", "adam", { rate: 0.01 }],
  ["published Newton method, PyTorch", "torch_peers", "newton", {}],
];
const solvers = [
  "newton-nn",
  "newton-nn-relaxed",
  "jax-js",
  "ml-matrix",
  "mathjs",
  "numeric",
  "emlapack",
  "stdlib",
  "scipy_peers",
];
const steppers = [
  "newton-nn",
  "newton-nn-relaxed",
  "ml-matrix",
  "mathjs",
  "numeric",
  "scipy_peers",
];
const descenders = [
  "newton-nn",
  "newton-nn-relaxed",
  "jax-js",
  "tfjs-wasm",
  "tfjs-cpu",
  "torch_peers",
];

/** Systems that would take longer than this, by the last size, are not tried. */
const PATIENCE = 60;

const results = [];
const record = (work, peer, round, answer) => results.push({ work, peer, round, ...answer });

async function ask(peer, request) {
  const process = peers.get(peer);
  if (process === null || process === undefined) return { error: "not installed" };
  // A peer that is far beyond its time, in one step of its own, is not waited for.
  const timer = setTimeout(() => process.kill(), 1000 * ((request.seconds ?? 120) + 5));
  try {
    return await process.run(request);
  } catch (error) {
    // It may have died of the question; the next one starts a new process.
    peers.set(
      peer,
      peer.endsWith("_peers") ? await Peer.start(peer) : await Peer.startPackage(peer),
    );
    const late = request.seconds !== undefined;
    return { error: late ? `no step within ${request.seconds + 5} s` : error.message };
  } finally {
    clearTimeout(timer);
  }
}

async function problemOf({ data, width = 1000, seed }) {
  const network = await Network.create({ width, seed });
  const problem = describeProblem(data, network);
  network.dispose();
  return problem;
}

const dummy = await problemOf({ data: published(4), width: 2, seed: 0 });
const slow = new Set();
for (let round = 0; round < rounds; round++) {
  for (const n of [500, 1000, 2000].filter((n) => wanted(`solve n = ${n}`))) {
    for (const peer of solvers) {
      const work = `solve n = ${n}`;
      if (slow.has(peer)) {
        record(work, peer, round, { error: "would take minutes" });
        continue;
      }
      const repetitions = n === 500 ? 5 : 3;
      const answer = await ask(peer, { method: "solve", ...dummy, n, repetitions });
      record(work, peer, round, answer);
      if ((answer.seconds?.at(-1) ?? 0) * 8 * 3 > PATIENCE) slow.add(peer);
    }
  }
  slow.clear();
  const small = await problemOf({ data: published(128), width: 200, seed: round });
  for (const peer of wanted("dense step") ? steppers : []) {
    const request = { method: "gaussNewton", ...small, gamma: 0.1, repetitions: 5 };
    record("dense step, P = 600", peer, round, await ask(peer, request));
  }
  const large = await problemOf({ data: published(128), seed: round });
  for (const peer of wanted("steps") ? descenders : []) {
    record("steps", peer, round, await ask(peer, { method: "steps", ...large, seconds: 2 }));
  }
  for (const [name, { data, levels }] of Object.entries(problems)) {
    if (!wanted(name)) continue;
    const problem = await problemOf({ data, seed: round });
    for (const [title, peer, method, more] of trainers) {
      const request = { method, ...problem, levels, seconds: limit, ...more };
      record(name, title, round, await ask(peer, request));
    }
  }
  console.error(`round ${round + 1} of ${rounds} done`);
}
const versions = Object.fromEntries(
  [...peers].map(([name, peer]) => [name, peer?.version ?? "not installed"]),
);
for (const peer of peers.values()) peer?.stop();

const summary = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  processor: os.cpus()[0].model,
  rounds,
  limit,
  versions,
  footprints: sizes,
  works: summarize(),
};
writeFileSync(flags.out, `${JSON.stringify(summary, null, 1)}\n`);
if (flags.only === "") {
  execFileSync(process.execPath, [join(here, "show.mjs"), flags.out], { stdio: "inherit" });
}
process.exit(0);

function summarize() {
  const groups = new Map();
  for (const result of results) {
    const key = JSON.stringify([result.work, result.peer]);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups].map(([key, all]) => {
    const [work, peer] = JSON.parse(key);
    const good = all.filter(({ error }) => error === undefined);
    if (good.length === 0) return { work, peer, error: all[0].error };
    const peakMebibytes = Math.max(...good.map(({ peakMebibytes }) => peakMebibytes ?? 0));
    const levels = problems[work]?.levels;
    if (levels === undefined) {
      const values = good.map((each) => each.perSecond ?? median(each.seconds));
      return { work, peer, median: median(values), low: Math.min(...values), high: Math.max(...values), peakMebibytes }; // biome-ignore format: one record
    }
    const times = levels.map((level) => {
      const seconds = good.map(
        ({ reached }) => reached.find(({ loss }) => loss === level)?.seconds ?? Infinity,
      );
      const middle = median(seconds);
      return { level, seconds: Number.isFinite(middle) ? middle : null };
    });
    return { work, peer, times, loss: median(good.map(({ loss }) => loss)), peakMebibytes };
  });
}
