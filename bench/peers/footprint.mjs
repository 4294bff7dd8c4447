/**
 * What comes with a package; part of bench/peers/all.mjs, and by itself:
 *
 *   node bench/peers/footprint.mjs [newton-nn ...]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { npm } from "../../scripts/npm.mjs";

const here = import.meta.dirname;
const root = join(here, "../..");

/** What one imports of each package, and what comes with it. */
const IMPORTS = {
  "newton-nn": [
    root,
    `export { Network, train } from ${JSON.stringify(join(root, "dist/index.js"))};`,
  ],
  "jax-js": ["@jax-js/jax", 'export { jit, valueAndGrad, numpy } from "@jax-js/jax";'],
  "tfjs-wasm": [
    "@tensorflow/tfjs-backend-wasm",
    'export { train, variable, setBackend } from "@tensorflow/tfjs"; import "@tensorflow/tfjs-backend-wasm";',
  ],
  "tfjs-cpu": [
    "@tensorflow/tfjs",
    'export { train, variable, setBackend } from "@tensorflow/tfjs";',
  ],
  "ml-matrix": ["ml-matrix", 'export { CholeskyDecomposition, Matrix } from "ml-matrix";'],
  mathjs: ["mathjs", 'export { create, lusolveDependencies } from "mathjs";'],
  numeric: ["numeric", 'export { default } from "numeric";'],
  emlapack: ["emlapack", 'export { default } from "emlapack";'],
  "ml-levenberg-marquardt": [
    "ml-levenberg-marquardt",
    'export { levenbergMarquardt } from "ml-levenberg-marquardt";',
  ],
};

/**
 * Bytes on disk after `npm install --omit=dev`, bytes of a minified application that imports it
 * (gzip), and seconds from start to import.
 */
export async function footprints(names) {
  const lines = [];
  for (const name of names) {
    const [what, source] = IMPORTS[name];
    lines.push({
      name,
      installedBytes: await installedBytes(what),
      compressedBytes: await compressedBytes(source),
      importSeconds: importSeconds(name),
    });
  }
  return lines;
}

async function installedBytes(what) {
  const folder = mkdtempSync(join(tmpdir(), "newton-nn-installed-"));
  try {
    const options = { cwd: folder, stdio: "ignore" };
    writeFileSync(join(folder, "package.json"), "{}");
    const spec = what === root ? packed(folder) : what;
    const extra = what.startsWith("@tensorflow") ? ["@tensorflow/tfjs@4.22.0"] : [];
    const args = [
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--legacy-peer-deps",
      spec,
      ...extra,
    ];
    npm(args, options);
    return sizeOf(join(folder, "node_modules"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function packed(folder) {
  const args = ["pack", "--json", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(npm(args, { cwd: root, encoding: "utf8" }));
  return join(folder, filename);
}

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function compressedBytes(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(here, "js") },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    outdir: "out",
    write: false,
    external: ["crypto", "fs", "path", "worker_threads", "perf_hooks", "os", "util"],
    logLevel: "silent",
  });
  // Of this package the application loads one build of the core; the others are files that it may
  // load.
  const loaded = outputFiles.filter(
    ({ path }) => !/relaxed|threads|worker|\.css$/.test(path.split("/").at(-1)),
  );
  return loaded.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

/** Median of five processes that import the peer and end. */
function importSeconds(name) {
  const script = `const t = performance.now(); await import("./${name}.mjs"); console.log((performance.now() - t) / 1000); process.exit(0);`;
  const args = ["--input-type=module", "-e", script];
  const options = { cwd: join(here, "js"), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
  const all = Array.from({ length: 5 }, () =>
    Number(execFileSync(process.execPath, args, options).trim().split("\n").at(-1)),
  );
  return all.toSorted((a, b) => a - b)[2];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , ...names] = process.argv;
  for (const line of await footprints(names.length === 0 ? ["newton-nn"] : names)) {
    console.log(JSON.stringify(line));
  }
}
