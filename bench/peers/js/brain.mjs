import { readFileSync } from "node:fs";
import brain from "brain.js";
import { measured } from "./standardize.mjs";

const manifest = new URL("node_modules/brain.js/package.json", import.meta.url);
export const version = `brain.js ${JSON.parse(readFileSync(manifest)).version}`;

/** Its outputs are sigmoids: all columns are brought to 0 .. 1, the target to 0.1 .. 0.9. */
function ranges(rows) {
  return rows[0].map((_, j) => {
    const column = rows.map((row) => row[j]);
    const low = Math.min(...column);
    return { low, span: Math.max(...column) - low || 1 };
  });
}

/** A layer of 50 sigmoids and its defaults, but for an error threshold that regression can use. */
export async function regress({ x, y, test }) {
  const inputs = ranges(x);
  const [{ low, span }] = ranges(y.map((value) => [value]));
  const scaled = (row) => row.map((value, j) => (value - inputs[j].low) / inputs[j].span);
  const { value: net, seconds } = await measured(() => {
    const network = new brain.NeuralNetwork({ hiddenLayers: [50] });
    const pairs = x.map((row, m) => ({
      input: scaled(row),
      output: [0.1 + (0.8 * (y[m] - low)) / span],
    }));
    network.train(pairs, { iterations: 1000, errorThresh: 1e-4 });
    return network;
  });
  const mean = test.map((row) => low + (span * (net.run(scaled(row))[0] - 0.1)) / 0.8);
  return { mean, seconds };
}
