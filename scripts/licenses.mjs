/**
 * Writes docs/licenses.md: the licence of every package that an installation of newton-nn brings,
 * and of the optional peers.
 *
 *   node scripts/licenses.mjs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
    return `| ${path.slice(path.lastIndexOf("node_modules/") + 13)} | ${version} | ${license ?? "see the package"} |`;
  });
  return ["| package | version | licence |", "| --- | --- | --- |", ...new Set(lines.sort())].join(
    "\n",
  );
}

const { dependencies, peerDependencies } = lock.packages[""];
const installed = closure(Object.keys(dependencies));
const peers = new Set(
  [...closure(Object.keys(peerDependencies))].filter((path) => !installed.has(path)),
);

const text = `# Licences

newton-nn is under the MIT license. The main entry loads no other package.
Made by \`node scripts/licenses.mjs\` from the lock file.

## Of what the command line and newton-nn/sweep load

${table(installed)}

## Of the optional peers

Figures (vega, vega-lite, @resvg/resvg-js) and queues (bullmq with ioredis or pg).

${table(peers)}
`;

if (process.argv.includes("--print")) process.stdout.write(text);
else writeFileSync(join(root, "docs/licenses.md"), text);
