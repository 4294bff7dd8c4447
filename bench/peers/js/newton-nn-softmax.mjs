import { readFileSync } from "node:fs";
import { Network, train } from "../../../dist/index.js";
import { partsOf } from "./softmax-problem.mjs";

const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url)));
export const version = `newton-nn ${manifest.version}`;

/** By its own defaults, but for the name of the method. */
export async function classify(request) {
  const { x, labels, inputs, width, classes, beta, penalty, tolerance, seconds, by } = request;
  const network = await Network.create({ inputs, outputs: classes, width, beta });
  network.setParameters(partsOf(request));
  const start = performance.now();
  const run = await train(
    network,
    { x, y: labels },
    {
      method: by,
      loss: "softmax",
      penalty: { w: penalty, eta: penalty, c: penalty },
      maxSteps: 1e7,
      stop: { gradient: tolerance, seconds },
    },
  );
  const spent = (performance.now() - start) / 1000;
  const penalties = { w: penalty, eta: penalty, c: penalty };
  const { w, eta, c } = network.gradient({ x, y: labels }, { loss: "softmax", penalty: penalties });
  network.dispose();
  const norms = [
    ...run.history.map(({ gradientNorm }) => gradientNorm),
    Math.hypot(...w, ...eta, ...c),
  ];
  return {
    steps: run.steps,
    gradientNorm: norms.reduce((least, norm) => Math.min(least, norm), Infinity),
    loss: run.loss,
    seconds: spent,
    reached: run.reason === "gradient",
  };
}
