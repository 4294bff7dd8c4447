/**
 * Makes docs/api from the docstrings of the public surface: typedoc, in the folder that has a
 * TypeScript it can use.
 */
import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (!existsSync(join(root, "scripts/api/node_modules"))) {
  const options = { cwd: join(root, "scripts/api"), stdio: ["ignore", 2, 2] };
  npm(["ci", "--no-audit", "--no-fund"], options);
}
rmSync(join(root, "docs/api"), { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typedoc/bin/typedoc", "--logLevel", "Warn"], {
  cwd: join(root, "scripts/api"),
  stdio: "inherit",
});
