import { readFileSync } from "node:fs";
import { Matrix, solve } from "ml-matrix";
import { measured } from "./standardize.mjs";

const manifest = new URL("node_modules/ml-matrix/package.json", import.meta.url);
export const version = `ml-matrix ${JSON.parse(readFileSync(manifest)).version}`;

const design = (rows) => new Matrix(rows.map((row) => [1, ...row]));

/**
 * Least squares, and the variance of a new target: s2 (1 + x (X^T X)^-1 x^T) with
 * s2 = |r|^2 / (M - p).
 */
export async function regress({ x, y, test }) {
  const { value, seconds } = await measured(() => {
    const a = design(x);
    const b = Matrix.columnVector(y);
    const coefficients = solve(a, b);
    const r = Matrix.sub(b, a.mmul(coefficients)).norm();
    return { a, coefficients, s2: r ** 2 / (a.rows - a.columns) };
  });
  const { a, coefficients, s2 } = value;
  const rows = design(test);
  const inner = solve(a.transpose().mmul(a), rows.transpose());
  const sd = test.map((_, i) => {
    const row = rows.getRow(i);
    return Math.sqrt(s2 * (1 + row.reduce((sum, v, j) => sum + v * inner.get(j, i), 0)));
  });
  return { mean: rows.mmul(coefficients).to1DArray(), sd, seconds };
}
