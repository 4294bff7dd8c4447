import { gemmPanels, gemmRows, tileOf } from "../../assembly/linalg/gemm";
import { lstsq } from "../../assembly/linalg/lstsq";
import { allocateNumbers, fillUniform, get, put, releaseNumbers, seed } from "./support";

describe("lstsq", () => {
  it("leaves a residual that is orthogonal to the columns", () => {
    for (let m = 1; m <= 20; m++) {
      for (let n = 1; n <= m; n++) {
        seed(100 * m + n);
        const ld = (m + 1) & ~1;
        const a = allocateNumbers(n * ld), copy = allocateNumbers(n * ld), b = allocateNumbers(ld), right = allocateNumbers(ld);
        const x = allocateNumbers(n), r = allocateNumbers(n * n);
        fillUniform(n * ld, a);
        fillUniform(ld, b);
        if (ld > m) {
          put(b, m, 0.0);
          for (let j = 0; j < n; j++) put(a, j * ld + m, 0.0);
        }
        memory.copy(copy, a, <usize>(n * ld) << 3);
        memory.copy(right, b, <usize>ld << 3);
        expect<i32>(lstsq(m, n, a, b, x, r)).toBe(0);
        let orthogonality = 0.0, difference = 0.0;
        for (let i = 0; i < m; i++) {
          let residual = get(right, i);
          for (let j = 0; j < n; j++) residual -= get(copy, j * ld + i) * get(x, j);
          difference = max(difference, Math.abs(residual - get(b, i)));
        }
        for (let j = 0; j < n; j++) {
          let inner = 0.0;
          for (let i = 0; i < m; i++) inner += get(copy, j * ld + i) * get(b, i);
          orthogonality = max(orthogonality, Math.abs(inner));
        }
        let size = 1.0;
        for (let j = 0; j < n; j++) size = max(size, Math.abs(get(x, j)));
        // Square systems are badly conditioned now and then; the residual is small all the same.
        expect<f64>(orthogonality).toBeLessThanOrEqual(100.0 * <f64>m * f64.EPSILON * size);
        expect<f64>(difference).toBeLessThanOrEqual(100.0 * <f64>m * f64.EPSILON * size);
        const intact = releaseNumbers(a, n * ld) && releaseNumbers(b, ld) && releaseNumbers(x, n) && releaseNumbers(r, n * n);
        expect<bool>(releaseNumbers(copy, n * ld) && releaseNumbers(right, ld) && intact).toBe(true);
      }
    }
  });
  it("names the first column that depends on others", () => {
    const a = allocateNumbers(12), b = allocateNumbers(4), x = allocateNumbers(3), r = allocateNumbers(9);
    fillUniform(12, a);
    fillUniform(4, b);
    for (let i = 0; i < 4; i++) put(a, 4 + i, 3.0 * get(a, i));
    expect<i32>(lstsq(4, 3, a, b, x, r)).toBe(2);
  });
});

describe("rectangular products", () => {
  it("gemmRows: C = A B^T, only within its m x n", () => {
    for (let m = 1; m <= 5; m++) {
      for (let n = 1; n <= 5; n++) {
        for (let k = 2; k <= 8; k += 2) {
          seed(m + 10 * n + 100 * k);
          const a = allocateNumbers(m * k), b = allocateNumbers(n * k), c = allocateNumbers(m * n);
          fillUniform(m * k, a);
          fillUniform(n * k, b);
          gemmRows(m, n, k, a, k, b, k, c, n);
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) {
              let sum = 0.0;
              for (let l = 0; l < k; l++) sum += get(a, i * k + l) * get(b, j * k + l);
              expect<f64>(Math.abs(sum - get(c, i * n + j))).toBeLessThanOrEqual(<f64>k * f64.EPSILON);
            }
          }
          expect<bool>(releaseNumbers(a, m * k) && releaseNumbers(b, n * k) && releaseNumbers(c, m * n)).toBe(true);
        }
      }
    }
  });
  it("gemmPanels: C + alpha A B^T tile by tile, and with `lower` nothing above the diagonal", () => {
    for (let rows = 1; rows <= 35; rows += 17) {
      for (let columns = 1; columns <= 35; columns += 17) {
        const k = 5;
        seed(rows + 100 * columns);
        const a = allocateNumbers(4 * rows * k), b = allocateNumbers(4 * columns * k), c = allocateNumbers(16 * rows * columns);
        fillUniform(4 * rows * k, a);
        fillUniform(4 * columns * k, b);
        for (let lower = 0; lower < 2; lower++) {
          memory.fill(c, 0, <usize>(rows * columns) << 7);
          gemmPanels(rows, columns, k, -2.0, a, b, c, lower == 1);
          let error = 0.0;
          for (let p = 0; p < 4 * rows; p++) {
            for (let q = 0; q < 4 * columns; q++) {
              let sum = 0.0;
              for (let l = 0; l < k; l++) {
                sum += get(a + (<usize>((p >> 2) * k + l) << 5), p & 3) * get(b + (<usize>((q >> 2) * k + l) << 5), q & 3);
              }
              const expected = lower == 1 && q >> 2 > p >> 2 ? 0.0 : -2.0 * sum;
              error = max(error, Math.abs(expected - get(tileOf(c, columns, p >> 2, q >> 2), 4 * (q & 3) + (p & 3))));
            }
          }
          expect<f64>(error).toBeLessThanOrEqual(2.0 * <f64>k * f64.EPSILON);
        }
        expect<bool>(releaseNumbers(a, 4 * rows * k) && releaseNumbers(b, 4 * columns * k) && releaseNumbers(c, 16 * rows * columns)).toBe(true);
      }
    }
  });
});
