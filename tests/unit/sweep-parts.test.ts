import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeCell } from "../../bindings/lab/sweep/cell.js";
import { planFigure } from "../../bindings/lab/sweep/figures.js";
import { flatten } from "../../bindings/lab/sweep/flatten.js";
import { MemoryGate } from "../../bindings/lab/sweep/queue/memory-gate.js";
import { ResultFile, type ResultLine, readResults } from "../../bindings/lab/sweep/results.js";
import { Schedule } from "../../bindings/lab/sweep/schedule.js";
import { groupTable, summaryTable } from "../../bindings/lab/sweep/summary.js";
import { faultOf } from "./support.js";

const line = (seed: number, loss = seed / 8): ResultLine => {
  const { id, experiment, settings } = makeCell("train", { width: 3, seed });
  return { id, experiment, settings, result: { loss }, seconds: 0.5 };
};

describe("a file of results", () => {
  let path: string;
  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), "newton-nn-results-")), "cells.jsonl");
  });
  afterEach(() => rmSync(join(path, ".."), { recursive: true, force: true }));

  async function write(...lines: ResultLine[]): Promise<boolean[]> {
    const file = await ResultFile.open(path);
    try {
      return lines.map((each) => file.insert(each));
    } finally {
      await file.close();
    }
  }

  it("holds what was inserted, bit for bit, and the first of each cell", async () => {
    const odd = line(1, 0.1 + 0.2);
    expect(await write(odd, line(2), line(1, 9))).toEqual([true, true, false]);
    expect(await write(line(2, 9))).toEqual([false]);
    expect([...readResults(path).values()]).toEqual([odd, line(2)]);
  });

  it("recognizes lines that were torn, edited or mixed up, and loses no other", async () => {
    await write(line(1), line(2), line(3));
    const [one, two, three] = readFileSync(path, "utf8").split("\n").filter(Boolean) as string[];
    const edited = two!.replace('"loss":0.25', '"loss":0.26');
    writeFileSync(path, `${one}\n${edited}\n\0\0{]\nnull\n7\n${three!.slice(0, -5)}`);
    expect([...readResults(path).keys()]).toEqual([line(1).id]);
    await write(line(4));
    expect([...readResults(path).keys()]).toEqual([line(1).id, line(4).id]);
  });

  it("is cut anywhere: whole lines stay, the torn one is gone", async () => {
    await write(line(1), line(2));
    const text = readFileSync(path, "utf8");
    const ends = [line(1), line(2)].map(({ id }) => text.indexOf("}\n", text.indexOf(id)) + 1);
    for (let cut = 0; cut <= text.length; cut += 7) {
      writeFileSync(path, text.slice(0, cut));
      expect(readResults(path).size).toBe(ends.filter((end) => end <= cut).length);
    }
  });

  it("is written by one process at a time", { timeout: 30_000 }, async () => {
    const file = await ResultFile.open(path);
    expect(await faultOf(() => ResultFile.open(path))).toMatchObject({ code: "busy" });
    await file.close();
    await (await ResultFile.open(path)).close();
  });

  it("says which file cannot be written or read", async () => {
    const nowhere = join(path, "no", "cells.jsonl");
    expect(await faultOf(() => ResultFile.open(nowhere))).toMatchObject({ code: "file" });
    expect(await faultOf(() => readResults(join(path, "..")))).toMatchObject({ code: "file" });
  });

  it("takes lines of two writers", async () => {
    await write(line(1));
    const text = readFileSync(path, "utf8");
    rmSync(path);
    await write(line(2));
    appendFileSync(path, text);
    expect(readResults(path).size).toBe(2);
  });
});

describe("a schedule", () => {
  const never = new AbortController().signal;
  const job = fc.record({
    cost: fc.integer({ min: 1, max: 100 }),
    bytes: fc.integer({ min: 1, max: 12 }),
  });

  it("runs every job once, within slots and memory, and none that never fits", async () => {
    const limits = fc.record({
      slots: fc.integer({ min: 1, max: 4 }),
      bytes: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 30 }), limits, async (jobs, { slots, bytes }) => {
        let [active, used] = [0, 0];
        const ran: number[] = [];
        const schedule = new Schedule(
          jobs.map((each, item) => ({ ...each, item })),
          { slots, bytes },
        );
        await schedule.run(async (item) => {
          active++;
          used += jobs[item]!.bytes;
          expect(active).toBeLessThanOrEqual(slots);
          expect(used).toBeLessThanOrEqual(bytes);
          await new Promise((resolve) => setImmediate(resolve));
          active--;
          used -= jobs[item]!.bytes;
          ran.push(item);
        }, never);
        const fitting = [...jobs.keys()].filter((item) => jobs[item]!.bytes <= bytes);
        expect(ran.toSorted((a, b) => a - b)).toEqual(fitting);
        expect(schedule.tooLarge).toHaveLength(jobs.length - fitting.length);
      }),
      { numRuns: 60 },
    );
  });

  it("tells what has no number of bytes with what is too large", () => {
    const jobs = [Number.NaN, 1].map((bytes) => ({ item: bytes, cost: 1, bytes }));
    expect(new Schedule(jobs, { slots: 1, bytes: 9 }).tooLarge).toEqual([jobs[0]]);
  });

  it("begins with the longest", async () => {
    const order: number[] = [];
    const jobs = [3, 9, 1, 7].map((cost) => ({ item: cost, cost, bytes: 1 }));
    await new Schedule(jobs, { slots: 1, bytes: 1 }).run(async (item) => {
      order.push(item);
    }, never);
    expect(order).toEqual([9, 7, 3, 1]);
  });

  it("begins nothing after a stop, and waits for what is in work", async () => {
    const stop = new AbortController();
    const ended: number[] = [];
    const jobs = [1, 2, 3, 4].map((item) => ({ item, cost: 1, bytes: 1 }));
    await new Schedule(jobs, { slots: 2, bytes: 9 }).run(async (item) => {
      stop.abort();
      await new Promise((resolve) => setTimeout(resolve, 5));
      ended.push(item);
    }, stop.signal);
    // The first aborts before the second is begun.
    expect(ended).toEqual([1]);
  });

  it("rejects with the first error", async () => {
    const jobs = [1, 2].map((item) => ({ item, cost: 1, bytes: 1 }));
    const work = async () => {
      throw new RangeError("full");
    };
    await expect(new Schedule(jobs, { slots: 2, bytes: 9 }).run(work, never)).rejects.toThrow(
      "full",
    );
  });
});

describe("a gate of memory", () => {
  it("never lets in more than fits, and everything in the end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 20 }),
        async (sizes) => {
          const gate = new MemoryGate(10);
          let used = 0;
          const hold = (bytes: number) =>
            gate.hold(bytes, async () => {
              used += bytes;
              expect(used).toBeLessThanOrEqual(10);
              await new Promise((resolve) => setImmediate(resolve));
              used -= bytes;
              return bytes;
            });
          expect(await Promise.all(sizes.map(hold))).toEqual(sizes);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([Number.NaN, Infinity, 11])(
    "refuses %s bytes of 10, which would wait for ever",
    async (bytes) => {
      const gate = new MemoryGate(10);
      const held = gate.hold(bytes, async () => 5);
      await expect(held).rejects.toThrow(RangeError);
      expect(await gate.hold(10, async () => 5)).toBe(5);
    },
  );

  it("opens after work that failed", async () => {
    const gate = new MemoryGate(1);
    const failing = gate.hold(1, () => Promise.reject(new Error("no")));
    const next = gate.hold(1, async () => 5);
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe(5);
  });
});

describe("tables and figures of results", () => {
  const cells = [5, 10].flatMap((width) =>
    [0, 1, 2].map((seed) => makeCell("train", { width, seed })),
  );
  const lines = cells.map((cell, i) => ({
    ...cell,
    result: { loss: i, reason: "loss", reached: [i, null], curve: [{ x: 1 }] },
    seconds: 1,
  }));
  const results = new Map(lines.map((each) => [each.id, each]));

  it("flatten single values and short lists of them", () => {
    expect(Object.fromEntries(flatten(lines[1]!.result))).toEqual({
      loss: 1,
      reason: "loss",
      "reached[0]": 1,
      "reached[1]": null,
    });
  });

  it("have a row a cell, also for those that failed", () => {
    const some = new Map([...results].slice(1));
    const failure = { code: "internal", message: "x", retry: false };
    const table = summaryTable(cells, some, new Map([[cells[0]!.id, failure]])).split("\n");
    expect(table[0]).toBe("id,width,seed,status,error,loss,reason,reached[0],reached[1]");
    expect(table[1]).toBe(`${cells[0]!.id},5,0,failed,internal,,,,`);
    expect(table[6]).toBe(`${cells[5]!.id},10,2,done,,5,loss,5,`);
  });

  it("have a row for all seeds of the other settings", () => {
    const [header, five, ten] = groupTable(cells, results).split("\n");
    expect(header!.split(",").slice(0, 6)).toEqual(["width", "cells", "loss mean", "loss median", "loss q10", "loss q90"]); // biome-ignore format: a row
    expect(five!.split(",").slice(0, 6).map(Number)).toEqual([5, 3, 1, 1, 0.2, 1.8]);
    expect(ten!.split(",").slice(0, 4).map(Number)).toEqual([10, 3, 4, 4]);
  });

  it("draw means and bands", async () => {
    const figure = planFigure({ name: "f", x: "width", y: "loss" }, cells, results);
    expect(figure.panels[0]!.rows).toEqual([
      { series: "loss", x: 5, y: 1, low: 0.2, high: 1.8 },
      { series: "loss", x: 10, y: 4, low: 3.2, high: 4.8 },
    ]);
    const fault = await faultOf(() =>
      planFigure({ name: "f", x: "width", y: "los" }, cells, results),
    );
    expect(fault.message).toMatch(/results have loss, reason/);
  });
});
