/**
 * Coverage of bindings by the tests: of the sources that tests import, by vitest; of what runs in
 * processes of its own (the command, pools, queue workers), by V8 in those processes, mapped back
 * through the maps of the build. A line is covered if either saw it.
 *
 *   npm run coverage a line a file that is not covered whole, and the totals; fails below 95
 *   percent of lines, 90 of branches
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDist } from "./dist.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const raw = join(root, "build/coverage-children");
const own = join(root, "build/coverage");
const children = join(root, "build/coverage-mapped");
const [LINES, BRANCHES] = [95, 90];

const bin = (path) => join(root, "node_modules", path);
const run = (script, args, env = {}) =>
  spawnSync(process.execPath, [bin(script), ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  }).status;

for (const folder of [raw, own, children]) rmSync(folder, { recursive: true, force: true });
// What V8 counts in a chunk of many sources is not told apart by them: here each source is a file
// of its own.
await makeDist({ bundled: false });
const vitest = [
  "run",
  "--coverage",
  "--coverage.reporter=json",
  `--coverage.reportsDirectory=${own}`,
  ...process.argv.slice(2),
];
const status = run("vitest/vitest.mjs", vitest, { NEWTON_NN_CHILD_COVERAGE: raw });
if (status === 0) mapChildren();
await makeDist();
if (status !== 0) process.exit(1);

function mapChildren() {
  run("c8/bin/c8.js", [
    "report",
    `--temp-directory=${raw}`,
    "--reporter=json",
    `--reports-dir=${children}`,
    "--src=bindings",
    "--include=bindings/**",
    "--exclude=**/generated/**",
    "--exclude-after-remap",
  ]);
}

const read = (folder) => JSON.parse(readFileSync(join(folder, "coverage-final.json"), "utf8"));

/** Lines with code, and whether each was run. */
function linesOf(file) {
  const lines = new Map();
  for (const [id, { start }] of Object.entries(file.statementMap)) {
    lines.set(start.line, (lines.get(start.line) ?? false) || file.s[id] > 0);
  }
  return lines;
}

function branchesOf(file) {
  const all = Object.values(file.b).flat();
  return { covered: all.filter((count) => count > 0).length, total: all.length };
}

const [tested, started] = [read(own), read(children)];
const totals = { lines: 0, linesCovered: 0, branches: 0, branchesCovered: 0 };
for (const [path, file] of Object.entries(tested)) {
  const other = started[path];
  const lines = linesOf(file);
  const elsewhere = other === undefined ? new Map() : linesOf(other);
  const missing = [...lines].filter(([line, hit]) => !hit && !elsewhere.get(line));
  // A file that tests do not import has its branches counted where it ran; V8 and vitest count them
  // differently.
  const inside = branchesOf(file);
  const outside = other === undefined ? inside : branchesOf(other);
  const part = ({ covered, total }) => (total === 0 ? 1 : covered / total);
  const branches = part(outside) > part(inside) ? outside : inside;
  totals.lines += lines.size;
  totals.linesCovered += lines.size - missing.length;
  totals.branches += branches.total;
  totals.branchesCovered += branches.covered;
  if (missing.length > 0) {
    console.log(`${relative(root, path)}: lines ${missing.map(([line]) => line).join(", ")}`);
  }
}
const percent = (covered, total) => (100 * covered) / total;
const lines = percent(totals.linesCovered, totals.lines);
const branches = percent(totals.branchesCovered, totals.branches);
console.log(`lines ${lines.toFixed(1)} %, branches ${branches.toFixed(1)} %`);
process.exitCode = lines >= LINES && branches >= BRANCHES ? 0 : 1;
