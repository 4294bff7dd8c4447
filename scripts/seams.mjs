/**
 * Adds an activation, a loss, a curvature, a solver, a policy and a method to a copy of the
 * sources, each as CONTRIBUTING.md says, and counts the files it takes: two. The copy is then
 * type-checked, built and used by the new names.
 *
 *   node scripts/seams.mjs
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { taken } from "./abi.mjs";
import { additions, use } from "./seams/additions.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Inside the checkout, where packages are found. */
const copy = join(root, "build/seams");
const require = createRequire(import.meta.url);
const PARTS = [
  "assembly",
  "bindings",
  "scripts",
  "asconfig.json",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];

function run(name, bin, ...args) {
  const manifest = require.resolve(`${name}/package.json`);
  const script = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin[bin]);
  execFileSync(process.execPath, [script, ...args], { cwd: copy, stdio: "inherit" });
}

/** The files that an addition makes or changes; each change is made before or after a place. */
function add({ files = {}, changes = {} }) {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(copy, path), text);
  for (const [path, edits] of Object.entries(changes)) {
    const source = edits.reduce(
      (text, { before, after, insert }) => {
        const place = before ?? after;
        const parts = text.split(place);
        if (parts.length !== 2) throw new Error(`${path}: ${parts.length - 1} times ${place}`);
        return parts.join(before === undefined ? place + insert : insert + place);
      },
      readFileSync(join(copy, path), "utf8"),
    );
    writeFileSync(join(copy, path), source);
  }
  return [...Object.keys(files), ...Object.keys(changes)];
}

rmSync(copy, { recursive: true, force: true });
mkdirSync(copy, { recursive: true });
for (const part of PARTS) {
  cpSync(join(root, part), join(copy, part), { recursive: true });
}
let faults = 0;
for (const addition of additions) {
  const touched = add(addition);
  const fault = touched.length === 2 ? "" : "  expected two";
  if (fault !== "") faults++;
  console.log(`${addition.kind.padEnd(10)} ${touched.join(", ")}${fault}`);
}
execFileSync(process.execPath, [join(copy, "scripts/core.mjs"), "simd", "simd-theory", "simd-pde"]);
run("typescript", "tsc");
for (const name of taken) {
  const path = join("engine/generated", name);
  cpSync(join(copy, "bindings", path), join(copy, "dist", path));
}
writeFileSync(join(copy, "use.mjs"), use);
const used = execFileSync(process.execPath, [join(copy, "use.mjs")], { encoding: "utf8" });
console.log(used.trimEnd());
if (faults > 0) process.exitCode = 1;
