/**
 * One Gauss-Newton step by the dense solver at the largest width whose matrix fits WebAssembly's
 * memory, on all processors, and the same step through function space to compare the parameters
 * with. Takes minutes.
 *
 *   npm run build && node bench/largest.mjs [samples]
 */
import os from "node:os";
import { createEngine, Network, NewtonError, train } from "../dist/index.js";
import { published } from "./published.mjs";

const data = published(Number(process.argv[2] ?? 128));
const options = {
  method: "gauss-newton",
  regularization: { policy: "fixed", gamma: 1e-2 },
};

/** One step from seed 0, or `null` when the solver does not fit. */
async function step(width, solver, maxSteps = 1) {
  const engine = await createEngine({ threads: "auto" });
  const network = await Network.create({ width, engine });
  try {
    const start = performance.now();
    const run = await train(network, data, { ...options, solver, maxSteps });
    const seconds = (performance.now() - start) / 1000;
    const bytes = engine.core.memory.buffer.byteLength;
    return { seconds, bytes, loss: run.loss, ...network.parameters };
  } catch (error) {
    if (error instanceof NewtonError && error.code === "out-of-memory") return null;
    throw error;
  } finally {
    network.dispose();
    engine.dispose();
  }
}

let [fits, fails] = [9_000, 12_000];
while (fails - fits > 1) {
  const middle = (fits + fails) >> 1;
  // No step: memory is planned and taken, and nothing is computed.
  if ((await step(middle, "dense", 0)) === null) fails = middle;
  else fits = middle;
}
console.log(`${fits} neurons, ${3 * fits} parameters; one neuron more does not fit`);
const dense = await step(fits, "dense");
const reference = await step(fits, "function-space");
let [difference, size] = [0, 0];
for (const part of ["w", "eta", "c"]) {
  for (const [i, value] of reference[part].entries()) {
    difference = Math.max(difference, Math.abs(value - dense[part][i]));
    size = Math.max(size, Math.abs(value));
  }
}
console.log(
  JSON.stringify({
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor: os.cpus()[0].model,
    threads: os.availableParallelism(),
    width: fits,
    parameters: 3 * fits,
    mebibytes: dense.bytes / 2 ** 20,
    seconds: dense.seconds,
    secondsFunctionSpace: reference.seconds,
    loss: dense.loss,
    lossFunctionSpace: reference.loss,
    relativeDifference: difference / size,
  }),
);
