/**
 * Nothing of the core is dead: every export runs when the public interface is used, or is tested by
 * a spec of its own, or both.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ActivationKind, Curvature } from "../../bindings/engine/generated/enumerations.js";
import { activationNames, Model, Network, type TrainOptions, train } from "../../bindings/index.js";
import { CURVATURES, curvatureNames } from "../../bindings/objective/curvature.js";
import { activationKind } from "../../bindings/shape/activations.js";
import {
  definitenessMargin,
  leastSquares,
  limitDynamics,
  limitNntk,
  newtonKernel,
  nntk,
  ntk,
  spectrum,
} from "../../bindings/theory.js";
import { root } from "./command.js";
import { watchedEngine } from "./core-watch.js";
import { solveEverything } from "./solve-everything.js";
import { planarProblem, smallProblem } from "./support.js";

const specs = readdirSync(join(root, "tests/assembly"))
  .filter((name) => name.endsWith(".spec.ts"))
  .map((name) => readFileSync(join(root, "tests/assembly", name), "utf8"))
  .join("\n");

/**
 * What only the builds with threads do (tests/unit/engine.test.ts), what splits tables
 * (tests/reference/random.test.ts), and what the build itself asks (scripts/abi.mjs).
 */
const ELSEWHERE = [
  ...["regionNumber", "setWorkers", "shutdown", "workerLoop"],
  "philox",
  ...["coreEnd", "pdeEnd", "theoryEnd"],
];

const trainings: TrainOptions[] = [
  { solver: "dense" },
  { solver: "dense", precision: "mixed" },
  { solver: "function-space" },
  { solver: "cg" },
  { curvature: "exact", solver: "function-space", regularization: { policy: "scaled", gamma: 1 } },
  { method: "gauss-newton" },
  { method: "trust-region" },
  { method: "lbfgs" },
  { method: "adam" },
  { method: "gd", learningRate: 0.1 },
];

it("every export of the core is used and tested", async () => {
  const { engine, names, state } = await watchedEngine();
  const data = smallProblem();
  const x = data.x as number[];
  const network = await Network.create({ width: 6, engine });
  for (const options of trainings) await train(network, data, { ...options, maxSteps: 4 });
  const weighted = { ...data, weights: new Float64Array(x.length).fill(2) };
  for (const solver of ["dense", "function-space"] as const) {
    const told = { loss: "student-t", penalty: { w: 0.1 }, solver, maxSteps: 4 } as const;
    await train(network, weighted, told);
  }
  network.jacobian(x);
  network.inputGradient(x);
  network.hessian(data);
  for (const solver of ["dense", "function-space"] as const) {
    // Indefinite, and not.
    for (const gamma of [1e-3, 10]) network.newtonStep(data, { gamma, solver });
  }
  network.newtonStep(data, { gamma: 10, solver: "cg" });
  definitenessMargin(network, data);
  const kernel = ntk(network, x, [0.3]) && ntk(network, x);
  nntk(network, data, { gamma: 1, at: [0.1] });
  await newtonKernel(kernel, { gamma: 1, engine });
  await spectrum(kernel, { engine });
  await leastSquares([x], [data.y as number[]], { engine });
  for (const activation of ["tanh", "erf"] as const) {
    const limit = await limitNntk(x, { gamma: 0.1, activation, engine });
    for (const time of ["discrete", "continuous"] as const) {
      const y = data.y as number[];
      const at = { kernel: limit, priorCross: limit, priorVariance: y.map(() => 4) };
      await limitDynamics({ kernel: limit, y, times: [1, 2], time, at, prior: limit, engine });
    }
  }
  const planar = planarProblem(7, 2);
  const { model } = await Model.fit(planar, {
    columns: { inputs: ["a", "b"], target: "y" },
    network: { width: 3, engine },
    evidence: false,
    maxSteps: 2,
  });
  model.predict(planar.x as number[][]);
  model.evaluate(planar);
  const odds = { loss: "logistic", network: { width: 3, engine }, maxSteps: 2 } as const;
  const classes = await Model.fit({ x: planar.x, y: [1, 2, 1, 2, 1, 2, 1] }, odds);
  classes.model.evaluate({ x: planar.x, y: classes.model.predict(planar.x) });
  const counts = { x: planar.x, y: [0, 1, 2, 3, 4, 5, 6], weights: [1, 2, 1, 2, 1, 2, 1] };
  const counted = await Model.fit(counts, { ...odds, loss: "poisson" });
  counted.model.evaluate(counts);
  // More parameters than samples, and fewer.
  for (const samples of [7, 300]) {
    const skewed = planarProblem(samples, 2);
    const x = (skewed.x as number[][]).map(([a, b]) => [Math.exp(4 * a!), b!]);
    const options = { network: { width: 3, engine }, members: 2 };
    const fitted = await Model.fit({ x, y: skewed.y }, options);
    fitted.model.predictive(x, { covariance: true, samples: 2 });
    fitted.model.evaluate({ x, y: skewed.y });
    fitted.model.leaveOneOut();
  }

  await solveEverything(engine);
  const called = state.called;
  const tested = (name: string) => new RegExp(`\\b${name}\\b`).test(specs);
  const missing = names.filter(
    (name) => !called.has(name) && !tested(name) && !ELSEWHERE.includes(name),
  );
  expect(names.length).toBeGreaterThan(80);
  expect(missing).toEqual([]);
});

it("every member of the core's enumerations has one name in the package", () => {
  const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
  const kinds = activationNames.map(activationKind);
  expect(sorted(kinds)).toEqual(sorted(Object.values(ActivationKind)));
  const codes = curvatureNames.map((name) => CURVATURES[name].code);
  expect(sorted(codes)).toEqual(sorted(Object.values(Curvature)));
});
