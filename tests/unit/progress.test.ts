import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StepRecord } from "../../bindings/index.js";
import { createCellProgress } from "../../bindings/lab/cli/cell-progress.js";
import { createProgress } from "../../bindings/lab/cli/progress.js";
import { makeCell } from "../../bindings/lab/sweep/cell.js";

/** Progress on standard error: bars where it is a terminal, nothing where it is none. */

let written: string;
const { isTTY } = process.stderr;
beforeEach(() => {
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => {
  process.stderr.isTTY = isTTY;
});

const record = (step: number, loss: number, gamma: number | null) =>
  ({ step, loss, gamma }) as StepRecord;

function trainTen(quiet: boolean): void {
  const progress = createProgress("train", 10, quiet);
  progress.step(record(3, 1.25e-3, 0.02));
  progress.step(record(10, 5e-7, null));
  progress.stop();
}

describe("the bar of a training", () => {
  it("has steps, loss and gamma, and where it ended", () => {
    process.stderr.isTTY = true;
    trainTen(false);
    expect(written).toMatch(/train .* step 0\/10 \| loss - \| gamma -/);
    expect(written).toMatch(/step 10\/10 \| loss 5\.000e-7 \| gamma - /);
  });

  it.each([
    [true, true],
    [false, false],
  ])("is silent when told to, and without a terminal (%s, %s)", (terminal, quiet) => {
    process.stderr.isTTY = terminal;
    trainTen(quiet);
    expect(written).toBe("");
  });
});

describe("the bar of a sweep", () => {
  const cell = makeCell("train", { width: 30, seed: 4 });
  const at = (done: number, failed: number, secondsLeft: number | null) => ({
    done,
    failed,
    total: 8,
    cell,
    secondsLeft,
  });

  it.each([
    [null, "? left"],
    [12.3, "13 s left"],
    [99.5, "100 s left"],
    [100, "2 min left"],
    [5999, "100 min left"],
    [9000, "2.5 h left"],
  ])("says how long it will take: %s seconds are %s", (seconds, text) => {
    process.stderr.isTTY = true;
    const bar = createCellProgress();
    bar.onCell(at(2, 0, seconds), "sweep");
    bar.stop();
    expect(written).toMatch(/sweep .* 2\/8 cells \|/);
    expect(written).toContain(text);
    expect(written).toContain("width=30 seed=4");
  });

  it("counts failures, and starts anew with another title", () => {
    process.stderr.isTTY = true;
    const bar = createCellProgress();
    bar.onCell(at(7, 1, 1), "fig1");
    bar.onCell(at(8, 3, 0), "fig2");
    bar.stop();
    expect(written).toContain("7/8 cells, 1 failed");
    expect(written).toMatch(/fig2 .* 8\/8 cells, 3 failed/);
  });

  it("is silent without a terminal", () => {
    process.stderr.isTTY = false;
    const bar = createCellProgress();
    bar.onCell(at(2, 0, null), "sweep");
    bar.stop();
    expect(written).toBe("");
  });
});
