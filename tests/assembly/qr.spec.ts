import { geqrf, geqrfWork } from "../../assembly/linalg/qr/geqrf";
import { ormqr, trtrs } from "../../assembly/linalg/qr/ormqr";
import { MORE } from "../../assembly/parallel/progress";
import { RATIO, allocate, allocateNumbers, begin, get, put, release, releaseNumbers, sameBits, seed, uniform } from "./support";

/** A uniform m x n matrix with zeros as padding, column j scaled by base^(j - n / 2). */
function fill(m: i32, n: i32, ld: i32, a: usize, base: f64): void {
  for (let j = 0; j < n; j++) {
    const scale = Math.pow(base, <f64>(j - (n >> 1)));
    for (let i = 0; i < ld; i++) put(a, j * ld + i, i < m ? uniform() * scale : 0.0);
  }
}

/** Norm of a column relative to its largest entry, times that: nothing overflows. */
function norm(n: i32, x: usize): f64 {
  let largest = 0.0, sum = 0.0;
  for (let i = 0; i < n; i++) largest = max(largest, Math.abs(get(x, i)));
  if (largest == 0.0) return 0.0;
  for (let i = 0; i < n; i++) sum += (get(x, i) / largest) * (get(x, i) / largest);
  return largest * Math.sqrt(sum);
}

/**
 * Largest |a_j - Q r_j| / (m |a_j| eps) of a column, then of Q^T (Q r_j) - r_j; the second is that
 * of the orthogonality of Q. Writes within the arrays alone.
 */
function ratio(m: i32, n: i32, base: f64, kind: i32): f64 {
  seed(1000 * m + n);
  const ld = (m + 1) & ~1, size = n * ld, bytes = geqrfWork(m, n);
  const a = allocateNumbers(size), copy = allocateNumbers(size), c = allocateNumbers(size), r = allocateNumbers(size);
  const tau = allocateNumbers(n), work = allocate(bytes);
  fill(m, n, ld, a, base);
  // Every third column depends on the one before it, every seventh is zero.
  if (kind == 1) {
    for (let j = 1; j < n; j++) {
      for (let i = 0; i < m; i++) {
        if (j % 7 == 0) put(a, j * ld + i, 0.0);
        else if (j % 3 == 0) put(a, j * ld + i, 2.0 * get(a, (j - 1) * ld + i));
      }
    }
  }
  memory.copy(copy, a, <usize>size << 3);
  if (geqrf(m, n, a, ld, tau, work, begin(), Infinity) != 0) return Infinity;
  let largest = 0.0;
  memory.fill(r, 0, <usize>size << 3);
  for (let j = 0; j < n; j++) memory.copy(r + (<usize>(j * ld) << 3), a + (<usize>(j * ld) << 3), <usize>(j + 1) << 3);
  memory.copy(c, r, <usize>size << 3);
  ormqr(false, m, n, n, a, ld, tau, c, ld, work, begin(), Infinity);
  const difference = allocateNumbers(m);
  for (let turn = 0; turn < 2; turn++) {
    for (let j = 0; j < n; j++) {
      const expected = (turn == 0 ? copy : r) + (<usize>(j * ld) << 3);
      for (let i = 0; i < m; i++) put(difference, i, get(expected, i) - get(c, j * ld + i));
      const scale = norm(m, expected), error = norm(m, difference);
      const value = error == 0.0 ? 0.0 : error / scale / (<f64>m * f64.EPSILON);
      // Also for NaN.
      if (!(value <= largest)) largest = value;
    }
    if (turn == 0) ormqr(true, m, n, n, a, ld, tau, c, ld, work, begin(), Infinity);
  }
  let intact = releaseNumbers(a, size) && releaseNumbers(copy, size) && releaseNumbers(c, size) && releaseNumbers(r, size);
  intact = releaseNumbers(tau, n) && release(work, bytes) && releaseNumbers(difference, m) && intact;
  return intact ? largest : Infinity;
}

describe("QR", () => {
  it("A = Q R and Q^T Q = I, sizes around the edges of panels and strips", () => {
    const sizes: i32[] = [1, 2, 3, 7, 8, 9, 31, 32, 33, 63, 64, 65];
    for (let i = 0; i < sizes.length; i++) {
      for (let j = 0; j <= i; j++) expect<f64>(ratio(sizes[i], sizes[j], 1.0, 0)).toBeLessThan(RATIO);
    }
  });
  it("tall and square ones of several panels", () => {
    expect<f64>(ratio(127, 127, 1.0, 0)).toBeLessThan(RATIO);
    expect<f64>(ratio(129, 128, 1.0, 0)).toBeLessThan(RATIO);
    expect<f64>(ratio(513, 257, 1.0, 0)).toBeLessThan(RATIO);
    expect<f64>(ratio(1300, 65, 1.0, 0)).toBeLessThan(RATIO);
  });
  it("columns from 1e-150 to 1e150, each to its own size", () => {
    expect<f64>(ratio(90, 75, 1e4, 0)).toBeLessThan(RATIO);
    expect<f64>(ratio(90, 75, 1e-4, 0)).toBeLessThan(RATIO);
  });
  it("columns that depend on others, and zeros", () => {
    expect<f64>(ratio(80, 70, 1.0, 1)).toBeLessThan(RATIO);
    expect<f64>(ratio(66, 66, 1.0, 1)).toBeLessThan(RATIO);
  });
  it("has the same bits in parts", () => {
    const m = 131, n = 77, ld = 132, columns = 9;
    seed(5);
    const a = allocateNumbers(n * ld), b = allocateNumbers(n * ld), c = allocateNumbers(columns * ld), d = allocateNumbers(columns * ld);
    const tau = allocateNumbers(n), other = allocateNumbers(n), bytes = geqrfWork(m, n), work = allocate(bytes);
    fill(m, n, ld, a, 1.0);
    fill(m, columns, ld, c, 1.0);
    memory.copy(b, a, <usize>(n * ld) << 3);
    memory.copy(d, c, <usize>(columns * ld) << 3);
    geqrf(m, n, a, ld, tau, work, begin(), Infinity);
    ormqr(true, m, n, columns, a, ld, tau, c, ld, work, begin(), Infinity);
    let calls = 1, progress = begin();
    while (geqrf(m, n, b, ld, other, work, progress, 3e4) == MORE) calls++;
    expect<i32>(calls).toBeGreaterThan(10);
    expect<bool>(sameBits(n * ld, a, b) && sameBits(n, tau, other)).toBe(true);
    calls = 1;
    progress = begin();
    while (ormqr(true, m, n, columns, b, ld, other, d, ld, work, progress, 1.0) == MORE) calls++;
    expect<i32>(calls).toBe(3);
    expect<bool>(sameBits(columns * ld, c, d)).toBe(true);
    const intact = releaseNumbers(a, n * ld) && releaseNumbers(b, n * ld) && releaseNumbers(c, columns * ld) && releaseNumbers(d, columns * ld);
    expect<bool>(releaseNumbers(tau, n) && releaseNumbers(other, n) && release(work, bytes) && intact).toBe(true);
  });
  it("solves R x = b, and leaves zero where the diagonal is", () => {
    const n = 41, ld = 42;
    seed(8);
    const a = allocateNumbers(n * ld), x = allocateNumbers(n), b = allocateNumbers(n);
    fill(n, n, ld, a, 1.0);
    for (let j = 0; j < n; j++) {
      put(a, j * ld + j, 4.0 + uniform());
      put(b, j, uniform());
    }
    memory.copy(x, b, <usize>n << 3);
    trtrs(n, a, ld, x);
    for (let i = 0; i < n; i++) {
      let residual = get(b, i), size = 0.0;
      for (let j = i; j < n; j++) {
        residual -= get(a, j * ld + i) * get(x, j);
        size += Math.abs(get(a, j * ld + i) * get(x, j));
      }
      expect<f64>(Math.abs(residual)).toBeLessThanOrEqual(<f64>n * f64.EPSILON * size);
    }
    put(a, 7 * ld + 7, 0.0);
    trtrs(n, a, ld, b);
    expect<f64>(get(b, 7)).toBe(0.0);
    expect<bool>(releaseNumbers(a, n * ld) && releaseNumbers(x, n) && releaseNumbers(b, n)).toBe(true);
  });
});
