import { describe, expect, test } from "vitest";
import {
  activationNames,
  createEngine,
  type Dataset,
  type MethodName,
  Network,
  type NetworkOptions,
  type StepRecord,
  type TrainOptions,
  train,
} from "../../bindings/index.js";
import {
  factsOf,
  faultOf,
  flatten,
  grid,
  invalidArgument,
  networkBits,
  planarProblem,
  publishedProblem,
  smallProblem,
} from "./support.js";

const EPS = 2 ** -52;
const engine = await createEngine();
const create = (options: Partial<NetworkOptions> = {}) =>
  Network.create({ width: 10, seed: 1, engine, ...options });

const METHODS: Record<MethodName, TrainOptions> = {
  newton: { method: "newton" },
  "gauss-newton": { method: "gauss-newton" },
  "trust-region": { method: "trust-region" },
  lbfgs: { method: "lbfgs" },
  gd: { method: "gd", learningRate: 0.5 },
  adam: { method: "adam" },
};
const methods = Object.keys(METHODS) as MethodName[];
const fixed = (gamma: number) => ({ policy: "fixed", gamma }) as const;

/** A record without its one field that a clock fills. */
function untimed(history: readonly StepRecord[]) {
  return history.map(({ seconds: _, ...rest }) => rest);
}

const norm = (values: Float64Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

describe.each(methods)("%s", (method) => {
  test("lowers the loss, and reports what the network itself says", async () => {
    const network = await create();
    const data = smallProblem();
    const initial = network.loss(data);
    const run = await train(network, data, { ...METHODS[method], maxSteps: 20 });
    expect(run.initialLoss).toBe(initial);
    expect(run.loss).toBeLessThan(initial);
    expect(run.loss).toBe(network.loss(data));
    expect(run).toMatchObject({
      reason: "max-steps",
      method,
      steps: 20,
      solver: method.endsWith("newton") ? "function-space" : null,
    });
    expect(run.history).toHaveLength(20);
    expect(run.history.at(-1)!.loss).toBe(run.loss);
    network.dispose();
  });

  test("works with several inputs, an odd number of samples and every smooth activation", async () => {
    for (const activation of activationNames.filter((name) => name !== "relu")) {
      const network = await create({ inputs: 3, activation });
      const data = planarProblem(7, 3);
      const initial = network.loss(data);
      const { loss } = await train(network, data, { ...METHODS[method], maxSteps: 15 });
      expect(loss).toBeLessThan(initial);
      network.dispose();
    }
  });

  test("every record is complete and consistent with the one before", async () => {
    const network = await create();
    const data = smallProblem();
    const points: number[][] = [[...flatten(network.parameters)]];
    const gradients = [norm(flatten(network.gradient(data)))];
    const secondOrder = method === "newton" || method === "gauss-newton";
    const models = secondOrder || method === "trust-region";
    const { history, initialLoss, seconds } = await train(network, data, {
      ...METHODS[method],
      maxSteps: 25,
      onStep: (record) => {
        expect(record.loss).toBe(network.loss(data));
        points.push([...flatten(network.parameters)]);
        gradients.push(norm(flatten(network.gradient(data))));
      },
    });
    let [loss, clock] = [initialLoss, 0];
    history.forEach((record, index) => {
      expect(Object.keys(record).sort()).toEqual(
        [
          "step",
          "loss",
          "gradientNorm",
          "gamma",
          "updateNorm",
          "validationLoss",
          "updateMax",
          "positiveDefinite",
          "accepted",
          "length",
          "gainRatio",
          "accelerationRatio",
          "iterations",
          "residual",
          "rejected",
          "seconds",
        ].sort(),
      );
      expect(record.step).toBe(index + 1);
      expect(record.gradientNorm).toBeCloseTo(gradients[index]!, 12);
      const change = points[index + 1]!.map((v, k) => v - points[index]![k]!);
      // theta - candidate is rounded once an entry; the norm adds one rounding a term.
      const tolerance = (change.length + 4) * EPS * Math.max(1, record.updateNorm);
      expect(Math.abs(record.updateNorm - norm(Float64Array.from(change)))).toBeLessThan(tolerance);
      expect(record.updateMax).toBe(Math.max(...change.map(Math.abs)));
      if (secondOrder) {
        expect(record.gamma).toBeGreaterThan(0);
        expect(typeof record.positiveDefinite).toBe("boolean");
      } else {
        expect(record).toMatchObject({ gamma: null, rejected: [] });
        // Conjugate gradients may meet negative curvature, and never know that there is none.
        expect([null, method === "trust-region" ? false : null]).toContain(record.positiveDefinite);
      }
      if (!record.accepted) {
        expect(record).toMatchObject({ loss, updateNorm: 0, updateMax: 0 });
        expect(record.rejected.length).toBeGreaterThan(0);
      }
      for (const { reason, length, loss: tried } of record.rejected) {
        expect(tried === undefined).toBe(reason === "not-positive-definite");
        expect(length === undefined).toBe(tried === undefined);
        // Not by a thousandth of what the quadratic model promised, which a loss as small as this
        // cannot have.
        if (reason === "loss-increased") expect(tried).toBeGreaterThan(0.99 * loss);
      }
      expect(record.gainRatio === null).toBe(!models || !record.accepted);
      if (method === "newton" && record.accepted) expect(record.gainRatio).toBeGreaterThan(1e-3);
      expect(record.seconds).toBeGreaterThanOrEqual(clock);
      [loss, clock] = [record.loss, record.seconds];
    });
    expect(seconds).toBeGreaterThanOrEqual(clock);
    network.dispose();
  });

  test("the same bits twice", async () => {
    const run = async () => {
      const network = await create({ width: 12 });
      const { history } = await train(network, publishedProblem(15), {
        ...METHODS[method],
        maxSteps: 20,
      });
      const bits = networkBits(network);
      network.dispose();
      return { bits, history: untimed(history) };
    };
    expect(await run()).toEqual(await run());
  });
});

describe("steps", () => {
  test.each([
    ["newton", "exact"],
    ["gauss-newton", "gauss-newton"],
  ] as const)("one step of %s is theta - newtonStep().step", async (method, curvature) => {
    const network = await create();
    const data = smallProblem();
    const gamma = 1;
    const { step, positiveDefinite } = network.newtonStep(data, { gamma, curvature });
    expect(positiveDefinite).toBe(true);
    const [before, change] = [flatten(network.parameters), flatten(step)];
    const options = { method, regularization: fixed(gamma), maxSteps: 1 };
    const { history } = await train(network, data, options);
    expect(flatten(network.parameters)).toEqual(before.map((v, k) => v - change[k]!));
    expect(history[0]).toMatchObject({ gamma, accepted: true, positiveDefinite: true });
    network.dispose();
  });

  test("the learning rate scales the step", async () => {
    for (const [method, alpha] of [
      ["newton", 0.5],
      ["gauss-newton", 0.25],
      ["gd", 0.125],
    ] as const) {
      const network = await create();
      const data = smallProblem();
      const curvature = method === "newton" ? "exact" : "gauss-newton";
      const before = flatten(network.parameters);
      const direction = flatten(
        method === "gd"
          ? network.gradient(data)
          : network.newtonStep(data, { gamma: 1, curvature }).step,
      );
      await train(network, data, {
        method,
        learningRate: alpha,
        maxSteps: 1,
        ...(method === "gd" ? {} : { regularization: fixed(1) }),
      });
      expect(flatten(network.parameters)).toEqual(before.map((v, k) => v - alpha * direction[k]!));
      network.dispose();
    }
  });

  test("Adam is the algorithm of its paper", async () => {
    const network = await create();
    const data = smallProblem();
    const theta = flatten(network.parameters);
    const mean = new Float64Array(theta.length);
    const square = new Float64Array(theta.length);
    const rate = 0.03;
    const options = { method: "adam", learningRate: rate, maxSteps: 12 } as const;
    let gradient = flatten(network.gradient(data));
    const onStep = ({ step }: StepRecord) => {
      gradient.forEach((g, k) => {
        mean[k] = 0.9 * mean[k]! + 0.1 * g;
        square[k] = 0.999 * square[k]! + 0.001 * g * g;
        const corrected = mean[k]! / (1 - 0.9 ** step);
        const scale = Math.sqrt(square[k]! / (1 - 0.999 ** step)) + 1e-8;
        theta[k] = theta[k]! - (rate * corrected) / scale;
      });
      // Each step has a handful of roundings; 1 - 0.999^t magnifies those of the power by 1000.
      flatten(network.parameters).forEach((v, k) => {
        expect(Math.abs(v - theta[k]!)).toBeLessThan(step * 1e4 * EPS);
      });
      gradient = flatten(network.gradient(data));
    };
    await train(network, data, { ...options, onStep });
    network.dispose();
  });

  test("Newton reaches the float64 floor that gradient descent does not", async () => {
    const data = smallProblem();
    const newton = await create({ width: 20 });
    const descent = await create({ width: 20 });
    const run = await train(newton, data, { maxSteps: 500 });
    const slow = await train(descent, data, { ...METHODS.gd, maxSteps: 500 });
    expect(run.loss).toBeLessThan(1e-20);
    expect(slow.loss).toBeGreaterThan(1e-6);
    newton.dispose();
    descent.dispose();
  });

  test("under the adaptive policy the loss of accepted steps falls strictly", async () => {
    for (const method of ["newton", "gauss-newton"] as const) {
      const network = await create({ width: 60, seed: 0 });
      const { history, initialLoss } = await train(network, publishedProblem(33), {
        method,
        maxSteps: 60,
      });
      const losses = history.filter(({ accepted }) => accepted).map(({ loss }) => loss);
      expect(losses.length).toBeGreaterThan(5);
      losses.reduce((before, loss) => {
        expect(loss).toBeLessThan(before);
        return loss;
      }, initialLoss);
      network.dispose();
    }
  });

  test("a step for which every try was indefinite is recorded and changes nothing", async () => {
    const network = await create({ width: 60, seed: 0 });
    const data = publishedProblem(33);
    const before = networkBits(network);
    const { history, initialLoss } = await train(network, data, {
      regularization: { policy: "adaptive", initial: 1e-6, tries: 2 },
      maxSteps: 1,
    });
    expect(untimed(history)).toMatchObject([
      {
        accepted: false,
        positiveDefinite: false,
        gamma: 2e-6,
        loss: initialLoss,
        updateNorm: 0,
        updateMax: 0,
        rejected: [
          { gamma: 1e-6, reason: "not-positive-definite" },
          { gamma: 2e-6, reason: "not-positive-definite" },
        ],
      },
    ]);
    expect(networkBits(network)).toEqual(before);
    network.dispose();
  });

  test("after a rejected step the next one is from the same point", async () => {
    // Tries that end in a higher loss leave another residual behind; it must not leak into the next
    // gradient.
    const network = await create({ width: 20 });
    const data = publishedProblem(25);
    const { history } = await train(network, data, {
      method: "gauss-newton",
      regularization: { policy: "adaptive", initial: 1e-10, tries: 1 },
      maxSteps: 40,
    });
    const rejected = history.filter((record) => !record.accepted && record.step < 40);
    expect(rejected.some((r) => r.rejected[0]!.reason === "loss-increased")).toBe(true);
    for (const { step, gradientNorm } of rejected) {
      expect(history[step]!.gradientNorm).toBe(gradientNorm);
    }
    network.dispose();
  });
});

describe("relu", () => {
  test("newton and trust-region refuse it, the other methods take it", async () => {
    const relu = { activation: "relu" } as const;
    let network = await create(relu);
    const data = smallProblem();
    const before = networkBits(network);
    for (const options of [{}, METHODS.newton, METHODS["trust-region"]]) {
      expect(await factsOf(() => train(network, data, options))).toEqual({
        name: "InputError",
        code: "unsupported-activation",
        argument: "options.method",
        expected: "a smooth activation",
        got: '"relu"',
      });
    }
    expect(networkBits(network)).toEqual(before);
    for (const method of methods.filter((name) => !/^newton|^trust/.test(name))) {
      network.dispose();
      network = await create(relu);
      const initial = network.loss(data);
      const learningRate = method === "gd" ? { learningRate: 0.1 } : {};
      const run = await train(network, data, { ...METHODS[method], ...learningRate, maxSteps: 20 });
      expect(run.loss).toBeLessThan(initial);
    }
    network.dispose();
  });
});

describe("what a run says of itself", () => {
  test("the linear system of a second-order method", async () => {
    const network = await create();
    const run = await train(network, smallProblem(), { maxSteps: 3 });
    const solved = run.history.length + run.history.flatMap(({ rejected }) => rejected).length;
    expect(run).toMatchObject({
      method: "newton",
      curvature: "absolute",
      acceleration: "geodesic",
    });
    expect(run.precision).toMatchObject({ mixed: 0 });
    expect(run.precision!.float64).toBeGreaterThanOrEqual(solved);
    expect(run.plan!.solver).toBe(run.solver);
    network.dispose();
  });

  test.each(["adam", "gd", "lbfgs", "trust-region"] as const)(
    "%s has no linear system",
    async (method) => {
      const network = await create();
      const run = await train(network, smallProblem(), { ...METHODS[method], maxSteps: 3 });
      const none = {
        solver: null,
        plan: null,
        curvature: null,
        acceleration: null,
        precision: null,
      };
      expect(run).toMatchObject({ method, ...none });
      network.dispose();
    },
  );

  test("its time, in seconds, within that of the call", async () => {
    const network = await create();
    const before = performance.now();
    const run = await train(network, smallProblem(), { maxSteps: 5 });
    const called = (performance.now() - before) / 1000;
    const times = [0, ...run.history.map(({ seconds }) => seconds), run.seconds, called];
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    network.dispose();
  });
});

describe("reasons to stop", () => {
  test("stalled: no length along the direction decreases the loss", async () => {
    const network = await create({ width: 5 });
    const data = { x: [0, 0.3, 0.7, 1], y: [0, 1, 0.2, -0.5] };
    const run = await train(network, data, { method: "lbfgs", maxSteps: 10_000 });
    expect(run.reason).toBe("stalled");
    expect(run.loss).toBeLessThan(1e-30);
    const last = run.history.at(-1)!;
    expect(last).toMatchObject({ accepted: false, loss: run.loss, updateNorm: 0, length: null });
    expect(last.rejected.at(-1)).toMatchObject({ gamma: null, reason: "no-decrease" });
    network.dispose();
  });

  test("loss: at the first step that reaches it, or before any step", async () => {
    const network = await create();
    const data = smallProblem();
    const target = network.loss(data) / 100;
    const run = await train(network, data, { stop: { loss: target } });
    expect(run.reason).toBe("loss");
    expect(run.loss).toBeLessThanOrEqual(target);
    for (const { loss } of run.history.slice(0, -1)) expect(loss).toBeGreaterThan(target);
    const before = networkBits(network);
    const again = await train(network, data, { stop: { loss: run.loss } });
    expect(again).toMatchObject({ reason: "loss", steps: 0, history: [], loss: run.loss });
    expect(networkBits(network)).toEqual(before);
    network.dispose();
  });

  test("loss and gradient: a value that is met exactly is met", async () => {
    const run = async (stop: TrainOptions["stop"]) => {
      const network = await create();
      const result = await train(network, smallProblem(), {
        ...METHODS.gd,
        maxSteps: 9,
        stop: stop ?? {},
      });
      network.dispose();
      return result;
    };
    const { history } = await run({});
    const { loss } = history[3]!;
    expect(await run({ loss })).toMatchObject({ reason: "loss", steps: 4, loss });
    const gradient = history[5]!.gradientNorm;
    expect(await run({ gradient })).toMatchObject({ reason: "gradient", steps: 5 });
  });

  test("gradient: at the first point whose gradient is small enough", async () => {
    const network = await create();
    const data = smallProblem();
    const gradient = norm(flatten(network.gradient(data))) / 10;
    const run = await train(network, data, { stop: { gradient } });
    expect(run.reason).toBe("gradient");
    expect(norm(flatten(network.gradient(data)))).toBeLessThanOrEqual(gradient * (1 + 1e-12));
    for (const { gradientNorm } of run.history) expect(gradientNorm).toBeGreaterThan(gradient);
    expect((await train(network, data, { stop: { gradient } })).steps).toBe(0);
    network.dispose();
  });

  test("gradient: a stationary point ends every method without being asked for", async () => {
    for (const method of methods) {
      const network = await create();
      const zero = network.parameters;
      zero.c.fill(0);
      network.setParameters(zero);
      const run = await train(network, { x: [0, 1], y: [0, 0] }, METHODS[method]);
      expect(run).toMatchObject({ reason: "gradient", steps: 0, loss: 0 });
      network.dispose();
    }
  });

  test("seconds: after the first step that ends later", async () => {
    const network = await create();
    const run = await train(network, smallProblem(), {
      ...METHODS.adam,
      stop: { seconds: 0.02 },
      maxSteps: 1e6,
    });
    expect(run.reason).toBe("seconds");
    expect(run.history.at(-1)!.seconds).toBeGreaterThan(0.02);
    for (const { seconds } of run.history.slice(0, -1)) expect(seconds).toBeLessThanOrEqual(0.02);
    expect(run.seconds).toBeGreaterThanOrEqual(run.history.at(-1)!.seconds);
    network.dispose();
  });

  test("max-steps: exactly so many, and 0 is a number of steps", async () => {
    const network = await create();
    const before = networkBits(network);
    const none = await train(network, smallProblem(), { maxSteps: 0 });
    expect(none).toMatchObject({ reason: "max-steps", steps: 0, history: [] });
    expect(none.loss).toBe(none.initialLoss);
    expect(networkBits(network)).toEqual(before);
    expect((await train(network, smallProblem(), { maxSteps: 3 })).steps).toBe(3);
    network.dispose();
  });

  test("stalled: the adaptive policy has come to its maximum in vain", async () => {
    const network = await create({ width: 60, seed: 0 });
    const before = networkBits(network);
    const run = await train(network, publishedProblem(33), {
      regularization: { policy: "adaptive", initial: 1e-9, maximum: 1e-6, tries: 4 },
    });
    expect(run.reason).toBe("stalled");
    expect(run.history.every(({ accepted }) => !accepted)).toBe(true);
    expect(run.history.at(-1)!.gamma).toBe(1e-6);
    expect(networkBits(network)).toEqual(before);
    network.dispose();
  });

  test("stalled: at the floor of float64 no step lowers the loss any more", async () => {
    const network = await create({ width: 12 });
    const data = smallProblem();
    const run = await train(network, data, { maxSteps: 5000 });
    expect(["stalled", "gradient"]).toContain(run.reason);
    expect(run.loss).toBe(network.loss(data));
    network.dispose();
  });

  test("diverged: the network keeps the last finite parameters", async () => {
    const data = smallProblem();
    for (const learningRate of [1e6, 1e160, Number.MAX_VALUE]) {
      const network = await create();
      const run = await train(network, data, { method: "gd", learningRate });
      expect(run.reason).toBe("diverged");
      expect(run.history.at(-1)).toMatchObject({
        accepted: false,
        updateNorm: 0,
        rejected: [{ reason: "non-finite-loss" }],
      });
      expect(run.loss).toBe(network.loss(data));
      expect(Number.isFinite(run.loss)).toBe(true);
      expect(flatten(network.parameters).every(Number.isFinite)).toBe(true);
      network.dispose();
    }
  });

  test("diverged: a parameter that overflows behind a saturated activation is no progress", async () => {
    const network = await create({ width: 1 });
    network.setParameters({
      w: Float64Array.of(0),
      eta: Float64Array.of(0),
      c: Float64Array.of(1),
    });
    // tanh of an infinite preactivation is 1, so the loss alone looks healthy.
    const data = { x: [1e20], y: [0.5] };
    const run = await train(network, data, { method: "gd", learningRate: 1e300, maxSteps: 2 });
    expect(run.reason).toBe("diverged");
    expect(flatten(network.parameters).every(Number.isFinite)).toBe(true);
    const restored = await Network.fromJSON(network.toJSON(), { engine });
    expect(networkBits(restored)).toEqual(networkBits(network));
    restored.dispose();
    network.dispose();
  });

  test("a loss that overflows before the first step is an error about the data", async () => {
    const network = await create();
    const data = { x: [0, 1], y: [1e200, 0] };
    const before = networkBits(network);
    expect(await factsOf(() => train(network, data))).toMatchObject({
      name: "InputError",
      code: "non-finite",
      argument: "data",
      got: "Infinity",
    });
    expect(networkBits(network)).toEqual(before);
    network.dispose();
  });
});

describe("abort", () => {
  test("before: rejects, and the network has the bits it had", async () => {
    const network = await create();
    const before = networkBits(network);
    const used = engine.bytesUsed;
    const cause = new Error("changed my mind");
    const signal = AbortSignal.abort(cause);
    let steps = 0;
    const call = () => train(network, smallProblem(), { signal, onStep: () => void steps++ });
    const error = await faultOf(call);
    expect(error).toMatchObject({
      name: "StateError",
      code: "aborted",
      argument: "options.signal",
      cause,
    });
    expect(steps).toBe(0);
    expect(networkBits(network)).toEqual(before);
    expect(engine.bytesUsed).toBe(used);
    network.dispose();
  });

  test("during: ends with the step at hand, and the network is that of its record", async () => {
    for (const method of methods) {
      const network = await create();
      const data = smallProblem();
      const controller = new AbortController();
      const run = await train(network, data, {
        ...METHODS[method],
        signal: controller.signal,
        onStep: ({ step }) => {
          if (step === 5) controller.abort();
        },
      });
      expect(run).toMatchObject({ reason: "aborted", steps: 5 });
      expect(run.history).toHaveLength(5);
      expect(network.loss(data)).toBe(run.loss);
      expect(run.history.at(-1)!.loss).toBe(run.loss);
      // The same five steps without a signal end at the same bits.
      const other = await create();
      await train(other, data, { ...METHODS[method], maxSteps: 5 });
      expect(networkBits(network)).toEqual(networkBits(other));
      network.dispose();
      other.dispose();
    }
  });

  test("from a timer: the loop gives way to it", async () => {
    const network = await create({ width: 2 });
    const data = { x: [0, 1], y: [0, 1] };
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 0);
    const run = await train(network, data, {
      method: "gd",
      learningRate: 1e-9,
      signal: controller.signal,
      maxSteps: 200_000,
    });
    expect(run.reason).toBe("aborted");
    expect(run.steps).toBeGreaterThan(0);
    expect(network.loss(data)).toBe(run.loss);
    network.dispose();
  });
});

describe("onStep", () => {
  test("sees every record, in order, as it is in the history", async () => {
    const network = await create();
    const seen: StepRecord[] = [];
    const { history } = await train(network, smallProblem(), {
      maxSteps: 8,
      onStep: (record) => void seen.push(record),
    });
    expect(seen).toEqual(history);
    expect(seen).toHaveLength(8);
    network.dispose();
  });

  test("that throws: rejects with that very error; memory and lock are given back", async () => {
    const network = await create();
    const data = smallProblem();
    const used = engine.bytesUsed;
    for (const thrown of [new Error("mine"), "a string", undefined, null]) {
      let reached = 0;
      const call = train(network, data, {
        maxSteps: 9,
        onStep: (record) => {
          reached = record.step;
          expect(record.loss).toBe(network.loss(data));
          if (record.step === 3) throw thrown;
        },
      });
      const [outcome] = await Promise.allSettled([call]);
      expect(outcome).toEqual({ status: "rejected", reason: thrown });
      expect(reached).toBe(3);
      expect(engine.bytesUsed).toBe(used);
      network.setParameters(network.parameters);
      expect((await train(network, data, { maxSteps: 1 })).steps).toBe(1);
    }
    network.dispose();
  });

  test("may read the network in every way without changing the run's bits", async () => {
    const data = publishedProblem(15);
    const [watched, alone] = [await create(), await create()];
    const onStep = () => {
      watched.predict(grid(700));
      watched.gradient(smallProblem());
      watched.hessian(data);
      watched.newtonStep(data, { gamma: 1e-3 });
      watched.parameters.w.fill(0);
      watched.toJSON();
    };
    const a = await train(watched, data, { maxSteps: 12, onStep });
    const b = await train(alone, data, { maxSteps: 12 });
    expect(networkBits(watched)).toEqual(networkBits(alone));
    expect(untimed(a.history)).toEqual(untimed(b.history));
    watched.dispose();
    alone.dispose();
  });
});

describe("a network that is being trained", () => {
  test("refuses a second training, new parameters and dispose, and goes on unharmed", async () => {
    const [network, alone] = [await create(), await create()];
    const data = smallProblem();
    const busy = { name: "StateError", code: "busy" };
    const first = train(network, data, { maxSteps: 10 });
    const used = engine.bytesUsed;
    const parameters = network.parameters;
    expect(await factsOf(() => train(network, data))).toMatchObject(busy);
    expect(engine.bytesUsed).toBeLessThanOrEqual(used);
    await first;
    const codes: string[] = [];
    const second = train(network, data, {
      maxSteps: 10,
      onStep: () => {
        for (const call of [
          () => network.setParameters(parameters),
          () => network.dispose(),
          () => network[Symbol.dispose](),
        ]) {
          try {
            call();
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
        }
      },
    });
    await second;
    expect(codes).toEqual(new Array(30).fill("busy"));
    expect(network.disposed).toBe(false);
    await train(alone, data, { maxSteps: 10 });
    await train(alone, data, { maxSteps: 10 });
    expect(networkBits(network)).toEqual(networkBits(alone));
    network.dispose();
    expect(network.disposed).toBe(true);
    alone.dispose();
  });

  test("an error from within onStep, `busy` included, reaches the caller of train", async () => {
    const network = await create();
    const call = () => train(network, smallProblem(), { onStep: () => network.dispose() });
    expect((await faultOf(call)).code).toBe("busy");
    network.dispose();
  });

  test("two on one engine take turns and get the bits they get alone", async () => {
    const datasets: Dataset[] = [publishedProblem(15), planarProblem(9, 2)];
    const shapes = [
      { width: 12, seed: 3 },
      { width: 7, inputs: 2, seed: 4 },
    ];
    const options: TrainOptions[] = [{ maxSteps: 20 }, { method: "gauss-newton", maxSteps: 20 }];
    const alone: bigint[][] = [];
    for (const k of [0, 1]) {
      const own = await Network.create(shapes[k]!);
      await train(own, datasets[k]!, options[k]);
      alone.push(networkBits(own));
      own.dispose();
    }
    const used = engine.bytesUsed;
    const networks = await Promise.all(shapes.map((shape) => create(shape)));
    const turns: number[] = [];
    await Promise.all(
      networks.map((network, k) =>
        train(network, datasets[k]!, { ...options[k], onStep: () => void turns.push(k) }),
      ),
    );
    // Really interleaved: neither ran to its end before the other began.
    expect(turns.indexOf(1)).toBeLessThan(turns.lastIndexOf(0));
    expect(turns.indexOf(0)).toBeLessThan(turns.lastIndexOf(1));
    expect(networks.map(networkBits)).toEqual(alone);
    for (const network of networks) network.dispose();
    expect(engine.bytesUsed).toBe(used);
  });
});

describe("options", () => {
  const one = "options.";
  test.each<[unknown, string, string, string]>([
    [null, "options", "an object", "null"],
    ["newton", "options", "an object", '"newton"'],
    [
      { Method: "newton" },
      `${one}Method`,
      expect.any(String) as unknown as string,
      "an unknown option",
    ],
    [{ steps: 3 }, `${one}steps`, expect.any(String) as unknown as string, "an unknown option"],
    [
      { method: "lm" },
      `${one}method`,
      "one of newton, gauss-newton, trust-region, lbfgs, gd, adam",
      '"lm"',
    ],
    [
      { method: null },
      `${one}method`,
      "one of newton, gauss-newton, trust-region, lbfgs, gd, adam",
      "null",
    ],
    [
      { method: ["gd"] },
      `${one}method`,
      "one of newton, gauss-newton, trust-region, lbfgs, gd, adam",
      "an array of length 1",
    ],
    [{ solver: "lu" }, `${one}solver`, "one of auto, dense, function-space, cg", '"lu"'],
    [
      { curvature: "convex" },
      `${one}curvature`,
      "one of exact, absolute, positive, gauss-newton",
      '"convex"',
    ],
    [{ acceleration: true }, `${one}acceleration`, "one of geodesic, none", "true"],
    [{ cg: { tolerance: 1 } }, `${one}cg.tolerance`, "a finite number above 0 and below 1", "1"],
    [{ cg: { maxIterations: 0 } }, `${one}cg.maxIterations`, "an integer of at least 1", "0"],
    [{ method: "gd", cg: {} }, `${one}cg`, "nothing", "an object"],
    [{ method: "gauss-newton", curvature: "exact" }, `${one}curvature`, "nothing", '"exact"'],
    [{ corrections: 0 }, `${one}corrections`, "an integer from 1 to 1000", "0"],
    [{ method: "lbfgs", learningRate: 1 }, `${one}learningRate`, "nothing", "1"],
    [{ precision: "float32" }, `${one}precision`, "one of float64, mixed", '"float32"'],
    ...["cg", "function-space"].map((solver): [unknown, string, string, string] => [
      { precision: "mixed", solver },
      `${one}precision`,
      `"float64" with the solver "${solver}": mixed precision is the dense solver's`,
      '"mixed"',
    ]),
    [{ maxSteps: -1 }, `${one}maxSteps`, "an integer of at least 0", "-1"],
    [{ maxSteps: 1.5 }, `${one}maxSteps`, "an integer of at least 0", "1.5"],
    [
      { maxSteps: Number.POSITIVE_INFINITY },
      `${one}maxSteps`,
      "an integer of at least 0",
      "Infinity",
    ],
    [{ maxSteps: "9" }, `${one}maxSteps`, "an integer of at least 0", '"9"'],
    [{ learningRate: 0 }, `${one}learningRate`, "a finite number above 0", "0"],
    [{ learningRate: Number.NaN }, `${one}learningRate`, "a finite number above 0", "NaN"],
    [{ learningRate: "1" }, `${one}learningRate`, "a finite number above 0", '"1"'],
    [{ method: "gd" }, `${one}learningRate`, "a finite number above 0", "undefined"],
    [{ stop: null }, `${one}stop`, "an object", "null"],
    [{ stop: 1e-9 }, `${one}stop`, "an object", "1e-9"],
    [
      { stop: { Loss: 1 } },
      `${one}stop.Loss`,
      "one of loss, gradient, seconds",
      "an unknown option",
    ],
    [{ stop: { loss: -1 } }, `${one}stop.loss`, "a finite number at least 0", "-1"],
    [
      { stop: { gradient: Number.NaN } },
      `${one}stop.gradient`,
      "a finite number at least 0",
      "NaN",
    ],
    [{ stop: { seconds: "60" } }, `${one}stop.seconds`, "a finite number at least 0", '"60"'],
    [
      { stop: { seconds: Number.POSITIVE_INFINITY } },
      `${one}stop.seconds`,
      "a finite number at least 0",
      "Infinity",
    ],
    [{ signal: null }, `${one}signal`, "an AbortSignal", "null"],
    [{ signal: {} }, `${one}signal`, "an AbortSignal", "an object"],
    [{ signal: new AbortController() }, `${one}signal`, "an AbortSignal", "an object"],
    [{ signal: { aborted: false } }, `${one}signal`, "an AbortSignal", "an object"],
    [{ onStep: "log" }, `${one}onStep`, "a function", '"log"'],
    [{ onStep: null }, `${one}onStep`, "a function", "null"],
  ])("%o is refused by name; bits and memory stay", async (options, argument, expected, got) => {
    const network = await create();
    const before = networkBits(network);
    const used = engine.bytesUsed;
    const call = () => train(network, smallProblem(), options as TrainOptions);
    expect(await factsOf(call)).toEqual(invalidArgument(argument, expected, got));
    expect(networkBits(network)).toEqual(before);
    expect(engine.bytesUsed).toBe(used);
    network.setParameters(network.parameters);
    network.dispose();
  });

  test("undefined is the same as left out", async () => {
    const [a, b] = [await create(), await create()];
    const names = [
      "method",
      "solver",
      "precision",
      "regularization",
      "learningRate",
      "stop",
      "signal",
      "onStep",
    ];
    const options = Object.fromEntries(names.map((name) => [name, undefined]));
    await train(a, smallProblem(), { ...options, maxSteps: 5 } as TrainOptions);
    await train(b, smallProblem(), { maxSteps: 5, stop: {} });
    expect(networkBits(a)).toEqual(networkBits(b));
    a.dispose();
    b.dispose();
  });

  test("auto takes what it counted to be the cheapest, and does what that solver does", async () => {
    // Few samples for the parameters, then many.
    for (const samples of [9, 400]) {
      const [a, b] = [await create(), await create()];
      const data = publishedProblem(samples);
      const auto = await train(a, data, { maxSteps: 5 });
      const { candidates, solver } = auto.plan!;
      expect(solver).toBe(samples === 9 ? "function-space" : "dense");
      expect(auto.solver).toBe(solver);
      const least = Math.min(...candidates.map(({ flops }) => flops));
      expect(candidates.find((candidate) => candidate.solver === solver)!.flops).toBe(least);
      await train(b, data, { solver, maxSteps: 5 });
      expect(networkBits(a)).toEqual(networkBits(b));
      a.dispose();
      b.dispose();
    }
  });

  test.each([[null], [undefined], [{}], ["network"], [Network]])(
    "%o is no network",
    async (network) => {
      const promise = train(network as Network, smallProblem());
      // A rejection, never an exception thrown from the call itself.
      expect(promise).toBeInstanceOf(Promise);
      expect(await factsOf(() => promise)).toMatchObject({
        code: "invalid-argument",
        argument: "network",
      });
    },
  );
});
