import * as tf from "@tensorflow/tfjs";
import { Descent, partsOf } from "./softmax-problem.mjs";

await tf.setBackend("cpu");
export const version = `TensorFlow.js ${tf.version.tfjs}, cpu`;

/** Adam in float32: TensorFlow.js has no other. */
export async function classify(request) {
  const { x, labels, inputs, width, classes, beta, penalty, rate } = request;
  const parts = partsOf(request);
  const w = tf.variable(tf.tensor2d(Float32Array.from(parts.w), [width, inputs]));
  const eta = tf.variable(tf.tensor1d(Float32Array.from(parts.eta)));
  const c = tf.variable(tf.tensor2d(Float32Array.from(parts.c), [width, classes]));
  const rows = tf.tensor2d(x, [x.length, inputs]);
  const targets = tf.oneHot(tf.tensor1d(labels, "int32"), classes);
  const loss = () => {
    const hidden = tf.tanh(tf.add(tf.matMul(rows, w, false, true), eta));
    const f = tf.mul(tf.matMul(hidden, c), width ** -beta);
    const squares = [w, eta, c].map((part) => tf.sum(tf.square(part)));
    const data = tf.losses.softmaxCrossEntropy(targets, f);
    return tf.add(data, tf.mul(penalty / 2, tf.addN(squares)));
  };
  const optimizer = tf.train.adam(rate);
  const descent = new Descent(request);
  for (;;) {
    const { value, grads } = tf.variableGrads(loss, [w, eta, c]);
    const norm = tf.tidy(() =>
      tf.sqrt(tf.addN(Object.values(grads).map((g) => tf.sum(tf.square(g))))),
    );
    const [[number], [size]] = [await value.data(), await norm.data()];
    const done = descent.add(size, number);
    if (!done) optimizer.applyGradients(grads);
    tf.dispose([value, norm, grads]);
    if (done) return descent.answer();
  }
}
