/**
 * Every code of docs/errors.md is provoked through the public interface, and the documentation
 * knows every code that is.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  createEngine,
  type NewtonError as Fault,
  init,
  Model,
  Network,
  NewtonError,
  type TrainingRun,
  train,
} from "../../bindings/index.js";
import { checkConverged } from "../../bindings/lab/cli/divergence.js";
import { loadVega } from "../../bindings/lab/plot/vega.js";
import { readPlan } from "../../bindings/lab/sweep/read-plan.js";
import { ResultFile } from "../../bindings/lab/sweep/results.js";
import { numericColumns, parseTable } from "../../bindings/lab/table/csv.js";
import { limitNtk } from "../../bindings/theory.js";
import { root } from "./command.js";
import { smallProblem } from "./support.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-codes-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const create = () => Network.create({ width: 3 });
const table = "a,b\n1,2\n";
const sweepLibrary = () =>
  import(`${root}/dist/sweep.js`) as Promise<typeof import("../../bindings/sweep.js")>;

/** What throws each code: [class, work]. */
const provocations: Record<string, readonly [string, () => unknown]> = {
  "invalid-argument": ["InputError", () => Network.create({ width: 0 })],
  "invalid-shape": ["InputError", async () => (await create()).loss({ x: [1, 2], y: [1] })],
  "non-finite": ["InputError", async () => (await create()).predict([Number.NaN])],
  "empty-data": ["InputError", async () => (await create()).predict([])],
  "constant-column": [
    "InputError",
    () =>
      Model.fit(
        { x: [1, 1], y: [1, 2] },
        { columns: { inputs: ["x"], target: "y" }, network: { width: 2 } },
      ),
  ],
  "missing-column": ["InputError", () => numericColumns(parseTable(table, "t"), ["c"], "t")],
  "invalid-cell": ["InputError", () => numericColumns(parseTable("a\nx\n", "t"), ["a"], "t")],
  "invalid-model": ["InputError", () => Network.fromJSON({})],
  "unsupported-version": [
    "InputError",
    async () => Network.fromJSON({ ...(await create()).toJSON(), version: 99 }),
  ],
  "unsupported-activation": [
    "InputError",
    async () => train(await Network.create({ width: 3, activation: "relu" }), smallProblem()),
  ],
  diverged: [
    "InputError",
    () =>
      checkConverged(
        { method: "gd", reason: "diverged", initialLoss: 1, loss: 9, steps: 5 } as TrainingRun,
        [],
      ),
  ],
  disposed: [
    "StateError",
    async () => {
      const network = await create();
      network.dispose();
      network.predict([1]);
    },
  ],
  busy: [
    "StateError",
    async () => {
      const network = await create();
      const running = train(network, smallProblem(), { maxSteps: 3 });
      try {
        network.setParameters(network.parameters);
      } finally {
        await running;
      }
    },
  ],
  aborted: [
    "StateError",
    async () => train(await create(), smallProblem(), { signal: AbortSignal.abort() }),
  ],
  "out-of-memory": ["ResourceError", () => Network.create({ width: 2 ** 27, inputs: 1000 })],
  "not-converged": ["ResourceError", () => limitNtk([[30, 40]], { inputs: 2, maxNodes: 64 })],
  "unsupported-engine": [
    "ResourceError",
    async () => {
      vi.resetModules();
      // Guarded engines (tests/guarded.ts) have their builds already.
      vi.doUnmock("../../bindings/engine/engine.js");
      vi.stubGlobal("WebAssembly", undefined);
      const fresh = await import("../../bindings/index.js");
      await fresh.createEngine();
    },
  ],
  "load-failed": ["ResourceError", () => init({ wasm: "http://127.0.0.1:9/simd.wasm" })],
  queue: [
    "ResourceError",
    async () => (await sweepLibrary()).queueStatus({ url: "redis://127.0.0.1:1" }),
  ],
  "worker-failed": [
    "ResourceError",
    async () => {
      const { trainSharded } = await sweepLibrary();
      const { Network: Built } = (await import(
        `${root}/dist/index.js`
      )) as typeof import("../../bindings/index.js");
      const network = await Built.create({ width: 2 });
      const csv = join(folder, "part.csv");
      writeFileSync(csv, table);
      const data = { files: [csv], inputs: ["a"], target: "b" };
      // Every process that is given the shard is killed, as by a machine that has no memory left.
      const killer = setInterval(
        () => execFile("pkill", ["-9", "-P", String(process.pid), "-f", "pool-process.js"]),
        10,
      );
      try {
        await trainSharded(network, data, { workers: 1, maxSteps: 1_000_000, stopLoss: 0 });
      } finally {
        clearInterval(killer);
      }
    },
  ],
  file: ["ResourceError", () => ResultFile.open(join(folder, "none", "cells.jsonl"))],
  "missing-dependency": [
    "ResourceError",
    async () => {
      vi.doMock("vega", () => {
        throw new Error("not here");
      });
      await loadVega("--plot");
    },
  ],
};

const documented = [
  ...readFileSync(join(root, "docs/errors.md"), "utf8").matchAll(
    /^\| (?:`\w+`)? ?\| `([\w-]+)` \|/gm,
  ),
].map(([, code]) => code!);

describe("codes of errors", () => {
  it("are documented, all that there are", () => {
    const source = readFileSync(join(root, "bindings/support/errors.ts"), "utf8");
    const declared = [...source.matchAll(/^ {2}\| "([\w-]+)"/gm)].map(([, code]) => code!);
    expect(documented.toSorted()).toEqual(declared.toSorted());
    expect(Object.keys(provocations).toSorted()).toEqual(declared.toSorted());
  });

  it.each(Object.entries(provocations))("%s", async (code, [name, work]) => {
    let fault: unknown;
    try {
      await work();
    } catch (error) {
      fault = error;
    } finally {
      vi.unstubAllGlobals();
      vi.doUnmock("vega");
    }
    expect(fault).toMatchObject({ name, code });
    expect((fault as Fault).message.length).toBeGreaterThan(10);
  });

  it("are of one base class", async () => {
    await expect(Network.create({ width: 0 })).rejects.toBeInstanceOf(NewtonError);
    expect(() => readPlan(join(folder, "none.yaml"))).toThrow(NewtonError);
    (await createEngine()).dispose();
  });
});
