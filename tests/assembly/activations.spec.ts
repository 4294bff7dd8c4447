import { ActivationKind, activate, activateJet } from "../../assembly/activations/activation";
import { ERF, GELU, POINTS, SIGMOID, SIN, SOFTPLUS, TANH } from "./data/vector_functions";
import { lanes, ulpDistance } from "./ulp";

const BYTES: usize = <usize>POINTS << 3;

/** Arguments, values and derivatives. */
const z = heap.alloc(BYTES);
const s0 = heap.alloc(BYTES);
const s1 = heap.alloc(BYTES);
const s2 = heap.alloc(BYTES);

function number(array: usize, i: i32): f64 {
  return load<f64>(array + (<usize>i << 3));
}

/** The jet at every argument of a table. */
function jetOf(kind: i32, table: usize): void {
  memory.copy(z, table, BYTES);
  activateJet(kind, POINTS, z, s0, s1, s2);
}

/** Largest distance of a column from the correctly rounded values, in float64 numbers. */
function largestDistance(array: usize, table: usize, column: i32): u64 {
  let largest: u64 = 0;
  for (let i = 0; i < POINTS; i++) {
    largest = max(largest, ulpDistance(number(array, i), number(table + <usize>column * BYTES, i)));
  }
  return largest;
}

/** The jet at one argument */
function jetAt(kind: i32, x: f64): void {
  v128.store(z, f64x2.splat(x));
  activateJet(kind, 2, z, s0, s1, s2);
}

function isJet(kind: i32, x: f64, value: f64, slope: f64, bend: f64): bool {
  jetAt(kind, x);
  return number(s0, 0) == value && number(s1, 0) == slope && number(s2, 0) == bend;
}

/** NaN in every output for NaN, and only in its lane */
function passesNaN(kind: i32): bool {
  v128.store(z, lanes(NaN, 0.5));
  activateJet(kind, 2, z, s0, s1, s2);
  const first = isNaN(number(s0, 0)) && isNaN(number(s1, 0)) && isNaN(number(s2, 0));
  return first && isFinite(number(s0, 1)) && isFinite(number(s1, 1)) && isFinite(number(s2, 1));
}

/** `activate` gives the bits of the jet's value, in place too. */
function valueIsJet(kind: i32, table: usize): bool {
  jetOf(kind, table);
  activate(kind, POINTS, z, z);
  const same = memory.compare(z, s0, BYTES) == 0;
  memory.copy(s0, table, BYTES);
  activateJet(kind, POINTS, s0, s0, s1, s2);
  return same && memory.compare(z, s0, BYTES) == 0;
}

/** Results do not depend on the neighbor: every argument beside another one than in the table. */
function lanesAreIndependent(kind: i32, table: usize): bool {
  jetOf(kind, table);
  const beside = heap.alloc(64);
  let same = true;
  for (let i = 0; i < POINTS; i++) {
    v128.store(beside, lanes(number(table, (i * 37 + 11) % POINTS), number(table, i)));
    activateJet(kind, 2, beside, beside + 16, beside + 32, beside + 48);
    same = same && reinterpret<u64>(number(beside, 3)) == reinterpret<u64>(number(s0, i));
    same = same && reinterpret<u64>(number(beside, 5)) == reinterpret<u64>(number(s1, i));
    same = same && reinterpret<u64>(number(beside, 7)) == reinterpret<u64>(number(s2, i));
  }
  heap.free(beside);
  return same;
}

/**
 * The largest violation of sigma'(x) = (sigma(x + h) - sigma(x - h)) / 2h, and of the same for
 * sigma'', over [-6, 6]. Central differences with h = 2^-17 err by h^2 |sigma'''|/6 < 2^-34 and by
 * rounding 2^-52/h = 2^-35.
 */
function differenceError(kind: i32): f64 {
  const h = 1.0 / 131072.0;
  let largest = 0.0;
  for (let x = -6.03; x < 6.0; x += 0.11) {
    jetAt(kind, x);
    const slope = number(s1, 0);
    const bend = number(s2, 0);
    v128.store(z, lanes(x - h, x + h));
    activateJet(kind, 2, z, s0, s1, s2);
    largest = max(largest, Math.abs((number(s0, 1) - number(s0, 0)) / (2.0 * h) - slope));
    largest = max(largest, Math.abs((number(s1, 1) - number(s1, 0)) / (2.0 * h) - bend));
  }
  return largest;
}

describe("tanh", () => {
  it("is as accurate as promised: 2, 4 and 6 ulp", () => {
    jetOf(ActivationKind.TANH, TANH);
    expect<u64>(largestDistance(s0, TANH, 1)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(s1, TANH, 2)).toBeLessThanOrEqual(4);
    expect<u64>(largestDistance(s2, TANH, 3)).toBeLessThanOrEqual(6);
  });
  it("has the right special values", () => {
    expect<bool>(isJet(ActivationKind.TANH, 0.0, 0.0, 1.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.TANH, Infinity, 1.0, 0.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.TANH, -Infinity, -1.0, 0.0, 0.0)).toBe(true);
    expect<bool>(passesNaN(ActivationKind.TANH)).toBe(true);
  });
  it("satisfies sigma'' = -2 sigma sigma' to the bit", () => {
    jetOf(ActivationKind.TANH, TANH);
    let same = true;
    for (let i = 0; i < POINTS; i++) same = same && number(s2, i) == -2.0 * number(s0, i) * number(s1, i);
    expect<bool>(same).toBe(true);
  });
});

describe("sigmoid", () => {
  it("is as accurate as promised: 2, 4 and 6 ulp", () => {
    jetOf(ActivationKind.SIGMOID, SIGMOID);
    expect<u64>(largestDistance(s0, SIGMOID, 1)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(s1, SIGMOID, 2)).toBeLessThanOrEqual(4);
    expect<u64>(largestDistance(s2, SIGMOID, 3)).toBeLessThanOrEqual(6);
  });
  it("has the right special values", () => {
    expect<bool>(isJet(ActivationKind.SIGMOID, 0.0, 0.5, 0.25, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.SIGMOID, Infinity, 1.0, 0.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.SIGMOID, -Infinity, 0.0, 0.0, 0.0)).toBe(true);
    expect<bool>(passesNaN(ActivationKind.SIGMOID)).toBe(true);
  });
});

describe("erf", () => {
  it("is as accurate as promised: 2 ulp each", () => {
    jetOf(ActivationKind.ERF, ERF);
    expect<u64>(largestDistance(s0, ERF, 1)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(s1, ERF, 2)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(s2, ERF, 3)).toBeLessThanOrEqual(2);
  });
  it("has the right special values", () => {
    expect<bool>(isJet(ActivationKind.ERF, 0.0, 0.0, 1.1283791670955126, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.ERF, Infinity, 1.0, 0.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.ERF, -Infinity, -1.0, 0.0, 0.0)).toBe(true);
    expect<bool>(passesNaN(ActivationKind.ERF)).toBe(true);
  });
});

describe("sin", () => {
  it("is as accurate as promised: 2 ulp each", () => {
    jetOf(ActivationKind.SIN, SIN);
    expect<u64>(largestDistance(s0, SIN, 1)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(s1, SIN, 2)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(s2, SIN, 3)).toBeLessThanOrEqual(2);
  });
  it("has the right special values", () => {
    expect<bool>(isJet(ActivationKind.SIN, 0.0, 0.0, 1.0, 0.0)).toBe(true);
    jetAt(ActivationKind.SIN, Infinity);
    expect<bool>(isNaN(number(s0, 0)) && isNaN(number(s1, 0)) && isNaN(number(s2, 0))).toBe(true);
    expect<bool>(passesNaN(ActivationKind.SIN)).toBe(true);
  });
});

describe("softplus", () => {
  it("is as accurate as promised: 2, 3 and 4 ulp", () => {
    jetOf(ActivationKind.SOFTPLUS, SOFTPLUS);
    expect<u64>(largestDistance(s0, SOFTPLUS, 1)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(s1, SOFTPLUS, 2)).toBeLessThanOrEqual(3);
    expect<u64>(largestDistance(s2, SOFTPLUS, 3)).toBeLessThanOrEqual(4);
  });
  it("has the right special values", () => {
    expect<bool>(isJet(ActivationKind.SOFTPLUS, 0.0, 0.6931471805599453, 0.5, 0.25)).toBe(true);
    expect<bool>(isJet(ActivationKind.SOFTPLUS, Infinity, Infinity, 1.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.SOFTPLUS, -Infinity, 0.0, 0.0, 0.0)).toBe(true);
    expect<bool>(passesNaN(ActivationKind.SOFTPLUS)).toBe(true);
  });
});

describe("gelu", () => {
  it("is as accurate as promised: 2 ulp, 6 eps of the summand near a zero, 3 ulp", () => {
    jetOf(ActivationKind.GELU, GELU);
    expect<u64>(largestDistance(s0, GELU, 1)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(s2, GELU, 3)).toBeLessThanOrEqual(3);
    let largest = 0.0;
    for (let i = 0; i < POINTS; i++) {
      const x = number(z, i);
      const exact = number(GELU + 2 * BYTES, i);
      // Phi + z phi with Phi = sigma / z: near the zero of sigma' the two cancel.
      const summand = x < 0.0 && x > -2.0 ? Math.abs(number(s0, i) / x) : Math.abs(exact);
      const unit = max(summand * f64.EPSILON, f64.MIN_VALUE);
      largest = max(largest, Math.abs(number(s1, i) - exact) / unit);
    }
    expect<f64>(largest).toBeLessThanOrEqual(6.0);
  });
  it("has the right special values", () => {
    expect<bool>(isJet(ActivationKind.GELU, 0.0, 0.0, 0.5, 0.7978845608028654)).toBe(true);
    expect<bool>(isJet(ActivationKind.GELU, Infinity, Infinity, 1.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.GELU, -Infinity, 0.0, 0.0, 0.0)).toBe(true);
    expect<bool>(passesNaN(ActivationKind.GELU)).toBe(true);
  });
});

describe("relu", () => {
  it("is the positive part", () => {
    expect<bool>(isJet(ActivationKind.RELU, 2.5, 2.5, 1.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.RELU, -2.5, 0.0, 0.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.RELU, 0.0, 0.0, 0.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.RELU, Infinity, Infinity, 1.0, 0.0)).toBe(true);
    expect<bool>(isJet(ActivationKind.RELU, -Infinity, 0.0, 0.0, 0.0)).toBe(true);
    expect<bool>(passesNaN(ActivationKind.RELU)).toBe(true);
  });
});

describe("every activation", () => {
  it("gives the same value alone and in the jet, in place too", () => {
    expect<bool>(valueIsJet(ActivationKind.TANH, TANH)).toBe(true);
    expect<bool>(valueIsJet(ActivationKind.SIGMOID, SIGMOID)).toBe(true);
    expect<bool>(valueIsJet(ActivationKind.ERF, ERF)).toBe(true);
    expect<bool>(valueIsJet(ActivationKind.SIN, SIN)).toBe(true);
    expect<bool>(valueIsJet(ActivationKind.SOFTPLUS, SOFTPLUS)).toBe(true);
    expect<bool>(valueIsJet(ActivationKind.GELU, GELU)).toBe(true);
    expect<bool>(valueIsJet(ActivationKind.RELU, TANH)).toBe(true);
  });
  it("keeps its lanes apart", () => {
    expect<bool>(lanesAreIndependent(ActivationKind.TANH, TANH)).toBe(true);
    expect<bool>(lanesAreIndependent(ActivationKind.SIGMOID, SIGMOID)).toBe(true);
    expect<bool>(lanesAreIndependent(ActivationKind.ERF, ERF)).toBe(true);
    expect<bool>(lanesAreIndependent(ActivationKind.SIN, SIN)).toBe(true);
    expect<bool>(lanesAreIndependent(ActivationKind.SOFTPLUS, SOFTPLUS)).toBe(true);
    expect<bool>(lanesAreIndependent(ActivationKind.GELU, GELU)).toBe(true);
    expect<bool>(lanesAreIndependent(ActivationKind.RELU, TANH)).toBe(true);
  });
  it("has the derivatives that central differences see", () => {
    // Truncation and rounding of the difference, with |sigma'''| and |sigma''''| up to 8.
    const tolerance: f64 = 8.0 / 6.0 / 17179869184.0 + 4.0 * f64.EPSILON * 131072.0;
    for (let kind = 0; kind < ActivationKind.RELU; kind++) {
      expect<f64>(differenceError(kind)).toBeLessThanOrEqual(tolerance);
    }
  });
});
