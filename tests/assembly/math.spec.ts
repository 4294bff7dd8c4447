import { erf, erfc } from "../../assembly/math/erf";
import { exp } from "../../assembly/math/exp";
import { log1p } from "../../assembly/math/log1p";
import { tanh } from "../../assembly/math/tanh";
import { cos, sin, sinCos } from "../../assembly/math/trig";
import { COS, ERF, ERFC, EXP, LOG1P, POINTS, SIN, TANH } from "./data/vector_functions";
import { lanes, ulpDistance } from "./ulp";

type Function = (x: v128) => v128;

// The inline functions have no address of their own.
const EXPONENTIAL: Function = (x: v128): v128 => exp(x);
const LOGARITHM: Function = (x: v128): v128 => log1p(f64x2.abs(x));
const TANGENT: Function = (x: v128): v128 => tanh(x);
const ERROR: Function = (x: v128): v128 => erf(x);
const COMPLEMENT: Function = (x: v128): v128 => erfc(x);
const SINE: Function = (x: v128): v128 => sin(x);
const COSINE: Function = (x: v128): v128 => cos(x);

function at(f: Function, x: f64): f64 {
  return f64x2.extract_lane(f(f64x2.splat(x)), 0);
}

/** The largest distance to the correctly rounded values of a table, in float64 numbers. */
function largestDistance(f: Function, table: usize): u64 {
  let largest: u64 = 0;
  for (let i = 0; i < POINTS; i++) {
    const x = load<f64>(table + (<usize>i << 3));
    const expected = load<f64>(table + (<usize>(POINTS + i) << 3));
    largest = max(largest, ulpDistance(at(f, x), expected));
  }
  return largest;
}

/** Do both lanes give what they give alone, whatever is in the other one? */
function lanesAreIndependent(f: Function, table: usize): bool {
  for (let i = 0; i < POINTS; i++) {
    const a = load<f64>(table + (<usize>i << 3));
    const b = load<f64>(table + (<usize>((i * 37 + 11) % POINTS) << 3));
    const both = f(lanes(a, b));
    if (reinterpret<u64>(f64x2.extract_lane(both, 0)) != reinterpret<u64>(at(f, a))) return false;
    if (reinterpret<u64>(f64x2.extract_lane(both, 1)) != reinterpret<u64>(at(f, b))) return false;
    if (reinterpret<u64>(f64x2.extract_lane(f(lanes(a, NaN)), 0)) != reinterpret<u64>(at(f, a))) return false;
  }
  return true;
}

/** f(-x) = parity f(x), bit by bit */
function hasParity(f: Function, table: usize, parity: f64): bool {
  for (let i = 0; i < POINTS; i++) {
    const x = load<f64>(table + (<usize>i << 3));
    if (reinterpret<u64>(at(f, -x)) != reinterpret<u64>(parity * at(f, x))) return false;
  }
  return true;
}

describe("exp", () => {
  it("is within 2 ulp of the correctly rounded values", () => {
    expect<u64>(largestDistance(EXPONENTIAL, EXP)).toBeLessThanOrEqual(2);
  });
  it("has the right special values", () => {
    expect<f64>(at(EXPONENTIAL, 0.0)).toBe(1.0);
    expect<f64>(at(EXPONENTIAL, -0.0)).toBe(1.0);
    expect<f64>(at(EXPONENTIAL, Infinity)).toBe(Infinity);
    expect<f64>(at(EXPONENTIAL, -Infinity)).toBe(0.0);
    expect<f64>(at(EXPONENTIAL, f64.MAX_VALUE)).toBe(Infinity);
    expect<f64>(at(EXPONENTIAL, -f64.MAX_VALUE)).toBe(0.0);
    expect<bool>(isNaN(at(EXPONENTIAL, NaN))).toBe(true);
  });
  it("passes the ends of the range: 709.78..., -745.13...", () => {
    expect<bool>(isFinite(at(EXPONENTIAL, 709.782712893384))).toBe(true);
    expect<f64>(at(EXPONENTIAL, 709.7827128933841)).toBe(Infinity);
    expect<f64>(at(EXPONENTIAL, -745.1332191019411)).toBe(f64.MIN_VALUE);
    expect<f64>(at(EXPONENTIAL, -745.1332191019412)).toBe(0.0);
  });
  it("keeps its lanes apart", () => {
    expect<bool>(lanesAreIndependent(EXPONENTIAL, EXP)).toBe(true);
  });
});

describe("tanh", () => {
  it("is within 2 ulp of the correctly rounded values", () => {
    expect<u64>(largestDistance(TANGENT, TANH)).toBeLessThanOrEqual(2);
  });
  it("has the right special values", () => {
    expect<u64>(reinterpret<u64>(at(TANGENT, 0.0))).toBe(0);
    expect<u64>(reinterpret<u64>(at(TANGENT, -0.0))).toBe(reinterpret<u64>(-0.0));
    expect<f64>(at(TANGENT, Infinity)).toBe(1.0);
    expect<f64>(at(TANGENT, -Infinity)).toBe(-1.0);
    expect<f64>(at(TANGENT, f64.MIN_VALUE)).toBe(f64.MIN_VALUE);
    expect<bool>(isNaN(at(TANGENT, NaN))).toBe(true);
  });
  it("never leaves [-1, 1]", () => {
    let largest = 0.0;
    for (let x = 15.0; x < 25.0; x += 0.001) largest = max(largest, at(TANGENT, x));
    expect<f64>(largest).toBe(1.0);
  });
  it("is odd", () => {
    expect<bool>(hasParity(TANGENT, TANH, -1.0)).toBe(true);
  });
  it("keeps its lanes apart", () => {
    expect<bool>(lanesAreIndependent(TANGENT, TANH)).toBe(true);
  });
});

describe("erf", () => {
  it("is within 2 ulp of the correctly rounded values", () => {
    expect<u64>(largestDistance(ERROR, ERF)).toBeLessThanOrEqual(2);
  });
  it("has the right special values", () => {
    expect<u64>(reinterpret<u64>(at(ERROR, 0.0))).toBe(0);
    expect<u64>(reinterpret<u64>(at(ERROR, -0.0))).toBe(reinterpret<u64>(-0.0));
    expect<f64>(at(ERROR, Infinity)).toBe(1.0);
    expect<f64>(at(ERROR, -Infinity)).toBe(-1.0);
    expect<bool>(isNaN(at(ERROR, NaN))).toBe(true);
  });
  it("is odd", () => {
    expect<bool>(hasParity(ERROR, ERF, -1.0)).toBe(true);
  });
  it("keeps its lanes apart", () => {
    expect<bool>(lanesAreIndependent(ERROR, ERF)).toBe(true);
  });
});

describe("erfc", () => {
  it("is within 2 ulp of the correctly rounded values", () => {
    expect<u64>(largestDistance(COMPLEMENT, ERFC)).toBeLessThanOrEqual(2);
  });
  it("has the right special values", () => {
    expect<f64>(at(COMPLEMENT, 0.0)).toBe(1.0);
    expect<f64>(at(COMPLEMENT, Infinity)).toBe(0.0);
    expect<f64>(at(COMPLEMENT, -Infinity)).toBe(2.0);
    expect<bool>(isNaN(at(COMPLEMENT, NaN))).toBe(true);
  });
  it("complements erf", () => {
    let largest = 0.0;
    for (let i = 0; i < POINTS; i++) {
      const x = load<f64>(ERFC + (<usize>i << 3));
      largest = max(largest, Math.abs(at(COMPLEMENT, x) + at(ERROR, x) - 1.0));
    }
    // 2 ulp of each where they are at most 2 and 1, and the two sums.
    expect<f64>(largest).toBeLessThanOrEqual(4.0 * f64.EPSILON);
  });
  it("keeps its lanes apart", () => {
    expect<bool>(lanesAreIndependent(COMPLEMENT, ERFC)).toBe(true);
  });
});

describe("sin and cos", () => {
  it("are within 2 ulp of the correctly rounded values", () => {
    expect<u64>(largestDistance(SINE, SIN)).toBeLessThanOrEqual(2);
    expect<u64>(largestDistance(COSINE, COS)).toBeLessThanOrEqual(2);
  });
  it("have the right special values", () => {
    expect<u64>(reinterpret<u64>(at(SINE, 0.0))).toBe(0);
    expect<u64>(reinterpret<u64>(at(SINE, -0.0))).toBe(reinterpret<u64>(-0.0));
    expect<f64>(at(COSINE, 0.0)).toBe(1.0);
    expect<bool>(isNaN(at(SINE, Infinity)) && isNaN(at(SINE, -Infinity)) && isNaN(at(SINE, NaN))).toBe(true);
    expect<bool>(isNaN(at(COSINE, Infinity)) && isNaN(at(COSINE, -Infinity)) && isNaN(at(COSINE, NaN))).toBe(true);
  });
  it("are odd and even", () => {
    expect<bool>(hasParity(SINE, SIN, -1.0)).toBe(true);
    expect<bool>(hasParity(COSINE, COS, 1.0)).toBe(true);
  });
  it("reduce the float64 nearest to a multiple of pi/2 among all", () => {
    // 6381956970095103 2^797 (J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2018,
    // section 10.2).
    const x = reinterpret<f64>(0x7506ac5b262ca1ff);
    expect<f64>(Math.abs(at(COSINE, x))).toBe(reinterpret<f64>(0x3c214ae72e6ba22f));
    expect<f64>(Math.abs(at(SINE, x))).toBe(1.0);
  });
  it("agree with the pair computed by one reduction", () => {
    const cosine = heap.alloc(16);
    let same = true;
    for (let i = 0; i < POINTS; i++) {
      const x = load<f64>(SIN + (<usize>i << 3));
      const sine = f64x2.extract_lane(sinCos(f64x2.splat(x), cosine), 0);
      same = same && sine == at(SINE, x) && load<f64>(cosine) == at(COSINE, x);
    }
    heap.free(cosine);
    expect<bool>(same).toBe(true);
  });
  it("keep their lanes apart", () => {
    expect<bool>(lanesAreIndependent(SINE, SIN)).toBe(true);
    expect<bool>(lanesAreIndependent(COSINE, COS)).toBe(true);
  });
});

describe("log1p", () => {
  it("is within 2 ulp of the correctly rounded values for arguments from 0 on", () => {
    expect<u64>(largestDistance(LOGARITHM, LOG1P)).toBeLessThanOrEqual(2);
  });
  it("has the right special values", () => {
    expect<f64>(at(LOGARITHM, 0.0)).toBe(0.0);
    expect<f64>(at(LOGARITHM, Infinity)).toBe(Infinity);
    expect<bool>(isNaN(at(LOGARITHM, NaN))).toBe(true);
  });
  it("treats both lanes alike", () => {
    expect<bool>(lanesAreIndependent(LOGARITHM, LOG1P)).toBe(true);
  });
});
