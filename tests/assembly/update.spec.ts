import { adam, descend } from "../../assembly/newton/update";
import { allocateNumbers, fillUniform, get, put, releaseNumbers, sameBits, seed } from "./support";

const ALPHA: f64 = 0.01, B1: f64 = 0.9, B2: f64 = 0.999, EPSILON: f64 = 1e-8;

/** theta - alpha step, to the bit, beside theta and in its place. */
function descendIsScalar(n: i32): bool {
  seed(n);
  const theta = allocateNumbers(n), before = allocateNumbers(n), step = allocateNumbers(n), out = allocateNumbers(n);
  fillUniform(n, theta);
  fillUniform(n, step);
  memory.copy(before, theta, <usize>n << 3);
  descend(n, 0.3, theta, step, out);
  let right = sameBits(n, theta, before);
  for (let i = 0; i < n; i++) right = right && get(out, i) == get(theta, i) - 0.3 * get(step, i);
  descend(n, 0.3, theta, step, theta);
  right = right && sameBits(n, theta, out);
  const intact = releaseNumbers(theta, n) && releaseNumbers(before, n);
  return releaseNumbers(step, n) && releaseNumbers(out, n) && intact && right;
}

/** b^t by repeated products, which is the definition. */
function power(b: f64, t: i32): f64 {
  let product = 1.0;
  for (let i = 0; i < t; i++) product *= b;
  return product;
}

/**
 * `steps` steps against the moments as sums over all gradients so far:
 *   mean_t = (1 - b1) sum_s b1^(t - s) g_s, likewise for the squares.
 */
function adamIsScalar(n: i32, steps: i32): bool {
  seed(n);
  const theta = allocateNumbers(n), mean = allocateNumbers(n), square = allocateNumbers(n), out = allocateNumbers(n);
  const inPlace = allocateNumbers(n), mean2 = allocateNumbers(n), square2 = allocateNumbers(n);
  const gradients = allocateNumbers(n * steps);
  fillUniform(n, theta);
  fillUniform(n * steps, gradients);
  memory.copy(inPlace, theta, <usize>n << 3);
  for (let i = 0; i < n; i++) {
    put(mean, i, 0.0);
    put(square, i, 0.0);
    put(mean2, i, 0.0);
    put(square2, i, 0.0);
  }
  let right = true;
  for (let t = 1; t <= steps; t++) {
    const g = gradients + (<usize>(n * (t - 1)) << 3);
    adam(n, <f64>t, ALPHA, B1, B2, EPSILON, g, mean, square, theta, out);
    adam(n, <f64>t, ALPHA, B1, B2, EPSILON, g, mean2, square2, inPlace, inPlace);
    right = right && sameBits(n, out, inPlace) && sameBits(n, mean, mean2) && sameBits(n, square, square2);
    for (let i = 0; i < n; i++) {
      let first = 0.0, second = 0.0, magnitude = 0.0;
      for (let s = 1; s <= t; s++) {
        const value = get(gradients, n * (s - 1) + i);
        first += power(B1, t - s) * value;
        magnitude += power(B1, t - s) * Math.abs(value);
        second += power(B2, t - s) * value * value;
      }
      // 1 - b^t and 1 - b lose digits, but they are the same numbers in the kernel up to an ulp of
      // 1.
      const tolerance = 8.0 * <f64>(t + 4) * f64.EPSILON / (1.0 - B2);
      const meanHat = ((1.0 - B1) * first) / (1.0 - power(B1, t));
      const squareHat = ((1.0 - B2) * second) / (1.0 - power(B2, t));
      const step = (ALPHA * meanHat) / (Math.sqrt(squareHat) + EPSILON);
      const size = (ALPHA * magnitude) / (Math.sqrt(squareHat) + EPSILON);
      const error = Math.abs(get(theta, i) - get(out, i) - step);
      right = right && error <= tolerance * size + 2.0 * f64.EPSILON * Math.abs(get(theta, i));
    }
    memory.copy(theta, out, <usize>n << 3);
  }
  let intact = releaseNumbers(theta, n) && releaseNumbers(mean, n) && releaseNumbers(square, n) && releaseNumbers(out, n);
  intact = releaseNumbers(inPlace, n) && releaseNumbers(mean2, n) && releaseNumbers(square2, n) && intact;
  return releaseNumbers(gradients, n * steps) && intact && right;
}

describe("descend", () => {
  it("is theta - alpha step, to the bit, in place and not, for n = 1 .. 80", () => {
    for (let n = 1; n <= 80; n++) expect<bool>(descendIsScalar(n)).toBe(true);
  });
});

describe("adam", () => {
  it("follows the moments of all gradients, in place and not", () => {
    for (let n = 1; n <= 9; n++) expect<bool>(adamIsScalar(n, 12)).toBe(true);
    expect<bool>(adamIsScalar(80, 3)).toBe(true);
  });
  it("takes a first step of alpha in the direction of the signs", () => {
    const g = allocateNumbers(4), mean = allocateNumbers(4), square = allocateNumbers(4), theta = allocateNumbers(4);
    for (let i = 0; i < 4; i++) {
      put(mean, i, 0.0);
      put(square, i, 0.0);
      put(theta, i, 0.0);
    }
    put(g, 0, 1e6);
    put(g, 1, -1e3);
    // Far below epsilon the step is alpha g / epsilon; at zero there is none.
    put(g, 2, 1e-20);
    put(g, 3, 0.0);
    adam(4, 1.0, ALPHA, B1, B2, EPSILON, g, mean, square, theta, theta);
    // The corrections 1 - b and the factors 1 - b are the same numbers, or nearly.
    expect<f64>(Math.abs(get(theta, 0) / -ALPHA - 1.0)).toBeLessThanOrEqual(1e-13);
    expect<f64>(Math.abs(get(theta, 1) / ALPHA - 1.0)).toBeLessThanOrEqual(2e-11);
    expect<f64>(Math.abs(get(theta, 2) / (-ALPHA * 1e-12) - 1.0)).toBeLessThanOrEqual(2e-12);
    expect<f64>(get(theta, 3)).toBe(0.0);
    expect<bool>(releaseNumbers(g, 4) && releaseNumbers(mean, 4)).toBe(true);
    expect<bool>(releaseNumbers(square, 4) && releaseNumbers(theta, 4)).toBe(true);
  });
});
