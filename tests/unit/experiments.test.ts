import { beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine, Network, train } from "../../bindings/index.js";
import {
  experimentNames,
  experimentOf,
  experiments,
} from "../../bindings/lab/experiments/index.js";
import { components, heldOut, problem, wave } from "../../bindings/lab/experiments/problems.js";
import { trainingEstimate } from "../../bindings/lab/experiments/settings.js";
import { makeCell } from "../../bindings/lab/sweep/cell.js";
import { computeCell } from "../../bindings/lab/sweep/compute.js";
import { loadData } from "../../bindings/lab/sweep/load-data.js";

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});

const here = () => ({ engine, data: null });

describe("problems", () => {
  it("have the sines of the core, within two roundings of those of the engine", () => {
    const x = Array.from({ length: 101 }, (_, m) => m / 100);
    for (const [m, value] of wave(engine, 16, x).entries()) {
      expect(Math.abs(value - Math.sin(16 * Math.PI * x[m]!))).toBeLessThan(4 * Number.EPSILON);
    }
  });

  it("are sums of their components, and have other points to be tested on", () => {
    const { x, y } = problem(engine, "published", 33);
    const parts = components(engine, x);
    const coefficients = [4, 1, 0.8, 0.8, 0.8];
    for (const [m, value] of y.entries()) {
      const sum = coefficients.reduce((f, c, i) => f + c * parts[i]![m]!, 0);
      expect(sum).toBeCloseTo(value, 12);
    }
    expect(x).toHaveLength(33);
    const between = heldOut(engine, "low", 3);
    expect(between.x).toEqual([0.25, 0.75]);
    expect(between.y[0]).toBeCloseTo(0.5 + 0.4 * Math.sin(1.25 * Math.PI), 12);
  });
});

describe("experiments", () => {
  it("train: what the library gives with the same options", async () => {
    const settings = {
      width: 12,
      seed: 4,
      samples: 20,
      maxSteps: 30,
      target: "low",
      levels: [1e-1, 1e-30],
      policy: "adaptive" as const,
      gamma: 1e-3,
      curvature: "exact" as const,
    };
    const result = await experiments.train.compute(settings, here());
    const network = await Network.create({ width: 12, seed: 4, engine });
    const data = problem(engine, "low", 20);
    const run = await train(network, data, {
      maxSteps: 30,
      curvature: "exact",
      regularization: { policy: "adaptive", initial: 1e-3 },
    });
    const first = run.history.find(({ loss }) => loss <= 1e-1)?.step;
    expect(result).toEqual({
      reason: run.reason,
      initialLoss: run.initialLoss,
      loss: run.loss,
      steps: run.steps,
      tries: run.history.length + run.history.flatMap(({ rejected }) => rejected).length,
      reached: [first, null],
      testLoss: network.loss(heldOut(engine, "low", 20)),
    });
  });

  it("train: every option arrives", async () => {
    const settings = {
      width: 5,
      seed: 0,
      samples: 8,
      maxSteps: 4,
      stopLoss: 1e-9,
      activation: "gelu" as const,
      beta: 0.6,
    };
    const compute = (more: object) => experiments.train.compute({ ...settings, ...more }, here());
    const losses = await Promise.all(
      [
        {},
        { method: "gd", learningRate: 0.1 },
        { method: "newton", solver: "cg", acceleration: "none" },
        { policy: "fixed", gamma: 0.5 },
        { policy: "scaled", gamma: 0.5 },
        { gamma: 10 },
      ].map(async (more) => (await compute(more)).loss),
    );
    expect(new Set(losses).size).toBe(losses.length);
    await expect(compute({ policy: "fixed" })).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("train: on data of the plan, with as many inputs as they have", async () => {
    const data = { x: [[0, 1], [1, 0], [1, 1]], y: [1, 1, 0] }; // biome-ignore format: rows
    const settings = { target: "mine", width: 9, seed: 1, maxSteps: 60 };
    const result = await experiments.train.compute(settings, { engine, data });
    expect(result).toMatchObject({ testLoss: null });
    expect(result.loss).toBeLessThan(1e-6);
  });

  it("one-step: the linear prediction is what the Gauss-Newton kernel says", async () => {
    const settings = { frequency: 5, width: 400, beta: 0.6, gammas: [1, 0.1], seed: 2, margin: true, exact: true }; // biome-ignore format: one line
    const { steps, smallest } = await experiments["one-step"].compute(settings, here());
    expect(steps.map(({ gamma }) => gamma)).toEqual([1, 0.1]);
    expect(steps[1]!.linearLoss).toBeLessThan(steps[0]!.linearLoss);
    for (const step of steps) {
      expect(step.kernelDistance).toBeGreaterThan(0);
      expect(step.exactDistance).toBeGreaterThan(0);
      expect(step.realLoss).toBeGreaterThan(0);
    }
    expect(smallest).toBeLessThan(0);
  });

  it("trajectory, pilot, follow", async () => {
    const run = await experiments.trajectory.compute(
      { options: { method: "newton" }, width: 60, seed: 0, maxSteps: 12 },
      here(),
    );
    expect(run.points[0]!.step).toBe(0);
    expect(run.points.at(-1)!.step).toBe(12);
    expect(run.points.at(-1)!.loss).toBe(run.loss);
    expect(run.points.every(({ components, modes }) => components.length === 5 && modes.length === 5)).toBe(true); // biome-ignore format: one line
    const { loss } = await experiments.pilot.compute(
      { method: "adam", rate: 0.01, width: 30, seed: 0 },
      here(),
    );
    expect(loss).toBeLessThan(1);
    const follow = await experiments.follow.compute(
      { width: 3000, beta: 0.75, gamma: 1, rate: 0.1, steps: 5, seed: 0 },
      here(),
    );
    expect(Math.abs(follow.left - follow.limitLeft)).toBeLessThan(0.1);
  });

  it("say what their cells take, more for more", () => {
    for (const name of experimentNames) {
      const settings = {
        width: 100,
        seed: 0,
        gammas: [1],
        steps: 3,
        maxSteps: 5,
        options: {},
        method: "adam",
      };
      const few = experimentOf(name).estimate(settings, null);
      const many = experimentOf(name).estimate({ ...settings, width: 1000 }, null);
      expect(many.flops).toBeGreaterThan(few.flops);
      expect(many.bytes).toBeGreaterThan(few.bytes);
    }
    const base = { width: 1000, samples: 100, inputs: 1, maxSteps: 1 };
    const bytes = (["dense", "function-space", "cg", "auto"] as const).map(
      (solver) => trainingEstimate({ ...base, solver }).bytes,
    );
    expect(bytes[0]).toBeGreaterThan(bytes[1]!);
    expect(bytes[1]).toBe(bytes[3]);
    expect(bytes[2]).toBeLessThan(bytes[1]!);
  });
});

describe("a cell that is computed", () => {
  it("has the result as JSON has it, and its time beside it", async () => {
    const cell = makeCell("train", { width: 3, seed: 1, samples: 5, maxSteps: 2 });
    const one = await computeCell(cell, null);
    const two = await computeCell(cell, null);
    expect(one).toMatchObject({ ok: true, seconds: expect.any(Number) });
    expect(one.ok && two.ok && JSON.stringify(one.result) === JSON.stringify(two.result)).toBe(
      true,
    );
  });

  it("is trained on the data set that it names", async () => {
    const plan = { data: { d: { x: [0, 1, 2], y: [1, 3, 2] } }, grid: {} };
    const data = (await loadData(plan, ".")).get("d")!;
    const cell = makeCell("train", { width: 3, seed: 1, target: "d", maxSteps: 2 }, data.digest);
    const network = await Network.create({ width: 3, seed: 1, engine });
    const { loss } = await train(network, { x: [0, 1, 2], y: [1, 3, 2] }, { maxSteps: 2 });
    expect(await computeCell(cell, data)).toMatchObject({ ok: true, result: { loss } });
  });

  it("fails with the code of its error, and says whether another try has sense", async () => {
    const bad = makeCell("train", { width: 0, seed: 1 });
    expect(await computeCell(bad, null)).toMatchObject({
      ok: false,
      error: { code: "invalid-argument", retry: false },
    });
    const large = makeCell("train", { width: 20_000, seed: 1, solver: "dense", maxSteps: 1 });
    expect(await computeCell(large, null)).toMatchObject({
      ok: false,
      error: { code: "out-of-memory", retry: false },
    });
    const unknown = makeCell("nonsense" as "train", {});
    expect(await computeCell(unknown, null)).toMatchObject({
      ok: false,
      error: { code: "internal", retry: true },
    });
  });
});
