import { describe, expect, it } from "vitest";
import { splitRows } from "../../bindings/data/split.js";
import { type Dataset, Model, Network, type TrainOptions, train } from "../../bindings/index.js";
import { factsOf, networkBits } from "./support.js";

/** A curve, and a disturbance that no network has a reason to find. */
const truth = (t: number) => Math.sin(6 * t);
const noise = (m: number) => ((m * 7919) % 101) / 50 - 1;
const rows = (count: number, offset: number): Dataset => {
  const x = Array.from({ length: count }, (_, m) => (m + offset) / count);
  return { x, y: x.map((t, m) => truth(t) + noise(m + 31 * offset)) };
};
const data = rows(60, 0);
const heldOut = rows(25, 0.5);
const options = { validation: heldOut, maxSteps: 60, patience: 1000 } as const;

const create = () => Network.create({ width: 40, seed: 2 });
async function trained(more: TrainOptions, what = data) {
  const network = await create();
  return { network, run: await train(network, what, more) };
}

describe("rows kept aside in a training", () => {
  it("have their loss in every record, which the training does not go by", async () => {
    const network = await create();
    const seen: number[] = [];
    const onStep = () => seen.push(network.loss(heldOut));
    const { history } = await train(network, data, { ...options, onStep });
    expect(history.map(({ validationLoss }) => validationLoss)).toEqual(seen);
    const { run } = await trained({ maxSteps: 60 });
    expect(history.map(({ loss }) => loss)).toEqual(run.history.map(({ loss }) => loss));
    expect(run.history[0]!.validationLoss).toBeNull();
    expect(run.validation).toBeNull();
  });

  it("leave the network at the parameters where it was least", async () => {
    const { network, run } = await trained(options);
    const losses = run.history.map(({ validationLoss }) => validationLoss!);
    const least = Math.min(...losses);
    expect(run.validation).toEqual({ loss: least, step: losses.indexOf(least) + 1, samples: 25 });
    // It has risen since: the training went on to learn the noise.
    expect(losses.at(-1)).toBeGreaterThan(1.05 * least);
    expect(network.loss(heldOut)).toBe(least);
    expect(network.loss(data)).toBe(run.loss);
    expect(run.loss).toBe(run.history[losses.indexOf(least)]!.loss);
  });

  it("end it when their loss has not fallen for so many steps", async () => {
    const { run } = await trained({ ...options, maxSteps: 1000, patience: 7 });
    expect(run.reason).toBe("validation");
    expect(run.steps).toBe(run.validation!.step + 7);
  });

  it("leave it there when the training is aborted, too", async () => {
    const controller = new AbortController();
    const onStep = ({ step }: { readonly step: number }) => {
      if (step === 40) controller.abort();
    };
    const { network, run } = await trained({ ...options, onStep, signal: controller.signal });
    expect(run).toMatchObject({ reason: "aborted", steps: 40 });
    expect(run.validation!.step).toBeLessThan(40);
    expect(network.loss(heldOut)).toBe(run.validation!.loss);
  });

  it("make a fit to noise a better one of the curve", async () => {
    const quality = async (more: TrainOptions) => {
      const { network } = await trained({ ...more, maxSteps: 300 });
      const x = Array.from({ length: 101 }, (_, m) => m / 100);
      return network.loss({ x, y: x.map(truth) });
    };
    expect(await quality({ validation: heldOut })).toBeLessThan(0.5 * (await quality({})));
  });

  it("may be a part of the data, the same one every time", async () => {
    const split = await splitRows(60, 0.25, 0);
    const pick = (which: readonly number[]) => ({
      x: which.map((row) => (data.x as number[])[row]!),
      y: which.map((row) => (data.y as number[])[row]!),
    });
    const part = await trained({ ...options, validation: 0.25 });
    const flat = { x: Float64Array.from(data.x as number[]), y: data.y };
    const typed = await trained({ ...options, validation: 0.25 }, flat);
    const given = await trained(
      { ...options, validation: pick(split.heldOut) },
      pick(split.training),
    );
    expect(part.run.validation).toMatchObject({ samples: 15 });
    for (const { network, run } of [typed, given]) {
      expect(run.validation).toEqual(part.run.validation);
      expect(networkBits(network)).toEqual(networkBits(part.network));
    }
  });

  it("are weighted by their own weights, and have no penalty", async () => {
    const weights = Array.from({ length: 25 }, (_, m) => m % 3);
    const validation = { ...heldOut, weights };
    const { network, run } = await trained({ ...options, validation, penalty: { w: 0.1, c: 0.1 } });
    expect(run.validation!.loss).toBe(network.loss(validation));
  });

  it("are in checkpoints: a training that is taken up again is the one that never ended", async () => {
    const whole = await trained(options);
    const half = await trained({ ...options, maxSteps: 25 });
    const resume = JSON.parse(JSON.stringify(half.run.checkpoint()));
    const rest = await trained({ ...options, resume });
    expect(rest.run.validation).toEqual(whole.run.validation);
    expect(rest.run.loss).toBe(whole.run.loss);
    const losses = (history: typeof whole.run.history) =>
      history.map(({ loss, validationLoss }) => [loss, validationLoss]);
    expect(losses(rest.run.history)).toEqual(losses(whole.run.history.slice(25)));
    expect(networkBits(rest.network)).toEqual(networkBits(whole.network));
    // A checkpoint is where the training was, not where the network was put.
    expect(half.run.validation!.step).toBeLessThan(25);
    expect(resume.step).toBe(25);

    const without = (await trained({ maxSteps: 5 })).run.checkpoint();
    for (const more of [{ resume }, { ...options, resume: without }]) {
      const facts = await factsOf(() => trained(more));
      expect(facts).toMatchObject({ code: "invalid-argument", argument: "options.resume" });
    }
  });

  it("are the same in a worker", async () => {
    const here = await trained({ ...options, validation: 0.3 });
    const worker = await Network.create({ width: 40, seed: 2, worker: true });
    const run = await train(worker, data, { ...options, validation: 0.3 });
    expect(run.validation).toEqual(here.run.validation);
    expect(await worker.parameters()).toEqual(here.network.parameters);
    worker.dispose();
  });

  it.each([
    ["options.validation", { validation: 0 }],
    ["options.validation", { validation: 1 }],
    ["options.validation", { validation: 0.001 }],
    ["options.validation", { validation: "all" as never }],
    ["options.validation.z", { validation: { ...heldOut, z: 1 } as never }],
    [
      "options.validation.x[3]",
      { validation: { x: (heldOut.x as number[]).with(3, NaN), y: heldOut.y } },
    ],
    ["options.validation.y", { validation: { x: heldOut.x, y: [1] } }],
    ["options.patience", { patience: 3 }],
    ["options.patience", { validation: 0.2, patience: 0 }],
  ])("are refused as %s, case %#", async (argument, more) => {
    expect(await factsOf(() => trained(more as TrainOptions))).toMatchObject({ argument });
  });

  it("are named by their own numbers where they are a part of the data", async () => {
    const broken = { x: (data.x as number[]).with(59, Number.NaN), y: data.y };
    const facts = await factsOf(() => trained({ validation: 0.5 }, broken));
    expect(facts).toMatchObject({ code: "non-finite", argument: "data.x[59]" });
  });
});

describe("rows kept aside in Model.fit", () => {
  const columns = { inputs: ["t"], target: "y" };
  const fitTo = (what: Dataset, more: object) =>
    Model.fit(what, { columns, network: { width: 30 }, maxSteps: 40, evidence: false, ...more });
  const far = {
    x: (data.x as number[]).map((t) => 100 + t),
    y: (data.y as number[]).map((v) => 5 * v),
  };

  it("do not take part in the scaling, and are in the units of the data", async () => {
    const split = await splitRows(60, 0.2, 0);
    const pick = (which: readonly number[]) => ({
      x: which.map((row) => far.x[row]!),
      y: which.map((row) => far.y[row]!),
    });
    const part = await fitTo(far, { validation: 0.2 });
    const given = await fitTo(pick(split.training), { validation: pick(split.heldOut) });
    expect(part.model.scaling).toEqual(given.model.scaling);
    expect(part.run).toMatchObject({ validation: given.run.validation });
    // 1/(2M) sum of squares in units of the target's standard deviation.
    const { rmse } = part.model.evaluate(pick(split.heldOut));
    const { loss } = (part.run as { validation: { loss: number } }).validation;
    expect(rmse).toBeCloseTo(Math.sqrt(2 * loss) * part.model.scaling.target.scale, 10);
    for (const { model } of [part, given]) model.dispose();
  });
});
