import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AdaptiveRegularization,
  createEngine,
  Network,
  type Regularization,
  type StepRecord,
  train,
} from "../../bindings/index.js";
import { createPolicy } from "../../bindings/regularization/table.js";
import { factsOf, faultOf, networkBits, publishedProblem, smallProblem } from "./support.js";

const EPS = 2 ** -52;
const engine = await createEngine();
const shape = { inputs: 1, outputs: 1, width: 64, activation: "tanh", beta: 0.75 } as const;
const policyOf = (options: unknown) =>
  createPolicy(options as Regularization | undefined, shape, engine.core.scaledGamma);
const create = (width: number, seed = 0, beta = 0.52) =>
  Network.create({ width, seed, beta, engine });

const outcome = (before: number, after: number, predicted = 1, length = 1) => ({
  before,
  after,
  predicted,
  length,
});

/**
 * Takes a policy through one step whose tries have the given outcomes; returns the gammas that were
 * tried.
 */
function step(policy: ReturnType<typeof policyOf>, outcomes: readonly boolean[]): number[] {
  const gammas: number[] = [];
  for (const accepted of outcomes) {
    if (policy.triesLeft === 0) break;
    gammas.push(policy.gamma);
    if (accepted) policy.accepted(outcome(1, 0.5));
    else policy.rejected({ reason: "loss-increased" });
    if (accepted) break;
  }
  policy.endStep();
  return gammas;
}

describe("gain-ratio", () => {
  test("is the default, and shrinks, keeps or raises gamma by what the model was worth", () => {
    const policy = policyOf(undefined);
    expect(policy.gamma).toBe(1e-4);
    expect(policy.lengths).toBeGreaterThan(1);
    let gamma = policy.gamma;
    // [decrease of the loss where 1 was predicted, part of the step, factor of gamma]
    for (const [gain, length, factor] of [
      [0.9, 1, 0.3],
      [0.4, 1, 1],
      [0.1, 1, 2],
      [0.9, 0.5, 2],
      [0.9, 0.25, 4],
    ] as const) {
      policy.accepted(outcome(1, 1 - gain, 1, length));
      expect(policy.gamma).toBeCloseTo(gamma * factor, 15);
      gamma = policy.gamma;
    }
  });

  test("takes what lowers the loss by some part of the promise", () => {
    const policy = policyOf(undefined);
    expect(policy.accepts(outcome(1, 0.5, 0.5))).toBe(true);
    expect(policy.accepts(outcome(1, 1))).toBe(false);
    expect(policy.accepts(outcome(1, 1 - 1e-6))).toBe(false);
    expect(policy.accepts(outcome(1, 0.5, Number.NaN))).toBe(false);
    // A model that promised nothing is no reason to refuse what did lower the loss, nor to trust
    // it.
    expect(policy.accepts(outcome(1, 0.5, -1))).toBe(true);
    policy.accepted(outcome(1, 0.5, -1));
    expect(policy.gamma).toBe(1e-4);
  });

  test("jumps to where H + gamma I can be positive definite, and ends at the maximum", () => {
    const policy = policyOf({ policy: "gain-ratio", initial: 1e-10, maximum: 10, tries: 100 });
    policy.rejected({ reason: "not-positive-definite", indefiniteUpTo: 0.25 });
    expect(policy.gamma).toBeGreaterThan(0.25);
    expect(policy.gamma).toBeLessThanOrEqual(1);
    for (let i = 0; i < 10; i++) policy.rejected({ reason: "loss-increased" });
    expect(policy.gamma).toBe(10);
    expect(policy.exhausted).toBe(true);
  });
});

describe("adaptive", () => {
  test("defaults are the published ones", () => {
    const policy = policyOf({ policy: "adaptive" });
    expect(step(policy, new Array(9).fill(false))).toEqual([1e-8, 2e-8, 4e-8, 8e-8, 16e-8, 32e-8]);
    expect(step(policy, [true])).toEqual([64e-8]);
    expect(policy.gamma).toBe(64e-8 * 0.8);
    for (let i = 0; i < 200; i++) step(policy, [true]);
    expect(policy.gamma).toBe(1e-12);
    for (let i = 0; i < 20; i++) step(policy, new Array(6).fill(false));
    expect(policy.gamma).toBe(100);
    expect(policy.exhausted).toBe(true);
    expect(step(policyOf({ policy: "adaptive" }), [true])).toEqual([1e-8]);
  });

  test("gamma follows the rule for any options and any outcomes", () => {
    const options = fc
      .record({
        minimum: fc.double({ min: 1e-12, max: 1e-6, noNaN: true }),
        maximum: fc.double({ min: 1e-2, max: 1e6, noNaN: true }),
        initial: fc.double({ min: 1e-6, max: 1e-2, noNaN: true }),
        increase: fc.double({ min: 1.1, max: 50, noNaN: true }),
        decrease: fc.double({ min: 0.01, max: 1, noNaN: true }),
        tries: fc.integer({ min: 1, max: 9 }),
      })
      .map((record) => ({ policy: "adaptive" as const, ...record }));
    const steps = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(options, steps, (rule, outcomes) => {
        const policy = policyOf(rule);
        let gamma = rule.initial;
        for (const tries of outcomes) {
          const gammas = step(policy, tries);
          expect(gammas.length).toBeLessThanOrEqual(rule.tries);
          gammas.forEach((tried, index) => {
            expect(tried).toBe(gamma);
            gamma = tries[index]
              ? Math.max(gamma * rule.decrease, rule.minimum)
              : Math.min(gamma * rule.increase, rule.maximum);
          });
          expect(policy.triesLeft).toBe(rule.tries);
        }
      }),
    );
  });

  test("takes only what lowers the loss", () => {
    const policy = policyOf({ policy: "adaptive" });
    expect(policy.accepts(outcome(1, 1 - EPS))).toBe(true);
    expect(policy.accepts(outcome(1, 1))).toBe(false);
    expect(policy.accepts(outcome(1, 1 + EPS))).toBe(false);
    expect(policy.accepts(outcome(0, 0))).toBe(false);
  });

  test("is exhausted only when the maximum itself was tried in vain", () => {
    const policy = policyOf({ policy: "adaptive", initial: 50, maximum: 100, tries: 1 });
    expect(step(policy, [false])).toEqual([50]);
    expect(policy.exhausted).toBe(false);
    expect(step(policy, [false])).toEqual([100]);
    expect(policy.exhausted).toBe(true);
    expect(step(policy, [true])).toEqual([100]);
    expect(policy.exhausted).toBe(false);
  });

  test("the sequence of a training replays exactly from its records", async () => {
    const rule = {
      initial: 1e-3,
      increase: 3,
      decrease: 0.5,
      minimum: 1e-4,
      maximum: 20,
      tries: 3,
    };
    const cases: [AdaptiveRegularization, typeof rule][] = [
      [{ policy: "adaptive", ...rule }, rule],
      [
        { policy: "adaptive" },
        { initial: 1e-8, increase: 2, decrease: 0.8, minimum: 1e-12, maximum: 100, tries: 6 },
      ],
    ];
    for (const [regularization, expected] of cases) {
      const network = await create(20, 1);
      const { history } = await train(network, publishedProblem(25), {
        regularization,
        maxSteps: 80,
      });
      let gamma = expected.initial;
      for (const record of history) {
        expect(record.rejected.length).toBeLessThanOrEqual(expected.tries);
        for (const rejected of record.rejected) {
          expect(rejected.gamma).toBe(gamma);
          if (rejected === record.rejected.at(-1) && !record.accepted) {
            expect(record.gamma).toBe(gamma);
          }
          gamma = Math.min(gamma * expected.increase, expected.maximum);
        }
        if (record.accepted) {
          expect(record.gamma).toBe(gamma);
          gamma = Math.max(gamma * expected.decrease, expected.minimum);
        } else {
          expect(record.rejected).toHaveLength(expected.tries);
        }
      }
      // The run is long enough to have seen every branch.
      expect(history.some(({ accepted }) => accepted)).toBe(true);
      expect(history.some(({ accepted }) => !accepted)).toBe(true);
      network.dispose();
    }
  });

  test("the cap and the floor are reached and held", async () => {
    const network = await create(20, 1);
    const low = { policy: "adaptive", initial: 10, minimum: 8, maximum: 10 } as const;
    const { history } = await train(network, smallProblem(), { regularization: low, maxSteps: 6 });
    expect(history.map(({ gamma }) => gamma)).toEqual([10, 8, 8, 8, 8, 8]);
    network.dispose();
    const other = await create(60);
    const capped = { policy: "adaptive", initial: 1e-9, maximum: 3e-9, tries: 4 } as const;
    const run = await train(other, publishedProblem(33), { regularization: capped });
    expect(run.reason).toBe("stalled");
    expect(run.history.at(-1)!.rejected.map(({ gamma }) => gamma)).toEqual([
      1e-9, 2e-9, 3e-9, 3e-9,
    ]);
    other.dispose();
  });
});

describe("fixed", () => {
  const rejectedGammas = ({ rejected }: StepRecord) => rejected.map(({ gamma }) => gamma);

  test("is raised tenfold while H + gamma I is indefinite, and goes back at the next step", async () => {
    const network = await create(60);
    const data = publishedProblem(33);
    const base = 1e-6;
    const { history } = await train(network, data, {
      solver: "dense",
      regularization: { policy: "fixed", gamma: base },
      maxSteps: 5,
    });
    expect(history).toHaveLength(5);
    expect(history[0]!.rejected.length).toBeGreaterThan(0);
    for (const record of history) {
      const tried = [...rejectedGammas(record), record.gamma!];
      // Each step starts from the base again, whatever the step before had to do.
      expect(tried[0]).toBe(base);
      for (let index = 1; index < tried.length; index++) {
        expect(tried[index]).toBe(tried[index - 1]! * 10);
      }
      expect(record).toMatchObject({ accepted: true, positiveDefinite: true });
      for (const { reason, pivot, loss } of record.rejected) {
        expect(reason).toBe("not-positive-definite");
        expect(Number.isInteger(pivot)).toBe(true);
        expect(pivot).toBeGreaterThanOrEqual(0);
        expect(pivot).toBeLessThan(180);
        expect(loss).toBeUndefined();
      }
    }
    network.dispose();
  });

  test("function space refuses the same gammas, and counts the negative eigenvalues", async () => {
    const [network, other] = [await create(60), await create(60)];
    const data = publishedProblem(33);
    const regularization = { policy: "fixed", gamma: 1e-6 } as const;
    const first = { regularization, maxSteps: 1 } as const;
    const inertia = (gamma: number) => network.newtonStep(data, { gamma, solver: "dense" }).inertia;
    const negatives = new Map([1e-6, 1e-5, 1e-4].map((gamma) => [gamma, inertia(gamma)!.negative]));
    const { history } = await train(network, data, { ...first, solver: "function-space" });
    const dense = await train(other, data, { ...first, solver: "dense" });
    expect(rejectedGammas(history[0]!)).toEqual(rejectedGammas(dense.history[0]!));
    for (const { gamma, negative } of history[0]!.rejected) {
      expect(negative).toBeGreaterThan(0);
      // Where B alone has more than R negative eigenvalues, those beyond R are a lower bound.
      if (negatives.has(gamma!)) expect(negative).toBeLessThanOrEqual(negatives.get(gamma!)!);
    }
    network.dispose();
    other.dispose();
  });

  test("the pivot is the one at which a plain Cholesky of the same matrix fails", async () => {
    const network = await create(60);
    const data = publishedProblem(33);
    const count = network.parameterCount;
    const hessian = network.hessian(data);
    const failingPivot = (gamma: number) => {
      const l = hessian.slice();
      for (let j = 0; j < count; j++) {
        let diagonal = l[j * count + j]! + gamma;
        for (let k = 0; k < j; k++) diagonal -= l[j * count + k]! ** 2;
        if (!(diagonal > 0)) return j;
        l[j * count + j] = Math.sqrt(diagonal);
        for (let i = j + 1; i < count; i++) {
          let sum = l[i * count + j]!;
          for (let k = 0; k < j; k++) sum -= l[i * count + k]! * l[j * count + k]!;
          l[i * count + j] = sum / l[j * count + j]!;
        }
      }
      return -1;
    };
    const { history } = await train(network, data, {
      solver: "dense",
      regularization: { policy: "fixed", gamma: 1e-6 },
      maxSteps: 1,
    });
    const [record] = history;
    for (const { gamma, pivot } of record!.rejected) expect(pivot).toBe(failingPivot(gamma!));
    expect(failingPivot(record!.gamma!)).toBe(-1);
    network.dispose();
  });

  test("gamma 0 is raised to something above 0 where it has to be", () => {
    const policy = policyOf({ policy: "fixed", gamma: 0 });
    const gammas = step(policy, [false, false, false, true]);
    expect(gammas[0]).toBe(0);
    expect(gammas.slice(1)).toEqual([1e-12, 1e-12 * 10, 1e-12 * 10 * 10]);
    expect(policy.gamma).toBe(0);
  });

  test("every finite loss is taken, and raising comes to an end", () => {
    const policy = policyOf({ policy: "fixed", gamma: 1 });
    expect(policy.accepts(outcome(1, 1e300))).toBe(true);
    const gammas = step(policy, new Array(100).fill(false));
    expect(gammas.at(-1)).toBe(1e12);
    expect(policy.exhausted).toBe(true);
  });

  test("the largest gamma allowed can still be tried", () => {
    const policy = policyOf({ policy: "fixed", gamma: 1e12 });
    expect(policy.exhausted).toBe(false);
    expect(step(policy, [true])).toEqual([1e12]);
  });
});

describe("scaled", () => {
  // N^(1 - 2 beta) where it can be said without a power function.
  test.each([
    [64, 0.75, 0.5, 0.5 / 8],
    [1024, 0.75, 3, 3 / 32],
    [1000, 1, 1, 1 / 1000],
    [7, 1, 0.1, 0.1 / 7],
    [1, 0.52, 0.25, 0.25],
    [2 ** 10, 0.6, 1, 1 / 4],
    [10 ** 5, 0.7, 1, 1 / 100],
  ])("N = %d, beta = %d, gamma = %d: gamma_N = %d", async (width, beta, gamma, expected) => {
    const policy = createPolicy(
      { policy: "scaled", gamma },
      { ...shape, width, beta },
      engine.core.scaledGamma,
    );
    // 1 - 2 beta is rounded, which log N magnifies.
    const tolerance = (4 + 2 * Math.log(width)) * EPS * expected;
    expect(Math.abs(policy.gamma - expected)).toBeLessThanOrEqual(tolerance);
  });

  test("is what a training uses, and otherwise like fixed", async () => {
    const data = smallProblem();
    const scaled = await create(64, 2, 0.75);
    const fixed = await create(64, 2, 0.75);
    const a = await train(scaled, data, {
      regularization: { policy: "scaled", gamma: 8 },
      maxSteps: 4,
    });
    const gamma = a.history[0]!.gamma!;
    expect(Math.abs(gamma - 1)).toBeLessThan(12 * EPS);
    const b = await train(fixed, data, { regularization: { policy: "fixed", gamma }, maxSteps: 4 });
    expect(networkBits(scaled)).toEqual(networkBits(fixed));
    expect(a.loss).toBe(b.loss);
    scaled.dispose();
    fixed.dispose();
  });
});

describe("options", () => {
  test.each<[unknown, RegExp]>([
    [null, /regularization$/],
    ["adaptive", /regularization$/],
    [{}, /regularization\.policy$/],
    [[], /regularization\.policy$/],
    [{ policy: "lm" }, /regularization\.policy$/],
    [{ policy: "fixed" }, /regularization\.gamma$/],
    [{ policy: "fixed", gamma: -1e-9 }, /regularization\.gamma$/],
    [{ policy: "fixed", gamma: Number.NaN }, /regularization\.gamma$/],
    [{ policy: "fixed", gamma: Number.POSITIVE_INFINITY }, /regularization\.gamma$/],
    [{ policy: "fixed", gamma: 1.1e12 }, /regularization\.gamma$/],
    [{ policy: "fixed", gamma: "1" }, /regularization\.gamma$/],
    [{ policy: "fixed", gamma: 1, initial: 1 }, /regularization\.initial$/],
    [{ policy: "scaled" }, /regularization\.gamma$/],
    [{ policy: "scaled", gamma: -1 }, /regularization\.gamma$/],
    [{ policy: "adaptive", gamma: 1 }, /regularization\.gamma$/],
    [{ policy: "adaptive", initial: 0 }, /regularization\.initial$/],
    [{ policy: "adaptive", initial: null }, /regularization\.initial$/],
    [{ policy: "adaptive", initial: 101 }, /regularization\.initial$/],
    [{ policy: "adaptive", initial: 1e-13 }, /regularization\.initial$/],
    [{ policy: "adaptive", minimum: 0 }, /regularization\.minimum$/],
    [{ policy: "adaptive", minimum: 2, maximum: 1 }, /regularization\.maximum$/],
    [{ policy: "adaptive", increase: 1 }, /regularization\.increase$/],
    [{ policy: "adaptive", decrease: 0 }, /regularization\.decrease$/],
    [{ policy: "adaptive", decrease: 1.01 }, /regularization\.decrease$/],
    [{ policy: "adaptive", tries: 0 }, /regularization\.tries$/],
    [{ policy: "adaptive", tries: 1.5 }, /regularization\.tries$/],
    [{ policy: "adaptive", tries: 1001 }, /regularization\.tries$/],
  ])("%o is refused by name, and the network is as it was", async (regularization, argument) => {
    const network = await create(4);
    const before = networkBits(network);
    const options = { regularization: regularization as Regularization };
    const facts = await factsOf(() => train(network, smallProblem(), options));
    expect(facts).toMatchObject({ name: "InputError", code: "invalid-argument" });
    expect(facts.argument).toMatch(argument);
    expect(facts.argument).toMatch(/^options\./);
    expect(networkBits(network)).toEqual(before);
    network.dispose();
  });

  test("first-order methods have none", async () => {
    const network = await create(4);
    for (const method of ["gd", "adam"] as const) {
      const regularization = { policy: "fixed", gamma: 1 } as const;
      const call = () =>
        train(network, smallProblem(), { method, learningRate: 1, regularization });
      expect((await faultOf(call)).argument).toBe("options.regularization");
    }
    network.dispose();
  });
});
