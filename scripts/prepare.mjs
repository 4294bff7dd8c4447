/**
 * Makes a checkout ready to run: installs from the lock file when that is newer than what is installed, and builds when a
 * source has changed since the last build. Needs nothing but Node and npm; works offline when there is nothing to do.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function modified(path) {
  try {
    return statSync(join(root, path)).mtimeMs;
  } catch {
    return Number.NEGATIVE_INFINITY;
  }
}

function install() {
  const installed = modified("node_modules/.package-lock.json");
  if (installed >= modified("package-lock.json")) return;
  process.stderr.write("Installing the development dependencies from the lock file ...\n");
  const { status, error } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    process.stderr.write(`npm ci failed${error === undefined ? "" : `: ${error.message}`}\n`);
    process.exit(1);
  }
}

/** Everything a build depends on, as one digest of names and contents. */
function sourceDigest() {
  const files = [
    "asconfig.json",
    "tsconfig.json",
    "package-lock.json",
    "scripts/build.mjs",
    ...list("assembly"),
    ...list("bindings").filter((file) => !file.includes("generated")),
  ];
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

function list(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
}

function build() {
  const stamp = join(root, "build/stamp");
  const digest = sourceDigest();
  let last = "";
  try {
    last = readFileSync(stamp, "utf8");
  } catch {
    // Never built.
  }
  if (last === digest && modified("dist/index.js") > 0) return;
  process.stderr.write("Building ...\n");
  execFileSync(process.execPath, [join(root, "scripts/build.mjs")], {
    stdio: ["ignore", 2, 2],
  });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

install();
build();
