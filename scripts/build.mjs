/** Builds everything: the Wasm variants, their inline form, dist/. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { buildCore, builds } from "./core.mjs";
import { makeDist } from "./dist.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const generated = join(root, "bindings/engine/generated");

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
    external: [...builds, "worker"].map((name) => new RegExp(`generated/${name}\\.`)),
  });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  const source = output[0].code;
  writeFileSync(
    join(generated, "worker.ts"),
    `/** bindings/worker/main.ts in one piece. Made by scripts/build.mjs. */\nexport const source: string =\n  ${JSON.stringify(source)};\n`,
  );
}

await buildCore(builds);
await bundleWorker();
await makeDist();
