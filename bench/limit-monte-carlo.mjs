/**
 * The infinitely wide network's tangent kernel beside a Monte Carlo average over ten million random
 * neurons, for every activation.
 *
 *   npm run build && node bench/limit-monte-carlo.mjs [networks = 100] [width = 100000]
 *
 * Prints the largest deviation of an entry in units of its standard error, estimated from the
 * spread between networks; ends with one line of JSON.
 */
import { activationNames, createEngine, Network } from "../dist/index.js";
import { limitKernel, ntk, scaledGamma } from "../dist/theory.js";

const [networks, width] = [Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 1e5)];
const x = [-0.7, 0, 0.4, 1];
const engine = await createEngine({ threads: "auto" });
// gamma_N = gamma N^(1 - 2 beta) is the scale of the kernel too.
const scale = await scaledGamma(1, { width, engine });
const rows = [];
for (const activation of activationNames) {
  const limit = await limitKernel(x, { activation, engine });
  const samples = [];
  for (let seed = 0; seed < networks; seed++) {
    const network = await Network.create({ width, activation, seed, engine });
    samples.push(ntk(network, x).map((value) => value / scale));
    network.dispose();
  }
  const deviations = [...limit.ntk].map((exact, at) => {
    const values = samples.map((kernel) => kernel[at]);
    const mean = values.reduce((sum, value) => sum + value, 0) / networks;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (networks - 1);
    return (mean - exact) / Math.sqrt(variance / networks);
  });
  const largest = Math.max(...deviations.map(Math.abs));
  rows.push({ activation, nodes: limit.nodes, error: limit.error, largestDeviation: largest });
  console.log(
    `${activation.padEnd(9)} ${largest.toFixed(2)} standard errors, ${limit.nodes} nodes`,
  );
}
engine.dispose();
console.log(JSON.stringify({ neurons: networks * width, points: x, rows }));
