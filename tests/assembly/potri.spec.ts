import { f64Address } from "../../assembly/memory";
import { potrf } from "../../assembly/linalg/cholesky/potrf";
import { inverseDiagonal, inverseFactor, inverseFactorBytes, inverseMatrix } from "../../assembly/linalg/cholesky/potri";
import { potrfLogDeterminant, rowPanelBytes, rowSquares, trsm } from "../../assembly/linalg/cholesky/trsm";
import { packedBytes, packedFromFull, packedToFull } from "../../assembly/linalg/packed";
import {
  RATIO, begin, allocate, allocateNumbers, fillUniform, get, matrixNorm, positiveDefinite, put, release, releaseNumbers, seed,
} from "./support";

/** Orders around panels, strips and passes of the microkernel. */
const ORDERS: StaticArray<i32> = [1, 2, 3, 4, 5, 7, 8, 9, 31, 63, 64, 65, 68, 127, 129, 255, 256, 257, 261, 321];
const LARGEST: i32 = 321;

const full = allocateNumbers(LARGEST * LARGEST);
const inverse = allocateNumbers(LARGEST * LARGEST);
const packed = allocate(packedBytes(LARGEST));
const product = allocate(packedBytes(LARGEST));
const reciprocals = allocateNumbers(LARGEST + 4);

function factored(n: i32): void {
  positiveDefinite(n, full);
  packedFromFull(n, full, n, packed);
  expect(potrf(n, packed, reciprocals, begin(), Infinity)).toBe(0);
}

/** |A B - I| / (n eps |A| |B|) in the 1-norm. */
function inverseRatio(n: i32): f64 {
  let largest = 0.0;
  for (let j = 0; j < n; j++) {
    let column = 0.0;
    for (let i = 0; i < n; i++) {
      let sum = i == j ? -1.0 : 0.0;
      for (let k = 0; k < n; k++) sum += get(full, i * n + k) * get(inverse, k * n + j);
      column += Math.abs(sum);
    }
    largest = max(largest, column);
  }
  return largest / (<f64>n * f64.EPSILON * matrixNorm(n, full) * matrixNorm(n, inverse));
}

describe("inverseFactor, inverseMatrix, inverseDiagonal", () => {
  test("give the inverse, and its diagonal alone", () => {
    for (let index = 0; index < ORDERS.length; index++) {
      const n = ORDERS[index];
      seed(n);
      factored(n);
      const u = allocate(inverseFactorBytes(n));
      const diagonal = allocateNumbers(n);
      // In parts, a task each, the same as at once.
      let progress = begin();
      while (inverseFactor(n, packed, reciprocals, u, progress, 1.0) != 0) {}
      inverseDiagonal(n, u, diagonal);
      progress = begin();
      while (inverseMatrix(n, u, product, progress, 1.0) != 0) {}
      packedToFull(n, product, inverse, n);
      expect(inverseRatio(n)).toBeLessThan(RATIO);
      for (let i = 0; i < n; i++) {
        const wanted = get(inverse, i * n + i);
        expect(Math.abs(get(diagonal, i) - wanted)).toBeLessThan(<f64>n * f64.EPSILON * wanted);
      }
      releaseNumbers(diagonal, n);
      release(u, inverseFactorBytes(n));
    }
  });
});

describe("trsm, rowSquares, potrfLogDeterminant", () => {
  test("solve rows of any number, whose squares are those of the quadratic form", () => {
    for (let index = 0; index < ORDERS.length; index++) {
      const n = ORDERS[index];
      const rows = 1 + (n * 7) % 70;
      seed(n + 1);
      factored(n);
      const panels = (rows + 3) >> 2;
      const bytes = rowPanelBytes(n);
      const x = allocate(bytes * <f64>panels);
      const b = allocateNumbers(rows * n);
      const squares = allocateNumbers(rows);
      memory.fill(x, 0, <usize>bytes * <usize>panels);
      fillUniform(rows * n, b);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < n; j++)
          put(x + <usize>(i >> 2) * <usize>bytes, 4 * j + (i & 3), get(b, i * n + j));
      }
      const progress = begin();
      while (trsm(n, packed, reciprocals, panels, x, progress, 1.0) != 0) {}
      rowSquares(rows, n, x, <usize>bytes, squares);
      // X L^T = B, row by row.
      for (let i = 0; i < rows; i++) {
        const row = x + <usize>(i >> 2) * <usize>bytes;
        let difference = 0.0, size = 0.0, square = 0.0;
        for (let j = 0; j < n; j++) {
          let sum = 0.0;
          for (let k = 0; k <= j; k++) sum += get(row, 4 * k + (i & 3)) * l(j, k);
          difference = max(difference, Math.abs(sum - get(b, i * n + j)));
          const value = get(row, 4 * j + (i & 3));
          size = max(size, Math.abs(value));
          square += value * value;
        }
        const scale = <f64>n * f64.EPSILON * size * matrixNorm(n, full);
        expect(difference).toBeLessThan(RATIO * scale + f64.EPSILON);
        expect(Math.abs(get(squares, i) - square)).toBeLessThanOrEqual(<f64>n * f64.EPSILON * square);
      }
      releaseNumbers(squares, rows);
      releaseNumbers(b, rows * n);
      release(x, bytes * <f64>panels);
    }
  });

  test("the log determinant is the sum over the pivots", () => {
    seed(3);
    factored(9);
    let sum = 0.0;
    for (let j = 0; j < 9; j++) sum += 2.0 * Math.log(l(j, j));
    expect(Math.abs(potrfLogDeterminant(9, reciprocals) - sum)).toBeLessThan(64.0 * f64.EPSILON * 9.0);
  });
});

/** L[p, q], q <= p. */
function l(p: i32, q: i32): f64 {
  const panel = <usize>(p >> 2);
  return load<f64>(f64Address(packed + panel * (panel + 1) * 64, 4 * q + (p & 3)));
}
