/**
 * Makes a checkout ready to run: installs from the lock file when that is newer than what is
 * installed, and builds when a source has changed since the last build. Needs nothing but Node and
 * npm; works offline when there is nothing to do.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function modified(path) {
  try {
    return statSync(join(root, path)).mtimeMs;
  } catch {
    return Number.NEGATIVE_INFINITY;
  }
}

const LOCK = "package-lock.json";
const LOCK_STAMP = "node_modules/.installed-lock";

/**
 * Is what is installed what the lock file says? Its digest is kept; after an `npm ci` by hand the
 * times tell.
 */
function isInstalled(digest) {
  if (modified("node_modules/.package-lock.json") >= modified(LOCK)) return true;
  return modified(LOCK_STAMP) > 0 && readFileSync(join(root, LOCK_STAMP), "utf8") === digest;
}

function install() {
  const digest = createHash("sha256")
    .update(readFileSync(join(root, LOCK)))
    .digest("hex");
  if (!isInstalled(digest)) {
    process.stderr.write("Installing the development dependencies from the lock file ...\n");
    try {
      npm(["ci", "--no-audit", "--no-fund"], { cwd: root, stdio: ["ignore", 2, 2] });
    } catch (error) {
      process.stderr.write(`npm ci failed: ${error.message}\n`);
      process.exit(1);
    }
  }
  writeFileSync(join(root, LOCK_STAMP), digest);
}

/** Everything a build depends on, as one digest of names and contents. */
function sourceDigest() {
  const files = [
    "asconfig.json",
    "tsconfig.json",
    "package.json",
    "package-lock.json",
    "scripts/abi.mjs",
    "scripts/build.mjs",
    "scripts/bundle.mjs",
    "scripts/core.mjs",
    "scripts/dist.mjs",
    "scripts/libraries.mjs",
    "scripts/run-package.mjs",
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
