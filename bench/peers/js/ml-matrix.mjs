import { readFileSync } from "node:fs";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { denseStep } from "./dense-step.mjs";
import { residual, spdMatrix, timed } from "./problems.mjs";

const manifest = new URL("node_modules/ml-matrix/package.json", import.meta.url);
export const version = `ml-matrix ${JSON.parse(readFileSync(manifest)).version}`;

export async function solve({ n, repetitions }) {
  const a = Matrix.from1DArray(n, n, spdMatrix(n));
  const b = Matrix.ones(n, 1);
  const work = () => new CholeskyDecomposition(a).solve(b).to1DArray();
  const { seconds, last } = await timed(repetitions, () => {}, work);
  return { seconds, residual: residual(n, last) };
}

export const gaussNewton = denseStep(({ rows, parameters, samples, gamma, r }) => {
  const j = Matrix.from1DArray(samples, parameters, rows);
  const h = j.transpose().mmul(j).div(samples);
  for (let i = 0; i < parameters; i++) h.set(i, i, h.get(i, i) + gamma);
  const g = j.transpose().mmul(Matrix.columnVector(r)).div(samples);
  return new CholeskyDecomposition(h).solve(g).to1DArray();
});
