import { beforeEach, describe, expect, it, vi } from "vitest";
import { foldRows, splitRows, takeRows } from "../../bindings/data/split.js";
import type { CoreExports } from "../../bindings/engine/core.js";
import type { Engine } from "../../bindings/engine/engine.js";

/**
 * Engines that were made, and what their allocators had given out while random numbers were drawn.
 */
const seen = vi.hoisted(() => ({ engines: [] as Engine[], bytes: new Set<number>() }));
vi.mock("../../bindings/engine/engine.js", async (original) => {
  const module = await original<typeof import("../../bindings/engine/engine.js")>();
  const createEngine = async () => {
    const { core } = await module.createEngine();
    const philox = (...args: Parameters<CoreExports["philox"]>) => {
      seen.bytes.add(engine.bytesUsed);
      core.philox(...args);
    };
    const engine = new module.Engine({ ...core, philox }, "simd", undefined, null);
    seen.engines.push(engine);
    return engine;
  };
  return { ...module, createEngine };
});
beforeEach(() => {
  seen.engines.length = 0;
  seen.bytes.clear();
});

const heldOut = async (rows: number, fraction: number, seed: number) =>
  (await splitRows(rows, fraction, seed)).heldOut;

describe("rows kept aside", () => {
  it.each([
    [2, 0.5, 1],
    [40, 0.25, 10],
    [741, 0.2, 148],
    [100, 0.99, 99],
  ])("of %i rows the fraction %f is %i, and each row is on one side", async (rows, fraction, n) => {
    const { training, heldOut } = await splitRows(rows, fraction, 0);
    expect(heldOut).toHaveLength(n);
    const all = [...training, ...heldOut].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: rows }, (_, row) => row));
  });

  it("are the same for the same seed, others for another, at 2^32 and beyond too", async () => {
    const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1];
    const splits = await Promise.all(seeds.map((seed) => heldOut(200, 0.3, seed)));
    expect(new Set(splits.map(String)).size).toBe(seeds.length);
    expect(await heldOut(200, 0.3, 1)).toEqual(splits[1]);
  });

  it("are spread over the table", async () => {
    // Of 200 held out among 1000, each fifth expects 40; 20 and 60 are beyond three and a half
    // standard deviations.
    const rows = await heldOut(1000, 0.2, 7);
    for (let fifth = 0; fifth < 5; fifth++) {
      const count = rows.filter((row) => Math.floor(row / 200) === fifth).length;
      expect(count).toBeGreaterThan(20);
      expect(count).toBeLessThan(60);
    }
  });

  it("stay aside when the fraction grows", async () => {
    const few = await heldOut(300, 0.1, 5);
    const many = new Set(await heldOut(300, 0.4, 5));
    expect(few.every((row) => many.has(row))).toBe(true);
  });

  it("are none for a fraction of 0", async () => {
    expect(await splitRows(3, 0, 0)).toEqual({ training: [0, 1, 2], heldOut: [] });
  });

  it("draw from memory that was allocated, on an engine that is given back", async () => {
    await splitRows(20, 0.5, 0);
    expect(seen.engines.map(({ disposed }) => disposed)).toEqual([true]);
    // One block of 16 bytes, which the allocator rounds to 64.
    expect([...seen.bytes]).toEqual([64]);
  });

  it.each([
    [10, 0.01],
    [10, 0.99],
    [1, 0.5],
  ])("are refused where one side stays empty: %i rows, %f", async (rows, fraction) => {
    await expect(splitRows(rows, fraction, 0)).rejects.toMatchObject({
      name: "InputError",
      code: "invalid-argument",
      argument: "--holdout",
    });
  });
});

describe("folds", () => {
  it.each([
    [10, 5],
    [11, 3],
    [7, 7],
    [5, 1],
  ])("of %i rows in %i have each row once, and lengths as equal as can be", async (rows, folds) => {
    const lists = await foldRows(rows, folds, 0, "options.folds");
    expect(lists).toHaveLength(folds);
    expect(lists.flat().sort((a, b) => a - b)).toEqual([...Array(rows).keys()]);
    for (const list of lists) {
      expect(Math.abs(list.length - rows / folds)).toBeLessThan(1);
      expect(list).toEqual([...list].sort((a, b) => a - b));
    }
  });

  it("are the same for the same seed, others for another", async () => {
    const folds = (seed: number) => foldRows(60, 4, seed, "options.folds");
    expect(await folds(3)).toEqual(await folds(3));
    expect(await folds(3)).not.toEqual(await folds(4));
  });

  it("are refused where there are fewer rows", async () => {
    await expect(foldRows(3, 4, 0, "options.folds")).rejects.toMatchObject({
      code: "invalid-argument",
      argument: "options.folds",
    });
  });
});

describe("takeRows", () => {
  it("copies rows in the order asked for", () => {
    const values = Float64Array.of(1, 2, 3, 4, 5, 6);
    expect([...takeRows(values, 2, [2, 0])]).toEqual([5, 6, 1, 2]);
    expect([...takeRows(values, 3, [])]).toEqual([]);
  });
});
