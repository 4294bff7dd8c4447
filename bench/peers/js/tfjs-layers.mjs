import * as tf from "@tensorflow/tfjs";
import { measured, standardizer } from "./standardize.mjs";

await tf.setBackend("cpu");
export const version = `TensorFlow.js ${tf.version.tfjs}, layers, cpu`;

/**
 * As its guides have it: standardized columns, two layers of 64 rectified neurons, Adam with its
 * defaults, a tenth of the rows for validation and a patience of 20 epochs, at most 500.
 */
export async function regress({ x, y, test, seed }) {
  const inputs = standardizer(x);
  const target = standardizer(y.map((value) => [value]));
  const columns = (rows) => tf.tensor2d(rows, [rows.length, rows[0].length]);
  const { value: model, seconds } = await measured(async () => {
    const init = (k) => tf.initializers.heNormal({ seed: 10 * seed + k });
    const layer = (k, more) => tf.layers.dense({ kernelInitializer: init(k), ...more });
    const network = tf.sequential({
      layers: [
        layer(1, { units: 64, activation: "relu", inputShape: [x[0].length] }),
        layer(2, { units: 64, activation: "relu" }),
        layer(3, { units: 1 }),
      ],
    });
    network.compile({ optimizer: "adam", loss: "meanSquaredError" });
    const data = [columns(inputs.apply(x)), columns(target.apply(y.map((value) => [value])))];
    await network.fit(...data, {
      epochs: 500,
      batchSize: 32,
      validationSplit: 0.1,
      verbose: 0,
      callbacks: tf.callbacks.earlyStopping({ monitor: "val_loss", patience: 20 }),
    });
    tf.dispose(data);
    return network;
  });
  const out = tf.tidy(() => model.predict(columns(inputs.apply(test))).dataSync());
  model.dispose();
  return { mean: Array.from(out, (value) => target.mean[0] + target.scale[0] * value), seconds };
}
