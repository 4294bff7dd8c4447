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
import { band, fitPower, quantile } from "../../bindings/lab/sweep/statistics.js";
import { command, execute } from "./command.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-reproduce-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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
    const names = [
      "rates.svg",
      "rates-dark.svg",
      "rates.csv",
      "rates.json",
      "rates.png",
      "rates-plans.json",
    ];
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

    // The plan of the figure is one that sweeps take.
    const [plan] = JSON.parse(read("rates-plans.json").toString());
    writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
    const swept = await execute(command, ["sweep", "plan.json", "--out", "figures"], folder);
    expect(swept).toMatchObject({ code: 0, stdout: expect.stringMatching(/done +30\n/) });

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

  it("finishes the cell in work at an interrupt, and says with its exit code that it was one", async () => {
    const cells = join(folder, "figures", "cells.jsonl");
    const args = ["reproduce", "rates", "--quick", "--trials", "9"];
    const child = spawn(process.execPath, [command, ...args], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    let message = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      message += chunk;
    });
    while (child.exitCode === null && !(existsSync(cells) && statSync(cells).size > 1000)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGTERM");
    expect(await ended).toBe(143);
    expect(message).toMatch(/finishing the cell in work.*\n.*interrupted after \d+ of \d+ cells/);
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
