import { readFileSync } from "node:fs";
import { create, lusolveDependencies, multiplyDependencies, transposeDependencies } from "mathjs";
import { denseStep } from "./dense-step.mjs";
import { residual, rowsOf, spdMatrix, timed } from "./problems.mjs";

const manifest = new URL("node_modules/mathjs/package.json", import.meta.url);
export const version = `mathjs ${JSON.parse(readFileSync(manifest)).version}`;
const { lusolve, multiply, transpose } = create({
  lusolveDependencies,
  multiplyDependencies,
  transposeDependencies,
});

/** LU: there is no Cholesky factorization. */
export async function solve({ n, repetitions }) {
  const a = rowsOf(spdMatrix(n), n);
  const b = new Array(n).fill(1);
  const { seconds, last } = await timed(
    repetitions,
    () => a.map((row) => [...row]),
    (copy) => lusolve(copy, b).map(([value]) => value),
  );
  return { seconds, residual: residual(n, last) };
}

export const gaussNewton = denseStep(({ rows, parameters, samples, gamma, r }) => {
  const j = rowsOf(rows, parameters);
  const jt = transpose(j);
  const h = multiply(jt, j);
  h.forEach((row, i) => {
    for (let k = 0; k < parameters; k++) row[k] = row[k] / samples + (i === k ? gamma : 0);
  });
  const g = multiply(jt, [...r]).map((value) => value / samples);
  return lusolve(h, g).map(([value]) => value);
});
