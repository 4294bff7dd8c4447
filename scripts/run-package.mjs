import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/** Runs the command `bin` that package `name` installs, without a shell and on every platform. */
export function runPackage(name, bin, ...args) {
  const manifest = require.resolve(`${name}/package.json`);
  const script = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin[bin]);
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
}
