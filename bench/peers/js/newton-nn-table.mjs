import { readFileSync } from "node:fs";
import { Model } from "../../../dist/index.js";
import { measured } from "./standardize.mjs";

const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url)));
export const version = `newton-nn ${manifest.version}`;

/** Every default, for all tables alike; the mean of the members where there are several. */
export async function regress({ x, y, test, seed, members }) {
  const columns = { inputs: x[0].map((_, j) => `x${j + 1}`), target: "y" };
  const { value: models, seconds } = await measured(async () => {
    const all = [];
    for (let member = 0; member < members; member++) {
      const network = { width: 50, seed: seed * members + member };
      all.push((await Model.fit({ x, y }, { columns, network })).model);
    }
    return all;
  });
  const predictions = models.map((model) => model.predict(test));
  for (const model of models) model.dispose();
  const mean = test.map((_, i) => predictions.reduce((sum, f) => sum + f[i], 0) / members);
  return { mean, seconds };
}
