/**
 * The worker's script as one string, bindings/engine/generated/worker.ts: no bundler has to know of
 * it, and it is loaded when a worker is asked for. Needs the declarations of the core.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const generated = join(root, "bindings/engine/generated");

/** @param builds the names of all builds of the core */
export async function bundleWorker(builds) {
  const bundle = await rolldown({
    input: join(root, "bindings/worker/main.ts"),
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    // A worker is given compiled modules; it has no need of the binaries, nor of a worker of its
    // own.
    external: [...builds, "worker"].map((name) => new RegExp(`generated/${name}\\.`)),
  });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  const source = output[0].code;
  writeFileSync(
    join(generated, "worker.ts"),
    `/** bindings/worker/main.ts in one piece. Made by scripts/worker.mjs. */\nexport const source: string =\n  ${JSON.stringify(source)};\n`,
  );
}
