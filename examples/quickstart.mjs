/** A function without noise, as the README shows it: node examples/quickstart.mjs */
import { Network, train } from "newton-nn";

const x = Array.from({ length: 64 }, (_, m) => m / 63);
const y = x.map((value) => Math.sin(12 * value));

const network = await Network.create({ inputs: 1, width: 100, seed: 0 });
const run = await train(network, { x, y }, { stop: { loss: 1e-10 } });

console.log(run.reason, run.loss, run.steps);
console.log(network.predict([0.25, 0.5]));
