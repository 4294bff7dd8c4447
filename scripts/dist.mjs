/**
 * Makes dist/ from bindings/ and the built core: the bundle, the declarations that tsc makes, the
 * binaries. Only what an entry leads to stays.
 *
 *   node scripts/dist.mjs
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { taken } from "./abi.mjs";
import { bundle } from "./bundle.mjs";
import { builds } from "./core.mjs";
import { licenceTexts } from "./libraries.mjs";
import { bundleWorker } from "./worker.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/**
 * Not bundled, it is what tsc makes, with source maps throughout: for measuring coverage in a
 * checkout.
 */
export async function makeDist({ bundled = true } = {}) {
  // Always: it is made of the same sources as dist/, and in a second.
  await bundleWorker(builds);
  rmSync(dist, { recursive: true, force: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const maps = bundled ? [] : ["--sourceMap", "--inlineSources"];
  execFileSync(process.execPath, [tsc, ...maps], { cwd: root, stdio: "inherit" });
  const generated = "engine/generated";
  for (const name of taken) {
    copyFileSync(join(root, "bindings", generated, name), join(dist, generated, name));
  }
  if (bundled) await replaceByBundle();
  else writeCommand();
  mkdirSync(join(dist, "wasm"));
  for (const build of builds) {
    copyFileSync(join(root, `build/${build}.wasm`), join(dist, `wasm/${build}.wasm`));
  }
  for (const path of Object.values(manifest.bin)) chmodSync(join(root, path), 0o755);
}

/** The command where its entry is not bundled: it stands with the rest of lab/. */
function writeCommand() {
  mkdirSync(join(dist, "cli"));
  writeFileSync(join(dist, "cli/main.js"), '#!/usr/bin/env node\nimport "../lab/cli/main.js";\n');
}

async function replaceByBundle() {
  const { files, packages } = await bundle();
  const code = files.map((file) => join(dist, file));
  const maps = files.map((file) => join(dist, `${file}.map`));
  const kept = new Set([...code, ...maps, ...declarationsBehind(publicDeclarations())]);
  for (const path of list(dist)) if (!kept.has(path)) rmSync(path);
  dropEmptyFolders(dist);
  writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), licenceTexts(packages));
}

function list(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** The declarations that the exports of package.json name, with all builds. */
function publicDeclarations() {
  const targets = Object.values(manifest.exports);
  const named = targets.flatMap(({ types }) => (types === undefined ? [] : [types]));
  const patterns = named.map((path) => join(root, path).split("*"));
  return list(dist).filter((path) =>
    patterns.some(([start, end]) =>
      end === undefined ? path === start : path.startsWith(start) && path.endsWith(end),
    ),
  );
}

/** These and what they refer to. */
function declarationsBehind(paths) {
  const seen = new Set(paths);
  for (const path of seen) {
    const text = readFileSync(path, "utf8");
    for (const [, specifier] of text.matchAll(/(?:from|import\(|import) ?"(\.[^"]+)\.js"/g)) {
      seen.add(join(dirname(path), `${specifier}.d.ts`));
    }
  }
  return seen;
}

function dropEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) dropEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await makeDist();
