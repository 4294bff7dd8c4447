import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Loss } from "../../bindings/index.js";
import { root } from "./command.js";
import { flatten, networkBits, planarProblem } from "./support.js";

type Core = typeof import("../../bindings/index.js");
type Library = typeof import("../../bindings/sweep.js");

/** The built package: its pool starts processes from there. */
let core: Core;
let library: Library;
beforeAll(async () => {
  core = (await import(`${root}/dist/index.js`)) as Core;
  library = (await import(`${root}/dist/sweep.js`)) as Library;
});

interface Rows {
  readonly x: number[][];
  readonly y: number[];
}
const rows = planarProblem(41, 2) as Rows;

let folder: string;
let files: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-sharded-"));
  files = writeShards("part", rows, [20, 23, 41]);
});

/** One file for the rows up to each of `ends`, from the end before. */
function writeShards(name: string, { x, y }: Rows, ends: readonly number[]): string[] {
  return ends.map((end, i) => {
    const from = ends[i - 1] ?? 0;
    const path = join(folder, `${name}-${i}.csv`);
    const lines = x.slice(from, end).map(([a, b], m) => `${a},${b},${y[from + m]}`);
    writeFileSync(path, `a,b,y\n${lines.join("\n")}\n`);
    return path;
  });
}
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const data = () => ({ files, inputs: ["a", "b"], target: "y" });
const create = () => core.Network.create({ inputs: 2, width: 9, seed: 2 });

describe("training on shards", () => {
  it("takes the steps of training in one process with weights, a loss and a penalty", async () => {
    const weights = rows.y.map((_, m) => (m % 5) / 2);
    const labels = rows.y.map((value) => Number(value > 1));
    const whole = { x: rows.x, y: labels, weights };
    const ends = [20, 23, 41];
    const paths = ends.map((end, i) => {
      const from = ends[i - 1] ?? 0;
      const path = join(folder, `weighted-${i}.csv`);
      const lines = rows.x
        .slice(from, end)
        .map(([a, b], m) => [a, b, labels[from + m], weights[from + m]].join(","));
      writeFileSync(path, `a,b,y,weight\n${lines.join("\n")}\n`);
      return path;
    });
    const parts = { files: paths, inputs: ["a", "b"], target: "y", weights: "weight" };
    const student = { name: "student-t", dof: 3, scale: 0.2 } as const;
    const accelerated = (loss: Loss) => [
      [loss, "geodesic"] as const,
      [loss, "none"] as const,
      [loss, undefined] as const,
    ];
    const ways = core.lossNames.flatMap((name) =>
      accelerated(name === "student-t" ? student : name),
    );
    for (const [loss, acceleration] of ways) {
      const outputs = loss === "softmax" ? 2 : 1;
      const two = () => core.Network.create({ inputs: 2, outputs, width: 9, seed: 2 });
      const [one, sharded] = [await two(), await two()];
      const told = {
        loss,
        penalty: { w: [1e-2, 2e-2], c: 1e-3 },
        ...(acceleration && { acceleration }),
        maxSteps: 6,
      };
      const how = { method: "gauss-newton", solver: "dense" } as const;
      const expected = await core.train(one, whole, { ...how, ...told });
      const run = await library.trainSharded(sharded, parts, told);
      expect(Math.abs(run.initialLoss / expected.initialLoss - 1)).toBeLessThan(1e-14);
      run.history.forEach(({ loss: value, gainRatio }, i) => {
        const same = expected.history[i]!;
        expect(Math.abs(value / same.loss - 1)).toBeLessThan(1e-10);
        expect(Math.abs(gainRatio! / same.gainRatio! - 1), `${loss}`).toBeLessThan(1e-6);
      });
      const { gradient } = await library.shardedGradient(sharded, parts, told);
      const slope = flatten(sharded.gradient(whole, { loss, penalty: told.penalty }));
      flatten(gradient).forEach((value, i) => {
        expect(Math.abs(value - slope[i]!)).toBeLessThan(1e-15);
      });
      for (const network of [one, sharded]) network.dispose();
    }
  });

  it("takes the steps of training in one process, to rounding", async () => {
    const [one, sharded] = [await create(), await create()];
    const regularization = { policy: "fixed", gamma: 1e-2 } as const;
    const whole = await core.train(one, rows, {
      method: "gauss-newton",
      solver: "dense",
      maxSteps: 12,
      regularization,
    });
    const run = await library.trainSharded(sharded, data(), { maxSteps: 12, regularization });
    expect(run.reason).toBe("max-steps");
    expect(Math.abs(run.initialLoss / whole.initialLoss - 1)).toBeLessThan(1e-14);
    run.history.forEach(({ loss, gradientNorm }, i) => {
      const same = whole.history[i]!;
      expect(Math.abs(loss / same.loss - 1)).toBeLessThan(1e-9);
      expect(Math.abs(gradientNorm / same.gradientNorm - 1)).toBeLessThan(1e-9);
    });
    expect(run.loss).toBeLessThan(run.initialLoss / 2);
    expect(sharded.loss(rows)).toBeCloseTo(run.loss, 12);
  });

  it("accelerates and shortens steps as training in one process does", async () => {
    const [one, sharded] = [await create(), await create()];
    const regularization = { policy: "gain-ratio", initial: 1e-7 } as const;
    const options = { maxSteps: 6, regularization };
    const whole = await core.train(one, rows, {
      ...options,
      method: "gauss-newton",
      solver: "dense",
    });
    const run = await library.trainSharded(sharded, data(), options);
    expect(whole.acceleration).toBe("geodesic");
    expect(whole.history.some(({ length }) => length! < 1)).toBe(true);
    expect(run.history).toHaveLength(6);
    run.history.forEach((record, i) => {
      const same = whole.history[i]!;
      expect(record.accepted).toBe(same.accepted);
      expect(record.rejected.map(({ reason }) => reason)).toEqual(
        same.rejected.map(({ reason }) => reason),
      );
      for (const key of ["loss", "length", "gamma", "gainRatio", "accelerationRatio"] as const) {
        expect(Math.abs(record[key]! / same[key]! - 1), `step ${i + 1}, ${key}`).toBeLessThan(1e-6);
      }
    });
    const plain = await library.trainSharded(await create(), data(), {
      ...options,
      acceleration: "none",
    });
    expect(plain.history.every(({ accelerationRatio }) => accelerationRatio === null)).toBe(true);
  });

  it("takes several outputs", async () => {
    const y = rows.y.map((value, m) => [value, rows.x[m]![0]! - value]);
    const path = join(folder, "two.csv");
    const lines = y.map(([y1, y2], m) => `${rows.x[m]!.join(",")},${y1},${y2}`);
    const half = join(folder, "two-more.csv");
    writeFileSync(path, `a,b,y1,y2\n${lines.slice(0, 17).join("\n")}\n`);
    writeFileSync(half, `a,b,y1,y2\n${lines.slice(17).join("\n")}\n`);
    const two = () => core.Network.create({ inputs: 2, outputs: 2, width: 6, seed: 2 });
    const [one, sharded] = [await two(), await two()];
    const options = { maxSteps: 5 };
    const whole = await core.train(
      one,
      { x: rows.x, y },
      { ...options, method: "gauss-newton", solver: "dense" },
    );
    const table = { files: [path, half], inputs: ["a", "b"], target: ["y1", "y2"] };
    const run = await library.trainSharded(sharded, table, options);
    run.history.forEach(({ loss }, i) => {
      expect(Math.abs(loss / whole.history[i]!.loss - 1)).toBeLessThan(1e-6);
    });
    expect(run.loss).toBeLessThan(run.initialLoss);
    const wrong = library.trainSharded(sharded, { ...table, target: "y1" });
    await expect(wrong).rejects.toMatchObject({ code: "invalid-shape", argument: "data.target" });
  });

  it("has the gradient of all rows", async () => {
    const network = await create();
    const { loss, gradient } = await library.shardedGradient(network, data());
    expect(Math.abs(loss / network.loss(rows) - 1)).toBeLessThan(1e-14);
    const whole = flatten(network.gradient(rows));
    const size = Math.hypot(...whole);
    flatten(gradient).forEach((value, i) => {
      expect(Math.abs(value - whole[i]!)).toBeLessThan(1e-14 * size);
    });
  });

  it("has the same bits for any number of workers", async () => {
    const networks = [];
    for (const workers of [1, 3]) {
      const network = await create();
      await library.trainSharded(network, data(), { maxSteps: 6, workers });
      networks.push(networkBits(network));
    }
    expect(networks[1]).toEqual(networks[0]);
  });

  it("does not depend on how the rows are split", async () => {
    const many = planarProblem(700, 2) as Rows;
    const regularization = { policy: "fixed", gamma: 1e-2 } as const;
    const runs = [];
    for (const [name, ends] of [
      ["whole", [700]],
      ["halves", [350, 700]],
      ["parts", [255, 513, 514, 700]],
    ] as const) {
      const files = writeShards(name, many, ends);
      const options = { maxSteps: 4, regularization };
      runs.push(await library.trainSharded(await create(), { ...data(), files }, options));
    }
    const one = await create();
    const method = { method: "gauss-newton", solver: "function-space" } as const;
    runs.push(await core.train(one, many, { ...method, maxSteps: 4, regularization }));
    for (const { history } of runs) {
      for (const [i, { loss, gradientNorm }] of history.entries()) {
        const same = runs[0]!.history[i]!;
        expect(Math.abs(loss / same.loss - 1)).toBeLessThan(1e-9);
        expect(Math.abs(gradientNorm / same.gradientNorm - 1)).toBeLessThan(1e-9);
      }
    }
  });

  it("adapts gamma, stops at a loss, and can be aborted after any step", async () => {
    const network = await create();
    const run = await library.trainSharded(network, data(), { stopLoss: 0.3, maxSteps: 200 });
    expect(run).toMatchObject({ reason: "loss" });
    expect(new Set(run.history.map(({ gamma }) => gamma)).size).toBeGreaterThan(1);
    const again = await create();
    const interrupt = new AbortController();
    const aborted = await library.trainSharded(again, data(), {
      signal: interrupt.signal,
      onStep: ({ step }) => step === 2 && interrupt.abort(),
    });
    expect(aborted).toMatchObject({ reason: "aborted", history: { length: 2 } });
    expect(again.loss(rows)).toBeCloseTo(aborted.loss, 12);
    expect(aborted.loss).toBe(run.history[1]!.loss);
  });

  it("leaves the network as it was accepted last when a shard fails", async () => {
    const network = await create();
    const before = networkBits(network);
    writeFileSync(files[1]!, "a,b,y\n1,2,x\n");
    await expect(library.trainSharded(network, data())).rejects.toMatchObject({
      code: "invalid-cell",
      message: expect.stringContaining("part-1.csv, line 2"),
    });
    expect(networkBits(network)).toEqual(before);
    // It is not locked either.
    network.dispose();
  });

  it("does not take a loss that overflows for a number", async () => {
    writeFileSync(files[1]!, "a,b,y\n1,2,1e200\n");
    const work = library.trainSharded(await create(), data());
    await expect(work).rejects.toMatchObject({ code: "non-finite" });
  });

  it("rejects a trial whose loss overflows and goes on", async () => {
    // The exponential of the outputs does, while everything at the start is of the size of a count.
    const large = { x: rows.x, y: rows.y.map((value) => Math.round(1e4 * Math.abs(value))) };
    files = writeShards("large", large, [20, 23, 41]);
    const regularization = { policy: "gain-ratio", initial: 1e-6 } as const;
    const how = { loss: "poisson", maxSteps: 1, regularization } as const;
    const whole = { ...how, method: "gauss-newton", solver: "dense" } as const;
    const { history } = await core.train(await create(), large, whole);
    expect(history[0]!.rejected[0]).toMatchObject({ reason: "non-finite-loss", length: 1 });
    const network = await create();
    const run = await library.trainSharded(network, data(), how);
    expect(run).toMatchObject({ reason: "max-steps", history: [{ accepted: true }] });
    expect(run.history[0]!.rejected[0]).toMatchObject({ reason: "non-finite-loss", length: 1 });
    expect(run.loss).toBeLessThan(run.initialLoss);
    expect(network.loss(large, { loss: "poisson" }) / run.loss).toBeCloseTo(1, 12);
  });

  it.each([
    ["no files", { files: [] }, {}, "empty-data"],
    ["a path that is none", { files: ["\0"] }, {}, "invalid-argument"],
    ["inputs that do not fit", { inputs: ["a"] }, {}, "invalid-shape"],
    ["a file that is not there", { files: ["no.csv"] }, {}, "file"],
    ["a column that is not there", { target: "z" }, {}, "missing-column"],
    ["an unknown option", {}, { steps: 1 }, "invalid-argument"],
    ["a negative loss", {}, { stopLoss: -1 }, "invalid-argument"],
    ["a fraction of a step", {}, { maxSteps: 0.5 }, "invalid-argument"],
    ["an aborted signal", {}, { signal: AbortSignal.abort() }, "aborted"],
    ["too little memory", {}, { memory: 1 }, "out-of-memory"],
  ])("refuses %s", async (_name, wrong, options, code) => {
    const given = options as Parameters<Library["trainSharded"]>[2];
    const work = library.trainSharded(await create(), { ...data(), ...wrong }, given);
    await expect(work).rejects.toMatchObject({ code });
  });
});
