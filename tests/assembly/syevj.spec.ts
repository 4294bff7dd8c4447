import { syevj } from "../../assembly/linalg/eigen/syevj";
import { allocateNumbers, fillSymmetric, fillUniform, get, isEigendecomposition, put, releaseNumbers, seed } from "./support";

/** Does syevj give the eigenpairs, and write nothing outside of its arrays? */
function decomposes(n: i32, a: usize): bool {
  const work = allocateNumbers(n * n), values = allocateNumbers(n), vectors = allocateNumbers(n * n);
  memory.copy(work, a, <usize>(n * n) << 3);
  const right = syevj(n, work, values, vectors) && isEigendecomposition(n, a, values, vectors, n, 1);
  const intact = releaseNumbers(work, n * n) && releaseNumbers(values, n);
  return releaseNumbers(vectors, n * n) && intact && right;
}

function random(n: i32, spread: f64): bool {
  seed(n);
  const a = allocateNumbers(n * n);
  fillSymmetric(n, a, spread, 1.0);
  const right = decomposes(n, a);
  return releaseNumbers(a, n * n) && right;
}

describe("syevj", () => {
  it("decomposes random matrices of order 1 to 40", () => {
    for (let n = 1; n <= 40; n++) expect<bool>(random(n, 0.0)).toBe(true);
  });
  it("decomposes graded ones", () => {
    for (let n = 1; n <= 12; n++) expect<bool>(random(n, 3.0)).toBe(true);
  });
  it("decomposes zero, singular and diagonal ones, and those with a zero diagonal", () => {
    for (let n = 1; n <= 9; n++) {
      for (let kind = 0; kind < 4; kind++) {
        const a = allocateNumbers(n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let value = kind == 1 ? 1.0 : 0.0;
            if (kind == 2 && i == j) value = <f64>i - 3.0;
            if (kind == 3 && i != j) value = 1.0 / <f64>(i + j);
            put(a, i * n + j, value);
          }
        }
        expect<bool>(decomposes(n, a)).toBe(true);
        expect<bool>(releaseNumbers(a, n * n)).toBe(true);
      }
    }
  });
  it("finds the eigenvalues of the second difference, 2 - 2 cos(j pi / (n + 1))", () => {
    const n = 17;
    const a = allocateNumbers(n * n), values = allocateNumbers(n), vectors = allocateNumbers(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) put(a, i * n + j, i == j ? 2.0 : Math.abs(<f64>(i - j)) == 1.0 ? -1.0 : 0.0);
    }
    syevj(n, a, values, vectors);
    for (let j = 1; j <= n; j++) {
      const expected = 2.0 - 2.0 * Math.cos((<f64>j * Math.PI) / <f64>(n + 1));
      let nearest = Infinity;
      for (let l = 0; l < n; l++) nearest = min(nearest, Math.abs(get(values, l) - expected));
      expect<f64>(nearest).toBeLessThanOrEqual(20.0 * f64.EPSILON);
    }
    expect<bool>(releaseNumbers(a, n * n) && releaseNumbers(values, n) && releaseNumbers(vectors, n * n)).toBe(true);
  });
  it("reports NaN and infinity", () => {
    const a = allocateNumbers(9), values = allocateNumbers(3), vectors = allocateNumbers(9);
    for (let bad = 0; bad < 2; bad++) {
      fillUniform(9, a);
      put(a, 4, bad == 0 ? NaN : Infinity);
      expect<bool>(syevj(3, a, values, vectors)).toBe(false);
    }
    expect<bool>(releaseNumbers(a, 9) && releaseNumbers(values, 3) && releaseNumbers(vectors, 9)).toBe(true);
  });
});
