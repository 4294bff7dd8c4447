import { readFileSync } from "node:fs";
import LogisticRegression from "ml-logistic-regression";
import { Matrix } from "ml-matrix";

const manifest = new URL("node_modules/ml-logistic-regression/package.json", import.meta.url);
export const version = `ml-logistic-regression ${JSON.parse(readFileSync(manifest)).version}`;

/**
 * Its model has no hidden neurons and its objective no penalty: one class against the others, the
 * sum over the rows. It has no stopping rule either: it is asked for ever more steps, from the
 * beginning each time, and the gradient of its own objective is computed from its weights.
 */
export async function classify({ x, labels, classes, tolerance, seconds }) {
  const features = new Matrix(x.map((row) => [1, ...row]));
  const target = Matrix.columnVector(labels);
  const begin = performance.now();
  for (let numSteps = 100; ; numSteps *= 2) {
    const start = performance.now();
    const model = new LogisticRegression({ numSteps });
    model.train(features, target);
    const spent = (performance.now() - start) / 1000;
    const gradientNorm = Math.hypot(
      ...Array.from({ length: classes }, (_, k) => gradient(model.classifiers[k], k)).flat(),
    );
    const total = (performance.now() - begin) / 1000;
    if (gradientNorm <= tolerance || total + 2 * spent > seconds) {
      const reached = gradientNorm <= tolerance;
      return { steps: numSteps, gradientNorm, loss: null, seconds: spent, reached };
    }
  }

  function gradient(classifier, k) {
    const p = classifier.testScores(features);
    const error = Matrix.columnVector(p.map((value, m) => value - (labels[m] === k ? 0 : 1)));
    return features.transpose().mmul(error).to1DArray();
  }
}
