import { afterAll, describe, expect, it } from "vitest";
import {
  createEngine,
  lossNames,
  Network,
  type ObjectiveOptions,
  type StepRecord,
  train,
} from "../../bindings/index.js";
import { networkAccess } from "../../bindings/network/network.js";
import { HessianProduct } from "../../bindings/objective/hessian-product.js";
import { loadFor } from "../../bindings/objective/load.js";
import { LOSSES, type LossName } from "../../bindings/objective/losses.js";
import { checkObjectiveOf } from "../../bindings/objective/objective.js";
import { Point } from "../../bindings/objective/point.js";
import { Problem } from "../../bindings/objective/problem.js";
import { paddedCount } from "../../bindings/shape/shape.js";
import { run } from "../../bindings/support/pauses.js";
import { faultOf, flatten } from "./support.js";

const engine = await createEngine();
afterAll(() => engine.dispose());

/** Waves that look random enough. */
const wave = (length: number, step: number) =>
  Float64Array.from({ length }, (_, i) => 1.5 * Math.sin(1 + step * i));

function dataOf(name: LossName, samples: number, inputs: number, outputs: number) {
  const { classes, targets } = LOSSES[name];
  const x = wave(samples * inputs, 2.7);
  const raw = wave(samples * (classes ? 1 : outputs), 1.3);
  const y = raw.map((value, m) =>
    classes ? m % outputs : targets === null ? value : Number(value > 0),
  );
  return { x, y };
}

describe.each(lossNames)("H v without a matrix: %s", (name) => {
  it.each([
    [1, 1, {}, 2 ** 24],
    [37, 3, {}, 2 ** 24],
    [515, 2, { w: [0.3, 0], eta: 0.1, c: 0.2 }, 2 ** 24],
    // Room for some neurons alone, and for none.
    [64, 3, { c: 0.2 }, 8 * 64 * 3],
    [65, 2, { w: 0.1 }, 0],
  ])("%i rows, %i outputs, penalty %j", async (samples, outputs, penalty, bytes) => {
    if (LOSSES[name].classes && outputs === 1) return;
    const shape = { inputs: 2, outputs, width: 7, seed: samples };
    const network = await Network.create({ ...shape, engine });
    const options: ObjectiveOptions = { loss: name, penalty };
    const weights = wave(samples, 0.7).map((value, m) => (m % 5 === 1 ? 0 : value + 2));
    const data = { ...dataOf(name, samples, 2, outputs), weights };
    const h = network.hessian(data, options);
    const n = network.parameterCount;
    const v = wave(n, 3.1);
    const access = networkAccess(network);
    const got = engine.scope((arena) => {
      const objective = checkObjectiveOf(options, access.shape, "options");
      const loaded = loadFor(engine, arena, data, access.shape, objective);
      const problem = new Problem(engine, arena, access.shape, loaded, objective);
      const point = new Point(problem, arena, { keepJets: bytes > 0 });
      engine.f64(point.leave(), n).set(engine.f64(access.theta, n));
      point.evaluate();
      const [direction, out] = [0, 1].map(() => arena.f64(paddedCount(access.shape)));
      engine.f64(direction!, n).set(v);
      run(new HessianProduct(problem, arena, bytes).multiplying(point, direction!, out!));
      return engine.f64(out!, n).slice();
    });
    const scale = Math.max(...h.map(Math.abs)) * Math.hypot(...v) * Math.sqrt(n);
    for (let row = 0; row < n; row++) {
      const expected = v.reduce((sum, value, column) => sum + h[row * n + column]! * value, 0);
      expect(Math.abs(got[row]! - expected)).toBeLessThan(
        20 * Number.EPSILON * (samples + n) * scale,
      );
    }
    network.dispose();
  });
});

describe("the method trust-region", () => {
  const penalty = { w: 1e-2, eta: 1e-2, c: 1e-2 };
  const shape = { inputs: 2, width: 8, seed: 3 };

  it.each(lossNames)("ends at a minimum, where its steps are Newton's: %s", async (loss) => {
    const outputs = LOSSES[loss].classes ? 3 : 1;
    const network = await Network.create({ ...shape, outputs, engine });
    const data = dataOf(loss, 60, 2, outputs);
    const options = { loss, penalty, method: "trust-region", maxSteps: 300 } as const;
    const { history, reason, loss: value } = await train(network, data, options);
    expect(reason).toBe("stalled");
    const gradient = Math.hypot(...flatten(network.gradient(data, { loss, penalty })));
    expect(gradient).toBeLessThan(1e-13 * history[0]!.gradientNorm);
    // Superlinear, with order 5/4 at least: some nine steps for six orders of magnitude.
    const start = history[0]!.gradientNorm;
    const late = history.filter(({ gradientNorm: g }) => g < 1e-4 * start && g > 1e-10 * start);
    expect(late.length).toBeLessThan(10);
    // Nothing lower nearby by the method that factors the Hessian.
    const before = network.loss(data, { loss, penalty });
    expect(value).toBe(before);
    await train(network, data, { loss, penalty, curvature: "exact", maxSteps: 20 });
    const after = network.loss(data, { loss, penalty });
    expect(Math.abs(after - before)).toBeLessThan(1e-13 * Math.abs(before));
    network.dispose();
  });

  it("says when it met negative curvature, and goes on", async () => {
    const network = await Network.create({ ...shape, engine });
    const data = dataOf("squares", 60, 2, 1);
    const { history } = await train(network, data, { method: "trust-region", maxSteps: 12 });
    expect(history.some(({ positiveDefinite }) => positiveDefinite === false)).toBe(true);
    let before = Infinity;
    for (const { loss } of history) {
      expect(loss).toBeLessThan(before);
      before = loss;
    }
    network.dispose();
  });

  it("predicts by the true quadratic model: the gain ratio tends to 1", async () => {
    const network = await Network.create({ ...shape, engine });
    const data = dataOf("logistic", 60, 2, 1);
    const options = { loss: "logistic", penalty, stop: { gradient: 1e-6 } } as const;
    const { history } = await train(network, data, { ...options, method: "trust-region" });
    const ratio = ({ gainRatio }: StepRecord) => Math.abs(gainRatio! - 1);
    expect(ratio(history.at(-1)!)).toBeLessThan(1e-2);
    network.dispose();
  });

  it("needs sigma'', and takes no option of a system", async () => {
    const network = await Network.create({ ...shape, activation: "relu", engine });
    const data = dataOf("squares", 10, 2, 1);
    const work = () => train(network, data, { method: "trust-region" });
    expect((await faultOf(work)).code).toBe("unsupported-activation");
    const other = () => train(network, data, { method: "trust-region", curvature: "exact" });
    expect(await faultOf(other)).toMatchObject({ argument: "options.curvature" });
    network.dispose();
  });
});
