import { LossKind, firstBadTarget, lossJet } from "../../assembly/losses/loss";
import { softmaxJet } from "../../assembly/losses/softmax";
import { allocate } from "./support";

const COUNT: i32 = 64;

const f = allocate(8 * COUNT),
  y = allocate(8 * COUNT),
  value = allocate(8 * COUNT),
  slope = allocate(8 * COUNT),
  bend = allocate(8 * COUNT);

function at(p: usize, i: i32): f64 {
  return load<f64>(p + (<usize>i << 3));
}

function put(p: usize, i: i32, x: f64): void {
  store<f64>(p + (<usize>i << 3), x);
}

/** Outputs of every size and sign, and targets that a loss takes. */
function fill(kind: i32): void {
  for (let i = 0; i < COUNT; i++) {
    const size = Math.pow(10.0, <f64>(i % 8) - 4.0);
    put(f, i, (i & 1 ? -1.0 : 1.0) * size * (1.0 + 0.37 * <f64>(i / 8)));
    if (kind == LossKind.LOGISTIC) put(y, i, <f64>((i >> 1) & 1));
    else if (kind == LossKind.POISSON) put(y, i, <f64>(i % 5));
    else put(y, i, 0.3 * <f64>(i % 7) - 1.0);
  }
}

/** The formula as it is written down, and the terms of which it is a sum. */
class Plain {
  value: f64 = 0.0;
  slope: f64 = 0.0;
  bend: f64 = 0.0;
  terms: f64 = 0.0;
}

const plain = new Plain();

function formula(kind: i32, a: f64, b: f64, output: f64, target: f64): void {
  const r = output - target;
  plain.terms = 0.0;
  if (kind == LossKind.SQUARES || (kind == LossKind.HUBER && Math.abs(r) <= a)) {
    plain.value = (r * r) / 2.0;
    plain.slope = r;
    plain.bend = 1.0;
  } else if (kind == LossKind.HUBER) {
    plain.value = a * (Math.abs(r) - a / 2.0);
    plain.slope = a * Math.sign(r);
    plain.bend = 0.0;
  } else if (kind == LossKind.STUDENT_T) {
    const s = a * b * b + r * r;
    plain.value = ((a + 1.0) / 2.0) * Math.log1p((r * r) / (a * b * b));
    plain.slope = ((a + 1.0) * r) / s;
    plain.bend = ((a + 1.0) * (a * b * b - r * r)) / s / s;
    plain.terms = (a + 1.0) / s;
  } else if (kind == LossKind.LOGISTIC) {
    const g = target == 1.0 ? -output : output;
    const e = Math.exp(-Math.abs(g));
    plain.value = Math.max(g, 0.0) + Math.log1p(e);
    const p = g > 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
    plain.slope = target == 1.0 ? -p : p;
    plain.bend = e / (1.0 + e) / (1.0 + e);
  } else {
    const e = Math.exp(output);
    plain.value = e - target * output;
    plain.slope = e - target;
    plain.bend = e;
    plain.terms = e + target * (1.0 + Math.abs(output));
  }
}

function close(got: f64, expected: f64, terms: f64): bool {
  if (got == expected) return true;
  return Math.abs(got - expected) <= 16.0 * f64.EPSILON * (Math.abs(expected) + terms);
}

function agrees(kind: i32, a: f64, b: f64): bool {
  fill(kind);
  lossJet(kind, a, b, COUNT, f, y, value, slope, bend);
  for (let i = 0; i < COUNT; i++) {
    formula(kind, a, b, at(f, i), at(y, i));
    if (!close(at(value, i), plain.value, plain.terms)) return false;
    if (!close(at(slope, i), plain.slope, plain.terms)) return false;
    if (!close(at(bend, i), plain.bend, plain.terms)) return false;
  }
  return true;
}

describe("losses of one output", () => {
  it("are what their formulas say", () => {
    expect<bool>(agrees(LossKind.SQUARES, 0.0, 0.0)).toBe(true);
    expect<bool>(agrees(LossKind.HUBER, 1.0, 0.0)).toBe(true);
    expect<bool>(agrees(LossKind.HUBER, 0.2, 0.0)).toBe(true);
    expect<bool>(agrees(LossKind.STUDENT_T, 4.0, 1.0)).toBe(true);
    expect<bool>(agrees(LossKind.STUDENT_T, 2.5, 0.3)).toBe(true);
    expect<bool>(agrees(LossKind.LOGISTIC, 0.0, 0.0)).toBe(true);
    expect<bool>(agrees(LossKind.POISSON, 0.0, 0.0)).toBe(true);
  });
  it("do not overflow at logits of 1e4 either side", () => {
    put(f, 0, 1e4);
    put(f, 1, -1e4);
    for (let target = 0.0; target < 2.0; target += 1.0) {
      put(y, 0, target);
      put(y, 1, target);
      lossJet(LossKind.LOGISTIC, 0.0, 0.0, 2, f, y, value, slope, bend);
      expect<f64>(at(value, 0)).toBe(target == 1.0 ? 0.0 : 1e4);
      expect<f64>(at(value, 1)).toBe(target == 1.0 ? 1e4 : 0.0);
      expect<f64>(at(slope, 0)).toBe(1.0 - target);
      expect<f64>(at(slope, 1)).toBe(-target);
      expect<f64>(at(bend, 0)).toBe(0.0);
    }
  });
  it("keep what is not a number", () => {
    for (let kind = 0; kind <= LossKind.POISSON; kind++) {
      if (kind == LossKind.SOFTMAX) continue;
      put(f, 0, NaN);
      put(f, 1, 0.0);
      put(y, 0, 1.0);
      put(y, 1, 1.0);
      lossJet(kind, 1.0, 1.0, 2, f, y, value, slope, bend);
      expect<bool>(isNaN(at(value, 0)) && isNaN(at(slope, 0))).toBe(true);
      expect<bool>(isNaN(at(value, 1))).toBe(false);
    }
  });
});

/** Three classes of 16 samples: rows of f, slope and p one after the other. */
function classes(scale: f64): void {
  for (let o = 0; o < 3; o++) {
    for (let m = 0; m < 16; m++) put(f, 16 * o + m, scale * Math.sin(<f64>(7 * o + 3 * m)));
  }
  for (let m = 0; m < 16; m++) put(y, m, <f64>(m % 3));
  softmaxJet(3, 16, 128, f, y, value, slope, bend);
}

describe("softmax", () => {
  it("is what its formula says", () => {
    for (let scale = 0.01; scale < 50.0; scale *= 3.0) {
      classes(scale);
      for (let m = 0; m < 16; m++) {
        let top = -Infinity;
        for (let o = 0; o < 3; o++) top = Math.max(top, at(f, 16 * o + m));
        let sum = 0.0;
        for (let o = 0; o < 3; o++) sum += Math.exp(at(f, 16 * o + m) - top);
        const target = <i32>at(y, m);
        const terms = Math.abs(at(f, 16 * target + m)) + Math.abs(top);
        const l = top + Math.log(sum) - at(f, 16 * target + m);
        expect<bool>(close(at(value, m), l, terms)).toBe(true);
        for (let o = 0; o < 3; o++) {
          const p = Math.exp(at(f, 16 * o + m) - top) / sum;
          expect<bool>(close(at(bend, 16 * o + m), p, 0.0)).toBe(true);
          const hit = o == target ? 1.0 : 0.0;
          expect<bool>(close(at(slope, 16 * o + m), p - hit, hit)).toBe(true);
        }
      }
    }
  });
  it("keeps what a certain class leaves to the others", () => {
    for (let m = 0; m < 2; m++) {
      put(f, m, 100.0);
      put(f, 2 + m, 0.0);
      put(y, m, 0.0);
    }
    softmaxJet(2, 2, 16, f, y, value, slope, bend);
    const rest = Math.exp(-100.0);
    expect<bool>(close(at(value, 0), rest, 0.0)).toBe(true);
    expect<bool>(close(at(slope, 0), -rest, 0.0)).toBe(true);
    expect<bool>(close(at(slope, 2), rest, 0.0)).toBe(true);
  });
  it("does not overflow at logits of 1e4 either side", () => {
    classes(1e4);
    for (let m = 0; m < 16; m++) {
      let sum = 0.0;
      for (let o = 0; o < 3; o++) sum += at(bend, 16 * o + m);
      expect<bool>(close(sum, 1.0, 0.0)).toBe(true);
      expect<bool>(at(value, m) >= 0.0 && at(value, m) < 2e4).toBe(true);
    }
  });
});

describe("firstBadTarget", () => {
  it("finds what a loss does not take", () => {
    for (let m = 0; m < 4; m++) put(y, m, <f64>(m & 1));
    for (let kind = 0; kind <= LossKind.POISSON; kind++)
      expect<i32>(firstBadTarget(kind, 2, 4, y)).toBe(-1);
    put(y, 2, 2.0);
    expect<i32>(firstBadTarget(LossKind.LOGISTIC, 1, 4, y)).toBe(2);
    expect<i32>(firstBadTarget(LossKind.SOFTMAX, 2, 4, y)).toBe(2);
    expect<i32>(firstBadTarget(LossKind.SOFTMAX, 3, 4, y)).toBe(-1);
    put(y, 1, 0.5);
    expect<i32>(firstBadTarget(LossKind.SOFTMAX, 3, 4, y)).toBe(1);
    put(y, 3, -1.0);
    expect<i32>(firstBadTarget(LossKind.POISSON, 1, 4, y)).toBe(3);
    expect<i32>(firstBadTarget(LossKind.SQUARES, 1, 4, y)).toBe(-1);
  });
});
