import { syev, syevWork } from "../../assembly/linalg/eigen/syev";
import { allocateNumbers, fillSymmetric, get, isEigendecomposition, put, releaseNumbers, seed, uniform } from "./support";

/** Does syev give the eigenpairs, values descending, and write nothing outside of its arrays? */
function decomposes(n: i32, a: usize): bool {
  const ld = (n + 1) & ~1;
  const work = allocateNumbers(n * ld), values = allocateNumbers(ld), vectors = allocateNumbers(n * ld), scratch = allocateNumbers(syevWork(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < ld; j++) put(work, i * ld + j, j < n ? get(a, i * n + j) : 0.0);
  }
  let right = syev(n, work, values, vectors, scratch) && isEigendecomposition(n, a, values, vectors, 1, ld);
  for (let l = 1; l < n; l++) right = right && get(values, l) <= get(values, l - 1);
  let intact = releaseNumbers(work, n * ld) && releaseNumbers(values, ld);
  intact = releaseNumbers(vectors, n * ld) && releaseNumbers(scratch, syevWork(n)) && intact;
  return intact && right;
}

function random(n: i32, spread: f64, scale: f64): bool {
  seed(n);
  const a = allocateNumbers(n * n);
  fillSymmetric(n, a, spread, scale);
  const right = decomposes(n, a);
  return releaseNumbers(a, n * n) && right;
}

describe("syev", () => {
  it("decomposes random matrices of order 1 to 80", () => {
    for (let n = 1; n <= 80; n++) expect<bool>(random(n, 0.0, 1.0)).toBe(true);
  });
  it("decomposes graded ones, falling and rising", () => {
    for (let n = 1; n <= 24; n++) {
      expect<bool>(random(n, 1.0, 1.0)).toBe(true);
      expect<bool>(random(n, -1.0, 1.0)).toBe(true);
    }
  });
  it("decomposes those near the ends of float64", () => {
    for (let n = 1; n <= 9; n++) {
      expect<bool>(random(n, 0.0, 1e-300)).toBe(true);
      expect<bool>(random(n, 0.0, 1e300)).toBe(true);
    }
  });
  it("decomposes zero, singular, diagonal and split ones, and those with eigenvalues that repeat", () => {
    for (let n = 1; n <= 17; n++) {
      for (let kind = 0; kind < 5; kind++) {
        const a = allocateNumbers(n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let value = kind == 1 ? 1.0 : 0.0;
            if (kind == 2 && i == j) value = <f64>(i % 3) - 1.0;
            if (kind == 3 && i != j) value = 1.0 / <f64>(i + j);
            if (kind == 4 && i / 3 == j / 3) value = 2.0 + (i == j ? 1.0 : 0.0);
            put(a, i * n + j, value);
          }
        }
        expect<bool>(decomposes(n, a)).toBe(true);
        expect<bool>(releaseNumbers(a, n * n)).toBe(true);
      }
    }
  });
  it("decomposes matrices of low rank, whose off-diagonal is rounding beside rounding", () => {
    const ranks: StaticArray<i32> = [1, 20, 127];
    for (let r = 0; r < 3; r++) {
      const n = 200, rank = ranks[r];
      seed(rank);
      const factor = allocateNumbers(n * rank), a = allocateNumbers(n * n);
      for (let i = 0; i < n * rank; i++) put(factor, i, uniform());
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0.0;
          for (let k = 0; k < rank; k++) {
            const sign: f64 = k % 2 == 0 ? 1.0 : -1.0;
            sum += sign * (get(factor, i * rank + k) * get(factor, j * rank + k));
          }
          put(a, i * n + j, sum);
        }
      }
      expect<bool>(decomposes(n, a)).toBe(true);
      expect<bool>(releaseNumbers(a, n * n) && releaseNumbers(factor, n * rank)).toBe(true);
    }
  });
  it("finds the eigenvalues of the second difference, 2 - 2 cos(j pi / (n + 1))", () => {
    const n = 33, ld = 34;
    const a = allocateNumbers(n * ld), values = allocateNumbers(ld), vectors = allocateNumbers(n * ld), work = allocateNumbers(syevWork(n));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < ld; j++) put(a, i * ld + j, j == n ? 0.0 : i == j ? 2.0 : i - j == 1 || j - i == 1 ? -1.0 : 0.0);
    }
    expect<bool>(syev(n, a, values, vectors, work)).toBe(true);
    for (let j = 1; j <= n; j++) {
      const expected = 2.0 - 2.0 * Math.cos((<f64>j * Math.PI) / <f64>(n + 1));
      expect<f64>(Math.abs(get(values, n - j) - expected)).toBeLessThanOrEqual(40.0 * f64.EPSILON);
    }
  });
  it("refuses what is not finite", () => {
    const a = allocateNumbers(12), values = allocateNumbers(4), vectors = allocateNumbers(12), work = allocateNumbers(syevWork(3));
    for (let kind = 0; kind < 2; kind++) {
      for (let i = 0; i < 12; i++) put(a, i, 1.0);
      put(a, 5, kind == 0 ? NaN : Infinity);
      expect<bool>(syev(3, a, values, vectors, work)).toBe(false);
    }
  });
});
