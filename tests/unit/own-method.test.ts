import { describe, expect, it } from "vitest";
import {
  type Method,
  type MethodPoint,
  Network,
  type Outcome,
  type RegularizationPolicy,
  type Rejection,
  type TrainingRun,
  type TrainOptions,
  train,
} from "../../bindings/index.js";
import { factsOf, faultOf, flatten, invalidArgument } from "./support.js";

const x = Array.from({ length: 20 }, (_, m) => m / 19);
const data = { x, y: x.map((t) => t * t - 3 * t ** 3) };
const create = () => Network.create({ width: 12, seed: 3 });
const P = 36;

/** theta := theta + v, v := momentum v - rate g. */
class HeavyBall implements Method {
  readonly name: string = "heavy-ball";
  readonly rate: number;
  readonly momentum: number;
  velocity: Float64Array<ArrayBuffer> | null = null;

  constructor(rate: number, momentum: number) {
    this.rate = rate;
    this.momentum = momentum;
  }
  propose({ parameters, gradient }: MethodPoint): Float64Array | null {
    this.velocity ??= new Float64Array(gradient.length);
    for (const p of gradient.keys()) {
      this.velocity[p] = this.momentum * this.velocity[p]! - this.rate * gradient[p]!;
      parameters[p]! += this.velocity[p]!;
    }
    return parameters;
  }
  save() {
    return { numbers: {}, vectors: this.velocity === null ? {} : { velocity: this.velocity } };
  }
  restore({ vectors }: Parameters<Method["restore"]>[0]) {
    this.velocity = (vectors.velocity as Float64Array<ArrayBuffer> | undefined) ?? null;
  }
}

/** A heavy ball whose `propose` is another. */
const proposing = (propose: (point: MethodPoint) => unknown): Method =>
  Object.assign(new HeavyBall(0.1, 0), { propose }) as Method;

async function trained(options: TrainOptions, network?: Network) {
  const at = network ?? (await create());
  const run = await train(at, data, options);
  return { run, at, parameters: at.toJSON().parameters };
}

const losses = ({ history }: TrainingRun) => history.map(({ loss }) => loss);

describe("a method of one's own", () => {
  it("without momentum takes the steps of gradient descent, bit for bit", async () => {
    const named = await trained({ method: "gd", learningRate: 0.25, maxSteps: 30 });
    const own = await trained({ method: new HeavyBall(0.25, 0), maxSteps: 30 });
    expect(losses(own.run)).toEqual(losses(named.run));
    expect(own.parameters).toBe(named.parameters);
    expect(own.run).toMatchObject({ method: "heavy-ball", solver: null, plan: null });
    expect(own.run.history[0]).toMatchObject({ accepted: true, gamma: null, length: null });
  });

  it("with momentum takes the steps of Polyak's two-term recursion", async () => {
    const network = await create();
    const [at, gradients] = [[flatten(network.parameters)], [flatten(network.gradient(data))]];
    const onStep = () => {
      at.push(flatten(network.parameters));
      gradients.push(flatten(network.gradient(data)));
    };
    await train(network, data, { method: new HeavyBall(0.2, 0.9), maxSteps: 6, onStep });
    for (let k = 1; k < 6; k++) {
      const [before, here, after] = [at[k - 1]!, at[k]!, at[k + 1]!];
      after.forEach((value, p) => {
        const expected = here[p]! - 0.2 * gradients[k]![p]! + 0.9 * (here[p]! - before[p]!);
        expect(Math.abs(value - expected)).toBeLessThan(1e-14);
      });
    }
  });

  it("sees loss and gradient, also elsewhere", async () => {
    const network = await create();
    const seen: unknown[] = [];
    const method = proposing((point) => {
      const { parameters, gradient } = point;
      seen.push(point.loss - point.lossAt(parameters), point.loss);
      expect(point.gradientAt(parameters)).toEqual(gradient);
      // The central difference along the gradient is its squared norm, to 1e-12 / h + h^2.
      const h = 1e-4;
      const along = (t: number) => parameters.map((value, p) => value + t * gradient[p]!);
      const slope = (point.lossAt(along(h)) - point.lossAt(along(-h))) / (2 * h);
      const square = gradient.reduce((sum, value) => sum + value * value, 0);
      expect(Math.abs(slope - square)).toBeLessThan(1e-6 * square);
      expect(point.lossAt(parameters.fill(1e300))).toBe(Infinity);
      // What was written to is a copy.
      return point.parameters;
    });
    const before = network.loss(data);
    const { run } = await trained({ method, maxSteps: 1 }, network);
    expect(seen).toEqual([0, before]);
    expect(run.loss).toBe(before);
  });

  it("ends as stalled without a point, as diverged with one that overflows", async () => {
    const none = await trained({ method: proposing(() => null) });
    expect(none.run).toMatchObject({ reason: "stalled", steps: 1 });
    const far = proposing(({ parameters }) => parameters.fill(Number.NaN));
    const { run, at } = await trained({ method: far });
    expect(run.reason).toBe("diverged");
    expect(at.toJSON()).toEqual((await create()).toJSON());
  });

  it("goes on from a checkpoint bit for bit, in a new object", async () => {
    const whole = await trained({ method: new HeavyBall(0.2, 0.9), maxSteps: 12 });
    const half = await trained({ method: new HeavyBall(0.2, 0.9), maxSteps: 5 });
    const resume = JSON.parse(JSON.stringify(half.run.checkpoint()));
    const rest = await trained({ method: new HeavyBall(0.2, 0.9), maxSteps: 12, resume });
    expect(resume).toMatchObject({ method: "heavy-ball", policy: null, step: 5 });
    expect(rest.parameters).toBe(whole.parameters);
    expect(rest.run.checkpoint()).toEqual(whole.run.checkpoint());
    // Of another name it is none of its checkpoints.
    const other = Object.assign(new HeavyBall(0.2, 0.9), { name: "other" });
    for (const method of [other, "adam"] as const) {
      const fault = await faultOf(async () => trained({ method, resume }));
      expect(fault).toMatchObject({ code: "invalid-argument", argument: "options.resume" });
    }
  });

  it("keeps a part of a larger array in a checkpoint, and that part alone", async () => {
    const buffer = new Float64Array([9, 9, 1, 2, 9]);
    const method = Object.assign(new HeavyBall(0.1, 0), {
      save: () => ({ numbers: {}, vectors: { part: buffer.subarray(2, 4) } }),
    });
    const { run } = await trained({ method, maxSteps: 1 });
    const { vectors } = run.checkpoint();
    const bytes = Buffer.from(vectors.part!, "base64");
    expect([...new Float64Array(new Uint8Array(bytes).buffer)]).toEqual([1, 2]);
  });

  it.each([
    ["numbers", { numbers: { best: Infinity }, vectors: {} }, "non-finite", "numbers.best"],
    [
      "vectors",
      { numbers: {}, vectors: { v: Float64Array.of(1, Number.NaN) } },
      "non-finite",
      "vectors.v[1]",
    ],
    ["a list", { numbers: {}, vectors: { v: [1] } }, "invalid-argument", "vectors.v"],
    ["no vectors", { numbers: {} }, "invalid-argument", "vectors"],
    ["nothing", undefined, "invalid-argument", "vectors"],
  ] as const)(
    "is trained though it saves %s, and has no checkpoint",
    async (_, state, code, at) => {
      const method = Object.assign(new HeavyBall(0.1, 0), { save: () => state as never });
      const { run } = await trained({ method, maxSteps: 3 });
      expect(run.steps).toBe(3);
      const fault = await faultOf(() => run.checkpoint());
      expect(fault).toMatchObject({ code, argument: `options.method.save().${at}` });
    },
  );

  it.each([
    ["of another length", new Float64Array(3), "one of length 3"],
    ["in a list", [1, 2], "an array of length 2"],
    ["that are promised", Promise.resolve(), "a promise that was not awaited"],
    ["that are missing", undefined, "undefined"],
  ])("that proposes parameters %s is refused, and the network as it was", async (_, value, got) => {
    const network = await create();
    const before = network.toJSON();
    const facts = await factsOf(() => trained({ method: proposing(() => value) }, network));
    const argument = "options.method.propose()";
    expect(facts).toEqual(invalidArgument(argument, `a Float64Array of length ${P}`, got));
    expect(network.toJSON()).toEqual(before);
    expect((await trained({ maxSteps: 1 }, network)).run.steps).toBe(1);
  });

  it("that throws ends the training with its error after the last accepted step", async () => {
    const network = await create();
    let calls = 0;
    const ball = new HeavyBall(0.1, 0);
    const method = proposing((point) => {
      if (++calls === 3) throw new RangeError("mine");
      return ball.propose(point);
    });
    await expect(trained({ method }, network)).rejects.toThrow("mine");
    const two = await trained({ method: new HeavyBall(0.1, 0), maxSteps: 2 });
    expect(network.toJSON().parameters).toBe(two.parameters);
  });

  it("has a point for the time of a step alone", async () => {
    let kept: MethodPoint | undefined;
    const method = proposing((point) => {
      kept = point;
      return null;
    });
    await trained({ method });
    const attempts = [
      () => kept!.parameters,
      () => kept!.gradient,
      () => kept!.loss,
      () => kept!.lossAt(new Float64Array(P)),
      () => kept!.gradientAt(new Float64Array(P)),
    ];
    for (const attempt of attempts) expect((await faultOf(attempt)).code).toBe("disposed");
  });

  it("is refused where its gradient elsewhere overflows", async () => {
    // The gradient in w is of the size of c^2.
    const method = proposing(({ parameters, gradientAt }) =>
      gradientAt(parameters.fill(0.5).fill(1e200, 24)),
    );
    expect((await faultOf(() => trained({ method }))).code).toBe("non-finite");
  });

  it.each([
    [{ ...new HeavyBall(1, 0) }, "options.method", "one of newton"],
    [Object.assign(new HeavyBall(1, 0), { restore: 1 }), "options.method.restore", "a function"],
    [Object.assign(new HeavyBall(1, 0), { name: "" }), "options.method.name", "a name other than"],
    [
      Object.assign(new HeavyBall(1, 0), { name: "gd" }),
      "options.method.name",
      "a name other than",
    ],
    [() => null, "options.method", "one of newton"],
    [null, "options.method", "one of newton"],
  ])("has to be whole, and of its own name: %#", async (method, argument, expected) => {
    const fault = await faultOf(() => trained({ method: method as unknown as Method }));
    expect(fault).toMatchObject({ code: "invalid-argument", argument });
    expect(fault.expected).toMatch(expected);
  });

  it.each([
    { learningRate: 1 },
    { solver: "dense" },
    { regularization: { policy: "adaptive" } },
    { corrections: 3 },
  ] as const)("takes no option of named methods: %o", async (option) => {
    const options = { method: new HeavyBall(1, 0), ...option };
    const [key] = Object.keys(option);
    expect(await faultOf(() => trained(options))).toMatchObject({
      code: "invalid-argument",
      argument: `options.${key}`,
    });
  });
});

/** Doubles gamma when a try is rejected, halves it after one that is accepted. */
class Doubling implements RegularizationPolicy {
  readonly name: string = "doubling";
  readonly lengths: number = 1;
  gamma = 1e-6;
  triesLeft = 8;
  readonly heard: (Outcome | Rejection | string)[] = [];

  get exhausted() {
    return this.gamma > 1e6;
  }
  accepts({ before, after }: Outcome): boolean {
    return after < before;
  }
  accepted(outcome: Outcome) {
    this.heard.push(outcome);
    this.gamma /= 2;
  }
  rejected(rejection: Rejection) {
    this.heard.push(rejection);
    this.gamma *= 2;
    this.triesLeft--;
  }
  endStep() {
    this.heard.push("end");
    this.triesLeft = 8;
  }
  save(): Record<string, number> {
    return { gamma: this.gamma };
  }
  restore({ gamma }: Readonly<Record<string, number>>) {
    this.gamma = gamma!;
  }
}

describe("a policy of one's own", () => {
  const named = {
    policy: "adaptive",
    initial: 1e-6,
    increase: 2,
    decrease: 0.5,
    tries: 8,
  } as const;
  const like = { curvature: "exact", acceleration: "none" } as const;

  it("like a named one takes its steps, bit for bit", async () => {
    const theirs = await trained({ regularization: named, ...like, maxSteps: 15 });
    const policy = new Doubling();
    const ours = await trained({ regularization: policy, ...like, maxSteps: 15 });
    expect(losses(ours.run)).toEqual(losses(theirs.run));
    expect(ours.parameters).toBe(theirs.parameters);
    const facts = (run: TrainingRun) =>
      run.history.map(({ gamma, rejected, gainRatio }) => ({ gamma, rejected, gainRatio }));
    expect(facts(ours.run)).toEqual(facts(theirs.run));
    // What it heard is what the record says.
    const ends = policy.heard.filter((one) => one === "end");
    const tries = ours.run.history.reduce((sum, { rejected }) => sum + rejected.length, 0);
    expect(tries).toBeGreaterThan(0);
    expect(ends).toHaveLength(15);
    expect(policy.heard.length - ends.length).toBe(
      tries + ours.run.history.filter(({ accepted }) => accepted).length,
    );
  });

  it("comes with curvature and acceleration of the default, for every solver", async () => {
    for (const solver of ["dense", "function-space", "cg"] as const) {
      const { run } = await trained({ regularization: new Doubling(), solver, maxSteps: 5 });
      expect(run).toMatchObject({ curvature: "absolute", acceleration: "geodesic", solver });
      expect(run.loss).toBeLessThan(run.initialLoss);
    }
  });

  it("may have steps shortened", async () => {
    class Short extends Doubling {
      override readonly lengths = 4;
      override accepts({ length }: Outcome): boolean {
        return length < 0.2;
      }
    }
    const { run } = await trained({
      regularization: new Short(),
      acceleration: "none",
      maxSteps: 1,
    });
    expect(run.history[0]!.length).toBe(1 / 8);
  });

  it("ends the training when it is exhausted", async () => {
    class Never extends Doubling {
      override accepts(): boolean {
        return false;
      }
    }
    const { run } = await trained({ regularization: new Never() });
    expect(run.reason).toBe("stalled");
  });

  it("goes on from a checkpoint bit for bit", async () => {
    const options = () => ({ regularization: new Doubling() });
    const whole = await trained({ ...options(), maxSteps: 12 });
    const half = await trained({ ...options(), maxSteps: 5 });
    const resume = JSON.parse(JSON.stringify(half.run.checkpoint()));
    expect(resume).toMatchObject({ method: "newton", policy: "doubling" });
    const rest = await trained({ ...options(), maxSteps: 12, resume });
    expect(rest.parameters).toBe(whole.parameters);
    const fault = await faultOf(() => trained({ resume }));
    expect(fault).toMatchObject({ argument: "options.resume", code: "invalid-argument" });
  });

  it("that has bounds holds a checkpoint against them before it is restored", async () => {
    const half = await trained({ regularization: new Doubling(), maxSteps: 2 });
    const resume = half.run.checkpoint();
    const policy = Object.assign(new Doubling(), { bounds: { gamma: { least: 1 } } });
    const fault = await faultOf(() => trained({ regularization: policy, resume }));
    expect(fault).toMatchObject({ argument: "options.resume.numbers.gamma" });
    expect(policy.gamma).toBe(1e-6);
  });

  it.each([
    ["gamma", { gamma: Number.NaN }, "options.regularization.gamma"],
    ["gamma", { gamma: -1 }, "options.regularization.gamma"],
    ["lengths", { lengths: 0 }, "options.regularization.lengths"],
    ["accepts", { accepts: (): unknown => 1 }, "options.regularization.accepts()"],
    ["endStep", { endStep: null }, "options.regularization.endStep"],
    ["name", { name: "adaptive" }, "options.regularization.name"],
    [
      "triesLeft",
      { accepts: (): boolean => false, rejected: () => {} },
      "options.regularization.triesLeft",
    ],
    [
      "exhausted",
      { accepts: (): boolean => false, exhausted: undefined },
      "options.regularization.exhausted",
    ],
  ])(
    "that is not right in %s is refused, and the network as it was: %o",
    async (_, fault, argument) => {
      const network = await create();
      const before = network.toJSON();
      const regularization = new Doubling();
      for (const [key, value] of Object.entries(fault)) {
        Object.defineProperty(regularization, key, { value, writable: true });
      }
      const facts = await factsOf(() => trained({ regularization, maxSteps: 3 }, network));
      expect(facts).toMatchObject({ code: "invalid-argument", argument });
      expect(network.toJSON()).toEqual(before);
    },
  );

  it("is refused by methods without regularization", async () => {
    const options = { method: "adam", regularization: new Doubling() } as const;
    expect((await faultOf(() => trained(options))).argument).toBe("options.regularization");
  });
});

it("a network in a worker takes names alone", async () => {
  const network = await Network.create({ width: 3, worker: true });
  try {
    for (const [argument, options] of [
      ["options.method", { method: new HeavyBall(1, 0) }],
      ["options.regularization", { regularization: new Doubling() }],
    ] as const) {
      const fault = await faultOf(() => train(network, data, options));
      expect(fault).toMatchObject({ code: "invalid-argument", argument });
    }
  } finally {
    network.dispose();
  }
});
