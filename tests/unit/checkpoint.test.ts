import { describe, expect, it, vi } from "vitest";
import { encodeCheckpoint } from "../../bindings/formats/checkpoint.js";
import { checksum } from "../../bindings/formats/checksum.js";
import {
  type Checkpoint,
  Network,
  type StepControl,
  type StepRecord,
  type TrainOptions,
  train,
} from "../../bindings/index.js";
import { factsOf, faultOf, networkBits, publishedProblem } from "./support.js";

const cases: [string, TrainOptions][] = [
  ["newton, gain ratio", {}],
  ["newton, adaptive", { regularization: { policy: "adaptive" } }],
  ["newton, fixed", { regularization: { policy: "fixed", gamma: 0.3 } }],
  ["newton, scaled", { regularization: { policy: "scaled", gamma: 0.3 } }],
  ["newton, exact, geodesic", { curvature: "exact", acceleration: "geodesic" }],
  ["newton, dense, mixed precision", { solver: "dense", precision: "mixed" }],
  ["newton, cg", { solver: "cg" }],
  ["gauss-newton", { method: "gauss-newton" }],
  ["trust-region", { method: "trust-region", corrections: 4 }],
  ["lbfgs", { method: "lbfgs", corrections: 4 }],
  ["adam", { method: "adam" }],
  ["gd", { method: "gd", learningRate: 0.5 }],
];

const data = publishedProblem(20);
const shape = { width: 15, seed: 2 };
const withoutTime = (history: readonly StepRecord[]) =>
  history.map(({ seconds: _, ...rest }) => rest);

describe("a checkpoint", () => {
  it.each(cases)("goes on bit for bit: %s", async (_name, options) => {
    const whole = await Network.create(shape);
    const checkpoints: Checkpoint[] = [];
    const run = await train(whole, data, {
      ...options,
      maxSteps: 14,
      onStep: (_record, control) => checkpoints.push(control.checkpoint()),
    });
    expect(run.steps).toBe(14);
    const short = await Network.create(shape);
    const first = await train(short, data, { ...options, maxSteps: 6 });
    expect(first.checkpoint()).toEqual(checkpoints[5]);

    // As after a restart: another network, from what a file keeps.
    const resumed = await Network.create({ ...shape, seed: 99 });
    const resume: Checkpoint = JSON.parse(JSON.stringify(first.checkpoint()));
    const rest = await train(resumed, data, { ...options, maxSteps: 14, resume });
    expect(withoutTime(rest.history)).toEqual(withoutTime(run.history.slice(6)));
    expect(networkBits(resumed)).toEqual(networkBits(whole));
    expect(rest.checkpoint().numbers).toEqual(run.checkpoint().numbers);
  });

  it("of a run that is done does nothing more", async () => {
    const network = await Network.create(shape);
    const run = await train(network, data, { maxSteps: 3 });
    const again = await train(network, data, { maxSteps: 3, resume: run.checkpoint() });
    expect(again).toMatchObject({ steps: 0, reason: "max-steps", loss: run.loss });
  });

  const STRONG = { w: 0.1, eta: 0.1, c: 0.1 };
  /** Runs that end by themselves. */
  const ending: [string, TrainOptions, string][] = [
    [
      "gamma at its maximum",
      { regularization: { policy: "gain-ratio", maximum: 1e-3, tries: 3 } },
      "stalled",
    ],
    ["a line search", { method: "lbfgs", penalty: STRONG }, "stalled"],
    ["a trust region", { method: "trust-region", penalty: STRONG }, "stalled"],
    ["a rate too large", { method: "gd", learningRate: 1e160 }, "diverged"],
    ["rows kept aside", { validation: 0.3, patience: 4 }, "validation"],
    ["a small loss", { stop: { loss: 1e-3 } }, "loss"],
  ];
  it.each(ending)(
    "of the step a run ended with does nothing more: %s",
    async (_name, options, reason) => {
      const whole = await Network.create(shape);
      const checkpoints: Checkpoint[] = [];
      const run = await train(whole, data, {
        ...options,
        onStep: (_record, control) => checkpoints.push(control.checkpoint()),
      });
      expect(run.reason).toBe(reason);
      expect(run.steps).toBeGreaterThan(0);
      for (const [back, resume] of [
        checkpoints.at(-1)!,
        checkpoints.at(-2) ?? run.checkpoint(),
      ].entries()) {
        const network = await Network.create({ ...shape, seed: 99 });
        const rest = await train(network, data, {
          ...options,
          resume: JSON.parse(JSON.stringify(resume)),
        });
        expect(rest).toMatchObject({
          reason,
          steps: checkpoints.length > back ? back : 0,
          loss: run.loss,
        });
        expect(withoutTime(rest.history)).toEqual(
          withoutTime(run.history.slice(run.steps - rest.steps)),
        );
        expect(networkBits(network)).toEqual(networkBits(whole));
        const { network: _mine, checksum: _of, ...last } = rest.checkpoint();
        expect(run.checkpoint()).toMatchObject(last);
      }
    },
  );

  it("says so only of ends that nothing follows, and is refused with another word", async () => {
    const options = { method: "gd", learningRate: 1e160 } as const;
    const good = await checkpointOf(options);
    expect(good.ended).toBe("diverged");
    expect(await checkpointOf({ maxSteps: 2 })).not.toHaveProperty("ended");
    const { ended: _, ...cut } = good;
    for (const resume of [cut, { ...good, ended: "stalled" }, { ...good, ended: "loss" }]) {
      const network = await Network.create(shape);
      const work = () => train(network, data, { ...options, resume: resume as Checkpoint });
      expect((await faultOf(work)).code).toBe("invalid-model");
    }
  });

  const forged: [string, (good: Checkpoint) => unknown, string][] = [
    ["nothing", () => null, "invalid-model"],
    ["a network", ({ network }) => network, "invalid-model"],
    ["an edited one", (good) => ({ ...good, step: good.step + 1 }), "invalid-model"],
    ["an edited vector", (good) => ({ ...good, vectors: { s: "AAAAAAAAAAA=" } }), "invalid-model"],
    ["a cut one", ({ numbers: _, ...rest }) => rest, "invalid-model"],
    ["a newer one", (good) => ({ ...good, version: 3 }), "unsupported-version"],
  ];
  it.each(forged)("is refused if it is %s, and nothing changes", async (_name, forge, code) => {
    const network = await Network.create(shape);
    const good = (await train(network, data, { maxSteps: 2 })).checkpoint();
    const before = networkBits(network);
    const work = () => train(network, data, { resume: forge(good) as Checkpoint });
    expect((await faultOf(work)).code).toBe(code);
    expect(networkBits(network)).toEqual(before);
  });

  const others: [string, { width?: number } & TrainOptions, RegExp][] = [
    ["network", { width: 16 }, /network\.width 16.*15/],
    ["method", { method: "adam" }, /method "adam".*"newton"/],
    ["policy", { regularization: { policy: "adaptive" } }, /"adaptive".*"gain-ratio"/],
  ];
  it.each(others)(
    "is refused for another %s",
    async (_name, { width = 15, ...options }, message) => {
      const resume = (await train(await Network.create(shape), data, { maxSteps: 2 })).checkpoint();
      const network = await Network.create({ width });
      const fault = await faultOf(() => train(network, data, { ...options, resume }));
      expect(fault).toMatchObject({ code: "invalid-argument", argument: "options.resume" });
      expect(fault.message).toMatch(message);
    },
  );

  it("of L-BFGS is refused for another number of corrections", async () => {
    const options = { method: "lbfgs", maxSteps: 3 } as const;
    const resume = (
      await train(await Network.create(shape), data, { ...options, corrections: 3 })
    ).checkpoint();
    const network = await Network.create(shape);
    const work = () => train(network, data, { ...options, corrections: 4, resume });
    expect((await factsOf(work)).expected).toMatch(/s of length/);
  });

  /** With the checksum of what it says, so that only its contents can be refused. */
  function resigned(checkpoint: Record<string, unknown> & Pick<Checkpoint, "network">): Checkpoint {
    const { format, version, method, policy, step, network, numbers, vectors } = checkpoint;
    const sorted = (values: unknown) =>
      Object.entries(values as object).sort(([a], [b]) => (a < b ? -1 : 1));
    const facts = [format, version, method, policy, step, network.checksum];
    const text = JSON.stringify([...facts, sorted(numbers), sorted(vectors)]);
    return { ...checkpoint, checksum: checksum(text) } as unknown as Checkpoint;
  }

  const lbfgs = { method: "lbfgs", maxSteps: 3 } as const;
  const checkpointOf = async (options: TrainOptions) =>
    (await train(await Network.create(shape), data, options)).checkpoint();

  it("may have its keys in any order", async () => {
    for (const options of [lbfgs, { maxSteps: 3 }]) {
      const good = await checkpointOf(options);
      const backwards = (values: object) => Object.fromEntries(Object.entries(values).reverse());
      const resume = backwards({
        ...good,
        numbers: backwards(good.numbers),
        vectors: backwards(good.vectors),
      }) as unknown as Checkpoint;
      expect(Object.keys(resume)[0]).not.toBe(Object.keys(good)[0]);
      expect(resume).toEqual(resigned(good as unknown as Parameters<typeof resigned>[0]));
      const run = await train(await Network.create(shape), data, {
        ...options,
        maxSteps: 4,
        resume,
      });
      expect(run.steps).toBe(1);
    }
  });

  it("from before the first step starts from the beginning", async () => {
    const start = await checkpointOf({ maxSteps: 0 });
    expect(start.step).toBe(0);
    const [one, two] = [await Network.create(shape), await Network.create(shape)];
    await train(one, data, { maxSteps: 2, resume: start });
    await train(two, data, { maxSteps: 2 });
    expect(networkBits(one)).toEqual(networkBits(two));
  });

  it.each([
    ["a number", 5, "options.resume"],
    ["null", null, "options.resume"],
    ["a text", "newton-nn/checkpoint", "options.resume"],
    ["an empty object", {}, "options.resume.format"],
    ["a network", { format: "newton-nn/network" }, "options.resume.format"],
  ])("is refused if it is %s", async (_name, resume, argument) => {
    const network = await Network.create(shape);
    const work = () => train(network, data, { resume: resume as unknown as Checkpoint });
    expect(await factsOf(work)).toMatchObject({ code: "invalid-model", argument });
  });

  const WHOLE = {
    code: "invalid-model",
    argument: "options.resume",
    expected: "a whole checkpoint",
  };
  function deep(): unknown {
    let value: unknown = 0;
    for (let depth = 0; depth < 100_000; depth++) value = [value];
    return value;
  }

  const refusals: [string, object, object][] = [
    ["version 0", { version: 0 }, WHOLE],
    ["version 1.5", { version: 1.5 }, WHOLE],
    ["step -1", { step: -1 }, WHOLE],
    ["step 1.5", { step: 1.5 }, WHOLE],
    ["numbers that are none", { numbers: { gamma: "1" } }, WHOLE],
    ["no numbers", { numbers: undefined }, WHOLE],
    ["numbers null", { numbers: null }, WHOLE],
    ["vectors that are no texts", { vectors: { s: 1 } }, WHOLE],
    ["vectors null", { vectors: null }, WHOLE],
    ["network null", { network: null }, WHOLE],
    ["network a text", { network: "network" }, WHOLE],
    [
      "a vector that is not base64",
      { vectors: { s: "?" } },
      { code: "invalid-model", argument: "options.resume.vectors" },
    ],
    [
      "a vector of half a number",
      { vectors: { s: "AAAA" } },
      { code: "invalid-model", argument: "options.resume.vectors" },
    ],
    ["no vectors", { vectors: {} }, { code: "invalid-argument", argument: "options.resume" }],
    [
      "no numbers of the method",
      { numbers: {} },
      { code: "invalid-argument", argument: /^options\.resume\.numbers\.\w+$/, got: "undefined" },
    ],
    ["another method", { method: "sgd" }, { code: "invalid-argument", argument: "options.resume" }],
    ["another policy", { policy: "sgd" }, { code: "invalid-argument", argument: "options.resume" }],
    ["a method deeper than any stack", { method: deep() }, WHOLE],
    ["a policy deeper than any stack", { policy: deep() }, WHOLE],
    ["a signature deeper than any stack", { network: { checksum: deep() } }, WHOLE],
    [
      "a later version",
      { version: 3 },
      { code: "unsupported-version", argument: "options.resume.version", expected: "2", got: "3" },
    ],
  ];
  const bounds: [string, TrainOptions, object, string][] = [
    ["pairs", lbfgs, { pairs: 1e9 }, "at least 0 and at most 20"],
    ["pairs", lbfgs, { pairs: 1.5 }, "an integer"],
    ["pairs", lbfgs, { pairs: -1 }, "at least 0 and at most 20"],
    ["newest", lbfgs, { newest: -3000 }, "at least 0 and at most 19"],
    ["newest", lbfgs, { newest: 20 }, "at least 0 and at most 19"],
    ["gamma", {}, { gamma: -1 }, "at least 1e-18 and at most 1000000"],
    ["gamma", {}, { gamma: 1e7 }, "at least 1e-18 and at most 1000000"],
    ["exhausted", {}, { exhausted: 2 }, "at least 0 and at most 1"],
    ["exhausted", {}, { exhausted: 0.5 }, "an integer"],
    ["gamma", { regularization: { policy: "fixed", gamma: 1 } }, { gamma: -1 }, "at least 0"],
    ["gamma", { regularization: { policy: "fixed", gamma: 1 } }, { gamma: 1e14 }, "at most 1"],
    ["count", { method: "adam" }, { count: -1 }, "at least 0"],
    ["count", { method: "adam" }, { count: 0.5 }, "an integer"],
  ];
  it.each(bounds)(
    "is refused with %s out of bounds: %j, %j",
    async (name, own, change, expected) => {
      const options = { ...own, maxSteps: 3 };
      const good = await checkpointOf(options);
      const numbers = { ...good.numbers, ...change };
      const resume = resigned({ ...good, numbers });
      const network = await Network.create(shape);
      const before = networkBits(network);
      const facts = await factsOf(() => train(network, data, { ...options, resume }));
      expect(facts.argument).toBe(`options.resume.numbers.${name}`);
      expect(facts.expected).toContain(expected);
      expect(networkBits(network)).toEqual(before);
    },
  );

  it("is refused with numbers or vectors that its method does not have", async () => {
    const good = await checkpointOf(lbfgs);
    const network = await Network.create(shape);
    for (const change of [
      { numbers: { ...good.numbers, count: 1 } },
      { vectors: { ...good.vectors, mean: "AAAAAAAAAAA=" } },
    ]) {
      const resume = resigned({ ...good, ...change });
      const facts = await factsOf(() => train(network, data, { ...lbfgs, resume }));
      expect(facts.argument).toBe(`options.resume.${Object.keys(change)[0]}`);
    }
  });

  const values: [string, number][] = [
    ["mean", Number.NaN],
    ["mean", Number.POSITIVE_INFINITY],
    ["square", -1],
  ];
  it.each(values)("is refused with a vector %s that holds %d", async (name, value) => {
    const options = { method: "adam", maxSteps: 3 } as const;
    const good = await checkpointOf(options);
    const vector = new Float64Array(Buffer.from(good.vectors[name]!, "base64").length / 8);
    vector[4] = value;
    const text = Buffer.from(vector.buffer).toString("base64");
    const resume = resigned({ ...good, vectors: { ...good.vectors, [name]: text } });
    const network = await Network.create(shape);
    const before = networkBits(network);
    const facts = await factsOf(() => train(network, data, { ...options, resume }));
    expect(facts.argument).toBe(`options.resume.vectors.${name}[4]`);
    expect(networkBits(network)).toEqual(before);
  });

  it("that no text can hold is refused before it is made", async () => {
    // Never written to, so that the system gives no memory for them.
    const [s, y] = [new Float64Array(2.625e7), new Float64Array(2.625e7)];
    const network = await Network.create(shape);
    const { seed, ...facts } = network;
    const snapshot = {
      method: "lbfgs",
      policy: null,
      objective: null,
      step: 1,
      ended: null,
      shape: { ...facts, seed },
      theta: new Float64Array(0),
      state: { numbers: {}, vectors: { s, y } },
    } as const;
    expect(await factsOf(() => encodeCheckpoint(snapshot))).toMatchObject({
      code: "out-of-memory",
      got: "560000480",
    });
  });

  it("that there is no room for leaves the run as it is", async () => {
    const network = await Network.create(shape);
    const copy = vi.spyOn(Float64Array.prototype, "slice").mockImplementation(() => {
      throw new RangeError("Array buffer allocation failed");
    });
    const run = await train(network, data, { maxSteps: 3 }).finally(() => copy.mockRestore());
    expect(run).toMatchObject({ steps: 3, reason: "max-steps" });
    expect((await faultOf(() => run.checkpoint())).code).toBe("out-of-memory");
  });

  it.each(cases)("cannot be asked of a step when the training is over: %s", async (_name, own) => {
    const controls: StepControl[] = [];
    const keep = (_record: StepRecord, control: StepControl) => controls.push(control);
    const network = await Network.create(shape);
    await train(network, data, { ...own, maxSteps: 3, onStep: keep });
    // What would be read then is another's memory.
    using _other = await Network.create(shape);
    for (const control of controls) {
      expect((await faultOf(() => control.checkpoint())).code).toBe("disposed");
    }
    const broken = () => {
      throw new Error("enough");
    };
    await expect(
      train(network, data, {
        ...own,
        onStep: (...step) => {
          keep(...step);
          broken();
        },
      }),
    ).rejects.toThrow("enough");
    expect((await faultOf(() => controls.at(-1)!.checkpoint())).code).toBe("disposed");
  });

  it.each(refusals)("is refused with %s", async (_name, change, facts) => {
    const changed = { ...(await checkpointOf(lbfgs)), ...change };
    let resume = changed as unknown as Checkpoint;
    try {
      resume = resigned(changed as unknown as Parameters<typeof resigned>[0]);
    } catch {
      // Nothing that could be signed.
    }
    const network = await Network.create(shape);
    const before = networkBits(network);
    const got = await factsOf(() => train(network, data, { ...lbfgs, resume }));
    for (const [name, value] of Object.entries(facts)) {
      const actual = got[name as keyof typeof got];
      if (value instanceof RegExp) expect(actual).toMatch(value);
      else expect(actual).toBe(value);
    }
    expect(networkBits(network)).toEqual(before);
  });
});
