import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { splitRows } from "../../bindings/data/split.js";
import { type ClassQuality, Model } from "../../bindings/index.js";
import { estimateCell, type NamedData } from "../../bindings/lab/sweep/cell.js";
import { checkPlan, planFaults } from "../../bindings/lab/sweep/check-plan.js";
import { computeCell } from "../../bindings/lab/sweep/compute.js";
import { loadData } from "../../bindings/lab/sweep/load-data.js";
import { expandPlan, type Plan } from "../../bindings/lab/sweep/plan.js";
import { checkData } from "../../bindings/lab/sweep/queue/job.js";
import { command, execute } from "./command.js";
import { factsOf, faultOf } from "./support.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "newton-nn-sweep-classes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const rows = Array.from({ length: 60 }, (_, m) => ({
  a: m - 20,
  b: (m * 7) % 11,
  kind: ["low", "middle", "up"][Math.floor(m / 21)]!,
  count: Math.floor(m / 6) + (m % 3),
  often: 1 + (m % 4),
}));

function writeTable(): void {
  const lines = rows.map((row) => Object.values(row).join());
  writeFileSync(join(folder, "d.csv"), `a,b,kind,count,often\n${lines.join("\n")}\n`);
}

const source = { csv: "d.csv", inputs: ["a", "b"], holdout: 0.25, seed: 3 };
const kinds = { ...source, target: "kind", targets: "classes" } as const;
const counts = { ...source, target: "count", targets: "counts", weights: "often" } as const;
const settings = { maxSteps: 40, seed: 2, width: 6, penalty: 1e-2 };
const penalty = { w: 1e-2, eta: 1e-2, c: 1e-2 };

/** Cells of a plan with the data they are computed with. */
async function compute(plan: Plan) {
  const data = await loadData(checkPlan(plan), folder);
  const byDigest = new Map([...data.values()].map((set) => [set.digest, set]));
  const cells = expandPlan(plan, data);
  const set = (digest: string | null) => (digest === null ? null : byDigest.get(digest)!);
  return {
    cells,
    outcomes: await Promise.all(cells.map((cell) => computeCell(cell, set(cell.data)))),
    data,
  };
}

/** What `Model.fit` comes to on the same rows. */
async function fitted(loss: "softmax" | "poisson", key: "kind" | "count") {
  const { training, heldOut } = await splitRows(rows.length, 0.25, 3);
  const pick = (indices: readonly number[]) => ({
    x: indices.map((row) => [rows[row]!.a, rows[row]!.b]),
    y: indices.map((row) => rows[row]![key]),
    ...(key === "count" && { weights: indices.map((row) => rows[row]!.often) }),
  });
  const options = { loss, evidence: false, penalty, maxSteps: 40, stop: { gradient: 0 } } as const;
  const network = { width: 6, seed: 2, beta: 0.52 };
  const { model, run } = await Model.fit(pick(training) as never, { ...options, network });
  return { model, run, test: model.evaluate(pick(heldOut) as never) };
}

describe("a sweep", () => {
  it("of classes trains as Model.fit does, and measures the rows kept aside", async () => {
    writeTable();
    const plan: Plan = {
      data: { mine: kinds },
      settings: { ...settings, target: "mine" },
      grid: { loss: ["softmax"] },
    };
    const { outcomes, data } = await compute(plan);
    expect(data.get("mine")!.classes).toEqual(["low", "middle", "up"]);
    const { model, run, test } = await fitted("softmax", "kind");
    const { accuracy, logLoss, brier } = test as unknown as ClassQuality;
    const scores = { testAccuracy: accuracy, testLogLoss: logLoss, testBrier: brier };
    expect(outcomes[0]).toMatchObject({
      ok: true,
      result: { loss: run.loss, steps: run.steps, ...scores },
    });
    const { result } = outcomes[0] as { result: { testLoss: number } };
    expect(result.testLoss).toBeCloseTo(logLoss, 12);
    model.dispose();
  });

  it("of counts with weights has neither the target nor the weights scaled", async () => {
    writeTable();
    const plan: Plan = {
      data: { mine: counts },
      settings: { ...settings, target: "mine", penalty },
      grid: { loss: ["poisson"] },
    };
    const { outcomes, data } = await compute(plan);
    const { training } = await splitRows(rows.length, 0.25, 3);
    const { y, weights } = data.get("mine")!;
    expect(y).toEqual(training.map((row) => rows[row]!.count));
    expect(weights).toEqual(training.map((row) => rows[row]!.often));
    const { model, run } = await fitted("poisson", "count");
    expect(outcomes[0]).toMatchObject({ ok: true, result: { loss: run.loss, steps: run.steps } });
    expect(outcomes[0]).not.toHaveProperty("result.testAccuracy");
    model.dispose();
  });

  it("varies losses, their parameters and penalties", async () => {
    const plan: Plan = {
      data: { mine: { x: [1, 2, 3, 4], y: [0, 1, 0, 1], weights: [1, 2, 1, 0] } },
      settings: { target: "mine", maxSteps: 3, seed: 1, width: 3 },
      grid: {
        loss: ["squares", { name: "huber", delta: 0.1 }, { name: "huber", delta: 10 }, "logistic"],
        penalty: [0, 0.1, { w: 0.1 }],
      },
    };
    const { cells, outcomes } = await compute(plan);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(12);
    const losses = outcomes.map((outcome) => (outcome as { result: { loss: number } }).result.loss);
    // Where no residual is beyond delta huber is least squares.
    expect(losses.slice(6, 9)).toEqual(losses.slice(0, 3));
    expect(new Set(losses).size).toBe(9);
  });

  it("writes what was measured into the summary", async () => {
    writeTable();
    const plan: Plan = {
      data: { mine: kinds },
      settings: { ...settings, target: "mine", maxSteps: 5 },
      grid: { loss: ["softmax"], penalty: [1e-3, 1e-1] },
    };
    const out = join(folder, "out");
    writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
    const args = ["sweep", "plan.json", "--out", out, "--workers", "1"];
    expect(await execute(command, args, folder)).toMatchObject({ code: 0 });
    const table = parse(readFileSync(join(out, "summary.csv")), { columns: true }) as object[];
    expect(table).toHaveLength(2);
    const number = expect.stringMatching(/^[\d.e-]+$/);
    for (const row of table) {
      expect(row).toMatchObject({
        status: "done",
        testAccuracy: number,
        testLogLoss: number,
        testBrier: number,
      });
    }
  });

  it("says which losses there are for targets", async () => {
    writeTable();
    const cell = async (loss: string, data: Plan["data"]) => {
      const plan = { data, settings: { ...settings, target: "mine" }, grid: { loss: [loss] } };
      const { outcomes } = await compute(plan as Plan);
      return (outcomes[0] as { error: { message: string } }).error.message;
    };
    const inline = { mine: { x: [1, 2, 3], y: [0, 1, 2] } };
    expect(await cell("squares", { mine: kinds })).toMatch(/expected one of softmax for 3 classes/);
    expect(await cell("logistic", { mine: kinds })).toMatch(
      /one of softmax for 3 classes, got "log/,
    );
    expect(await cell("softmax", inline)).toMatch(
      /for targets that are not `classes`, got "softmax"/,
    );
    expect(await cell("logistic", inline)).toMatch(/expected 0 or 1/);
  });

  it("counts the outputs of a loss that has one a class", async () => {
    writeTable();
    const data = await loadData({ data: { mine: kinds }, grid: {} }, folder);
    const estimate = (loss: string) => {
      const grid = { loss: [loss], width: [5], seed: [1], target: ["mine"] };
      const [cell] = expandPlan({ data: { mine: kinds }, grid }, data);
      return estimateCell(cell!, data.get("mine"));
    };
    expect(estimate("softmax").flops).toBeGreaterThan(2 * estimate("logistic").flops);
  });
});

describe("plans and data are checked", () => {
  it.each([
    ["an unknown loss", { loss: ["hinge"] }, "must be one of squares, huber"],
    ["a loss without a name", { loss: [{ delta: 1 }] }, "must have required property 'name'"],
    ["a parameter that is a text", { loss: [{ name: "huber", delta: "1" }] }, "must be number"],
    ["a parameter of 0", { loss: [{ name: "huber", delta: 0 }] }, "must be > 0"],
    ["a penalty below 0", { penalty: [-1] }, "must be >= 0"],
    ["a penalty of another group", { penalty: [{ v: 1 }] }, "is not known here"],
    ["a penalty that is a text", { penalty: ["1"] }, "must be number,object"],
  ])("%s", (_, grid, message) => {
    const faults = planFaults({ grid: { width: [1], seed: [1], ...grid } });
    expect(faults.map((fault) => fault.message).join()).toContain(message);
  });

  it("a parameter of another loss fails its cell alone", async () => {
    const loss = [{ name: "huber", dof: 3 }, "huber"];
    const { outcomes } = await compute({ grid: { loss, width: [3], seed: [1], maxSteps: [1] } });
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true]);
  });

  it("columns of weights and classes", async () => {
    writeTable();
    const load = (mine: object) => () => loadData({ data: { mine }, grid: {} } as Plan, folder);
    const { message } = await faultOf(load({ ...source, target: "kind" }));
    expect(message).toMatch(/for classes: `targets: classes`$/);
    expect(await factsOf(load({ ...source, target: "count", weights: "kind" }))).toMatchObject({
      code: "invalid-cell",
      argument: "kind",
    });
    expect(await factsOf(load({ ...source, target: "count", weights: "a" }))).toMatchObject({
      code: "invalid-argument",
    });
    const inline = { x: [1, 2], y: [1, 2], weights: [1] };
    expect((await faultOf(load(inline))).message).toMatch(/2 rows of x and 1 of weights/);
    expect(
      planFaults({ grid: { width: [1] }, data: { a: { ...kinds, targets: "words" } } }),
    ).toEqual([
      { path: ["data", "a", "targets"], message: "must be one of numbers, counts, classes" },
    ]);
  });

  it("a worker of a queue knows a data set by its classes and weights too", async () => {
    writeTable();
    const both = { ...kinds, weights: "often" };
    const data = await loadData({ data: { both, kinds }, grid: {} }, folder);
    const sent = JSON.parse(JSON.stringify(data.get("both"))) as NamedData;
    expect(checkData(sent, sent.digest)).toEqual(data.get("both"));
    expect(data.get("kinds")!.digest).not.toBe(sent.digest);
    for (const forged of [
      { ...sent, classes: ["low", "middle", "top"] },
      { ...sent, weights: sent.weights!.with(0, 9) },
      { ...sent, classes: [null, "a"] },
      { ...sent, weights: sent.weights!.with(0, -1) },
    ]) {
      expect(() => checkData(forged, sent.digest)).toThrow();
    }
  });
});
