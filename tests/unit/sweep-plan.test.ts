import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { splitRows } from "../../bindings/data/split.js";
import { Model } from "../../bindings/index.js";
import { checkPlan, planFaults } from "../../bindings/lab/sweep/check-plan.js";
import { computeCell } from "../../bindings/lab/sweep/compute.js";
import { loadData } from "../../bindings/lab/sweep/load-data.js";
import { expandPlan, type Plan, variedSettings } from "../../bindings/lab/sweep/plan.js";
import { parsePlan } from "../../bindings/lab/sweep/read-plan.js";
import { planSchema } from "../../bindings/lab/sweep/schema.js";
import { root } from "./command.js";
import { faultOf } from "./support.js";

const none = new Map();
const settingsOf = (plan: Plan) => expandPlan(plan, none).map(({ settings }) => settings);

describe("a plan is expanded", () => {
  it("into all combinations, the last setting varying fastest", () => {
    const grid = { width: [5, 10], seed: { from: 3, count: 2 } };
    expect(settingsOf({ settings: { beta: 0.6 }, grid })).toEqual([
      { beta: 0.6, width: 5, seed: 3 },
      { beta: 0.6, width: 5, seed: 4 },
      { beta: 0.6, width: 10, seed: 3 },
      { beta: 0.6, width: 10, seed: 4 },
    ]);
  });

  it("from several grids, each cell once", () => {
    const plan: Plan = {
      settings: { seed: 0 },
      grid: [
        { width: [1, 2], method: ["newton"] },
        { width: [2, 3], method: ["newton"] },
      ],
    };
    expect(settingsOf(plan).map(({ width }) => width)).toEqual([1, 2, 3]);
  });

  it("with ids that depend on the settings alone", () => {
    const id = (plan: Plan) => expandPlan(plan, none)[0]!.id;
    const one = id({ name: "a", settings: { width: 5, beta: 0.6 }, grid: { seed: [1] } });
    expect(id({ name: "b", settings: { seed: 1 }, grid: { beta: [0.6], width: [5] } })).toBe(one);
    expect(id({ settings: { seed: 1 }, grid: { beta: [0.6], width: [6] } })).not.toBe(one);
    // The same in every version: results of a folder must be found again.
    expect(one).toBe("9d55cce5b09e8144");
  });

  it("for any grid: as many cells as combinations, all ids different", () => {
    const axis = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(axis, axis, axis, (width, seed, samples) => {
        const cells = expandPlan({ grid: { width, seed, samples } }, none);
        expect(new Set(cells.map(({ id }) => id)).size).toBe(
          width.length * seed.length * samples.length,
        );
      }),
    );
  });

  it("from ranges up to the last whole number", () => {
    const seed = { from: Number.MAX_SAFE_INTEGER - 2, count: 3 };
    expect(expandPlan({ grid: { width: [1], seed } }, none)).toHaveLength(3);
  });

  it("and says which settings vary", () => {
    const plan: Plan = {
      settings: { seed: 1, beta: 0.6 },
      grid: [{ width: [1, 2] }, { width: [1], method: ["gd"], learningRate: [0.1] }],
    };
    expect(variedSettings(expandPlan(plan, none))).toEqual(["width", "method", "learningRate"]);
  });

  it.each([
    ["no seed", { grid: { width: [1] } }, /needs the setting "seed"/],
    ["an unknown target", { grid: { width: [1], seed: [1], target: ["x"] } }, /"x" is neither/],
    [
      "too many cells",
      { grid: { width: [1, 2], seed: { from: 0, count: 1_000_000 } } },
      /at most 1000000 cells/,
    ],
    [
      "seeds past 2^53",
      { grid: { width: [1], seed: { from: Number.MAX_SAFE_INTEGER - 2, count: 4 } } },
      /plan\.grid\.seed: expected whole numbers up to 2\^53 - 1, got 4 from 9007199254740989/,
    ],
  ])("but not with %s", async (_name, plan, message) => {
    const fault = await faultOf(() => expandPlan(plan, none));
    expect(fault).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(message),
    });
  });
});

describe("a plan is checked", () => {
  const guide = readFileSync(join(root, "docs/sweeps.md"), "utf8");
  const shown = [...guide.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text!);
  const example = readFileSync(join(root, "examples/sweeps/widths.yaml"), "utf8");

  it.each([...shown, example])("as those of the documentation", (text) => {
    expect(expandPlan(parsePlan(text, "p.yaml"), none).length).toBeGreaterThan(10);
  });

  it("by a schema that is one", () => {
    expect(new Ajv({ strict: false }).validateSchema(planSchema)).toBe(true);
  });

  it("with the line of every fault", async () => {
    const text = [
      "settings:",
      "  maxStep: 60",
      "grid:",
      "  - width: [10, 1.5]",
      "    method: [newtn]",
      "    seed: { from: 0, count: 0 }",
      "figures:",
      "  - { name: a/b, x: width, y: loss }",
      "more: 1",
    ].join("\n");
    const { message, argument } = await faultOf(() => parsePlan(text, "p.yaml"));
    expect(message.split("; ").toSorted()).toEqual([
      "p.yaml, line 2: settings.maxStep is not known here",
      "p.yaml, line 4: grid.0.width.1 must be integer",
      "p.yaml, line 5: grid.0.method.0 must be one of newton, gauss-newton, trust-region, lbfgs, gd, adam",
      "p.yaml, line 6: grid.0.seed.count must be >= 1",
      'p.yaml, line 8: figures.0.name must match pattern "^[A-Za-z0-9_-]+$"',
      "p.yaml, line 9: more is not known here",
    ]);
    expect(argument).toMatch(/^plan\./);
  });

  it.each([
    ["what is not YAML", "grid: [1,\nb: 2", /line 2/],
    ["an empty file", "", /must be object/],
    ["an axis twice", "grid: {width: [1], width: [2]}", /unique/i],
    ["aliases that multiply", aliases(), /alias/i],
    [
      "settings of another experiment",
      "experiment: follow\ngrid: {maxSteps: [1]}",
      /line 2.*maxSteps/,
    ],
    ["a value twice", "grid: {width: [3, 3]}", /duplicate/],
  ])("refuses %s", async (_name, text, message) => {
    const fault = await faultOf(() => parsePlan(text, "p.yaml"));
    expect(fault).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(message),
    });
  });

  it("never throws anything but its own errors, whatever the value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const faults = planFaults(value);
        expect(Array.isArray(faults)).toBe(true);
        if (typeof value !== "object" || value === null) expect(faults.length).toBeGreaterThan(0);
      }),
    );
  });
});

/** Each line refers to the one before it ten times. */
function aliases(): string {
  const lines = Array.from({ length: 9 }, (_, i) => {
    const before = i === 0 ? "1" : `*a${i - 1}`;
    return `a${i}: &a${i} [${Array.from({ length: 10 }, () => before).join(",")}]`;
  });
  return lines.join("\n");
}

describe("data of a plan", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "newton-nn-plan-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("come from a table beside the plan, and make the cell another one when they change", async () => {
    const plan: Plan = {
      data: { mine: { csv: "d.csv", target: "y", standardize: false } },
      grid: { target: ["mine"], width: [3], seed: [1] },
    };
    const cellOf = async (text: string) => {
      writeFileSync(join(folder, "d.csv"), text);
      const data = await loadData(plan, folder);
      return { cell: expandPlan(plan, data)[0]!, mine: data.get("mine")! };
    };
    const { cell, mine } = await cellOf("a,b,y\n1,2,3\n4,5,6\n");
    expect(mine).toMatchObject({ x: [[1, 2], [4, 5]], y: [3, 6], digest: cell.data }); // biome-ignore format: rows
    expect((await cellOf("a,b,y\n1,2,3\n4,5,7\n")).cell.id).not.toBe(cell.id);
  });

  it("are standardized and held out as by the command that trains on a table", async () => {
    const table = Array.from({ length: 40 }, (_, m) => [100 + m, 1e-3 * (m % 7), 5 * Math.sin(m / 6) - 50]); // biome-ignore format: a row
    writeFileSync(join(folder, "d.csv"), `a,b,y\n${table.map((row) => row.join()).join("\n")}\n`);
    const plan: Plan = {
      data: { mine: { csv: "d.csv", target: "y", holdout: 0.25, seed: 3 } },
      settings: { target: "mine", maxSteps: 15, seed: 2 },
      grid: { width: [6] },
    };
    const data = await loadData(checkPlan(plan), folder);
    const [cell] = expandPlan(plan, data);
    const outcome = await computeCell(cell!, data.get("mine")!);
    const { training, heldOut } = await splitRows(table.length, 0.25, 3);
    const pick = (rows: readonly number[]) => ({
      x: rows.map((row) => table[row]!.slice(0, 2)),
      y: rows.map((row) => table[row]![2]!),
    });
    const { model, run } = await Model.fit(pick(training), {
      columns: { inputs: ["a", "b"], target: "y" },
      network: { width: 6, seed: 2, beta: 0.52 },
      evidence: false,
      maxSteps: 15,
    });
    expect(outcome).toMatchObject({
      ok: true,
      result: { loss: run.loss, initialLoss: run.initialLoss, steps: run.steps },
    });
    const { testLoss } = (outcome as { result: { testLoss: number } }).result;
    const rmse = model.scaling.target.scale * Math.sqrt(2 * testLoss);
    expect(rmse / model.evaluate(pick(heldOut)).rmse).toBeCloseTo(1, 12);
    model.dispose();
  });

  it("name a row kept aside that is beyond float64 in units of the others", async () => {
    const rows = Array.from({ length: 12 }, (_, m) => [1e-9 * m, m]);
    const [row] = (await splitRows(12, 0.1, 3)).heldOut;
    writeFileSync(join(folder, "d.csv"), `a,y\n${rows.with(row!, [1e305, 1]).join("\n")}\n`);
    const mine = { csv: "d.csv", target: "y", holdout: 0.1, seed: 3 };
    await expect(loadData({ data: { mine }, grid: {} }, folder)).rejects.toMatchObject({
      code: "non-finite",
      argument: "plan.data.mine.test.x[0]",
    });
  });

  it("have no loss of rows kept aside where none are", async () => {
    const plan: Plan = {
      data: { mine: { x: [1, 2], y: [3, 4] } },
      grid: { target: ["mine"], width: [3], seed: [1], maxSteps: [1] },
    };
    const data = await loadData(plan, folder);
    const outcome = await computeCell(expandPlan(plan, data)[0]!, data.get("mine")!);
    expect(outcome).toMatchObject({ ok: true, result: { testLoss: null } });
  });

  it("are known by what is kept aside too", async () => {
    writeFileSync(join(folder, "d.csv"), "a,y\n1,2\n2,3\n3,5\n4,4\n");
    const digests = [{}, { holdout: 0.25 }, { holdout: 0.25, seed: 1 }, { standardize: false }].map(
      async (more) => {
        const d = { csv: "d.csv", target: "y", ...more };
        return (await loadData({ data: { d }, grid: {} }, folder)).get("d")!.digest;
      },
    );
    expect(new Set(await Promise.all(digests)).size).toBe(4);
  });

  it.each([
    ["a", "out: `inputs` names those to use"],
    ["y", "a target is a number in every row"],
  ])("say what to do about a text in the column %s", async (column, remedy) => {
    writeFileSync(join(folder, "text.csv"), `a,y\n${column === "a" ? "red,2" : "1,red"}\n`);
    const source = { csv: "text.csv", target: "y" };
    const fault = await faultOf(() => loadData({ data: { d: source }, grid: {} }, folder));
    expect(fault).toMatchObject({ code: "invalid-cell", argument: column });
    expect(fault.message).toContain(remedy);
  });

  it("may be written out", async () => {
    const data = await loadData({ data: { d: { x: [1, 2], y: [3, 4] } }, grid: {} }, ".");
    expect(data.get("d")).toMatchObject({ x: [[1], [2]], y: [3, 4] });
  });

  it.each([
    ["a file that is not there", { csv: "no.csv", target: "y" }, "file"],
    ["a column that is not there", { csv: "d.csv", target: "z" }, "missing-column"],
    ["a target among the inputs", { csv: "d.csv", target: "y", inputs: ["y"] }, "invalid-argument"],
    ["a column that does not vary", { csv: "d.csv", target: "y" }, "constant-column"],
    ["all kept aside", { csv: "d.csv", target: "y", holdout: 0.9 }, "invalid-argument"],
    ["rows that do not match", { x: [1, 2], y: [3] }, "invalid-shape"],
  ])("are not %s", async (_name, source, code) => {
    writeFileSync(join(folder, "d.csv"), "a,y\n1,2\n");
    const fault = await faultOf(() => loadData({ data: { d: source }, grid: {} }, folder));
    expect(fault).toMatchObject({ code });
  });
});
