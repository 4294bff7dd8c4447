import { describe, expect, it } from "vitest";
import {
  type Dataset,
  type Loss,
  lossNames,
  Network,
  type ObjectiveOptions,
  type TrainOptions,
  train,
} from "../../bindings/index.js";
import { LOSSES, type LossName } from "../../bindings/objective/losses.js";
import {
  bitsOf,
  factsOf,
  flatten,
  invalidArgument,
  networkBits,
  parameterBits,
  smallProblem,
} from "./support.js";

const shape = { inputs: 2, width: 5, seed: 4 };
const SAMPLES = 13;
const penalty = { w: [0.01, 0.02], eta: 0.005, c: 0.01 };

/** Targets that a loss takes, none of which a network can reach exactly. */
function problemFor(name: LossName, outputs: number): Required<Dataset> {
  const { classes, targets } = LOSSES[name];
  const x = Array.from({ length: SAMPLES }, (_, m) => [Math.sin(3 * m), Math.cos(5 * m + 1)]);
  const columns = classes ? 1 : outputs;
  const y = x.map(([a = 0, b = 0], m) =>
    Array.from({ length: columns }, (_, o) => {
      const value = a * b + Math.sin(m * m + o);
      if (classes) return (m + (value > 0 ? 1 : 0)) % outputs;
      if (targets === null) return 2 * value;
      return name === "logistic" ? Number(value > 0) : Math.round(4 + 2 * value);
    }),
  );
  const weights = x.map((_, m) => (m === 4 ? 0 : 0.5 + (m % 3)));
  return { x, y, weights };
}

const outputsOf = (name: LossName) => (LOSSES[name].classes ? 3 : 2);

describe("least squares", () => {
  const { x, y } = problemFor("squares", 1);
  const data = { x, y };

  it("is the loss of whoever tells none, to the bit", async () => {
    using network = await Network.create(shape);
    const told: ObjectiveOptions = { loss: { name: "squares" }, penalty: { w: [0, 0], c: 0 } };
    expect(network.loss(data, told)).toBe(network.loss(data));
    expect(parameterBits(network.gradient(data, told))).toEqual(
      parameterBits(network.gradient(data)),
    );
    expect(bitsOf(network.hessian(data, told))).toEqual(bitsOf(network.hessian(data)));
    using other = await Network.create(shape);
    await train(network, data, { maxSteps: 5 });
    await train(other, data, { maxSteps: 5, ...told });
    expect(networkBits(other)).toEqual(networkBits(network));
  });

  it("with weights of 1 is that without, to rounding", async () => {
    using network = await Network.create(shape);
    const weighted = { ...data, weights: new Float64Array(SAMPLES).fill(1) };
    expect(network.loss(weighted) / network.loss(data)).toBeCloseTo(1, 14);
    const [a, b] = [network.hessian(weighted), network.hessian(data)];
    a.forEach((value, i) => {
      expect(Math.abs(value - b[i]!)).toBeLessThan(1e-14);
    });
  });
});

describe.each(lossNames)("%s", (name) => {
  const outputs = outputsOf(name);
  const data = problemFor(name, outputs);
  const options: TrainOptions = { loss: name as Loss, penalty };
  const create = () => Network.create({ ...shape, outputs });

  it("a sample of weight 0 is as if it were not there, and M counts it", async () => {
    using network = await create();
    const keep = <T>(rows: readonly T[]) => rows.filter((_, m) => m !== 4);
    const [x, y, weights] = [data.x, data.y, data.weights].map((rows) => keep(rows as number[]));
    const without = { x: x!, y: y!, weights: weights! };
    const scale = SAMPLES / (SAMPLES - 1);
    const loss = { loss: name as Loss };
    expect((network.loss(data, loss) * scale) / network.loss(without, loss)).toBeCloseTo(1, 13);
    const [a, b] = [data, without].map((each) => flatten(network.gradient(each, loss)));
    a!.forEach((value, i) => {
      expect(Math.abs(value * scale - b![i]!)).toBeLessThan(1e-14);
    });
  });

  it("Newton's method converges quadratically to the minimum of the penalized problem", async () => {
    using network = await create();
    const told = { loss: name as Loss, penalty };
    const normOf = () => Math.hypot(...flatten(network.gradient(data, told)));
    const start = normOf();
    const goOn = (how: TrainOptions) =>
      train(network, data, { ...options, solver: "dense", ...how });
    expect((await goOn({ stop: { gradient: 1e-3 * start } })).reason).toBe("gradient");
    // Also where no digit of the loss changes any more.
    using other = await create();
    other.setParameters(network.parameters);
    await train(other, data, { ...options, solver: "dense", curvature: "exact", maxSteps: 40 });
    expect(Math.hypot(...flatten(other.gradient(data, told))) / start).toBeLessThan(1e-13);

    await goOn({ curvature: "exact", stop: { gradient: 1e-5 * start } });
    const regularization = { policy: "fixed", gamma: 0 } as const;
    const { history } = await goOn({ regularization, maxSteps: 4 });
    const norms = [...history.map(({ gradientNorm }) => gradientNorm), normOf()];
    norms.slice(1).forEach((norm, i) => {
      expect(norm / start).toBeLessThan(Math.max(1e4 * (norms[i]! / start) ** 2, 1e-13));
    });
    expect(norms.at(-1)! / start).toBeLessThan(1e-13);
  });

  it.each([
    { method: "newton", solver: "cg" },
    { method: "gauss-newton", solver: "dense" },
    { method: "newton", solver: "dense", precision: "mixed" },
    { method: "trust-region" },
    { method: "lbfgs" },
    { method: "adam" },
    { method: "gd", learningRate: 0.05 },
  ] as const satisfies readonly TrainOptions[])(
    "%o lowers it, and goes on bit for bit from a checkpoint",
    async (how) => {
      const [whole, parts] = [await create(), await create()];
      const run = await train(whole, data, { ...options, ...how, maxSteps: 8 });
      expect(run.loss).toBeLessThan(run.initialLoss);
      expect(run.loss).toBe(whole.loss(data, { loss: name as Loss, penalty }));
      const first = await train(parts, data, { ...options, ...how, maxSteps: 3 });
      const checkpoint = JSON.parse(JSON.stringify(first.checkpoint()));
      expect(checkpoint).toMatchObject({
        version: 2,
        objective: { loss: { name, ...LOSSES[name].parameters }, penalty },
      });
      const resumed = await create();
      await train(resumed, data, { ...options, ...how, maxSteps: 8, resume: checkpoint });
      expect(networkBits(resumed)).toEqual(networkBits(whole));
      for (const network of [whole, parts, resumed]) network.dispose();
    },
  );

  it("is the same in a worker", async () => {
    using here = await create();
    using there = await Network.create({ ...shape, outputs, worker: true });
    const told = { loss: name as Loss, penalty };
    expect(await there.loss(data, told)).toBe(here.loss(data, told));
    const steps = { ...options, maxSteps: 4 };
    const run = await train(there, data, steps);
    await train(here, data, steps);
    expect(parameterBits(await there.parameters())).toEqual(networkBits(here));
    expect(run.checkpoint().objective?.loss.name).toBe(name);
  });
});

describe("the defaults", () => {
  it.each(lossNames)("of %s: exact curvature with a penalty, absolute without", async (name) => {
    const outputs = outputsOf(name);
    const data = problemFor(name, outputs);
    for (const [told, curvature] of [
      [{}, "absolute"],
      [{ penalty: { c: 0.1 } }, "exact"],
      [{ penalty: { c: 0 } }, "absolute"],
      [{ penalty: { c: 0.1 }, curvature: "positive" }, "positive"],
    ] as [TrainOptions, string][]) {
      using network = await Network.create({ ...shape, outputs });
      const run = await train(network, data, { loss: name as Loss, ...told, maxSteps: 1 });
      expect(run.curvature).toBe(curvature);
      expect(run.acceleration).toBe(LOSSES[name].accelerates ? "geodesic" : "none");
    }
  });
});

describe("the gain ratio", () => {
  it.each(lossNames)(
    "of a short step is near 1 for %s: the model has D, S and the penalty",
    async (name) => {
      const outputs = outputsOf(name);
      using network = await Network.create({ ...shape, outputs });
      const data = problemFor(name, outputs);
      const { history } = await train(network, data, {
        loss: name as Loss,
        penalty: { w: 0.3, c: 0.2 },
        solver: "dense",
        acceleration: "none",
        regularization: { policy: "fixed", gamma: 1e3 },
        maxSteps: 1,
      });
      expect(Math.abs(history[0]!.gainRatio! - 1)).toBeLessThan(1e-5);
    },
  );
});

describe("a checkpoint", () => {
  const data = smallProblem();
  const start = async (options: TrainOptions) => {
    using network = await Network.create({ width: 4 });
    const run = await train(network, data, { ...options, maxSteps: 2 });
    return run.checkpoint();
  };

  it("of least squares without a penalty is one of version 1", async () => {
    const checkpoint = await start({ loss: "squares", penalty: { c: 0 } });
    expect(checkpoint.version).toBe(1);
    expect(checkpoint.objective).toBeUndefined();
  });

  it.each([
    [{ loss: "huber" }, {}],
    [{}, { loss: "huber" }],
    [{ loss: { name: "huber", delta: 0.5 } }, { loss: "huber" }],
    [{ penalty: { c: 0.1 } }, { penalty: { eta: 0.1 } }],
    [{ penalty: { c: 0.1 } }, { penalty: { c: 0.2 } }],
  ] as [TrainOptions, TrainOptions][])("of %o does not go on with %o", async (saved, asked) => {
    const resume = await start(saved);
    using network = await Network.create({ width: 4 });
    const before = networkBits(network);
    const { name, code, argument } = await factsOf(() =>
      train(network, data, { ...asked, resume }),
    );
    expect([name, code, argument]).toEqual(["InputError", "invalid-argument", "options.resume"]);
    expect(networkBits(network)).toEqual(before);
  });

  it("goes on with the same objective written otherwise", async () => {
    const resume = await start({ loss: "huber", penalty: { w: 0.1, eta: 0 } });
    using network = await Network.create({ width: 4 });
    const again: TrainOptions = { loss: { name: "huber", delta: 1 }, penalty: { w: 0.1 } };
    expect((await train(network, data, { ...again, resume, maxSteps: 3 })).steps).toBe(1);
  });
});

describe("faults", () => {
  const { x, y } = smallProblem();

  it.each([
    ["cross-entropy", "options.loss", `one of ${lossNames.join(", ")}`, '"cross-entropy"'],
    [{ name: "l1" }, "options.loss.name", `one of ${lossNames.join(", ")}`, '"l1"'],
    [{ name: "huber", delta: 0 }, "options.loss.delta", "a finite number above 0", "0"],
    [{ name: "huber", scale: 1 }, "options.loss.scale", "one of name, delta", "an unknown option"],
    [{ name: "huber", delta: null }, "options.loss.delta", "a finite number above 0", "null"],
    [{ name: "student-t", dof: -1 }, "options.loss.dof", "a finite number above 0", "-1"],
    [7, "options.loss", `one of ${lossNames.join(", ")}, or an object with a name among them`, "7"],
  ])("loss %o", async (loss, argument, expected, got) => {
    using network = await Network.create({ width: 3 });
    const options = { loss } as ObjectiveOptions;
    const facts = invalidArgument(argument, expected, got);
    for (const use of [
      () => network.loss({ x, y }, options),
      () => network.gradient({ x, y }, options),
      () => network.hessian({ x, y }, options),
      () => network.newtonStep({ x, y }, { gamma: 1, ...options }),
      () => train(network, { x, y }, options),
    ]) {
      expect(await factsOf(use)).toEqual(facts);
    }
  });

  it.each([
    [{ w: -1 }, "options.penalty.w", "a finite number at least 0", "-1", "invalid-argument"],
    [{ w: [-1] }, "options.penalty.w[0]", "a finite number at least 0", "-1", "invalid-argument"],
    [{ w: [1, 2] }, "options.penalty.w", "one number, or 1, one an input", "2", "invalid-shape"],
    [
      { c: [1] },
      "options.penalty.c",
      "a finite number at least 0",
      "an array of length 1",
      "invalid-argument",
    ],
    [{ b: 1 }, "options.penalty.b", "one of w, eta, c", "an unknown option", "invalid-argument"],
    [null, "options.penalty", "an object", "null", "invalid-argument"],
    [
      { eta: null },
      "options.penalty.eta",
      "a finite number at least 0",
      "null",
      "invalid-argument",
    ],
    [1, "options.penalty", "an object", "1", "invalid-argument"],
  ])("penalty %o", async (penalty, argument, expected, got, code) => {
    using network = await Network.create({ width: 3 });
    const options = { penalty } as ObjectiveOptions;
    const facts = { ...invalidArgument(argument, expected, got), code };
    expect(await factsOf(() => network.loss({ x, y }, options))).toEqual(facts);
    expect(await factsOf(() => train(network, { x, y }, options))).toEqual(facts);
  });

  it.each([
    ["logistic", 1, [0, 1, 0.5], "data.y[2]", "0.5"],
    [
      "logistic",
      2,
      [
        [0, 1],
        [1, 2],
        [0, 0],
      ],
      "data.y[1][1]",
      "2",
    ],
    ["softmax", 3, [0, 3, 1], "data.y[1]", "3"],
    ["softmax", 2, [0, 1, 0.5], "data.y[2]", "0.5"],
    ["poisson", 1, [0, -1, 2], "data.y[1]", "-1"],
  ] as const)(
    "targets that %s of %i outputs does not take",
    async (loss, outputs, targets, argument, got) => {
      using network = await Network.create({ width: 3, outputs });
      const data = { x: [0, 1, 2], y: targets as never };
      const facts = invalidArgument(
        argument,
        `${LOSSES[loss].targets}, for the loss "${loss}" of ${outputs === 1 ? "1 output" : `${outputs} outputs`}`,
        got,
      );
      expect(await factsOf(() => network.loss(data, { loss }))).toEqual(facts);
      expect(await factsOf(() => train(network, data, { loss }))).toEqual(facts);
    },
  );

  it("softmax of one output, and of rows of targets", async () => {
    using one = await Network.create({ width: 3 });
    expect(await factsOf(() => one.loss({ x, y }, { loss: "softmax" }))).toMatchObject({
      argument: "options.loss",
      got: '"softmax"',
    });
    using two = await Network.create({ width: 3, outputs: 2 });
    const rows = {
      x: [0, 1],
      y: [
        [0, 1],
        [1, 0],
      ],
    };
    expect(await factsOf(() => two.loss(rows, { loss: "softmax" }))).toMatchObject({
      code: "invalid-shape",
      argument: "data.y[0]",
    });
  });

  it("a stop rule below zero, but for a loss that may be", async () => {
    using network = await Network.create({ width: 3 });
    const counts = { x: [0, 1], y: [30, 40] };
    const stop = { loss: -1 };
    expect((await factsOf(() => train(network, counts, { stop }))).argument).toBe(
      "options.stop.loss",
    );
    const run = await train(network, counts, { loss: "poisson", stop, maxSteps: 50 });
    expect(run.reason).toBe("loss");
    expect(run.loss).toBeLessThan(-1);
  });
});
