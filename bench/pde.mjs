/**
 * Errors and times of differential equations whose solutions are known:
 *
 *   node bench/pde.mjs [--seeds 5] [--only text]
 *
 * Relative error in the sense of least squares at 2000 points that were not trained on (the worst
 * of the unknowns), and seconds from the call of `solve` to its solution, on one thread: medians
 * over the seeds of the network.
 */
import { parseArgs } from "node:util";
import { createEngine } from "newton-nn";
import { solve, uniform } from "newton-nn/pde";
import { errorOf, median } from "./pde/error.mjs";
import { problems } from "./pde/problems.mjs";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "5" }, only: { type: "string", default: "" } },
});
const seeds = Number(values.seeds);

const engine = await createEngine();
// The binary is compiled before anything is timed.
await solve({
  coordinates: ["x"],
  unknowns: ["u"],
  equations: [{ equation: "u = x", points: [[0], [1]] }],
  network: { width: 2, engine },
});
console.log("| problem | error | at most | seconds | at most | published | steps |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const { name, published, most, make } of problems) {
  if (!name.includes(values.only)) continue;
  const { exact, box, network, ...options } = await make();
  const points = await uniform(box, 2000, { seed: 4711, engine });
  const runs = [];
  for (let seed = 0; seed < seeds; seed++) {
    const begun = performance.now();
    const solution = await solve({ ...options, network: { ...network, seed, engine } });
    const seconds = (performance.now() - begun) / 1000;
    runs.push({ seconds, error: errorOf(solution, exact, points), steps: solution.run.steps });
    solution.dispose();
  }
  const [error, seconds, steps] = ["error", "seconds", "steps"].map((key) =>
    median(runs.map((run) => run[key])),
  );
  const cells = [name, error.toExponential(1), most[0].toExponential(), seconds.toFixed(2)];
  console.log(`| ${[...cells, most[1], published, steps].join(" | ")} |`);
}
