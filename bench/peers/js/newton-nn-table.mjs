import { readFileSync } from "node:fs";
import { Model } from "../../../dist/index.js";
import { measured } from "./standardize.mjs";

const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url)));
export const version = `newton-nn ${manifest.version}`;

/** Every default, for all tables alike. The predictive is a mixture, which the model evaluates. */
export async function regress({ x, y, test, targets, seed, members }) {
  const { value, seconds } = await measured(() =>
    Model.fit({ x, y }, { members, network: { seed: seed * members } }),
  );
  const { model } = value;
  const { mean } = model.predictive(test);
  const { logLikelihood, coverage } = model.evaluate({ x: test, y: targets });
  model.dispose();
  return { mean: [...mean], logLikelihood, coverage, seconds };
}
