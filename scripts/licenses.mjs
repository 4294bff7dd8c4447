/**
 * Writes docs/licenses.md: the licence of every package that the command and newton-nn/sweep are
 * bundled with, and of the optional peers.
 *
 *   node scripts/licenses.mjs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LIBRARIES } from "./libraries.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

/** Where Node would find `name` from `folder`, as the lock file has it. */
function locate(folder, name) {
  for (let from = folder; ; from = from.slice(0, from.lastIndexOf("/node_modules/"))) {
    const path = `${from === "" ? "" : `${from}/`}node_modules/${name}`;
    if (path in lock.packages) return path;
    if (!from.includes("node_modules/")) return null;
    if (!from.includes("/node_modules/")) from = "";
  }
}

/** Everything that the named packages need, by path in the lock file. */
function closure(names) {
  const seen = new Set();
  const visit = (folder, name) => {
    const path = locate(folder, name);
    if (path === null || seen.has(path)) return;
    seen.add(path);
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[path];
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(path, next);
  };
  for (const name of names) visit("", name);
  return seen;
}

function table(paths) {
  const lines = [...paths].map((path) => {
    const { version, license } = lock.packages[path];
    return `| ${nameOf(path)} | ${version} | ${license ?? "see the package"} |`;
  });
  return ["| package | version | licence |", "| --- | --- | --- |", ...new Set(lines.sort())].join(
    "\n",
  );
}

const nameOf = (path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

const names = new Set(Object.entries(LIBRARIES).flat(2));
const bundled = [...closure(Object.keys(LIBRARIES))].filter((path) => names.has(nameOf(path)));
const peers = closure(Object.keys(lock.packages[""].peerDependencies));

const text = `# Licences

newton-nn is under the MIT license. It installs no other package.
Made by \`node scripts/licenses.mjs\` from the lock file.

## Of what the command and newton-nn/sweep are bundled with

The texts are in the package, in \`dist/THIRD-PARTY-LICENSES.txt\`. The main entry contains none of it.

${table(bundled)}

## Of the optional peers

Figures (vega, vega-lite, @resvg/resvg-js) and queues (bullmq with ioredis or pg).

${table(peers)}
`;

if (process.argv.includes("--print")) process.stdout.write(text);
else writeFileSync(join(root, "docs/licenses.md"), text);
