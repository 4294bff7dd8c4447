/**
 * The evidence for the defaults: what each curvature reaches, with and without geodesic
 * acceleration, under the gain-ratio policy, and exact curvature under the published damping; ten
 * seeds a target.
 *
 *   npm run build && node bench/curvatures.mjs [seeds] [seconds]
 *
 * One line of JSON a target and method: median over seeds of the time to each loss (null: less than
 * half of the seeds reached it) and of the loss at the end. Relative to the variance of the
 * targets, so that the levels mean the same everywhere.
 */
import { createEngine, Network, train } from "../dist/index.js";
import { targets } from "./targets.mjs";

const [seeds, seconds] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 2)];
const levels = [1e-2, 1e-4, 1e-6, 1e-8];
const methods = {
  "absolute, geodesic": { curvature: "absolute" },
  absolute: { curvature: "absolute", acceleration: "none" },
  "positive, geodesic": { curvature: "positive" },
  "exact, geodesic": { curvature: "exact" },
  exact: { curvature: "exact", acceleration: "none" },
  "Gauss-Newton, geodesic": { method: "gauss-newton" },
  "Gauss-Newton": { method: "gauss-newton", acceleration: "none" },
  "published damping, exact": { regularization: { policy: "adaptive" } },
  "L-BFGS": { method: "lbfgs" },
};

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const engine = await createEngine();
for (const [target, { inputs, width, data }] of Object.entries(targets)) {
  const mean = data.y.reduce((sum, v) => sum + v, 0) / data.y.length;
  const variance = data.y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (2 * data.y.length);
  const results = Object.fromEntries(Object.keys(methods).map((name) => [name, []]));
  // Seed by seed, so that a slow minute of the machine falls on all methods.
  for (let seed = 0; seed < seeds; seed++) {
    for (const [name, options] of Object.entries(methods)) {
      const network = await Network.create({ inputs, width, seed, engine });
      const stop = { seconds, loss: levels.at(-1) * variance };
      const run = await train(network, data, { ...options, maxSteps: 1e6, stop });
      network.dispose();
      const times = levels.map(
        (level) => run.history.find(({ loss }) => loss <= level * variance)?.seconds ?? Infinity,
      );
      results[name].push({ times, loss: run.loss / variance, steps: run.steps });
    }
  }
  for (const [name, runs] of Object.entries(results)) {
    const times = levels.map((_, i) => median(runs.map(({ times }) => times[i])));
    console.log(
      JSON.stringify({
        target,
        method: name,
        seconds: times.map((time) => (Number.isFinite(time) ? Number(time.toFixed(3)) : null)),
        loss: Number(median(runs.map(({ loss }) => loss)).toExponential(1)),
      }),
    );
  }
}
