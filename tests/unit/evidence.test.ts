import { afterAll, describe, expect, it } from "vitest";
import { defaultWidth } from "../../bindings/fit/plan.js";
import {
  createEngine,
  type EvidenceRecord,
  Model,
  StateError,
  train,
} from "../../bindings/index.js";
import { spectrum } from "../../bindings/theory.js";
import { factsOf } from "./support.js";

/** Numbers in (-1, 1) that look random, the same ones always. */
function uniform(seed: number): () => number {
  let state = (seed * 2654435769 + 1) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 31 - 1;
  };
}

/** Rows of d inputs, the second of them skewed. */
function rows(samples: number, d: number, seed = 0): number[][] {
  const draw = uniform(seed + 100);
  return Array.from({ length: samples }, () =>
    Array.from({ length: d }, (_, j) => (j === 1 ? Math.exp(3 * draw()) : 2 * draw())),
  );
}

/** Sums of twelve, which are nearly normal, of variance 1. */
function normals(count: number, seed = 0): number[] {
  const draw = uniform(seed + 7);
  return Array.from({ length: count }, () => {
    let sum = 0;
    for (let i = 0; i < 12; i++) sum += draw();
    return sum / 2;
  });
}

const truth = ([a, b]: readonly number[]) => 40 + 5 * Math.sin(1.5 * a!) + 3 * Math.log(b!);

function table(samples: number, d: number, sd: number, seed = 0) {
  const x = rows(samples, d, seed);
  const noise = normals(samples, seed);
  return { x, y: x.map((row, m) => truth(row) + sd * noise[m]!) };
}

const engine = await createEngine();
afterAll(() => engine.dispose());
const network = { width: 12, engine };

/** More samples than parameters, and fewer: the two spaces of the posterior. */
const many = table(240, 2, 0.5);
const few = table(40, 3, 0.5);

describe.each([
  ["more samples than parameters", many],
  ["fewer", few],
])("a fit with %s", (_name, data) => {
  it("finds the noise and says what it knows", async () => {
    const { model, run } = await Model.fit(data, { network });
    expect(run.reason).toBe("converged");
    const [member] = model.evidence!;
    expect(member!.noiseSd).toBeGreaterThan(0.3);
    expect(member!.noiseSd).toBeLessThan(1);
    expect(member!.effectiveParameters).toBeGreaterThan(2);
    expect(member!.effectiveParameters).toBeLessThan(member!.parameters);
    const fresh = table(200, data.x[0]!.length, 0.5, 3);
    const { rmse, coverage, logLikelihood } = model.evaluate(fresh);
    expect(rmse).toBeLessThan(1.6);
    expect(coverage).toBeGreaterThan(0.85);
    // Not far from the density of the noise itself.
    expect(logLikelihood).toBeGreaterThan(-2);
    model.dispose();
    expect(engine.bytesUsed).toBe(0);
  });

  it("has deviations that add up, and intervals by quantiles of the normal", async () => {
    const { model } = await Model.fit(data, { network });
    const { mean, sd, modelSd, noiseSd, lower, upper } = model.predictive(data.x, { level: 0.9 });
    expect(mean).toEqual(model.predict(data.x));
    for (let m = 0; m < mean.length; m++) {
      expect(sd[m]).toBeCloseTo(Math.sqrt(modelSd[m]! ** 2 + noiseSd[m]! ** 2), 12);
      expect((upper[m]! - mean[m]!) / sd[m]!).toBeCloseTo(1.6448536269514722, 9);
      expect((mean[m]! - lower[m]!) / sd[m]!).toBeCloseTo(1.6448536269514722, 9);
    }
    expect(noiseSd[0]).toBeCloseTo(model.evidence![0]!.noiseSd, 12);
    model.dispose();
  });

  it("has the variance of the explicit inverse of J^T J + B", async () => {
    const { model } = await Model.fit(data, { network });
    const { scaling } = model;
    const standardize = (x: readonly (readonly number[])[]) =>
      x.map((row) =>
        row.map((value, j) => {
          const { mean, scale, power } = scaling.inputs[j]!;
          return (
            ((power === undefined ? value : yeoJohnson(value / power.scale, power.lambda)) - mean) /
            scale
          );
        }),
      );
    const { parameters: p, precisions, noiseSd } = model.evidence![0]!;
    const noiseVariance = (noiseSd / scaling.target.scale) ** 2;
    const d = data.x[0]!.length;
    const n = model.network.width;
    const jacobian = model.network.jacobian(standardize(data.x));
    const a = Array.from({ length: p }, (_, i) => {
      const alpha =
        i < n * d ? precisions.w[i % d]! : i < n * (d + 1) ? precisions.eta : precisions.c;
      return Array.from({ length: p }, (_, j) => {
        let sum = i === j ? alpha * noiseVariance : 0;
        for (let m = 0; m < data.x.length; m++) sum += jacobian[m * p + i]! * jacobian[m * p + j]!;
        return sum;
      });
    });
    const at = table(5, d, 0, 9).x;
    const row = model.network.jacobian(standardize(at));
    const { modelSd } = model.predictive(at);
    at.forEach((_, m) => {
      const j = row.slice(m * p, (m + 1) * p);
      const solved = solve(a, [...j]);
      const variance = j.reduce((sum, value, i) => sum + value * solved[i]!, 0);
      const wanted = scaling.target.scale * Math.sqrt(noiseVariance * variance);
      expect(modelSd[m]! / wanted).toBeCloseTo(1, 6);
    });
    model.dispose();
  });

  it("comes back from JSON with every bit, and with as many members", async () => {
    const { model } = await Model.fit(data, { network, members: 3 });
    const json = JSON.parse(JSON.stringify(model));
    expect(json.version).toBe(2);
    const copy = await Model.fromJSON(json);
    expect(copy.toJSON()).toEqual(json);
    expect(copy.predict(data.x)).toEqual(model.predict(data.x));
    expect(copy.predictive(data.x)).toEqual(model.predictive(data.x));
    expect(copy.leaveOneOut()).toEqual(model.leaveOneOut());
    expect(copy.evaluate(data)).toEqual(model.evaluate(data));
    expect(copy.evidence).toEqual(model.evidence);
    expect(copy.evidence).toHaveLength(3);
    expect(copy.relevance).toEqual(model.relevance);
    copy.dispose();
    model.dispose();
    expect(engine.bytesUsed).toBe(0);
  });

  it("is the same in a worker, and again", async () => {
    const plain = { width: 12 };
    const seen: [number, number][] = [];
    const onStep = ({ fit, step }: EvidenceRecord) => seen.push([fit, step]);
    const here = await Model.fit(data, { network: plain, members: 2, onStep });
    const again = await Model.fit(data, { network: plain, members: 2 });
    const there = await Model.fit(data, { network: { ...plain, worker: true }, members: 2 });
    expect(again.model.toJSON()).toEqual(here.model.toJSON());
    expect(there.model.toJSON()).toEqual(here.model.toJSON());
    const steps = ({ fit, step }: EvidenceRecord) => [fit, step];
    expect(seen).toEqual(here.run.history.map(steps));
    expect(there.run.history.map(steps)).toEqual(seen);
    expect(there.model.leaveOneOut()).toEqual(here.model.leaveOneOut());
    for (const { model } of [here, again, there]) model.dispose();
  });
});

describe.each([
  ["more samples than parameters", many, 1],
  ["fewer, and two members", few, 2],
])("joint predictions with %s", (_name, data, members) => {
  const at = table(9, data.x[0]!.length, 0, 5).x;

  it("have the variances of single rows, and no negative eigenvalue", async () => {
    const { model } = await Model.fit(data, { network, members });
    const { covariance, modelSd } = model.predictive(at, { covariance: true });
    expect(covariance).toHaveLength(81);
    for (let p = 0; p < 9; p++) {
      expect(Math.sqrt(covariance![10 * p]!) / modelSd[p]!).toBeCloseTo(1, 7);
      for (let q = 0; q < p; q++) expect(covariance![9 * p + q]).toBe(covariance![9 * q + p]);
    }
    const { values: eigenvalues } = await spectrum(covariance!, { engine });
    const largest = Math.max(...eigenvalues);
    expect(Math.min(...eigenvalues)).toBeGreaterThan(-1e-9 * largest);
    model.dispose();
  });

  it("are what drawn functions have", async () => {
    const { model } = await Model.fit(data, { network, members });
    const count = 4000;
    const drawn = model.predictive(at, { covariance: true, samples: count, seed: 3 });
    const { samples, covariance, mean } = drawn;
    expect(samples).toHaveLength(count);
    expect(model.predictive(at, { samples: 2, seed: 3 }).samples).toEqual(samples!.slice(0, 2));
    if (members === 1) {
      for (let p = 0; p < 9; p++) {
        for (let q = 0; q <= p; q++) {
          const found = samples!.reduce(
            (sum, f) => sum + ((f[p]! - mean[p]!) * (f[q]! - mean[q]!)) / count,
            0,
          );
          const [vp, vq, vpq] = [9 * p + p, 9 * q + q, 9 * p + q].map((i) => covariance![i]!);
          // Of the mean of products of normals: the deviation is sqrt((vp vq + vpq^2) / count).
          const deviation = Math.sqrt((vp! * vq! + vpq! ** 2) / count);
          expect(Math.abs(found - vpq!)).toBeLessThan(6 * deviation);
        }
      }
    }
    model.dispose();
    expect(engine.bytesUsed).toBe(0);
  });
});

it("ranks its members by what they score, and each has a place", async () => {
  const { model, run } = await Model.fit(many, { network, members: 2 });
  const evidence = model.evidence!;
  const criterion = ({ logEvidence, looLogLikelihood }: (typeof evidence)[number]) => {
    const perSample = logEvidence / many.x.length;
    return perSample + 0.5 * Math.min(looLogLikelihood - perSample, 1);
  };
  const scores = evidence.map(criterion);
  expect(scores[0]).toBeGreaterThanOrEqual(scores[1]!);
  // Every fit that is not kept ended below.
  const best = new Map<number, number>();
  for (const record of run.history) {
    best.set(record.fit, Math.max(best.get(record.fit) ?? -Infinity, criterion(record as never)));
  }
  expect(best.size).toBe(4);
  const sorted = [...best.values()].sort((a, b) => b - a);
  expect(scores[0]).toBeGreaterThanOrEqual(sorted[0]! - 1e-12);
  model.dispose();
});

it("says which inputs matter", async () => {
  const data = table(240, 4, 0.3);
  const { model } = await Model.fit(data, { network, precisions: "inputs" });
  const [a, b, third, fourth] = model.relevance!;
  expect(Math.max(a!, b!)).toBe(1);
  expect(Math.min(a!, b!)).toBeGreaterThan(3 * Math.max(third!, fourth!));
  model.dispose();
});

it("has one precision for all inputs when told to", async () => {
  const { model } = await Model.fit(many, { network, precisions: "layers" });
  const { w } = model.evidence![0]!.precisions;
  expect(w[0]).toBe(w[1]);
  model.dispose();
});

it("transforms skewed inputs and leaves others", async () => {
  const { model } = await Model.fit(many, { network });
  const [plain, skewed] = model.scaling.inputs;
  expect(plain!.power).toBeUndefined();
  expect(skewed!.power!.lambda).toBeLessThan(0.5);
  model.dispose();
});

it("marks rows beyond the data, where it is less sure", async () => {
  const { model } = await Model.fit(many, { network });
  const inside = model.predictive(many.x);
  expect(inside.outside.some((mark) => mark !== 0)).toBe(false);
  const far = model.predictive([many.x[0]!, [30, 1], [0, 1e4]]);
  expect([...far.outside]).toEqual([0, 1, 1]);
  expect(far.modelSd[1]).toBeGreaterThan(3 * far.modelSd[0]!);
  model.dispose();
});

it("leaves one out as fitting the others does, where the network is nearly linear in what changes", async () => {
  const { model } = await Model.fit(few, { network });
  const { residuals, logLikelihood } = model.leaveOneOut();
  const predicted = model.predict(few.x);
  residuals.forEach((residual, m) => {
    const plain = predicted[m]! - few.y[m]!;
    // A sample left out is never met better.
    expect(Math.abs(residual)).toBeGreaterThanOrEqual(Math.abs(plain) * (1 - 1e-12));
  });
  expect(logLikelihood).toBeCloseTo(model.evidence![0]!.looLogLikelihood, 9);
  model.dispose();
});

it("goes to where float64 ends on data without noise, near enough", async () => {
  const x = Array.from({ length: 60 }, (_, m) => m / 10);
  const y = x.map((value) => Math.sin(value));
  const { model } = await Model.fit({ x, y }, { network });
  expect(model.evidence![0]!.noiseSd).toBeLessThan(1e-3);
  model.dispose();
});

it("keeps to a straight line where there is nothing else", async () => {
  const x = rows(120, 1);
  const noise = normals(120);
  const y = x.map(([a], m) => 3 * a! + 4 * noise[m]!);
  const fresh = rows(400, 1, 2);
  const targets = fresh.map(([a]) => 3 * a!);
  const { model } = await Model.fit({ x, y }, { network: { width: 50, engine } });
  expect(model.evidence![0]!.effectiveParameters).toBeLessThan(16);
  const line = straight(
    x.map(([a]) => a!),
    y,
  );
  const predicted = model.predict(fresh);
  const error = (of: (m: number) => number) =>
    fresh.reduce((sum, _, m) => sum + (of(m) - targets[m]!) ** 2, 0) / fresh.length;
  const spread = error(() => 0);
  const ofLine = error((m) => line[0] + line[1] * fresh[m]![0]!);
  expect((error((m) => predicted[m]!) - ofLine) / spread).toBeLessThan(0.03);
  model.dispose();
});

it.each([6, 11])(
  "predicts a nearly linear noisy table as a straight line does, %i",
  async (seed) => {
    const d = 10;
    const draw = uniform(seed);
    const slopes = Array.from({ length: d }, draw);
    const mixing = Array.from({ length: d }, () => Array.from({ length: d }, draw));
    const sample = (samples: number, own: number) => {
      const plain = normals(samples * d, own);
      const x = Array.from({ length: samples }, (_, m) => {
        const row = plain.slice(m * d, (m + 1) * d);
        return row.map(
          (value, j) => value + row.reduce((sum, v, i) => sum + mixing[i]![j]! * v, 0),
        );
      });
      const linear = x.map((row) => row.reduce((sum, value, j) => sum + slopes[j]! * value, 0));
      return { x, linear, noise: normals(samples, own + 50) };
    };
    const train = sample(350, 10 * seed);
    const fresh = sample(2000, 10 * seed + 1);
    // As much noise as there is signal: R2 near 0.5.
    const sd = Math.sqrt(train.linear.reduce((sum, value) => sum + value ** 2, 0) / 350);
    const targets = ({ linear, noise }: typeof train) => linear.map((v, m) => v + sd * noise[m]!);
    const y = targets(train);
    const one = (row: readonly number[]) => [1, ...row];
    const normal = Array.from({ length: d + 1 }, (_, i) =>
      Array.from({ length: d + 1 }, (_, j) =>
        train.x.reduce((sum, row) => sum + one(row)[i]! * one(row)[j]!, 0),
      ),
    );
    const right = normal.map((_, i) =>
      train.x.reduce((sum, row, m) => sum + one(row)[i]! * y[m]!, 0),
    );
    const line = solve(normal, right);
    const wanted = targets(fresh);
    const mean = wanted.reduce((sum, v) => sum + v, 0) / wanted.length;
    const spread = wanted.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    const r2 = (of: (m: number) => number) =>
      1 - wanted.reduce((sum, v, m) => sum + (v - of(m)) ** 2, 0) / spread;
    const ofLine = r2((m) => one(fresh.x[m]!).reduce((sum, value, j) => sum + value * line[j]!, 0));
    expect(ofLine).toBeGreaterThan(0.35);
    const { model, run } = await Model.fit({ x: train.x, y }, { network: { width: 50, engine } });
    const { fit, fits } = run.history.at(-1)!;
    expect([fit, fits]).toEqual([3, 3]);
    expect(model.evaluate({ x: fresh.x, y: wanted }).r2!).toBeGreaterThan(ofLine - 0.015);
    model.dispose();
  },
);

it("takes arrays without names, of one input and of rows", async () => {
  const x = Float64Array.from({ length: 40 }, (_, m) => m);
  const y = Float64Array.from(x, (value) => Math.cos(value / 6));
  const flat = await Model.fit({ x, y }, { network });
  expect(flat.model.columns).toEqual({ inputs: ["x1"], target: "y" });
  const rowMajor = { x: Float64Array.from(few.x.flat()), y: few.y };
  const fitted = await Model.fit(rowMajor, { network });
  expect(fitted.model.columns.inputs).toEqual(["x1", "x2", "x3"]);
  flat.model.dispose();
  fitted.model.dispose();
});

it("ends when told to, with what it has, and holds nothing", async () => {
  const controller = new AbortController();
  const { model, run } = await Model.fit(many, {
    network,
    members: 3,
    signal: controller.signal,
    onStep: ({ fit: number, step }) => {
      if (number === 3 && step === 2) controller.abort();
    },
  });
  expect(run.reason).toBe("aborted");
  expect(run.history.at(-1)).toMatchObject({ fit: 3, step: 2 });
  expect(model.evidence).toHaveLength(3);
  model.dispose();
  const aborted = Model.fit(many, { network, signal: controller.signal });
  await expect(aborted).rejects.toMatchObject({ code: "aborted" });
  await expect(aborted).rejects.toBeInstanceOf(StateError);
  const failing = Model.fit(many, {
    network,
    onStep: () => {
      throw new RangeError("mine");
    },
  });
  await expect(failing).rejects.toThrow(RangeError);
  expect(engine.bytesUsed).toBe(0);
});

it("takes the exact Hessian where it is positive definite, says so, and keeps it", async () => {
  const x = Array.from({ length: 30 }, (_, m) => m / 10);
  const y = x.map((value) => Math.sin(value));
  // All parameters of two neurons are determined; those of ten are not.
  const options = { network: { width: 2, engine } };
  const wide = await Model.fit({ x, y }, { network: { width: 10, engine }, exactHessian: true });
  expect(wide.model.evidence![0]!.curvature).toBe("gauss-newton");
  const { model } = await Model.fit({ x, y }, { ...options, exactHessian: true });
  const plain = await Model.fit({ x, y }, options);
  expect(plain.model.evidence![0]!.curvature).toBe("gauss-newton");
  const [member] = model.evidence!;
  expect(member!.curvature).toBe("exact");
  expect(model.predict(x)).toEqual(plain.model.predict(x));
  expect(member!.logEvidence).not.toBe(plain.model.evidence![0]!.logEvidence);
  const copy = await Model.fromJSON(JSON.parse(JSON.stringify(model)));
  expect(copy.predictive(x)).toEqual(model.predictive(x));
  for (const each of [model, plain.model, wide.model, copy]) each.dispose();
  const relu = { ...options.network, activation: "relu" as const };
  const refused = Model.fit({ x, y }, { network: relu, exactHessian: true });
  await expect(refused).rejects.toMatchObject({ code: "unsupported-activation" });
  expect(engine.bytesUsed).toBe(0);
});

it("has fewer neurons by default where many columns meet many rows", () => {
  expect(defaultWidth(10, 1000)).toBe(50);
  expect(defaultWidth(500, 2000)).toBe(50);
  expect(defaultWidth(5, 1_000_000)).toBe(50);
  const wide = defaultWidth(500, 200_000);
  expect(wide).toBeGreaterThan(1);
  expect(wide).toBeLessThan(10);
});

it.each([
  ["parameters", many],
  ["samples", few],
] as const)(
  "holds nothing wherever an abort meets it, in the space of the %s",
  async (_name, data) => {
    for (let heard = 2; heard < 60; heard++) {
      let asked = 0;
      const signal = {
        get aborted() {
          return ++asked >= heard;
        },
        addEventListener: () => {},
        removeEventListener: () => {},
      };
      const fitting = Model.fit(data, { network, signal: signal as never });
      const fitted = await fitting.catch(({ code }) => {
        expect(code).toBe("aborted");
      });
      if (fitted !== undefined) fitted.model.dispose();
      expect(engine.bytesUsed).toBe(0);
    }
  },
);

const wrong: [string, object, string][] = [
  ["an option of a training", { maxSteps: 3 }, "options.maxSteps"],
  ["an unknown option", { member: 3 }, "options.member"],
  ["no members", { members: 0 }, "options.members"],
  ["a Hessian that is neither", { exactHessian: 1 }, "options.exactHessian"],
  ["unknown precisions", { precisions: "each" }, "options.precisions"],
  ["a signal that is none", { signal: {} }, "options.signal"],
  ["a callback that is none", { onStep: 1 }, "options.onStep"],
  ["evidence that is neither", { evidence: "yes" }, "options.evidence"],
];
it.each(wrong)("refuses %s", async (_name, options, argument) => {
  const fitted = factsOf(() => Model.fit(few, { network, ...options } as never));
  expect(await fitted).toMatchObject({ code: "invalid-argument", argument });
  expect(engine.bytesUsed).toBe(0);
});

it("has no error bars without evidence, and says so", async () => {
  const { model } = await Model.fit(few, { network, evidence: false, maxSteps: 3 });
  expect(model.evidence).toBeNull();
  expect(model.relevance).toBeNull();
  expect(model.evaluate(few)).toMatchObject({ logLikelihood: null, coverage: null });
  for (const ask of [() => model.predictive(few.x), () => model.leaveOneOut()]) {
    expect(ask).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  }
  model.dispose();
});

it("refuses stored evidence that is broken", async () => {
  const { model } = await Model.fit(few, { network, members: 2 });
  const json = JSON.parse(JSON.stringify(model));
  const { evidence } = json;
  const [first] = evidence.members;
  const broken = [
    { ...evidence, members: [] },
    { ...evidence, data: { ...evidence.data, samples: 0.5 } },
    { ...evidence, data: { ...evidence.data, x: 1 } },
    { ...evidence, members: [{ ...first, noise: -1 }] },
    { ...evidence, members: [{ ...first, precisions: ["1"] }] },
    { ...evidence, members: [first] },
  ];
  for (const changed of broken) {
    const read = Model.fromJSON({ ...json, evidence: changed });
    await expect(read).rejects.toMatchObject({ code: "invalid-model" });
  }
  model.dispose();
});

it("trained again, its network still predicts", async () => {
  const { model } = await Model.fit(few, { network });
  const before = model.predict(few.x);
  await train(model.network, { x: few.x, y: few.y }, { maxSteps: 1 });
  expect(model.predict(few.x)).not.toEqual(before);
  model.dispose();
});

function yeoJohnson(x: number, lambda: number): number {
  if (x >= 0) return lambda === 0 ? Math.log1p(x) : ((x + 1) ** lambda - 1) / lambda;
  return lambda === 2 ? -Math.log1p(-x) : -((1 - x) ** (2 - lambda) - 1) / (2 - lambda);
}

/** Gauss's elimination with pivots. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rowsOf = a.map((row, i) => [...row, b[i]!]);
  const n = b.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(rowsOf[i]![k]!) > Math.abs(rowsOf[pivot]![k]!)) pivot = i;
    }
    [rowsOf[k], rowsOf[pivot]] = [rowsOf[pivot]!, rowsOf[k]!];
    for (let i = k + 1; i < n; i++) {
      const factor = rowsOf[i]![k]! / rowsOf[k]![k]!;
      for (let j = k; j <= n; j++) rowsOf[i]![j]! -= factor * rowsOf[k]![j]!;
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rowsOf[i]![n]!;
    for (let j = i + 1; j < n; j++) sum -= rowsOf[i]![j]! * x[j]!;
    x[i] = sum / rowsOf[i]![i]!;
  }
  return x;
}

/** Intercept and slope of least squares. */
function straight(x: readonly number[], y: readonly number[]): [number, number] {
  const n = x.length;
  const mx = x.reduce((a, b) => a + b) / n;
  const my = y.reduce((a, b) => a + b) / n;
  const slope =
    x.reduce((sum, value, m) => sum + (value - mx) * (y[m]! - my), 0) /
    x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  return [my - slope * mx, slope];
}
