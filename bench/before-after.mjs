/**
 * Is this build slower than an earlier one? Both are measured in one run and take turns, so that a
 * slow minute of the machine falls on both.
 *
 *   npm run build && node bench/before-after.mjs --before DIR [--after DIR] [--rounds 9]
 *   [--seeds 3] [--only kernels,published,start]
 *
 * Folders are built checkouts; `after` is this one by default. Each measures its own core by its
 * own bench/kernels/core.mjs and bench/native/work.mjs. Prints a table a part: medians over rounds,
 * and of the ratio of a pair its median and quartiles. A ratio above 1 is slower than before. Given
 * one folder twice it says how much of that is the machine's.
 *
 * Kernels and trainings are measured by the time that this process had of a processor, starts by
 * the clock.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { printTable } from "./peers/table.mjs";
import { published } from "./published.mjs";

const { values: flags } = parseArgs({
  options: {
    before: { type: "string" },
    after: { type: "string", default: join(import.meta.dirname, "..") },
    rounds: { type: "string", default: "9" },
    seeds: { type: "string", default: "3" },
    only: { type: "string", default: "kernels,published,start" },
  },
});
if (flags.before === undefined) throw new Error("--before DIR: a built checkout to compare with");
const [before, after] = [flags.before, flags.after].map((folder) => resolve(folder));
const rounds = Number(flags.rounds);
const moduleOf = (folder, path) => import(pathToFileURL(join(folder, path)).href);

const quantile = (values, part) =>
  values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1) + 0.5)];
const median = (values) => quantile(values, 0.5);

/** What was measured of one work: [before, after] a round. */
class Pairs {
  constructor(name) {
    this.name = name;
    this.pairs = [];
  }

  row(format) {
    const [old, now] = [0, 1].map((side) => format(median(this.pairs.map((pair) => pair[side]))));
    const ratios = this.pairs.map(([a, b]) => b / a);
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(3));
    return [this.name, old, now, middle, `${low} to ${high}`, this.pairs.length];
  }
}

const HEADER = ["", "before", "after", "after / before", "quartiles", "pairs"];
const milliseconds = (seconds) => `${(1000 * seconds).toPrecision(3)} ms`;

/** Calls both sides, every other time the second one first. */
async function inTurn(turn, measure) {
  const order = turn % 2 === 0 ? [0, 1] : [1, 0];
  const pair = [];
  for (const side of order) pair[side] = await measure(side);
  return pair;
}

/** Seconds of a processor that this process has had. */
function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const activation = (core, n) => {
  const z = core.vector(n, (i) => 4 * Math.sin(i));
  const out = core.bytes(24 * n);
  return () => core.exports.activateJet(0, n, z, out, out + 8 * n, out + 16 * n);
};

async function kernels() {
  /** With the calls of one measurement. */
  const works = [
    ["potrf", 1000, 10],
    ["potrf", 2000, 1],
    ["syrk", 3000, 3],
    ["sytrf, indefinite", 2000, 1],
    ["posv, mixed precision", 2000, 2],
    ["newton", 667, 1],
    ["tanh with two derivatives", 4096, 3000],
  ];
  const sides = await Promise.all(
    [before, after].map(async (folder) => {
      const { loadCore } = await moduleOf(folder, "bench/kernels/core.mjs");
      const { ours } = await moduleOf(folder, "bench/native/work.mjs");
      return { core: await loadCore("simd"), ours };
    }),
  );
  const rows = [];
  for (const [work, size, calls] of works) {
    const runs = sides.map(({ core, ours }) => {
      core.reset();
      return (ours[work] ?? activation)(core, size);
    });
    const measure = (side) => {
      const start = processorSeconds();
      for (let call = 0; call < calls; call++) runs[side]();
      return (processorSeconds() - start) / calls;
    };
    for (let warm = 0; warm < 2; warm++) for (const side of [0, 1]) measure(side);
    const pairs = new Pairs(`${work}, ${size}`);
    for (let round = 0; round < 3 * rounds; round++) {
      pairs.pairs.push(await inTurn(round, measure));
    }
    rows.push(pairs.row(milliseconds));
  }
  return rows;
}

async function timeToLoss() {
  const levels = [1e-3, 1e-6, 1e-8, 1e-10];
  const data = published(128);
  const sides = await Promise.all(
    [before, after].map(async (folder) => {
      const api = await moduleOf(folder, "dist/index.js");
      return { ...api, engine: await api.createEngine({ variant: "simd" }) };
    }),
  );
  const measure = async ({ Network, train, engine }, seed) => {
    const network = await Network.create({ width: 1000, seed, engine });
    const reached = [];
    const start = processorSeconds();
    const onStep = ({ loss, step }) => {
      while (loss <= levels[reached.length]) {
        reached.push({ step, seconds: processorSeconds() - start });
      }
    };
    await train(network, data, { maxSteps: 1e4, stop: { loss: levels.at(-1) }, onStep });
    network.dispose();
    return reached;
  };
  for (const side of sides) await measure(side, 1000);
  const times = levels.map((level) => new Pairs(`loss ${level.toExponential()}`));
  const steps = new Set();
  for (let turn = 0; turn < Number(flags.seeds) * rounds; turn++) {
    const seed = turn % Number(flags.seeds);
    const [old, now] = await inTurn(turn, (side) => measure(sides[side], seed));
    for (const [index, { pairs }] of times.entries()) {
      pairs.push([old[index].seconds, now[index].seconds]);
      if (old[index].step !== now[index].step) steps.add(levels[index]);
    }
  }
  for (const { engine } of sides) engine.dispose();
  const different = [...steps].map((level) => level.toExponential()).join(", ");
  console.log(`Steps to a loss ${different === "" ? "are the same" : `differ: ${different}`}.\n`);
  return times.map((time) => time.row((seconds) => `${seconds.toPrecision(3)} s`));
}

/** Ratios to `node -e 0` of the same round. */
async function startUp() {
  const elsewhere = mkdtempSync(join(tmpdir(), "newton-nn-before-after-"));
  const run = (args, status) => {
    const start = performance.now();
    const child = spawnSync(process.execPath, args, { cwd: elsewhere, encoding: "utf8" });
    const time = performance.now() - start;
    if (child.status !== status) throw new Error(`${args.join(" ")}: ${child.stderr}`);
    return time;
  };
  const script = (code) => (folder) => {
    const url = pathToFileURL(join(folder, "dist/index.js")).href;
    return [["--input-type=module", "-e", code(JSON.stringify(url))], 0];
  };
  const command = (args, status) => (folder) => [
    [join(folder, "dist/cli/main.js"), ...args],
    status,
  ];
  const FOUND_NOTHING = 2;
  const works = {
    import: script((url) => `await import(${url})`),
    "first network": script(
      (url) => `const { Network } = await import(${url}); await Network.create({ width: 100 })`,
    ),
    "`newton-nn --help`": command(["--help"], 0),
    "`newton-nn train`": command(["train", "none.csv", "--target", "y"], FOUND_NOTHING),
  };
  const rows = Object.entries(works).map(([name, args]) => ({ args, pairs: new Pairs(name) }));
  const empty = [];
  for (let round = 0; round < 2 * rounds; round++) {
    const base = run(["-e", "0"], 0);
    empty.push(base);
    for (const { args, pairs } of rows) {
      const pair = await inTurn(round, (side) => run(...args([before, after][side])));
      pairs.pairs.push(pair.map((time) => time / base));
    }
  }
  rmSync(elsewhere, { recursive: true });
  console.log(`\`node -e 0\` took ${Math.round(median(empty))} ms; times are ratios to it.\n`);
  return rows.map(({ pairs }) => pairs.row((ratio) => ratio.toFixed(2)));
}

const PARTS = { kernels, published: timeToLoss, start: startUp };
const day = new Date().toISOString().slice(0, 10);
console.log(`Node ${process.version}, ${cpus()[0].model}, ${day}`);
for (const part of flags.only.split(",")) {
  console.log(`\n${part}`);
  printTable(HEADER, await PARTS[part]());
}
