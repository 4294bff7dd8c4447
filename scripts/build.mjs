/** Builds everything: the Wasm variants, their inline form, dist/. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { rolldown } from "rolldown";
import { makeDist } from "./dist.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/** Runs the command that package `name` installs, without a shell and on every platform. */
function run(name, bin, ...args) {
  const manifest = require.resolve(`${name}/package.json`);
  const script = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin[bin]);
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
}

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
    external: /generated\//,
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
  run("assemblyscript", "asc", "--config", "asconfig.json", "--target", variant);
  const wasm = readFileSync(join(root, `build/${variant}.wasm`));
  // Compressed before it becomes text: base64 of the plain binary hides from gzip what repeats in
  // it.
  const binary = deflateRawSync(wasm, { level: 9 }).toString("base64");
  writeFileSync(
    join(generated, `${variant}.ts`),
    `/** The "${variant}" build of assembly/index.ts, deflated. Made by scripts/build.mjs. */\nexport const binary: string =\n  "${binary}";\n`,
  );
}
await bundleWorker();
await makeDist();
