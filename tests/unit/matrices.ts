/** Small dense matrices for the tests, row-major, written plainly. */

/** Row-major product A B, and A B^T. */
export function multiply(
  a: Float64Array,
  b: Float64Array,
  inner: number,
  transposed = false,
): Float64Array {
  const [rows, columns] = [a.length / inner, b.length / inner];
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let l = 0; l < inner; l++) {
      sum += a[i * inner + l]! * (transposed ? b[j * inner + l]! : b[l * columns + j]!);
    }
    return sum;
  });
}

/** A^-1 B by Gaussian elimination with partial pivoting; B has `columns` columns. */
export function solve(matrix: Float64Array, right: Float64Array, n: number): Float64Array {
  const columns = right.length / n;
  const a = matrix.slice();
  const b = right.slice();
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    }
    for (const [x, width] of [
      [a, n],
      [b, columns],
    ] as const) {
      for (let j = 0; j < width; j++) {
        [x[k * width + j], x[pivot * width + j]] = [x[pivot * width + j]!, x[k * width + j]!];
      }
    }
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i * n + k]! / a[k * n + k]!;
      for (let j = k; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
      for (let j = 0; j < columns; j++) b[i * columns + j]! -= factor * b[k * columns + j]!;
    }
  }
  return b.map((value, at) => value / a[Math.floor(at / columns) * (n + 1)]!);
}

export function largest(values: Iterable<number>): number {
  let result = 0;
  for (const value of values) result = Math.max(result, Math.abs(value));
  return result;
}

export function distance(a: Float64Array, b: Float64Array): number {
  return largest(a.map((value, i) => value - b[i]!)) / largest(b);
}

export const transpose = (a: Float64Array, columns: number) => {
  const rows = a.length / columns;
  return a.map((_, at) => a[(at % rows) * columns + Math.floor(at / rows)]!);
};
