/**
 * What a sweep costs beside its cells: overhead of the local pool per cell, and how well two
 * processes are used by cells of one second.
 *
 *   node bench/sweep.mjs
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { sweep } from "../dist/sweep.js";
import { bundleSources } from "./sources.mjs";

const folder = mkdtempSync(join(tmpdir(), "newton-nn-bench-"));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function run(name, plan, workers) {
  const out = join(folder, name);
  const start = performance.now();
  await sweep(plan, { out, workers, figures: false });
  const seconds = (performance.now() - start) / 1000;
  const lines = readFileSync(join(out, "cells.jsonl"), "utf8").split("\n").filter(Boolean);
  const inside = lines.reduce((sum, line) => sum + JSON.parse(line).seconds, 0);
  return { cells: lines.length, seconds, inside };
}

/** Cells that take next to nothing. */
const empty = (count) => ({
  settings: { samples: 2, maxSteps: 1, width: 1 },
  grid: { seed: { from: 0, count } },
});

const overheads = [];
for (let round = 0; round < 5; round++) {
  const few = await run(`few-${round}`, empty(10), 1);
  const many = await run(`many-${round}`, empty(2010), 1);
  overheads.push((1000 * (many.seconds - many.inside - (few.seconds - few.inside))) / 2000);
}

/** Trainings of so many steps. */
const trainings = (maxSteps, seed) => ({
  settings: {
    samples: 128,
    maxSteps,
    width: 500,
    method: "gauss-newton",
    policy: "fixed",
    gamma: 1,
  },
  grid: { seed },
});

/** Steps that make a cell last about a second here. */
async function stepsOfASecond() {
  const { inside } = await run("trial", trainings(100, [0]), 1);
  return Math.round(100 / inside);
}

const cells = await bundleSources(
  "cells",
  'export { computeCell } from "./lab/sweep/compute.js"; export { makeCell } from "./lab/sweep/cell.js";',
);

/** Seconds that so many processes at once take for five cells each, without anything between. */
async function plainSeconds(processes) {
  const script = `
    import { computeCell, makeCell } from ${JSON.stringify(pathToFileURL(cells).href)};
    for (let seed = 1; seed <= 5; seed++) {
      await computeCell(makeCell("train", { ...${JSON.stringify(long.settings)}, seed }), null);
    }`;
  const start = performance.now();
  const run = promisify(execFile);
  const args = ["--input-type=module", "-e", script];
  await Promise.all(Array.from({ length: processes }, () => run(process.execPath, args)));
  return (performance.now() - start) / 1000;
}

const long = trainings(await stepsOfASecond(), { from: 1, count: 20 });
const ratios = [];
/** The same for two plain processes without a pool: what this machine gives. */
const plain = [];
/**
 * Part of the processes' time that was spent in cells, times their number: what two equal
 * processors would give.
 */
const occupied = [];
for (let round = 0; round < 5; round++) {
  const one = await run(`one-${round}`, long, 1);
  const two = await run(`two-${round}`, long, 2);
  ratios.push(one.seconds / two.seconds);
  occupied.push(two.inside / two.seconds);
  const alone = await plainSeconds(1);
  plain.push((2 * alone) / (await plainSeconds(2)));
}

rmSync(folder, { recursive: true, force: true });
console.log(
  JSON.stringify({
    node: process.version,
    processor: cpus()[0].model,
    overheadMilliseconds: { median: median(overheads), all: overheads },
    twoProcessesAgainstOne: { median: median(ratios), all: ratios },
    twoPlainProcesses: { median: median(plain), all: plain },
    processesInCells: { median: median(occupied), all: occupied },
  }),
);
