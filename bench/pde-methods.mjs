/**
 * The evidence for `method: "auto"` of `solve`: what variable projection and Newton's method for
 * all parameters reach on linear equations with few neurons.
 *
 *   node bench/pde-methods.mjs [--seeds 3]
 *
 * Relative error in the sense of least squares at points that were not trained on, after so many
 * steps: medians over the seeds. And milliseconds a step.
 */
import { parseArgs } from "node:util";
import { createEngine } from "newton-nn";
import { solve, uniform } from "newton-nn/pde";
import { errorOf, median } from "./pde/error.mjs";
import { problems } from "./pde/problems.mjs";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "3" } } });
const STEPS = [30, 100, 300];
const TRIALS = [
  ["Poisson 2D", { width: 32, activation: "tanh", scale: 1.5 }],
  ["Poisson 2D", { width: 40, scale: 3 }],
  ["heat", { width: 64, activation: "tanh", scale: 1.5 }],
];

const engine = await createEngine();
console.log(`| problem | neurons | method | ${STEPS.map((n) => `${n} steps`).join(" | ")} | ms |`);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const [name, network] of TRIALS) {
  const { make } = problems.find((problem) => problem.name.startsWith(name));
  const { exact, box, ...options } = await make();
  const points = await uniform(box, 2000, { seed: 4711, engine });
  for (const method of ["varpro", "newton"]) {
    const cells = [];
    let milliseconds = 0;
    for (const maxSteps of STEPS) {
      const runs = [];
      for (let seed = 0; seed < Number(values.seeds); seed++) {
        const begun = performance.now();
        const own = { ...network, seed, engine };
        const solution = await solve({ ...options, network: own, method, maxSteps });
        milliseconds = (performance.now() - begun) / Math.max(1, solution.run.steps);
        runs.push(errorOf(solution, exact, points));
        solution.dispose();
      }
      cells.push(median(runs).toExponential(1));
    }
    const neurons = `${network.width} ${network.activation ?? "sin"}`;
    const row = [name, neurons, method, ...cells, milliseconds.toFixed(1)];
    console.log(`| ${row.join(" | ")} |`);
  }
}
