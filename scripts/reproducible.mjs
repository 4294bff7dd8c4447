/**
 * Builds and packs what git tracks in two folders of different names; fails unless all WebAssembly
 * binaries and the tarballs are the same bytes. Prints their digests, which anyone who builds the
 * same commit must get.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((path) => path !== "");

function buildIn(folder) {
  for (const path of tracked) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
  const options = { cwd: folder, stdio: ["ignore", "ignore", "inherit"] };
  execFileSync(process.execPath, ["scripts/build.mjs"], options);
  npm(["pack", "--silent", "--ignore-scripts", "--pack-destination", "build"], options);
  const files = [
    ...readdirSync(join(folder, "dist/wasm")).map((name) => `dist/wasm/${name}`),
    ...readdirSync(join(folder, "build"))
      .filter((name) => name.endsWith(".tgz"))
      .map((name) => `build/${name}`),
  ];
  return files.map((path) => {
    const digest = createHash("sha256")
      .update(readFileSync(join(folder, path)))
      .digest("hex");
    return `${digest}  ${path.split("/").at(-1)}`;
  });
}

const folder = mkdtempSync(join(tmpdir(), "newton-nn-reproducible-"));
try {
  const [one, two] = ["a", "another/folder"].map((name) => buildIn(join(folder, name)));
  console.log(one.join("\n"));
  if (one.join() !== two.join()) {
    console.error(`two builds differ:\n${two.join("\n")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
