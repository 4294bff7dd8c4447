import { createRequire } from "node:module";
import { denseStep } from "./dense-step.mjs";
import { residual, rowsOf, spdMatrix, timed } from "./problems.mjs";

const numeric = createRequire(import.meta.url)("numeric");
export const version = `numeric ${numeric.version}`;

/** LU: there is no Cholesky factorization. */
export async function solve({ n, repetitions }) {
  const a = rowsOf(spdMatrix(n), n);
  const b = new Array(n).fill(1);
  const { seconds, last } = await timed(
    repetitions,
    () => {},
    () => numeric.solve(a, b),
  );
  return { seconds, residual: residual(n, last) };
}

export const gaussNewton = denseStep(({ rows, parameters, samples, gamma, r }) => {
  const j = rowsOf(rows, parameters);
  const jt = numeric.transpose(j);
  const h = numeric.div(numeric.dot(jt, j), samples);
  for (let i = 0; i < parameters; i++) h[i][i] += gamma;
  return numeric.solve(h, numeric.div(numeric.dot(jt, [...r]), samples));
});
