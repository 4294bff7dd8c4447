/**
 * Exact Newton steps of very wide networks on the published target, M = 128, through function
 * space: seconds a step, memory, losses.
 *
 *   npm run build && node bench/wide.mjs [steps]
 *
 * Prints one line of JSON a width and the ratio of the last two.
 */
import { createEngine, Network, train } from "../dist/index.js";
import { published } from "./published.mjs";

const steps = Number(process.argv[2] ?? 4);
const seconds = [];
for (const width of [10_000, 100_000, 1_000_000]) {
  const engine = await createEngine();
  const network = await Network.create({ width, engine });
  const marks = [];
  const run = await train(network, published(128), {
    maxSteps: steps,
    curvature: "exact",
    onStep: ({ seconds }) => marks.push(seconds),
  });
  const tries = run.history.reduce((sum, { rejected }) => sum + 1 + rejected.length, 0);
  const losses = [run.initialLoss, ...run.history.map(({ loss }) => loss)];
  const memory = engine.core.memory.buffer.byteLength;
  seconds.push(marks.at(-1) / tries);
  console.log(
    JSON.stringify({
      width,
      parameters: network.parameterCount,
      solver: run.solver,
      tries,
      secondsPerTry: seconds.at(-1),
      mebibytes: memory / 2 ** 20,
      losses,
      falls: run.history.every(({ accepted }, i) => !accepted || losses[i + 1] < losses[i]),
    }),
  );
  network.dispose();
  engine.dispose();
}
console.log(JSON.stringify({ ratio: seconds.at(-1) / seconds.at(-2) }));
