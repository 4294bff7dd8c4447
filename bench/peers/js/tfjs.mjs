import * as tf from "@tensorflow/tfjs";
import { Marks, parseTheta } from "./problems.mjs";

/** Adam with automatic differentiation, in float32: TensorFlow.js has no other. */
export function peerOf(backend) {
  function problem({ theta, x, y, beta }) {
    const all = parseTheta(theta);
    const width = all.length / 3;
    const parts = [0, 1, 2].map((i) => Float32Array.from(all.slice(i * width, (i + 1) * width)));
    const w = tf.variable(tf.tensor2d(parts[0], [1, width], "float32"));
    const eta = tf.variable(tf.tensor1d(parts[1], "float32"));
    const c = tf.variable(tf.tensor2d(parts[2], [width, 1], "float32"));
    const inputs = tf.tensor2d(x, [x.length, 1], "float32");
    const targets = tf.tensor2d(y, [y.length, 1], "float32");
    const scale = tf.scalar(width ** -beta);
    const half = tf.scalar(0.5);
    const loss = () => {
      const f = tf.mul(tf.matMul(tf.tanh(tf.add(tf.matMul(inputs, w), eta)), c), scale);
      return tf.mul(half, tf.mean(tf.square(tf.sub(f, targets))));
    };
    return { loss, variables: [w, eta, c] };
  }

  async function step(optimizer, { loss, variables }) {
    const value = optimizer.minimize(loss, true, variables);
    const [number] = await value.data();
    value.dispose();
    return number;
  }

  return {
    version: `TensorFlow.js ${tf.version.tfjs}, ${backend}`,
    train: async (request) => {
      await tf.ready();
      const model = problem(request);
      const optimizer = tf.train.adam(request.rate);
      const marks = new Marks(request.levels, request.seconds);
      while (!marks.add(await step(optimizer, model)));
      return marks.answer();
    },
    steps: async (request) => {
      await tf.ready();
      const model = problem(request);
      const optimizer = tf.train.adam(1e-3);
      await step(optimizer, model);
      const start = performance.now();
      let count = 0;
      while (performance.now() - start < 1000 * request.seconds) {
        await step(optimizer, model);
        count++;
      }
      return { perSecond: count / request.seconds };
    },
  };
}
