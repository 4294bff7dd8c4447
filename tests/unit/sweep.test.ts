import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ResultFile } from "../../bindings/lab/sweep/results.js";
import { command, execute, json, root } from "./command.js";

type Library = typeof import("../../bindings/sweep.js");

let library: Library;
beforeAll(async () => {
  // The built package: its pool starts processes from there.
  library = (await import(`${root}/dist/sweep.js`)) as Library;
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-sweep-"));
  writeFileSync(join(folder, "plan.yaml"), PLAN);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PLAN = `
name: small
settings: { samples: 24, maxSteps: 20, levels: [1, 0.1] }
grid:
  target: [published, low]
  width: [10, 40]
  seed: { from: 0, count: 20 }
figures:
  - { name: loss, x: width, y: loss, series: target, logY: true }
`;
const CELLS = 80;

const sweepCommand = (...args: string[]) => execute(command, ["sweep", ...args], folder);
const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");

function started(...args: string[]) {
  const child = spawn(process.execPath, [command, "sweep", ...args], { cwd: folder });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, ended };
}

/** Waits until a file of results has so many lines. */
async function linesIn(name: string, count: number, alive: () => boolean): Promise<void> {
  const path = join(folder, name, "cells.jsonl");
  while (alive()) {
    try {
      if (readFileSync(path, "utf8").split("\n").filter(Boolean).length >= count) return;
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("newton-nn sweep", () => {
  it("runs a plan, draws its figures, and has nothing to do the second time", async () => {
    const first = await sweepCommand("plan.yaml", "--json");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const [report] = json(first.stdout);
    expect(report).toMatchObject({ cells: CELLS, done: CELLS, failed: [], missing: 0 });
    const names = ["loss-dark.svg", "loss.csv", "loss.json", "loss.png", "loss.svg"];
    expect(readdirSync(join(folder, "results")).toSorted()).toEqual(
      ["cells.jsonl", "groups.csv", ...names, "summary.csv", "sweep.json"].toSorted(),
    );
    expect(read("results", "summary.csv").trim().split("\n")).toHaveLength(1 + CELLS);
    expect(read("results", "groups.csv").trim().split("\n")).toHaveLength(1 + 4);
    const before = read("results", "cells.jsonl");
    expect((await sweepCommand("plan.yaml")).code).toBe(0);
    expect(read("results", "cells.jsonl")).toBe(before);
    const status = await sweepCommand("status", "results", "--json");
    expect(json(status.stdout)).toEqual([
      { type: "status", cells: CELLS, done: CELLS, missing: 0, queue: null },
    ]);
  });

  it("gives the same summary for any number of processes, and in shards that are merged", async () => {
    await sweepCommand("plan.yaml", "--out", "one", "--workers", "1", "--no-figures");
    await sweepCommand("plan.yaml", "--out", "three", "--workers", "3", "--no-figures");
    expect(read("three", "summary.csv")).toBe(read("one", "summary.csv"));
    for (const shard of ["3/3", "1/3"]) {
      const { code } = await sweepCommand("plan.yaml", "--out", "parts", "--shard", shard);
      expect(code).toBe(0);
    }
    const early = await sweepCommand("merge", "parts", "--no-figures", "--json");
    expect(early.code).toBe(1);
    expect(json(early.stdout)[0]).toMatchObject({ done: 53, missing: 27, files: [] });
    await sweepCommand("plan.yaml", "--out", "parts", "--shard", "2/3");
    expect((await sweepCommand("merge", "parts", "--no-figures")).code).toBe(0);
    expect(read("parts", "summary.csv")).toBe(read("one", "summary.csv"));
  });

  it("goes on after kill -9 of the coordinator and of its processes, to the same summary", async () => {
    await sweepCommand("plan.yaml", "--out", "whole", "--no-figures");
    for (const count of [5, 25, 50]) {
      const { child, ended } = started("plan.yaml", "--out", "killed", "--no-figures");
      await linesIn("killed", count, () => child.exitCode === null);
      child.kill("SIGKILL");
      await ended;
    }
    const { child, ended } = started("plan.yaml", "--out", "killed", "--no-figures");
    // One more interruption: a process of the pool, while it has a cell.
    await linesIn("killed", 55, () => child.exitCode === null);
    await new Promise((resolve) =>
      execFile("pkill", ["-9", "-P", String(child.pid)], () => resolve(null)),
    );
    expect(await ended).toMatchObject({ code: 0 });
    expect(read("killed", "summary.csv")).toBe(read("whole", "summary.csv"));
  });

  it("finishes the cells in work at an interrupt, and says how to go on", async () => {
    const { child, ended } = started("plan.yaml", "--no-figures");
    await linesIn("results", 5, () => child.exitCode === null);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("finishing") });
    expect(stdout).toMatch(/missing +\d+; the same command goes on/);
    expect((await sweepCommand("plan.yaml", "--no-figures")).code).toBe(0);
  });

  it("reports cells that fail, each with its code, and all others are done", async () => {
    const plan = `settings: { maxSteps: 3, seed: 1, samples: 8 }
grid: { activation: [tanh, relu], curvature: [exact], width: [2, 3] }`;
    writeFileSync(join(folder, "plan.yaml"), plan);
    const { code, stdout, stderr } = await sweepCommand("plan.yaml");
    expect(code).toBe(1);
    expect(stdout).toMatch(/done +2\nfailed +2\n/);
    expect(stderr).toMatch(/activation=relu curvature=exact width=2: unsupported-activation, /);
    expect(read("results", "summary.csv").match(/failed,unsupported-activation/g)).toHaveLength(2);
  });

  it("does not run a cell that needs more memory than there is", async () => {
    const plan = "settings: { maxSteps: 1, seed: 1, solver: dense }\ngrid: { width: [5, 20000] }";
    writeFileSync(join(folder, "plan.yaml"), plan);
    const { code, stderr } = await sweepCommand("plan.yaml", "--memory", "2000");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /width=20000: out-of-memory, the cell needs [\d.]+ MiB and the sweep may/,
    );
    // Within what may be promised, but not within what WebAssembly has: the core says so.
    const forced = await sweepCommand("plan.yaml", "--out", "forced", "--memory", "99999999");
    expect(forced.stderr).toMatch(/width=20000: out-of-memory, .*WebAssembly/);
    expect(read("forced", "summary.csv")).toMatch(/,5,done,/);
  });

  it("stops at a full disk, keeps what was written, and goes on when there is room", async () => {
    // A limit on the size of files ends a write halfway, as a full disk does; its signal would end
    // the process before that.
    const heedless = "--import 'data:text/javascript,process.on(\"SIGXFSZ\",()=>{})'";
    // What coverage would write at the end is longer than that.
    const script = `unset NODE_V8_COVERAGE; ulimit -f 4; exec "${process.execPath}" ${heedless} "${command}" sweep plan.yaml --no-figures`;
    const full = await new Promise<{ code: unknown; stderr: string }>((resolve) =>
      execFile("bash", ["-c", script], { cwd: folder }, (error, _stdout, stderr) =>
        resolve({ code: error?.code, stderr }),
      ),
    );
    expect(full).toEqual({ code: 1, stderr: expect.stringMatching(/cannot write .*cells.jsonl/) });
    expect((await sweepCommand("plan.yaml", "--no-figures")).code).toBe(0);
    await sweepCommand("plan.yaml", "--out", "whole", "--no-figures");
    expect(read("results", "summary.csv")).toBe(read("whole", "summary.csv"));
  });

  it("keeps a second coordinator out of its folder", async () => {
    const [one, two] = await Promise.all([
      sweepCommand("plan.yaml", "--no-figures"),
      sweepCommand("plan.yaml", "--no-figures"),
    ]);
    // The second waits for the first, or gives up.
    expect([one.code, two.code]).toContain(0);
    const ids = read("results", "cells.jsonl").split("\n").filter(Boolean).map((line) => JSON.parse(line).id); // biome-ignore format: one thought
    expect(new Set(ids).size).toBe(CELLS);
    expect(ids).toHaveLength(CELLS);
  });

  it("leaves the folder as it was when it is refused", async () => {
    const plan = { settings: { samples: 8, maxSteps: 2, seed: 1 }, grid: { width: [2] } };
    const out = join(folder, "held");
    await library.sweep(plan, { out });
    const before = read("held", "sweep.json");
    const held = await ResultFile.open(join(out, "cells.jsonl"));
    try {
      const second = library.sweep({ ...plan, name: "another" }, { out });
      await expect(second).rejects.toMatchObject({ code: "busy" });
      expect(read("held", "sweep.json")).toBe(before);
    } finally {
      await held.close();
    }
  });

  it("takes more cells into the same folder", async () => {
    await sweepCommand("plan.yaml", "--no-figures");
    writeFileSync(join(folder, "plan.yaml"), PLAN.replace("count: 20", "count: 22"));
    const { stdout } = await sweepCommand("plan.yaml", "--no-figures");
    expect(stdout).toMatch(/done +88\n/);
    expect(read("results", "cells.jsonl").split("\n").filter(Boolean)).toHaveLength(88);
  });

  it("prints the schema of plans", async () => {
    const { stdout } = await sweepCommand("schema");
    expect(JSON.parse(stdout)).toMatchObject({ title: "A sweep of newton-nn" });
  });

  it("takes the address of a queue from a file or the environment, and shows no secret of it", async () => {
    writeFileSync(join(folder, "address"), "redis://:in-file@127.0.0.1:1\n");
    const small = "settings: { samples: 8, maxSteps: 1, width: 2 }\ngrid: { seed: [1] }";
    writeFileSync(join(folder, "small.yaml"), small);
    vi.stubEnv("NEWTON_NN_QUEUE", "redis://:in-environment@127.0.0.2:1");
    try {
      const [file, environment, here] = await Promise.all([
        sweepCommand("small.yaml", "--out", "a", "--queue-file", "address"),
        sweepCommand("small.yaml", "--out", "b"),
        sweepCommand("small.yaml", "--out", "c", "--no-queue"),
      ]);
      expect(file.stderr).toMatch(/at redis:\/\/\*\*\*@127\.0\.0\.1:1 does not answer/);
      expect(environment.stderr).toMatch(/at redis:\/\/\*\*\*@127\.0\.0\.2:1 does not answer/);
      expect(file.stderr + environment.stderr).not.toMatch(/in-file|in-environment/);
      expect(here.code).toBe(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([
    ["a plan with faults", ["bad.yaml"], 2, /bad.yaml, line 1: grids is not known here/],
    ["a file that is not there", ["none.yaml"], 2, /cannot read none.yaml/],
    ["a shard that is none", ["plan.yaml", "--shard", "3/2"], 2, /i\/n/],
    ["no processes", ["plan.yaml", "--workers", "0"], 2, /at least 1/],
    ["a queue of another kind", ["plan.yaml", "--queue", "amqp://u:p@x"], 2, /"amqp:\/\/\*\*\*@x"/],
    [
      "a queue that does not answer",
      ["plan.yaml", "--queue", "redis://127.0.0.1:1"],
      1,
      /does not answer/,
    ],
    [
      "two addresses",
      ["plan.yaml", "--queue", "redis://a", "--queue-file", "bad.yaml"],
      2,
      /cannot be used with/,
    ],
    [
      "a file without an address",
      ["plan.yaml", "--queue-file", "bad.yaml"],
      2,
      /--queue-file: expected/,
    ],
    [
      "a file of an address that is not there",
      ["plan.yaml", "--queue-file", "no"],
      2,
      /cannot read no/,
    ],
    ["a folder without a sweep", ["status", "."], 2, /cannot read sweep.json/],
  ])("refuses %s", async (_name, args, code, message) => {
    writeFileSync(join(folder, "bad.yaml"), "grids: 1");
    const result = await sweepCommand(...args);
    expect(result).toMatchObject({ code, stderr: expect.stringMatching(message) });
  });
});

describe("sweep, as a library", () => {
  const plan = { settings: { samples: 8, maxSteps: 2, seed: 1 }, grid: { width: [2, 3, 4] } };

  it("reports progress and can be stopped", async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const report = await library.sweep(plan, {
      out: join(folder, "r"),
      workers: 1,
      signal: stop.signal,
      onCell: ({ done }) => {
        seen.push(done);
        stop.abort();
      },
    });
    expect(report).toMatchObject({ cells: 3, done: 1, missing: 2, files: [] });
    expect(seen).toEqual([1]);
    expect(library.sweepStatus(join(folder, "r"))).toEqual({ cells: 3, done: 1, missing: 2 });
    const rest = await library.sweep(plan, { out: join(folder, "r") });
    expect(rest).toMatchObject({ done: 3, missing: 0 });
    expect(await library.mergeSweep(join(folder, "r"))).toMatchObject({ done: 3 });
  });

  it.each([
    ["an unknown option", { outt: "x" }, "options.outt"],
    ["no workers", { workers: 0 }, "options.workers"],
    ["no memory", { memory: 0 }, "options.memory"],
    ["no attempts", { attempts: 0 }, "options.attempts"],
    ["a shard beyond the last", { shard: { index: 3, count: 2 } }, "options.shard.index"],
  ])("refuses %s", async (_name, wrong, argument) => {
    const options = { out: join(folder, "r"), ...wrong };
    await expect(library.sweep(plan, options)).rejects.toMatchObject({
      code: "invalid-argument",
      argument,
    });
  });
});
