/**
 * How long the command takes until it reads its data: it is given files that are not there. Beside
 * `node -e 0`, in turn.
 *
 *   node bench/startup.mjs [rounds = 15] [main.js of other builds ...]
 *
 * Prints a line of JSON a build and command: medians of milliseconds and of the ratio to `node -e
 * 0` in the same round.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const rounds = Number(process.argv[2] ?? 15);
const own = join(import.meta.dirname, "../dist/cli/main.js");
const builds = [own, ...process.argv.slice(3).map((path) => resolve(path))];
const FOUND_NOTHING = 2;
const COMMANDS = {
  help: [["--help"], 0],
  train: [["train", "none.csv", "--target", "y"], FOUND_NOTHING],
  predict: [["predict", "none.json", "none.csv"], FOUND_NOTHING],
  sweep: [["sweep", "none.yaml"], FOUND_NOTHING],
};

const folder = mkdtempSync(join(tmpdir(), "newton-nn-startup-"));

function milliseconds(args, status) {
  const start = performance.now();
  const child = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const time = performance.now() - start;
  if (child.status !== status) throw new Error(`${args.join(" ")}: ${child.stderr}`);
  return time;
}

const works = builds.flatMap((build) =>
  Object.entries(COMMANDS).map(([command, [args, status]]) => ({
    build: build === own ? "this" : build,
    command,
    measure: () => milliseconds([build, ...args], status),
    times: [],
    ratios: [],
  })),
);
const empty = [];
for (let round = 0; round < rounds; round++) {
  const base = milliseconds(["-e", "0"], 0);
  empty.push(base);
  for (const { measure, times, ratios } of works) {
    const time = measure();
    times.push(time);
    ratios.push(time / base);
  }
}
rmSync(folder, { recursive: true });

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rounded = (value) => Number(value.toPrecision(3));
console.log(JSON.stringify({ node: process.version, rounds, "node -e 0": rounded(median(empty)) }));
for (const { build, command, times, ratios } of works) {
  const [time, ratio] = [times, ratios].map((values) => rounded(median(values)));
  console.log(JSON.stringify({ build, command, milliseconds: time, ratio }));
}
