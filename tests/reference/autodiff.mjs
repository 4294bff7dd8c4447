/**
 * Gradients, Jacobians and Hessians of random networks beside those of jax-js, which differentiates
 * the plain formula of the loss by itself. Prints one line of JSON: the largest difference of each,
 * relative to its largest entry. Needs an engine with Float16Array (Node 24 or newer);
 * autodiff.test.ts finds one in tests/engines.
 */
import { Network } from "../../dist/index.js";
import {
  defaultDevice,
  grad,
  init,
  jvp,
  numpy as np,
} from "../engines/node_modules/@jax-js/jax/dist/index.js";

await init("wasm");
defaultDevice("wasm");
const dtype = np.float64;
const array = (values, shape) => np.array(Float64Array.from(values), { dtype }).reshape(shape);

/** sigma in operations that jax-js differentiates; z is used up. */
const sigmas = {
  tanh: (z) => np.tanh(z),
  sin: (z) => np.sin(z),
  sigmoid: (z) => np.reciprocal(np.exp(z.neg()).add(1)),
  softplus: (z) => np.log(np.exp(z).add(1)),
};

/** theta -> outputs at all samples, in the order all w (N x d), all eta, all c. */
function outputs({ width, inputs, beta, activation }, x) {
  const samples = x.length;
  return (theta) => {
    const w = theta.ref.slice([0, width * inputs]).reshape([width, inputs]);
    const eta = theta.ref.slice([width * inputs, width * (inputs + 1)]).reshape([1, width]);
    const c = theta.slice([width * (inputs + 1), width * (inputs + 2)]).reshape([width, 1]);
    const z = np.matmul(array(x.flat(), [samples, inputs]), w.transpose()).add(eta);
    return np
      .matmul(sigmas[activation](z), c)
      .reshape([samples])
      .mul(width ** -beta);
  };
}

function largestDifference(a, b) {
  const size = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / size;
}

/** J, row by row: the gradient of each output. */
async function jacobianOf(f, at, samples) {
  const rows = [];
  for (let m = 0; m < samples; m++) rows.push(...(await grad((t) => f(t).slice(m))(at()).data()));
  return rows;
}

/** H, column by column: the gradient differentiated along each axis. */
async function hessianOf(loss, at, count) {
  const columns = [];
  for (let i = 0; i < count; i++) {
    const axis = array(
      Array.from({ length: count }, (_, j) => (i === j ? 1 : 0)),
      [count],
    );
    const [value, along] = jvp(grad(loss), [at()], [axis]);
    value.dispose();
    columns.push(...(await along.data()));
  }
  return columns;
}

const result = { gradient: 0, jacobian: 0, hessian: 0, networks: 0 };
const note = (name, difference) => {
  result[name] = Math.max(result[name], difference);
};
for (const activation of Object.keys(sigmas)) {
  for (const [inputs, width, samples] of [
    [1, 1, 1],
    [1, 7, 5],
    [2, 4, 9],
    [3, 5, 2],
  ]) {
    const network = await Network.create({ inputs, width, activation, seed: width + samples });
    const x = Array.from({ length: samples }, (_, m) =>
      Array.from({ length: inputs }, (_, k) => Math.sin(1 + 3 * m + 7 * k)),
    );
    const y = x.map((_, m) => Math.cos(m));
    const { w, eta, c } = network.parameters;
    const theta = [...w, ...eta, ...c];
    const f = outputs(network, x);
    const loss = (parameters) => {
      const r = f(parameters).sub(array(y, [samples]));
      return np.mean(r.ref.mul(r)).mul(0.5);
    };
    const at = () => array(theta, [theta.length]);
    const gradient = network.gradient({ x, y });
    note("gradient", largestDifference([...gradient.w, ...gradient.eta, ...gradient.c], await grad(loss)(at()).data())); // biome-ignore format: one thought
    note("jacobian", largestDifference([...network.jacobian(x)], await jacobianOf(f, at, samples)));
    note("hessian", largestDifference([...network.hessian({ x, y })], await hessianOf(loss, at, theta.length))); // biome-ignore format: one thought
    network.dispose();
    result.networks++;
  }
}
console.log(JSON.stringify(result));
process.exit(0);
