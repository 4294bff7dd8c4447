import { gemmTile, gemmTriple, inSixes } from "../../assembly/linalg/microkernel";
import { packedBytes, packedFromFull, packedToFull } from "../../assembly/linalg/packed";
import { DEPTH, PANEL_BLOCK } from "../../assembly/linalg/blocking";
import { syrk } from "../../assembly/linalg/syrk";
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

/** How the tiles of a test are multiplied. */
enum Kernel {
  /** One tile. */
  TILE,
  /** Three tiles, whose panels of B lie anywhere. */
  TRIPLE,
  /** Three halves (float32) or tiles, in the way of builds that fuse products and sums. */
  SIXES,
}

/** Tiles of C against the scalar loop, to the bit. */
function isScalarTile<T>(kernel: Kernel, k: i32): bool {
  seed(k);
  const rows = 32 / <i32>sizeof<T>(), columns = kernel == Kernel.TILE ? rows : kernel == Kernel.TRIPLE ? 3 * rows : 12;
  const panel = 32.0 * <f64>k, bytes = 32.0 * <f64>columns;
  const a = allocate(panel), c = allocate(bytes), expected = allocate(bytes);
  const b = new StaticArray<usize>(3);
  for (let i = 0; i < 3; i++) {
    b[i] = allocate(panel);
    for (let l = 0; l < rows * k; l++) store<T>(b[i] + <usize>l * sizeof<T>(), <T>uniform());
  }
  for (let l = 0; l < rows * k; l++) store<T>(a + <usize>l * sizeof<T>(), <T>uniform());
  // Sixes take four columns of each panel, the others all.
  const taken = kernel == Kernel.SIXES ? 4 : rows;
  for (let j = 0; j < columns; j++) {
    const column = b[j / taken] + <usize>(j % taken) * sizeof<T>();
    for (let i = 0; i < rows; i++) {
      let sum = <T>0.0;
      for (let l = 0; l < k; l++) sum += load<T>(a + <usize>(rows * l + i) * sizeof<T>()) * load<T>(column + <usize>l * 32);
      const start = <T>uniform();
      store<T>(c + <usize>(rows * j + i) * sizeof<T>(), start);
      store<T>(expected + <usize>(rows * j + i) * sizeof<T>(), start + <T>-0.75 * sum);
    }
  }
  if (kernel == Kernel.TILE) gemmTile<T>(k, <T>-0.75, a, b[0], c);
  else if (kernel == Kernel.TRIPLE) gemmTriple<T>(k, <T>-0.75, a, b[0], b[1], b[2], c);
  else inSixes<T>(k, <T>-0.75, a, b[0], b[1], b[2], c);
  const same = memory.compare(c, expected, <usize>bytes) == 0;
  let intact = release(a, panel) && release(c, bytes) && release(expected, bytes);
  for (let i = 0; i < 3; i++) intact = release(b[i], panel) && intact;
  return intact && same;
}

function isScalarAtAnyDepth<T>(kernel: Kernel): bool {
  let right = isScalarTile<T>(kernel, DEPTH);
  for (let k = 0; k <= 80; k++) right = right && isScalarTile<T>(kernel, k);
  return right;
}

describe("the microkernel is the scalar loop, to the bit, for float64 and float32 and any depth", () => {
  it("one tile", () => {
    expect<bool>(isScalarAtAnyDepth<f64>(Kernel.TILE)).toBe(true);
    expect<bool>(isScalarAtAnyDepth<f32>(Kernel.TILE)).toBe(true);
  });
  it("three tiles", () => {
    expect<bool>(isScalarAtAnyDepth<f64>(Kernel.TRIPLE)).toBe(true);
    expect<bool>(isScalarAtAnyDepth<f32>(Kernel.TRIPLE)).toBe(true);
  });
  it("twelve columns, six at a time", () => {
    expect<bool>(isScalarAtAnyDepth<f64>(Kernel.SIXES)).toBe(true);
    expect<bool>(isScalarAtAnyDepth<f32>(Kernel.SIXES)).toBe(true);
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
