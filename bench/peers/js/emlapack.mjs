import { createRequire } from "node:module";
import { residual, spdMatrix, timed } from "./problems.mjs";

const require = createRequire(import.meta.url);
const lapack = require("emlapack");
export const version = `emlapack ${require("emlapack/package.json").version}`;

/** dposv of CLAPACK, compiled to asm.js. */
export async function solve({ n, repetitions }) {
  const dposv = lapack.cwrap("dposv_", null, new Array(8).fill("number"));
  const [uplo, order, rhs, info] = [1, 4, 4, 4].map((bytes) => lapack._malloc(bytes));
  const [a, b] = [n * n, n].map((count) => lapack._malloc(8 * count));
  if (a === 0 || b === 0) throw new Error("its heap is too small");
  lapack.setValue(uplo, "L".charCodeAt(0), "i8");
  lapack.setValue(order, n, "i32");
  lapack.setValue(rhs, 1, "i32");
  const matrix = spdMatrix(n);
  const view = (pointer, count) => new Float64Array(lapack.HEAPF64.buffer, pointer, count);
  const { seconds, last } = await timed(
    repetitions,
    () => {
      view(a, n * n).set(matrix);
      view(b, n).fill(1);
    },
    () => {
      dposv(uplo, order, rhs, a, order, b, order, info);
      return view(b, n).slice();
    },
  );
  return { seconds, residual: residual(n, last) };
}
