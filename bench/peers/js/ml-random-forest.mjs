import { readFileSync } from "node:fs";
import { RandomForestRegression } from "ml-random-forest";
import { measured } from "./standardize.mjs";

const manifest = new URL("node_modules/ml-random-forest/package.json", import.meta.url);
export const version = `ml-random-forest ${JSON.parse(readFileSync(manifest)).version}`;

/** Its defaults: 50 trees on all columns. */
export async function regress({ x, y, test, seed }) {
  const { value: forest, seconds } = await measured(() => {
    const model = new RandomForestRegression({ seed, noOOB: true });
    model.train(x, y);
    return model;
  });
  return { mean: [...forest.predict(test)], seconds };
}
