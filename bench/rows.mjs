/**
 * Newton steps on many rows with few parameters: dense and matrix-free.
 *
 *   npm run build && node bench/rows.mjs [rows = 1000000] [steps = 5]
 *
 * y = sin(3 a + b) of two inputs, N = 10. Prints one line of JSON a solver: seconds a step, memory
 * of the core, losses.
 */
import { createEngine, Network, train } from "../dist/index.js";

const [rows, steps] = [Number(process.argv[2] ?? 1e6), Number(process.argv[3] ?? 5)];
const golden = (Math.sqrt(5) - 1) / 2;
const x = Float64Array.from({ length: 2 * rows }, (_, i) =>
  i % 2 === 0 ? (2 * i) / (2 * rows) - 1 : 2 * (((i >> 1) * golden) % 1) - 1,
);
const y = Float64Array.from({ length: rows }, (_, m) => Math.sin(3 * x[2 * m] + x[2 * m + 1]));

for (const solver of ["auto", "dense", "cg"]) {
  const engine = await createEngine();
  const network = await Network.create({ inputs: 2, width: 10, engine });
  const run = await train(network, { x, y }, { solver, maxSteps: steps });
  console.log(
    JSON.stringify({
      rows,
      parameters: network.parameterCount,
      solver: run.solver,
      asked: solver,
      secondsPerStep: run.seconds / run.steps,
      mebibytes: engine.core.memory.buffer.byteLength / 2 ** 20,
      losses: [run.initialLoss, ...run.history.map(({ loss }) => loss)],
    }),
  );
  network.dispose();
  engine.dispose();
}
