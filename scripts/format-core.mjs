/**
 * Formats assembly/ like the rest: `node scripts/format-core.mjs` checks, `--write` mends. Biome
 * reads all of AssemblyScript but decorators of functions and variables, which it is shown as
 * comments.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
const write = process.argv.includes("--write");

const sources = readdirSync(join(root, "assembly"), { recursive: true }).filter((name) =>
  name.endsWith(".ts"),
);
const hide = (text) => text.replace(/^([ \t]*)(@(?:lazy )?@?inline)$/gm, "$1// $2");
const show = (text) => text.replace(/^([ \t]*)\/\/ (@(?:lazy )?@?inline)$/gm, "$1$2");

// Inside of the checkout, so that its configuration holds.
const folder = mkdtempSync(join(root, "build/format-"));
try {
  cpSync(join(root, "assembly"), join(folder, "assembly"), { recursive: true });
  for (const name of sources) {
    const path = join(folder, "assembly", name);
    writeFileSync(path, hide(readFileSync(path, "utf8")));
  }
  const config = join(folder, "biome.json");
  writeFileSync(
    config,
    JSON.stringify({ formatter: { indentStyle: "space", indentWidth: 2, lineWidth: 100 } }),
  );
  execFileSync(
    process.execPath,
    [biome, "format", "--write", "--log-level=error", `--config-path=${folder}`, "."],
    { cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
  );
  let wrong = 0;
  for (const name of sources) {
    const formatted = show(readFileSync(join(folder, "assembly", name), "utf8"));
    const path = join(root, "assembly", name);
    if (formatted === readFileSync(path, "utf8")) continue;
    if (write) writeFileSync(path, formatted);
    else console.error(`assembly/${name} is not formatted: node scripts/format-core.mjs --write`);
    wrong++;
  }
  if (!write && wrong > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
