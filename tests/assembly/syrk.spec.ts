import { gemmTile } from "../../assembly/linalg/microkernel";
import { packedBytes, packedFromFull, packedToFull } from "../../assembly/linalg/packed";
import { DEPTH, PANEL_BLOCK, syrk } from "../../assembly/linalg/syrk";
import {
  allocate, allocateNumbers, fillUniform, get, put, release, releaseNumbers, sameBits, seed, uniform,
} from "./support";

/** C + alpha A A^T against the scalar loop, to the bit: a tile sums over l in ascending order. */
function isScalar(n: i32, k: i32, alpha: f64): bool {
  seed(1000 * n + k);
  const padded = (n + 3) & ~3, bytes = packedBytes(n);
  const full = allocateNumbers(n * n), expected = allocateNumbers(n * n);
  const panels = allocateNumbers(padded * k), c = allocate(bytes);
  fillUniform(n * n, full);
  for (let row = 0; row < padded; row++) {
    for (let l = 0; l < k; l++) put(panels, (row >> 2) * 4 * k + 4 * l + (row & 3), row < n ? uniform() : 0.0);
  }
  packedFromFull(n, full, n, c);
  for (let p = 0; p < n; p++) {
    const left = panels + <usize>((p >> 2) * 4 * k + (p & 3)) * 8;
    for (let q = 0; q <= p; q++) {
      const right = panels + <usize>((q >> 2) * 4 * k + (q & 3)) * 8;
      let sum = 0.0;
      for (let l = 0; l < k; l++) sum += get(left, 4 * l) * get(right, 4 * l);
      const value = get(full, p * n + q) + alpha * sum;
      put(expected, p * n + q, value);
      put(expected, q * n + p, value);
    }
  }
  syrk(n, k, alpha, panels, c);
  packedToFull(n, c, full, n);
  const same = sameBits(n * n, full, expected);
  const intact = releaseNumbers(full, n * n) && releaseNumbers(expected, n * n);
  return releaseNumbers(panels, padded * k) && release(c, bytes) && intact && same;
}

function tileIsScalar<T>(rows: i32, k: i32): bool {
  seed(k);
  const size = <f64>(rows * sizeof<T>());
  const a = allocate(size * <f64>k), b = allocate(size * <f64>k), c = allocate(size * <f64>rows);
  const expected = allocate(size * <f64>rows);
  for (let i = 0; i < rows * k; i++) {
    store<T>(a + <usize>i * sizeof<T>(), <T>uniform());
    store<T>(b + <usize>i * sizeof<T>(), <T>uniform());
  }
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < rows; i++) {
      let sum = <T>0.0;
      for (let l = 0; l < k; l++) {
        sum += load<T>(a + <usize>(rows * l + i) * sizeof<T>()) * load<T>(b + <usize>(rows * l + j) * sizeof<T>());
      }
      const start = <T>uniform();
      store<T>(c + <usize>(rows * j + i) * sizeof<T>(), start);
      store<T>(expected + <usize>(rows * j + i) * sizeof<T>(), start + <T>-0.75 * sum);
    }
  }
  gemmTile<T>(k, <T>-0.75, a, b, c);
  const same = memory.compare(c, expected, <usize>size * rows) == 0;
  const intact = release(a, size * <f64>k) && release(b, size * <f64>k);
  return release(c, size * <f64>rows) && release(expected, size * <f64>rows) && intact && same;
}

describe("gemmTile", () => {
  it("is the scalar loop, to the bit, for float64 and float32 and any depth", () => {
    for (let k = 0; k <= 80; k++) {
      expect<bool>(tileIsScalar<f64>(4, k)).toBe(true);
      expect<bool>(tileIsScalar<f32>(8, k)).toBe(true);
    }
    expect<bool>(tileIsScalar<f64>(4, DEPTH)).toBe(true);
    expect<bool>(tileIsScalar<f32>(8, DEPTH)).toBe(true);
  });
});

describe("syrk", () => {
  it("is the scalar loop, to the bit, for n = 1 .. 80", () => {
    for (let n = 1; n <= 80; n++) {
      for (let k = 4; k <= 24; k += 4) expect<bool>(isScalar(n, k, 0.5)).toBe(true);
    }
  });
  it("is so around the edges of its blocks", () => {
    for (let blocks = 1; blocks <= 4; blocks++) {
      for (let change = -4; change <= 4; change += change == -1 || change == 0 ? 1 : 3) {
        expect<bool>(isScalar(4 * PANEL_BLOCK * blocks + change, 12, -1.25)).toBe(true);
      }
    }
  });
  it("is so at its full depth and beyond", () => {
    for (let n = 1; n <= 9; n++) {
      expect<bool>(isScalar(n, DEPTH - 4, 1.0)).toBe(true);
      expect<bool>(isScalar(n, DEPTH, 1.0)).toBe(true);
      expect<bool>(isScalar(n, DEPTH + 4, 1.0)).toBe(true);
    }
  });
});
