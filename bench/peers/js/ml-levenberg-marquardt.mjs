import { readFileSync } from "node:fs";
import { levenbergMarquardt } from "ml-levenberg-marquardt";
import { Marks, parseTheta } from "./problems.mjs";

const manifest = new URL("node_modules/ml-levenberg-marquardt/package.json", import.meta.url);
export const version = `ml-levenberg-marquardt ${JSON.parse(readFileSync(manifest)).version}`;

/**
 * Jacobian by its own central differences; one iteration a call, so that the time of each can be
 * told.
 */
export async function train({ theta, x, y, beta, levels, seconds }) {
  let values = [...parseTheta(theta)];
  const width = values.length / 3;
  const scale = width ** -beta;
  const model = (parameters) => (t) => {
    let sum = 0;
    for (let i = 0; i < width; i++)
      sum += parameters[2 * width + i] * Math.tanh(parameters[i] * t + parameters[width + i]);
    return scale * sum;
  };
  const marks = new Marks(levels, seconds);
  for (;;) {
    const result = levenbergMarquardt({ x, y }, model, {
      initialValues: values,
      damping: 1e-2,
      maxIterations: 1,
      centralDifference: true,
    });
    values = result.parameterValues;
    if (marks.add(result.parameterError / (2 * x.length))) return marks.answer();
  }
}
