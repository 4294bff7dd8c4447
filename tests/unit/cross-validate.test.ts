import { describe, expect, it } from "vitest";
import { foldRows } from "../../bindings/data/split.js";
import { createEngine, crossValidate, type Dataset, Model } from "../../bindings/index.js";
import { factsOf } from "./support.js";

const x = Array.from({ length: 40 }, (_, m) => [m / 20, Math.cos(m)]);
const y = x.map(([a, b]) => 3 + Math.sin(4 * a!) + 0.3 * b!);
const columns = { inputs: ["a", "b"], target: "y" };
/** Trained, not fitted to noise: what a fold is does not depend on it. */
const kind = { columns, network: { width: 6 }, evidence: false, maxSteps: 15 } as const;
const options = { ...kind, folds: 4 };

describe("crossValidate", () => {
  it("predicts every row by a fit to the other parts", async () => {
    const { folds, predictions, samples } = await crossValidate({ x, y }, options);
    expect(folds.map(({ fold, samples }) => [fold, samples])).toEqual(
      [0, 1, 2, 3].map((f) => [f, 10]),
    );
    expect(samples).toBe(40);
    const parts = await foldRows(40, 4, 0, "folds");
    for (const rows of parts) {
      const others = [...y.keys()].filter((row) => !rows.includes(row));
      const pick = <T>(values: readonly T[]) => others.map((row) => values[row]!);
      const { model } = await Model.fit({ x: pick(x), y: pick(y) }, kind);
      const expected = model.predict(rows.map((row) => x[row]!));
      expect(rows.map((row) => predictions[row])).toEqual([...expected]);
      model.dispose();
    }
  });

  it("measures all rows together", async () => {
    const { rmse, r2, predictions } = await crossValidate({ x, y }, options);
    const squares = y.reduce((sum, value, m) => sum + (value - predictions[m]!) ** 2, 0);
    const mean = y.reduce((sum, value) => sum + value, 0) / 40;
    const spread = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(rmse).toBeCloseTo(Math.sqrt(squares / 40), 12);
    expect(r2).toBeCloseTo(1 - squares / spread, 12);
  });

  it("has the likelihood and the coverage of all rows too, where noise is estimated", async () => {
    const { network } = kind;
    const { folds, ...all } = await crossValidate({ x, y }, { network, folds: 3, workers: 1 });
    for (const measure of ["logLikelihood", "coverage"] as const) {
      const sum = folds.reduce((total, fold) => total + fold.samples * fold[measure]!, 0);
      expect(all[measure]).toBeCloseTo(sum / 40, 12);
    }
    const trained = await crossValidate({ x, y }, options);
    expect([trained.logLikelihood, trained.coverage]).toEqual([null, null]);
  });

  it("gives the same in any number of workers, and for typed arrays", async () => {
    const one = await crossValidate({ x, y }, { ...options, workers: 1 });
    const flat: Dataset = { x: Float64Array.from(x.flat()), y: Float64Array.from(y) };
    const three = await crossValidate(flat, { ...options, workers: 3 });
    expect(three).toEqual(one);
    const engine = await createEngine();
    const network = { width: 6, engine };
    expect(await crossValidate({ x, y }, { ...options, network })).toEqual(one);
    engine.dispose();
  });

  it("divides by the seed of the split", async () => {
    const rmse = async (splitSeed: number) =>
      (await crossValidate({ x, y }, { ...options, splitSeed, workers: 1 })).rmse;
    expect(await rmse(1)).toBe(await rmse(1));
    expect(await rmse(1)).not.toBe(await rmse(2));
  });

  it("tells of each fold when it is done", async () => {
    const told: number[] = [];
    await crossValidate(
      { x, y },
      { ...options, workers: 2, onFold: ({ fold }) => told.push(fold) },
    );
    expect(told.sort()).toEqual([0, 1, 2, 3]);
  });

  it.each([1, 2])("ends all fits with the signal, %i at a time", async (workers) => {
    const controller = new AbortController();
    const facts = await factsOf(() =>
      crossValidate(
        { x, y },
        {
          ...options,
          workers,
          maxSteps: 1e6,
          stop: { gradient: 0 },
          signal: controller.signal,
          onStep: ({ step }: { readonly step: number }) => {
            if (step === 5) controller.abort(new Error("enough"));
          },
        },
      ),
    );
    expect(facts).toMatchObject({ name: "StateError", code: "aborted" });
  });

  it("ends with the error of the fold that fails, and with the others", async () => {
    // One row in which the second column differs: the fold that holds it is fitted to a constant.
    const flat = x.map(([a], m) => [a!, m === 7 ? 1 : 0]);
    const facts = await factsOf(() => crossValidate({ x: flat, y }, { ...options, workers: 2 }));
    expect(facts).toMatchObject({ code: "constant-column", argument: "b" });
  });

  it("says which row of all is wrong", async () => {
    const broken = x.with(33, [Number.NaN, 0]);
    const facts = await factsOf(() => crossValidate({ x: broken, y }, options));
    expect(facts).toMatchObject({ code: "non-finite", argument: "data.x[33][0]" });
  });

  it.each([
    ["options.folds", { folds: 1 }],
    ["options.folds", { folds: 41 }],
    ["options.splitSeed", { splitSeed: -1 }],
    ["options.workers", { workers: 0 }],
    ["options.onFold", { onFold: 7 as never }],
  ])("refuses %s: %o", async (argument, more) => {
    const facts = await factsOf(() => crossValidate({ x, y }, { ...options, ...more }));
    expect(facts).toMatchObject({ code: "invalid-argument", argument });
  });
});
