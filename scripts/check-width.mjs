/**
 * Code and comments keep to 100 columns, documents to 120. Biome wraps the code; what it leaves
 * alone is a comment, which this finds, or a text in quotes, which may be as long as it has to be.
 * Tables, pictures, addresses and blocks of code of documents do not wrap.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 2 ** 26,
}).split("\n");
const CODE = /^(assembly|bindings|scripts|bench|tests|examples)\/.*\.(ts|mjs|js)$/;
const COMMENT = /^\s*(\/\*|\*|\/\/)/;
const DATA = /\/data\//;

const faults = [];
for (const file of tracked) {
  const document = file.endsWith(".md") && !file.startsWith("docs/api/");
  if (!document && !(CODE.test(file) && !DATA.test(file))) continue;
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  let fenced = false;
  for (const [index, line] of lines.entries()) {
    if (document && line.trimStart().startsWith("```")) fenced = !fenced;
    const wide = document
      ? line.length > 120 && !fenced && !/^(\||!\[|<)/.test(line)
      : line.length > 100 && COMMENT.test(line);
    if (wide && !/https?:\/\/\S{60}/.test(line)) faults.push(`${file}:${index + 1}`);
  }
}
for (const fault of faults) console.error(`${fault} is too wide`);
if (faults.length > 0) process.exitCode = 1;
