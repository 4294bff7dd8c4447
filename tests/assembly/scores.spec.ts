import { classScores, largestClasses, weightedErrors } from "../../assembly/fit/scores";
import { classProbabilities, exponentials } from "../../assembly/losses/prediction";
import { allocateNumbers, choice, get, put, releaseNumbers, sameBits, seed } from "./support";

function logits(count: i32): usize {
  seed(count);
  const f = allocateNumbers(count);
  for (let i = 0; i < count; i++) put(f, i, (<f64>choice(2000) - 1000.0) / (i % 5 == 0 ? 1.0 : 250.0));
  return f;
}

/** Largest error of p, by its definition, in units of eps; -1 for a write outside. */
function probabilityError(outputs: i32, m: i32): f64 {
  const classes = max(outputs, 2);
  const f = logits(outputs * m);
  const p = allocateNumbers(classes * m);
  classProbabilities(outputs, m, f, p);
  let error = 0.0;
  for (let i = 0; i < m; i++) {
    let largest = -Infinity;
    for (let o = 0; o < classes; o++) largest = max(largest, logit(outputs, f, i, o));
    let sum = 0.0;
    for (let o = 0; o < classes; o++) sum += Math.exp(logit(outputs, f, i, o) - largest);
    for (let o = 0; o < classes; o++) {
      const expected = Math.exp(logit(outputs, f, i, o) - largest) / sum;
      error = max(error, Math.abs(get(p, i * classes + o) - expected));
    }
  }
  const whole = releaseNumbers(f, outputs * m) && releaseNumbers(p, classes * m);
  return whole ? error / f64.EPSILON : -1.0;
}

function logit(outputs: i32, f: usize, i: i32, o: i32): f64 {
  if (outputs > 1) return get(f, i * outputs + o);
  return o == 0 ? 0.0 : get(f, i);
}

describe("classProbabilities", () => {
  it("is e^f over its sum, with 0 and f where there is one output", () => {
    for (let outputs = 1; outputs <= 5; outputs++) {
      for (let m = 1; m <= 9; m++) {
        const error = probabilityError(outputs, m);
        expect(error).toBeGreaterThanOrEqual(0.0);
        expect(error).toBeLessThan(4.0);
      }
    }
  });

  it("does not overflow", () => {
    const f = allocateNumbers(1),
      p = allocateNumbers(2);
    for (let sign = -1.0; sign <= 1.0; sign += 2.0) {
      put(f, 0, sign * 1e308);
      classProbabilities(1, 1, f, p);
      expect(get(p, 0)).toBe(sign < 0.0 ? 1.0 : 0.0);
      expect(get(p, 1)).toBe(sign < 0.0 ? 0.0 : 1.0);
    }
    expect(releaseNumbers(f, 1) && releaseNumbers(p, 2)).toBe(true);
  });
});

describe("exponentials", () => {
  it("takes each value alone, whatever the count", () => {
    for (let n = 1; n <= 7; n++) {
      const x = logits(n),
        each = allocateNumbers(n);
      for (let i = 0; i < n; i++) {
        put(each, i, get(x, i));
        exponentials(1, each + ((<usize>i) << 3));
      }
      exponentials(n, x);
      expect(sameBits(n, x, each)).toBe(true);
      expect(releaseNumbers(x, n) && releaseNumbers(each, n)).toBe(true);
    }
  });
});

describe("classScores and largestClasses", () => {
  it("take the first of equal probabilities, and no logarithm of 0", () => {
    const p = allocateNumbers(6),
      y = allocateNumbers(2),
      out = allocateNumbers(3),
      codes = allocateNumbers(2);
    put(p, 0, 0.25);
    put(p, 1, 0.375);
    put(p, 2, 0.375);
    put(p, 3, 0.0);
    put(p, 4, 0.0);
    put(p, 5, 1.0);
    put(y, 0, 1.0);
    put(y, 1, 0.0);
    largestClasses(3, 2, p, codes);
    expect(get(codes, 0)).toBe(1.0);
    expect(get(codes, 1)).toBe(2.0);
    classScores(3, 2, p, y, 0, out);
    expect(get(out, 0)).toBe(0.5);
    expect(get(out, 1)).toBe((-Math.log(0.375) - Math.log(2.2250738585072014e-308)) / 2.0);
    expect(get(out, 2)).toBe((0.0625 + 0.390625 + 0.140625 + 2.0) / 2.0);
    const whole = releaseNumbers(p, 6) && releaseNumbers(y, 2) && releaseNumbers(out, 3);
    expect(whole && releaseNumbers(codes, 2)).toBe(true);
  });
});

describe("weightedErrors", () => {
  it("is that of repeated values, at every scale that float64 has", () => {
    const w = allocateNumbers(3),
      y = allocateNumbers(3),
      f = allocateNumbers(3),
      out = allocateNumbers(2);
    for (let power = -300; power <= 300; power += 100) {
      const unit = Math.pow(10.0, <f64>power);
      for (let i = 0; i < 3; i++) {
        put(w, i, <f64>i * 3.0 * Math.pow(10.0, <f64>(-power)));
        put(y, i, i == 0 ? 1e308 : <f64>(3 * i) * unit);
        put(f, i, <f64>(3 * i - 1) * unit);
      }
      weightedErrors(3, w, y, f, out);
      expect(Math.abs(get(out, 0) / unit - 1.0)).toBeLessThan(4.0 * f64.EPSILON);
      // 3 once and 6 twice: mean 5, deviation sqrt 2.
      expect(Math.abs(get(out, 1) / unit - Math.sqrt(2.0))).toBeLessThan(8.0 * f64.EPSILON);
    }
    const whole = releaseNumbers(w, 3) && releaseNumbers(y, 3) && releaseNumbers(f, 3);
    expect(whole && releaseNumbers(out, 2)).toBe(true);
  });
});
