import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");

/** Bundles sources that no entry of the package exports into one module, and returns its path. */
export async function bundleSources(name, contents) {
  const outfile = join(root, `build/bench/${name}.mjs`);
  await build({
    stdin: { contents, resolveDir: join(root, "bindings") },
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    outfile,
  });
  return outfile;
}
