/**
 * Compiles builds of the core into build/ and, deflated, into bindings/engine/generated, with what
 * bindings/ know of them and the worker's script: `node scripts/core.mjs simd simd-theory`, or all
 * of them.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import zopfli from "@gfx/zopfli";
import { writeAbi } from "./abi.mjs";
import { runPackage } from "./run-package.mjs";
import { bundleWorker } from "./worker.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const generated = join(root, "bindings/engine/generated");
const [CORE, THEORY, PDE] = ["index", "theory", "pde"].map((name) => `assembly/${name}.ts`);

/** Targets of asconfig.json and what they are made of. Threads run one module: theirs has all. */
const ENTRIES = {
  simd: [CORE],
  relaxed: [CORE],
  "simd-theory": [THEORY],
  "relaxed-theory": [THEORY],
  "simd-pde": [PDE],
  "relaxed-pde": [PDE],
  "simd-threads": [CORE, THEORY, PDE],
  "relaxed-threads": [CORE, THEORY, PDE],
};

export const builds = Object.keys(ENTRIES);

/** Of the binaries that asc writes, beside those that a target enables. */
const FEATURES = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext"];

/**
 * By Binaryen itself. The levels of asc are fixed sets of its options: the one for speed also
 * inlines large functions with loops, which makes the core a tenth larger and no faster; the others
 * take another Math.pow, with other bits.
 */
function optimize(name) {
  const { targets } = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));
  const features = [...FEATURES, ...targets[name].enable].map((feature) => `--enable-${feature}`);
  const file = `build/${name}.wasm`;
  runPackage("binaryen", "wasm-opt", file, ...features, "-O3", "--converge", "-o", file);
}

export async function buildCore(names) {
  mkdirSync(generated, { recursive: true });
  for (const name of names) {
    const entries = ENTRIES[name];
    if (entries === undefined) throw new Error(`${name}: no build; there are ${builds.join(", ")}`);
    runPackage("assemblyscript", "asc", ...entries, "--config", "asconfig.json", "--target", name);
    optimize(name);
    const wasm = readFileSync(join(root, `build/${name}.wasm`));
    // Compressed before it becomes text: base64 of the plain binary hides from gzip what repeats in
    // it.
    const deflated = await zopfli.deflateAsync(wasm, {});
    const binary = Buffer.from(deflated).toString("base64");
    writeFileSync(
      join(generated, `${name}.ts`),
      `/** ${entries.join(" and ")}, deflated. Made by scripts/core.mjs. */\n` +
        `export const binary: string =\n  "${binary}";\n`,
    );
  }
  writeAbi();
  await bundleWorker(builds);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  await buildCore(names.length > 0 ? names : builds);
}
