/**
 * Prints one line of JSON with what must have the same bits on every engine: digests of initial parameters and of the
 * gradient with every activation, and loss and parameters after short trainings on the published target. The package has to be built. cross-engine.test.ts runs this
 * with every Node it finds and compares with data/cross-engine.json, which was made by
 *
 *   node tests/reference/cross-engine.mjs > tests/reference/data/cross-engine.json
 */
import { createHash } from "node:crypto";
import { activationNames, Network, train } from "../../dist/index.js";

const TRAININGS = {
  default: { maxSteps: 50 },
  "function-space": { maxSteps: 20, curvature: "exact", solver: "function-space" },
  cg: { maxSteps: 5, solver: "cg" },
  lbfgs: { method: "lbfgs", maxSteps: 20 },
  newton: {
    method: "newton",
    solver: "dense",
    maxSteps: 50,
    regularization: { policy: "adaptive", initial: 0.1 },
  },
  "gauss-newton": {
    method: "gauss-newton",
    solver: "dense",
    maxSteps: 20,
    regularization: { policy: "fixed", gamma: 1e-3 },
  },
  adam: { method: "adam", maxSteps: 50, learningRate: 0.01 },
  gd: { method: "gd", maxSteps: 50, learningRate: 0.5 },
};

/** 33 points of [0, 1], exact in binary. */
const x = Float64Array.from({ length: 33 }, (_, m) => m / 32);

/**
 * 4x + sin(2 pi x) + 0.8 (sin(8 pi x) + sin(10 pi x) + sin(16 pi x)), rounded to float64: as bits, because the sines of
 * engines differ in their last ones.
 */
const target =
  "AAAAAAAAAAB3k3ygv84CQDq+rOTRXwFAoYZcMUVG6z/D2H8UhobkP9laSco6/+w/66/s8t0q4j+tgIMS4uftP2ZmZmZmZgZAfV5tetFTD0DI+IdJhFcFQN12ih0cAPM/Yew/CkND+j/wPCTwUZEEQG7x3xcFkwBASipgVc3p9T8AAAAAAAAAQNvqT1UZCwVAJR1A0PXZ/j8ghrcfXN32P88J4Hpe3gJAksQ68fF/BkBxDvBs91D1P18wVLLQhbU/MzMzMzMz8z/VH197B4YIQAXURINIdQtASqltTTHACEDPCeB6Xt4KQFjeqLNuLglAi4OmNlxA/T8S2Qa/gGL6PwAAAAAAABBA";
const y = new Float64Array(new Uint8Array(Buffer.from(target, "base64")).buffer);

function digest(parts) {
  const hash = createHash("sha256");
  for (const part of parts)
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex");
}

function digestOf({ w, eta, c }) {
  return digest([w, eta, c]);
}

function bits(value) {
  return new DataView(new Float64Array([value]).buffer).getBigUint64(0, true).toString(16);
}

const result = { initial: {}, gradient: {}, trained: {} };
for (const seed of [0, 1, Number.MAX_SAFE_INTEGER]) {
  const network = await Network.create({ width: 1000, inputs: 1, seed });
  result.initial[seed] = digestOf(network.parameters);
  network.dispose();
}
for (const activation of activationNames) {
  const network = await Network.create({ width: 64, activation });
  result.gradient[activation] = digestOf(network.gradient({ x, y }));
  network.dispose();
}
for (const [name, options] of Object.entries(TRAININGS)) {
  const network = await Network.create({ width: 64 });
  const { loss } = await train(network, { x, y }, options);
  result.trained[name] = { loss: bits(loss), parameters: digestOf(network.parameters) };
  network.dispose();
}
process.stdout.write(`${JSON.stringify(result)}\n`);
