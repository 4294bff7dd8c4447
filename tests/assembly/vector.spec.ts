import { axpy, distance, distanceMax, firstNonFinite, norm2, normMax } from "../../assembly/linalg/vector";
import { allocateNumbers, fillUniform, get, put, releaseNumbers, sameBits, seed } from "./support";

/**
 * y + alpha x, entry by entry, to the bit; `shift` moves both arrays off the alignment of vectors.
 */
function axpyIsScalar(n: i32, shift: i32): bool {
  seed(n);
  const x = allocateNumbers(n + shift), y = allocateNumbers(n + shift), expected = allocateNumbers(n + shift);
  fillUniform(n + shift, x);
  fillUniform(n + shift, y);
  for (let i = 0; i < n + shift; i++) put(expected, i, i < shift ? get(y, i) : get(y, i) + -1.7 * get(x, i));
  const offset = <usize>shift << 3;
  axpy(n, -1.7, x + offset, y + offset);
  const same = sameBits(n + shift, y, expected);
  const intact = releaseNumbers(x, n + shift) && releaseNumbers(expected, n + shift);
  return releaseNumbers(y, n + shift) && intact && same;
}

/** Relative distance of the norm of `scale` times a vector of known norm. */
function normError(n: i32, scale: f64): f64 {
  const x = allocateNumbers(n);
  let sum = 0.0;
  for (let i = 0; i < n; i++) {
    // Small integers: the squares and their sum are exact.
    const value = <f64>((i * 37) % 11 - 5);
    sum += value * value;
    put(x, i, value * scale);
  }
  const norm = norm2(n, x) / scale;
  releaseNumbers(x, n);
  return Math.abs(norm / Math.sqrt(sum) - 1.0);
}

const three = heap.alloc(24);

function triple(a: f64, b: f64, c: f64): void {
  put(three, 0, a);
  put(three, 1, b);
  put(three, 2, c);
}

describe("axpy", () => {
  it("is the scalar loop, to the bit, for n = 0 .. 80 at any address", () => {
    for (let n = 0; n <= 80; n++) {
      expect<bool>(axpyIsScalar(n, 0)).toBe(true);
      expect<bool>(axpyIsScalar(n, 1)).toBe(true);
    }
  });
});

describe("norm2", () => {
  it("is accurate to (n + 4) eps for n = 1 .. 80", () => {
    for (let n = 1; n <= 80; n++) {
      expect<f64>(normError(n, 1.0)).toBeLessThanOrEqual(<f64>(n + 4) * f64.EPSILON);
    }
  });
  it("neither overflows nor underflows", () => {
    const huge = reinterpret<f64>(0x7ed0000000000000), tiny = reinterpret<f64>(0x0110000000000000);
    for (let n = 1; n <= 80; n++) {
      expect<f64>(normError(n, huge)).toBeLessThanOrEqual(<f64>(n + 4) * f64.EPSILON);
      expect<f64>(normError(n, tiny)).toBeLessThanOrEqual(<f64>(n + 4) * f64.EPSILON);
    }
    triple(3.0 * f64.MIN_VALUE, 4.0 * f64.MIN_VALUE, 0.0);
    expect<f64>(norm2(3, three)).toBe(5.0 * f64.MIN_VALUE);
  });
  it("passes NaN and infinity on", () => {
    triple(1.0, NaN, 2.0);
    expect<bool>(isNaN(norm2(3, three))).toBe(true);
    triple(1.0, -Infinity, 2.0);
    expect<f64>(norm2(3, three)).toBe(Infinity);
    triple(Infinity, NaN, 2.0);
    expect<bool>(isNaN(norm2(3, three))).toBe(true);
    triple(0.0, -0.0, 0.0);
    expect<f64>(norm2(3, three)).toBe(0.0);
    expect<f64>(norm2(0, three)).toBe(0.0);
  });
});

describe("normMax", () => {
  it("is the largest magnitude", () => {
    triple(1.0, -3.0, 2.0);
    expect<f64>(normMax(3, three)).toBe(3.0);
    expect<f64>(normMax(1, three)).toBe(1.0);
    expect<f64>(normMax(0, three)).toBe(0.0);
  });
  it("passes NaN and infinity on", () => {
    triple(NaN, 3.0, 2.0);
    expect<bool>(isNaN(normMax(3, three))).toBe(true);
    triple(-Infinity, 3.0, 2.0);
    expect<f64>(normMax(3, three)).toBe(Infinity);
  });
});

describe("firstNonFinite", () => {
  it("finds the first NaN or infinity, wherever it is", () => {
    const x = allocateNumbers(80);
    for (let n = 1; n <= 80; n++) {
      for (let i = 0; i < n; i++) put(x, i, i % 2 == 0 ? f64.MAX_VALUE : -f64.MIN_VALUE);
      expect<i32>(firstNonFinite(n, x)).toBe(-1);
      put(x, n - 1, n % 3 == 0 ? NaN : n % 3 == 1 ? Infinity : -Infinity);
      expect<i32>(firstNonFinite(n, x)).toBe(n - 1);
      put(x, n / 2, NaN);
      expect<i32>(firstNonFinite(n, x)).toBe(n / 2);
    }
    expect<bool>(releaseNumbers(x, 80)).toBe(true);
    expect<i32>(firstNonFinite(0, x)).toBe(-1);
  });
});

/** The norms of a difference are those of the vector that holds it, to the bit. */
function distanceIsNormOfDifference(n: i32): bool {
  seed(n);
  const a = allocateNumbers(n), b = allocateNumbers(n), difference = allocateNumbers(n);
  fillUniform(n, a);
  fillUniform(n, b);
  for (let i = 0; i < n; i++) put(difference, i, get(a, i) - get(b, i));
  const right = distance(n, a, b) == norm2(n, difference) && distanceMax(n, a, b) == normMax(n, difference);
  return releaseNumbers(a, n) && releaseNumbers(b, n) && releaseNumbers(difference, n) && right;
}

describe("distance", () => {
  it("is the norm of the difference", () => {
    for (let n = 0; n <= 80; n++) expect<bool>(distanceIsNormOfDifference(n)).toBe(true);
  });

  it("reports NaN", () => {
    const a = allocateNumbers(2), b = allocateNumbers(2);
    put(a, 0, 1.0);
    put(a, 1, Infinity);
    put(b, 0, 2.0);
    put(b, 1, Infinity);
    expect<bool>(isNaN(distance(2, a, b))).toBe(true);
    expect<bool>(isNaN(distanceMax(2, a, b))).toBe(true);
    expect<bool>(releaseNumbers(a, 2) && releaseNumbers(b, 2)).toBe(true);
  });
});
