/**
 * Prints one line of JSON with what an engine does of all that needs more than arithmetic: threads,
 * a worker, an abort, a typed error out of a worker, a checkpoint. The package has to be built.
 * cross-engine.test.ts runs this with every engine it finds.
 */
import { createEngine, Network, train } from "../../dist/index.js";

const x = Array.from({ length: 33 }, (_, m) => m / 32);
const data = { x, y: x.map((t) => 4 * t * t - t) };
const options = { solver: "dense" };

async function lossAfter(steps, creation, more = {}) {
  const network = await Network.create({ width: 64, ...creation });
  const run = await train(network, data, { ...options, ...more, maxSteps: steps });
  network.dispose();
  return run;
}

const engine = await createEngine({ threads: 2 });
const alone = await lossAfter(20, {});
const shared = await lossAfter(20, { engine });
const half = await lossAfter(10, { worker: true });
const resumed = await lossAfter(20, { worker: true }, { resume: half.checkpoint() });

const worker = await Network.create({ width: 64, worker: true });
const interrupt = new AbortController();
const { reason } = await train(worker, data, {
  method: "gd",
  learningRate: 0.1,
  maxSteps: 1e8,
  signal: interrupt.signal,
  onStep: () => interrupt.abort(),
});
const refused = await worker.predict([Number.NaN]).catch((error) => error);
worker.dispose();

console.log(
  JSON.stringify({
    threads: engine.threads,
    note: engine.threadsNote,
    sameBits: [shared, resumed].map(({ loss }) => loss === alone.loss),
    abort: reason,
    error: [refused.name, refused.code],
  }),
);
engine.dispose();
