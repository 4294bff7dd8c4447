/**
 * Prints as JSON what must have the same bits on every engine: initial parameters, the gradient
 * with every activation, Hessians, and short trainings, the sizes on both sides of the blocks that
 * the core works in. Beside each digest stand the values it is of, or some of them. The package has
 * to be built. cross-engine.test.ts runs this with every engine it finds, compares with data/cross-
 * engine.json to the bit, and compares the values of that file with data/cross-engine-values.json,
 * which is made without the package (cross_engine.py). Made by
 *
 *   node tests/reference/cross-engine.mjs > tests/reference/data/cross-engine.json
 */
import { createHash } from "node:crypto";
import { activationNames, Network, train } from "../../dist/index.js";

const WIDTH = 64;
const fixed = { policy: "fixed", gamma: 1e-3 };

/** 33 points of [0, 1], exact in binary. */
const x = Float64Array.from({ length: 33 }, (_, m) => m / 32);

/**
 * 4x + sin(2 pi x) + 0.8 (sin(8 pi x) + sin(10 pi x) + sin(16 pi x)), rounded to float64: as bits,
 * because the sines of engines differ in their last ones.
 */
const target =
  "AAAAAAAAAAB3k3ygv84CQDq+rOTRXwFAoYZcMUVG6z/D2H8UhobkP9laSco6/+w/66/s8t0q4j+tgIMS4uftP2ZmZmZmZgZAfV5tetFTD0DI+IdJhFcFQN12ih0cAPM/Yew/CkND+j/wPCTwUZEEQG7x3xcFkwBASipgVc3p9T8AAAAAAAAAQNvqT1UZCwVAJR1A0PXZ/j8ghrcfXN32P88J4Hpe3gJAksQ68fF/BkBxDvBs91D1P18wVLLQhbU/MzMzMzMz8z/VH197B4YIQAXURINIdQtASqltTTHACEDPCeB6Xt4KQFjeqLNuLglAi4OmNlxA/T8S2Qa/gGL6PwAAAAAAABBA";
const y = new Float64Array(new Uint8Array(Buffer.from(target, "base64")).buffer);

/** 600 rows of two inputs and two outputs, by products that round nothing. */
const rows = Array.from({ length: 600 }, (_, m) => [m / 512 - 0.5, ((37 * m) % 600) / 512 - 0.5]);
const manyY = rows.map(([a, b]) => [4 * a * a * a - 2 * a * b, b * b - a]);

const PROBLEMS = {
  small: { shape: { width: WIDTH }, data: { x, y } },
  many: {
    shape: { width: 20, inputs: 2, outputs: 2, seed: 3 },
    data: { x: rows, y: manyY },
  },
};

const TRAININGS = {
  default: ["small", { maxSteps: 50 }],
  "function-space": ["small", { maxSteps: 20, curvature: "exact", solver: "function-space" }],
  cg: ["small", { maxSteps: 5, solver: "cg" }],
  lbfgs: ["small", { method: "lbfgs", maxSteps: 20 }],
  newton: [
    "small",
    {
      method: "newton",
      solver: "dense",
      maxSteps: 50,
      regularization: { policy: "adaptive", initial: 0.1 },
    },
  ],
  "gauss-newton": [
    "small",
    { method: "gauss-newton", solver: "dense", maxSteps: 20, regularization: fixed },
  ],
  adam: ["small", { method: "adam", maxSteps: 50, learningRate: 0.01 }],
  gd: ["small", { method: "gd", maxSteps: 50, learningRate: 0.5 }],
  "many default": ["many", { solver: "dense", maxSteps: 15 }],
  "many function-space": ["many", { solver: "function-space", maxSteps: 5 }],
  "many cg": ["many", { solver: "cg", maxSteps: 3 }],
  "many newton": [
    "many",
    { solver: "dense", maxSteps: 10, regularization: { policy: "adaptive", initial: 0.1 } },
  ],
  "many gauss-newton": [
    "many",
    { method: "gauss-newton", solver: "dense", maxSteps: 10, regularization: fixed },
  ],
  "many lbfgs": ["many", { method: "lbfgs", maxSteps: 10 }],
  "many adam": ["many", { method: "adam", maxSteps: 10, learningRate: 0.01 }],
};

function digest(parts) {
  const hash = createHash("sha256");
  for (const part of parts)
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex");
}

/**
 * Euclidean norm, sum, and entries at even distances: additions, products and a root, which every
 * engine rounds alike.
 */
function summary(parts) {
  const all = parts.flatMap((part) => [...part]);
  let [sum, squares] = [0, 0];
  for (const value of all) {
    sum += value;
    squares += value * value;
  }
  const entries = Array.from({ length: 8 }, (_, i) => all[Math.floor((i * (all.length - 1)) / 7)]);
  return { norm: Math.sqrt(squares), sum, entries };
}

const described = (parts) => ({ digest: digest(parts), values: summary(parts) });
const partsOf = ({ w, eta, c }) => [w, eta, c];

const result = { initial: {}, gradient: {}, hessian: {}, trained: {} };
for (const seed of [0, 1, Number.MAX_SAFE_INTEGER]) {
  const network = await Network.create({ width: 1000, inputs: 1, seed });
  result.initial[seed] = described(partsOf(network.parameters));
  network.dispose();
}
for (const activation of activationNames) {
  for (const [name, { shape, data }] of Object.entries(PROBLEMS)) {
    const network = await Network.create({ ...shape, activation });
    const key = name === "small" ? activation : `${name} ${activation}`;
    result.gradient[key] = described(partsOf(network.gradient(data)));
    const curvature = activation === "relu" ? "gauss-newton" : "exact";
    result.hessian[key] = described([network.hessian(data, { curvature })]);
    network.dispose();
  }
}
for (const [name, [problem, options]] of Object.entries(TRAININGS)) {
  const { shape, data } = PROBLEMS[problem];
  const network = await Network.create(shape);
  const { history } = await train(network, data, options);
  const losses = history.map(({ loss }) => loss);
  const { digest: parameters, values } = described(partsOf(network.parameters));
  result.trained[name] = { parameters, losses, values };
  network.dispose();
}
process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
