/** Builds everything: the Wasm variants, their inline form, dist/. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { rolldown } from "rolldown";
import { writeAbi } from "./abi.mjs";
import { makeDist } from "./dist.mjs";
import { runPackage } from "./run-package.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The worker's script as one string: no bundler has to know of it, and it is loaded when a worker
 * is asked for.
 */
async function bundleWorker() {
  const bundle = await rolldown({
    input: join(root, "bindings/worker/main.ts"),
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    // A worker is given compiled modules; it has no need of the binaries, nor of a worker of its
    // own.
    external: /generated\/(simd|relaxed|worker)/,
  });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  const source = output[0].code;
  writeFileSync(
    join(generated, "worker.ts"),
    `/** bindings/worker/main.ts in one piece. Made by scripts/build.mjs. */\nexport const source: string =\n  ${JSON.stringify(source)};\n`,
  );
}

const generated = join(root, "bindings/engine/generated");
mkdirSync(generated, { recursive: true });
const VARIANTS = ["simd", "relaxed", "simd-threads", "relaxed-threads"];
for (const variant of VARIANTS) {
  runPackage("assemblyscript", "asc", "--config", "asconfig.json", "--target", variant);
  const wasm = readFileSync(join(root, `build/${variant}.wasm`));
  // Compressed before it becomes text: base64 of the plain binary hides from gzip what repeats in
  // it.
  const binary = deflateRawSync(wasm, { level: 9 }).toString("base64");
  writeFileSync(
    join(generated, `${variant}.ts`),
    `/** The "${variant}" build of assembly/index.ts, deflated. Made by scripts/build.mjs. */\nexport const binary: string =\n  "${binary}";\n`,
  );
}
writeAbi();
await bundleWorker();
await makeDist();
