/**
 * Which loss do Newton and a tuned Adam reach on a smooth one-dimensional target?
 *
 *   node bench/newton-vs-adam.mjs
 *
 * y = sin(14 pi x) on 40 points of [0, 1], N = 100, five seeds. Newton runs until the loss is below
 * 1e-12. Of thirteen rates of Adam the three with the lowest loss after a pilot of the same wall
 * time each run 20 times as long as Newton took; the lowest loss seen in any of these steps counts.
 */
import { performance } from "node:perf_hooks";
import { Network, train } from "newton-nn";

const WIDTH = 100;
const SEEDS = [0, 1, 2, 3, 4];
const TARGET_LOSS = 1e-12;
const TIME_FACTOR = 20;
const FINALISTS = 3;
const RATES = Array.from({ length: 13 }, (_, i) => 1e-4 * 10 ** (i / 3));

const x = Array.from({ length: 40 }, (_, m) => m / 39);
const y = x.map((value) => Math.sin(14 * Math.PI * value));

async function run(seed, options) {
  const network = await Network.create({ width: WIDTH, seed });
  let best = Number.POSITIVE_INFINITY;
  const start = performance.now();
  const result = await train(
    network,
    { x, y },
    {
      ...options,
      maxSteps: 1e9,
      onStep: ({ loss }) => {
        best = Math.min(best, loss);
      },
    },
  );
  network.dispose();
  return { best, steps: result.steps, seconds: (performance.now() - start) / 1000 };
}

async function compare(seed) {
  const stop = { loss: TARGET_LOSS, seconds: 60 };
  const newton = await run(seed, { method: "newton", stop });
  const runAdam = async (learningRate, seconds) => {
    const result = await run(seed, { method: "adam", learningRate, stop: { seconds } });
    return { ...result, rate: learningRate };
  };
  const pilots = [];
  for (const rate of RATES) pilots.push(await runAdam(rate, newton.seconds));
  let adam = { best: Number.POSITIVE_INFINITY };
  for (const { rate } of pilots.toSorted((a, b) => a.best - b.best).slice(0, FINALISTS)) {
    const long = await runAdam(rate, TIME_FACTOR * newton.seconds);
    if (long.best < adam.best) adam = long;
  }
  return { seed, newton, adam };
}

const results = [];
for (const seed of SEEDS) {
  const result = await compare(seed);
  results.push(result);
  const { newton, adam } = result;
  console.log(
    `seed ${seed}: newton ${newton.best.toExponential(1)} in ${newton.seconds.toFixed(2)} s (${newton.steps} steps);`,
    `adam ${adam.best.toExponential(1)} in ${adam.seconds.toFixed(1)} s (${adam.steps} steps, rate ${adam.rate.toExponential(1)})`,
  );
}
const shown = results.every(({ newton, adam }) => newton.best < TARGET_LOSS && adam.best > 1e-6);
console.log(
  JSON.stringify({ shown, node: process.version, width: WIDTH, samples: x.length, results }),
);
process.exitCode = shown ? 0 : 1;
