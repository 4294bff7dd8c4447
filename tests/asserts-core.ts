/**
 * With NEWTON_NN_ASSERTS=1 the core is compiled with its assertions once before the tests, which
 * then use it in guarded memory (unit/guarded-engine.ts).
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export default function compile(): void {
  if (process.env.NEWTON_NN_ASSERTS !== "1") return;
  process.env.NEWTON_NN_GUARDED = "1";
  const manifest = createRequire(import.meta.url).resolve("assemblyscript/package.json");
  const asc = join(dirname(manifest), "bin/asc.js");
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  // Both in one, as in the builds with threads.
  const entries = ["assembly/index.ts", "assembly/theory.ts"];
  const args = [asc, ...entries, "--config", "asconfig.json", "--target", "asserts"];
  execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });
}
