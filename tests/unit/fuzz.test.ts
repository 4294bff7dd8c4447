/**
 * Whatever is read from outside: tables, models, checkpoints, plans, arguments. Bounded and seeded,
 * so that a failure can be repeated; every refusal is one of this package's errors, and nothing
 * else changes.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Model, Network, NewtonError, train } from "../../bindings/index.js";
import { expandPlan } from "../../bindings/lab/sweep/plan.js";
import { parsePlan } from "../../bindings/lab/sweep/read-plan.js";
import { numericColumns, parseTable } from "../../bindings/lab/table/csv.js";
import { command, execute } from "./command.js";
import { smallProblem } from "./support.js";

const seeded = { seed: 20260101, numRuns: 400 } as const;

/** Runs work that may be refused; true if it was. Anything but an error of this package fails. */
async function refused(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof NewtonError) return true;
    throw error;
  }
}

/** A text with some of its characters replaced, left out, doubled or moved. */
function damaged(text: string): fc.Arbitrary<string> {
  const place = fc.nat({ max: Math.max(text.length - 1, 0) });
  const edit = fc.oneof(
    fc.record({ kind: fc.constant("cut" as const), at: place, length: fc.nat({ max: 20 }) }),
    fc.record({ kind: fc.constant("insert" as const), at: place, text: fc.string({ unit: "binary", maxLength: 6 }) }), // biome-ignore format: one thought
    fc.record({ kind: fc.constant("repeat" as const), at: place, length: fc.nat({ max: 40 }) }),
  );
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
    edits.reduce((current, each) => {
      const [head, tail] = [current.slice(0, each.at), current.slice(each.at)];
      if (each.kind === "cut") return head + tail.slice(each.length);
      if (each.kind === "insert") return head + each.text + tail;
      return head + tail.slice(0, each.length) + tail;
    }, text),
  );
}

describe("tables", () => {
  const good = 'a,"b, c",y\r\n1,2,3\n# note\n-4.5e-3,5,6\n\n7,8,9\n';

  it.each([
    ["damaged ones", damaged(good)],
    ["any text", fc.string({ unit: "binary", maxLength: 200 })],
    ["separators and quotes", fc.string({ unit: fc.constantFrom(",", '"', "\n", "\r", "1", "#", "\ufeff", " "), maxLength: 60 })], // biome-ignore format: one thought
  ])("%s are read or refused, and cells are finite", async (_name, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await refused(() => {
          const table = parseTable(text, "t.csv");
          const values = numericColumns(table, table.columns, "t.csv");
          expect(values).toHaveLength(table.rows.length * table.columns.length);
          expect(values.every(Number.isFinite)).toBe(true);
        });
      }),
      seeded,
    );
  });
});

describe("models and checkpoints", () => {
  let model: string;
  let network: string;
  let checkpoint: string;
  let resumedLoss: number;
  beforeAll(async () => {
    const fitted = await Model.fit(smallProblem(), {
      columns: { inputs: ["x"], target: "y" },
      network: { width: 2 },
      evidence: false,
      maxSteps: 2,
    });
    model = JSON.stringify(fitted.model);
    network = JSON.stringify(fitted.model.network);
    const whole = await Network.create({ width: 2 });
    const run = await train(whole, smallProblem(), { maxSteps: 2 });
    checkpoint = JSON.stringify(run.checkpoint());
    const options = { resume: run.checkpoint(), maxSteps: 3 };
    resumedLoss = (await train(whole, smallProblem(), options)).loss;
  });

  /**
   * Parsers are given what JSON makes of a damaged file; most of it is no JSON, which is refused
   * before.
   */
  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  };

  it("are the same or refused when any text of their file is changed", async () => {
    const readers: [string, (value: unknown) => Promise<string>][] = [
      [model, async (value) => JSON.stringify(await Model.fromJSON(value))],
      [network, async (value) => JSON.stringify(await Network.fromJSON(value))],
    ];
    for (const [text, read] of readers) {
      await fc.assert(
        fc.asyncProperty(damaged(text), async (other) => {
          const value = parsed(other);
          if (value === undefined) return;
          await refused(async () => expect(await read(value)).toBe(text));
        }),
        { ...seeded, numRuns: 1500 },
      );
    }
  });

  it("of a training are resumed from whole or refused", async () => {
    await fc.assert(
      fc.asyncProperty(damaged(checkpoint), async (other) => {
        const resume = parsed(other);
        if (resume === undefined || other === checkpoint) return;
        const fresh = await Network.create({ width: 2 });
        const options = { resume: resume as never, maxSteps: 3 };
        // What is added beside the known names does no harm; nothing else may differ.
        await refused(async () => {
          expect((await train(fresh, smallProblem(), options)).loss).toBe(resumedLoss);
        });
        fresh.dispose();
      }),
      seeded,
    );
  });

  it("of any value are refused, and pollute no prototype", async () => {
    const keys = fc.constantFrom("__proto__", "constructor", "prototype", "width", "network", "w");
    const values = fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue()));
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect(await refused(() => Network.fromJSON(value))).toBe(true);
        expect(await refused(() => Model.fromJSON(value))).toBe(true);
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      }),
      seeded,
    );
    const polluting = `{"__proto__":{"polluted":1},${network.slice(1)}`;
    await refused(() => Network.fromJSON(JSON.parse(polluting)));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("plans", () => {
  const good =
    "name: p\nsettings: { samples: 8, maxSteps: 2 }\ngrid:\n  - { width: [1, 2], seed: { from: 0, count: 3 } }\n  - width: [3]\n    seed: [1]\n    method: [gd]\nfigures:\n  - { name: a, x: width, y: loss }\n";

  it.each([
    ["damaged ones", damaged(good)],
    ["any text", fc.string({ unit: "binary", maxLength: 100 })],
    ["JSON of any value", fc.jsonValue().map((value) => JSON.stringify(value))],
  ])("%s are read or refused", async (_name, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await refused(() => {
          const plan = parsePlan(text, "p.yaml");
          const ids = expandPlan(plan, new Map()).map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
        });
      }),
      { ...seeded, numRuns: 150 },
    );
  });
});

describe("the command line", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "newton-nn-fuzz-"));
    writeFileSync(join(folder, "d.csv"), "a,y\n0,1\n1,2\n2,0\n");
    writeFileSync(join(folder, "p.yaml"), "grid: { width: [1], seed: [1] }\nsettings: { maxSteps: 1, samples: 2 }\n"); // biome-ignore format: one thought
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("ends with 0, 1 or 2 and one line of explanation, whatever it is told", {
    timeout: 120_000,
  }, async () => {
    const word = fc.constantFrom("train", "predict", "info", "sweep", "status", "merge", "d.csv", "p.yaml", "none", "--target", "y", "a", "--width", "3", "-1", "1e99", "NaN", "--max-steps", "1", "--interpolate", "--folds", "--json", "--seed", "--method", "gd", "newton", "--shard", "1/2", "--holdout", "0.5", "--out", "o", "--learning-rate", "0.1", "--help", "", "é", "--", "--nonsense"); // biome-ignore format: words
    const runs = fc.sample(fc.array(word, { maxLength: 8 }), { seed: seeded.seed, numRuns: 40 });
    for (const args of runs) {
      const { code, stderr } = await execute(command, args, folder);
      expect([0, 1, 2]).toContain(code);
      expect(stderr).not.toMatch(/at .*\.js:\d+|TypeError|ReferenceError|UnhandledPromise/);
      if (code === 2 && !stderr.includes("Usage:")) expect(stderr).toMatch(/^newton-nn: .+\n$/);
    }
  });
});
