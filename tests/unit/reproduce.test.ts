import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cell, runCells } from "../../bindings/reproduce/cells.js";
import { band, fitPower, quantile } from "../../bindings/reproduce/statistics.js";
import { command, execute } from "./command.js";
import { faultOf } from "./support.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-reproduce-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Cells whose results are their numbers, and which of them were computed. */
function countedCells(count: number) {
  const computed: number[] = [];
  const cells: Cell<{ value: number }>[] = Array.from({ length: count }, (_, value) => ({
    id: `cell ${value}`,
    compute: async () => {
      computed.push(value);
      return { value };
    },
  }));
  return { cells, computed };
}

describe("cells", () => {
  it("are computed once, and again only where the file does not hold them whole", async () => {
    const path = join(folder, "cells.jsonl");
    const first = countedCells(4);
    await runCells(path, first.cells, {});
    expect(first.computed).toEqual([0, 1, 2, 3]);
    const [, ...lines] = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    // One lost, one torn by a kill, one edited.
    writeFileSync(
      path,
      `${lines[0]}\n${lines[1]!.replace('"value":2', '"value":9')}\n${lines[2]!.slice(0, 20)}`,
    );
    const second = countedCells(4);
    const results = await runCells(path, second.cells, {});
    expect(second.computed).toEqual([0, 2, 3]);
    expect([...second.cells].map(({ id }) => results.get(id))).toEqual(
      [0, 1, 2, 3].map((value) => ({ value })),
    );
    const third = countedCells(4);
    await runCells(path, third.cells, {});
    expect(third.computed).toEqual([]);
  });

  it("stop after the one in work, and keep it", async () => {
    const path = join(folder, "cells.jsonl");
    const { cells, computed } = countedCells(5);
    const interrupt = new AbortController();
    const work = () =>
      runCells(path, cells, {
        signal: interrupt.signal,
        onCell: ({ done }) => done === 2 && interrupt.abort(),
      });
    expect(await faultOf(work)).toMatchObject({
      code: "aborted",
      message: expect.stringContaining("2 of 5"),
    });
    expect(computed).toEqual([0, 1]);
    await runCells(path, cells, {});
    expect(computed).toEqual([0, 1, 2, 3, 4]);
  });

  it("keep what JSON makes of a result", async () => {
    const path = join(folder, "cells.jsonl");
    const cell = { id: "a", compute: async () => ({ loss: Number.POSITIVE_INFINITY }) };
    await runCells<unknown>(path, [cell], {});
    expect((await runCells<unknown>(path, [cell], {})).get("a")).toEqual({ loss: null });
  });
});

describe("statistics", () => {
  it("quantiles interpolate between order statistics", () => {
    expect([0, 0.25, 0.5, 1].map((part) => quantile([4, 1, 3, 2], part))).toEqual([
      1, 1.75, 2.5, 4,
    ]);
    expect(quantile([7], 0.9)).toBe(7);
  });

  it("a trimmed mean leaves out what is outside of the band", () => {
    expect(band([1, 2, 3, 1000], 0.1, 0.9, true).mean).toBe(2.5);
    expect(band([1, 2, 3, 1000], 0.1, 0.9).mean).toBe(251.5);
  });

  it("a power law is found exactly, and its interval covers the truth", () => {
    const x = [10, 20, 50, 100, 200];
    const exact = fitPower(
      x,
      x.map((v) => 3 * v ** -0.5),
    );
    expect(exact.slope).toBeCloseTo(-0.5, 12);
    expect(exact.high - exact.low).toBeLessThan(1e-10);
    // Reference: scipy.stats.linregress of the logarithms and scipy.stats.t.ppf(0.975, 3).
    const noisy = fitPower([1, 2, 4, 8, 16], [1, 2.2, 3.6, 8.4, 15]);
    expect(noisy.slope).toBeCloseTo(0.974_666_699_535_85, 9);
    expect(noisy.low).toBeCloseTo(0.846_126_651_113_7, 9);
    expect(noisy.high).toBeCloseTo(1.103_206_747_958, 9);
  });
});

describe("newton-nn reproduce", () => {
  it("writes figures as SVG for light and dark, PNG, CSV and JSON, and goes on where it was", async () => {
    const args = ["reproduce", "rates", "--quick", "--trials", "1", "--out", "figures"];
    const first = await execute(command, args, folder);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const names = ["rates.svg", "rates-dark.svg", "rates.csv", "rates.json", "rates.png"];
    expect(first.stdout.trim().split("\n")).toEqual(names.map((name) => join("figures", name)));
    const read = (name: string) => readFileSync(join(folder, "figures", name));
    expect(read("rates.svg").toString()).toMatch(/^<svg/);
    expect(read("rates.png").subarray(1, 4).toString()).toBe("PNG");
    const { panels, summary } = JSON.parse(read("rates.json").toString());
    expect(summary.slopes).toHaveLength(3);
    // A table of all curves: three panels, three beta, ten widths, and the header.
    expect(read("rates.csv").toString().trim().split("\n")).toHaveLength(
      1 + panels.length * 3 * 10,
    );
    // The update of a wider network is smaller, at about the rate of the theory.
    for (const { theory, update } of summary.slopes)
      expect(Math.abs(update.slope - theory)).toBeLessThan(0.1);

    const cells = join(folder, "figures", "cells.jsonl");
    const before = read("cells.jsonl").toString();
    appendFileSync(cells, '{"id":"torn');
    expect((await execute(command, args, folder)).code).toBe(0);
    expect(read("cells.jsonl").toString()).toBe(`${before}{"id":"torn`);
    expect(JSON.parse(read("rates.json").toString()).panels).toEqual(panels);
    expect(statSync(cells).size).toBeGreaterThan(0);
  });

  it("goes on after a kill -9, to the curves of a run that was not killed", async () => {
    const args = ["reproduce", "rates", "--quick", "--trials", "2", "--seed", "3", "--out"];
    expect((await execute(command, [...args, "whole"], folder)).code).toBe(0);
    const cells = join(folder, "killed", "cells.jsonl");
    const options = { cwd: folder, stdio: "ignore" } as const;
    const child = spawn(process.execPath, [command, ...args, "killed"], options);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    while (child.exitCode === null && !(existsSync(cells) && statSync(cells).size > 4000)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGKILL");
    await ended;
    const kept = readFileSync(cells, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    expect(kept.length).toBeLessThan(60);
    expect((await execute(command, [...args, "killed"], folder)).code).toBe(0);
    const figure = (name: string) => readFileSync(join(folder, name, "rates.json"), "utf8");
    expect(figure("killed")).toBe(figure("whole"));
  });

  it.each([
    ["a figure that is none", ["reproduce", "fig9"], /fig1, fig2/],
    ["no trials", ["reproduce", "fig1", "--trials", "0"], /at least 1/],
  ])("refuses %s", async (_name, args, message) => {
    const { code, stderr } = await execute(command, args, folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("says which folder it cannot make", async () => {
    writeFileSync(join(folder, "file"), "");
    const { code, stderr } = await execute(
      command,
      ["reproduce", "rates", "--out", "file"],
      folder,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/file/);
  });
});
