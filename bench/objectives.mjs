/**
 * The evidence for the defaults of each loss: steps, systems and seconds to a small gradient of a
 * penalized problem with noise, by curvature, with and without geodesic acceleration, under the
 * gain-ratio policy; and by the methods that factor nothing.
 *
 *   npm run build && node bench/objectives.mjs [seeds] [penalty]
 *
 * One line of JSON a loss and way: medians over seeds of the steps and of the systems that were
 * factored until the norm of the gradient was at most 1e-4 and 1e-8 (null: less than half of the
 * seeds got there within 400 steps, 4000 of L-BFGS), and of the seconds to the latter; how many got
 * there.
 */
import { createEngine, lossNames, Network, train } from "../dist/index.js";

const [seeds, lambda] = [Number(process.argv[2] ?? 8), Number(process.argv[3] ?? 1e-2)];
const [INPUTS, SAMPLES, WIDTH] = [2, 120, 20];
const levels = [1e-4, 1e-8];
const ways = {
  absolute: { curvature: "absolute", acceleration: "none" },
  "absolute, geodesic": { curvature: "absolute", acceleration: "geodesic" },
  exact: { curvature: "exact", acceleration: "none" },
  "exact, geodesic": { curvature: "exact", acceleration: "geodesic" },
  "trust-region": { method: "trust-region" },
  lbfgs: { method: "lbfgs", maxSteps: 4000 },
};

/** Uniform on (0, 1): the multiplicative generator of Park and Miller. */
function generator(seed) {
  let state = seed * 7919;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Targets drawn from the distribution whose negative logarithm the loss is, or nearly. */
function problemOf(loss, seed) {
  const draw = generator(seed);
  for (let i = 0; i < 10; i++) draw();
  const x = Array.from({ length: SAMPLES }, () =>
    Array.from({ length: INPUTS }, () => 3 * draw() - 1.5),
  );
  const signal = ([a, b], o) => Math.sin(2 * a + o) + a * b;
  const normal = () => Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw());
  const y = x.map((row) => {
    if (loss === "logistic") return Number(draw() < 1 / (1 + Math.exp(-3 * signal(row, 0))));
    if (loss === "poisson") return poisson(Math.exp(signal(row, 0)), draw);
    if (loss !== "softmax") return signal(row, 0) + (0.2 * normal()) / Math.sqrt(0.05 + draw());
    const scores = [0, 2, 4].map((o) => 2 * signal(row, o) - Math.log(-Math.log(draw())));
    return scores.indexOf(Math.max(...scores));
  });
  return { x, y };
}

/** By products of uniform numbers. */
function poisson(mean, draw) {
  let count = 0;
  for (let p = draw(); p > Math.exp(-mean); p *= draw()) count++;
  return count;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const orNull = (value) => (Number.isFinite(value) ? Number(value.toPrecision(3)) : null);

const engine = await createEngine();
for (const loss of lossNames) {
  const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  // Seed by seed, so that a slow minute of the machine falls on all ways.
  for (let seed = 1; seed <= seeds; seed++) {
    const data = problemOf(loss, seed);
    for (const [name, options] of Object.entries(ways)) {
      const outputs = loss === "softmax" ? 3 : 1;
      const network = await Network.create({ inputs: INPUTS, outputs, width: WIDTH, seed, engine });
      const penalty = { w: lambda, eta: lambda, c: lambda };
      const stop = { gradient: levels.at(-1) };
      const run = await train(network, data, { loss, penalty, maxSteps: 400, stop, ...options });
      network.dispose();
      const reached = levels.map((level) => {
        if (run.reason === "gradient" && level === levels.at(-1)) return run.history.length;
        const index = run.history.findIndex(({ gradientNorm }) => gradientNorm <= level);
        return index < 0 ? Infinity : index;
      });
      const systems = reached.map((steps) => {
        if (!Number.isFinite(steps)) return Infinity;
        const tried = run.history.slice(0, steps).map(({ rejected }) => rejected);
        return tried.reduce(
          (sum, tries) => sum + 1 + new Set(tries.map(({ gamma }) => gamma)).size,
          0,
        );
      });
      const seconds = reached.map((steps) => run.history[steps - 1]?.seconds ?? Infinity);
      results[name].push({ steps: reached, systems, seconds: seconds.at(-1) });
    }
  }
  for (const [name, runs] of Object.entries(results)) {
    const arrived = runs.filter(({ steps }) => Number.isFinite(steps.at(-1)));
    console.log(
      JSON.stringify({
        loss,
        way: name,
        steps: levels.map((_, i) => orNull(median(runs.map(({ steps }) => steps[i])))),
        systems: levels.map((_, i) => orNull(median(runs.map(({ systems }) => systems[i])))),
        seconds: orNull(median(runs.map(({ seconds }) => seconds))),
        arrived: arrived.length,
      }),
    );
  }
}
