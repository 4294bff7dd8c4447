/**
 * Mutation testing of the training loop: tests/mutation/stryker.config.json says of what. Needs
 * Node 22 or newer.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "tests/mutation");
if (!existsSync(join(folder, "node_modules"))) {
  const args = ["ci", "--no-audit", "--no-fund", "--legacy-peer-deps"];
  npm(args, { cwd: folder, stdio: ["ignore", 2, 2] });
}
const stryker = join(folder, "node_modules/@stryker-mutator/core/bin/stryker.js");
const args = [stryker, "run", "tests/mutation/stryker.config.json", ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
