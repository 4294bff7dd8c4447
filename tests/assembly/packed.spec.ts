import {
  elementAddress, packedAddDiagonal, packedBytes, packedBytesOf, packedFromFull, packedToFull, packedTrace, packedZero, paddedOrder,
} from "../../assembly/linalg/packed";
import { allocate, allocateNumbers, fillUniform, get, put, release, releaseNumbers, seed } from "./support";

/** Number of the element (p, q) in the storage, from its description. */
function place(p: i32, q: i32, rows: i32): i32 {
  const panel = p / rows;
  return rows * rows * ((panel * (panel + 1)) / 2) + rows * q + (p % rows);
}

/**
 * full -> packed -> full with different leading dimensions gives the lower triangle back, twice.
 */
function roundTrip(n: i32): bool {
  seed(n);
  const ld = n + 3, bytes = packedBytes(n);
  const full = allocateNumbers(n * ld), back = allocateNumbers(n * n), a = allocate(bytes);
  fillUniform(n * ld, full);
  packedFromFull(n, full, ld, a);
  packedToFull(n, a, back, n);
  let right = true;
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      const value = get(full, p * ld + q);
      right = right && get(a, place(p, q, 4)) == value;
      right = right && get(back, p * n + q) == value && get(back, q * n + p) == value;
    }
  }
  const padded = paddedOrder<f64>(n);
  for (let p = n; p < padded; p++) {
    for (let q = 0; q <= p; q++) right = right && get(a, place(p, q, 4)) == (p == q ? 1.0 : 0.0);
  }
  const intact = releaseNumbers(back, n * n) && release(a, bytes);
  return releaseNumbers(full, n * ld) && intact && right;
}

function addsDiagonal(n: i32): bool {
  const bytes = packedBytes(n);
  const a = allocate(bytes);
  packedZero(n, a);
  packedAddDiagonal(n, a, 0.25);
  packedAddDiagonal(n, a, 2.0);
  let right = true;
  const padded = paddedOrder<f64>(n);
  for (let p = 0; p < padded; p++) {
    for (let q = 0; q <= p; q++) {
      const expected = p != q ? 0.0 : p < n ? 2.25 : 1.0;
      right = right && get(a, place(p, q, 4)) == expected;
    }
  }
  return release(a, bytes) && right;
}

describe("packed storage", () => {
  it("takes the bytes of its panels", () => {
    for (let n = 1; n <= 80; n++) {
      let doubles = 0, singles = 0;
      for (let first = 0; first < n; first += 4) doubles += 4 * (first + 4) * 8;
      for (let first = 0; first < n; first += 8) singles += 8 * (first + 8) * 4;
      expect<f64>(packedBytes(n)).toBe(<f64>doubles);
      expect<f64>(packedBytesOf<f32>(n)).toBe(<f64>singles);
    }
  });
  it("says how much it would take beyond 32 bits", () => {
    expect<f64>(packedBytes(100_000)).toBe(64.0 * 25_000.0 * 25_001.0);
  });
  it("has every element at the described place", () => {
    let right = true;
    for (let p = 0; p < 80; p++) {
      for (let q = 0; q <= p; q++) {
        right = right && elementAddress<f64>(0, p, q) == <usize>place(p, q, 4) * 8;
        right = right && elementAddress<f32>(0, p, q) == <usize>place(p, q, 8) * 4;
      }
    }
    expect<bool>(right).toBe(true);
  });
  it("keeps a matrix, and the identity beyond it, for n = 1 .. 80", () => {
    for (let n = 1; n <= 80; n++) expect<bool>(roundTrip(n)).toBe(true);
  });
  it("sums the diagonal within n alone", () => {
    for (let n = 1; n <= 20; n++) {
      const bytes = packedBytes(n);
      const a = allocate(bytes);
      packedZero(n, a);
      // Whole numbers, whose sum is exact; something beside the diagonal, which does not count.
      for (let p = 0; p < n; p++) {
        for (let q = 0; q <= p; q++) put(a, place(p, q, 4), p == q ? <f64>(p + 1) : 1000.0);
      }
      expect<f64>(packedTrace(n, a)).toBe(<f64>((n * (n + 1)) / 2));
      expect<bool>(release(a, bytes)).toBe(true);
    }
  });
  it("adds to the diagonal within n alone", () => {
    for (let n = 1; n <= 20; n++) expect<bool>(addsDiagonal(n)).toBe(true);
  });
});
