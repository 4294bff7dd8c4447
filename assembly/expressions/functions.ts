import { f64At, setF64 } from "../memory";
import { exp } from "../math/exp";
import { tanh } from "../math/tanh";
import { sinCos } from "../math/trig";
import { Operation } from "./tape";

/**
 * f(a), f'(a) and f''(a) of the functions of one argument, n values each, n even; vectorized where
 * assembly/math has the function on two lanes.
 */
export function differentiateFunction(
  operation: i32,
  constant: f64,
  n: i32,
  a: usize,
  f0: usize,
  f1: usize,
  f2: usize,
): void {
  switch (operation) {
    case Operation.POWER:
      return power(constant, n, a, f0, f1, f2);
    case Operation.SQRT:
      return root(n, a, f0, f1, f2);
    case Operation.LOG:
      return logarithm(n, a, f0, f1, f2);
    case Operation.ABS:
      return magnitude(n, a, f0, f1, f2);
  }
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(a + i);
    switch (operation) {
      case Operation.EXP: {
        const value = exp(x);
        put(f0, f1, f2, i, value, value, value);
        break;
      }
      case Operation.SIN: {
        const value = sinCos(x, f1 + i);
        put(f0, f1, f2, i, value, v128.load(f1 + i), f64x2.neg(value));
        break;
      }
      case Operation.COS: {
        const sine = sinCos(x, f0 + i);
        const value = v128.load(f0 + i);
        put(f0, f1, f2, i, value, f64x2.neg(sine), f64x2.neg(value));
        break;
      }
      case Operation.TANH: {
        const value = tanh(x);
        const slope = slopeOfTanh(x);
        const bend = f64x2.mul(f64x2.mul(f64x2.splat(-2.0), value), slope);
        put(f0, f1, f2, i, value, slope, bend);
        break;
      }
      default:
        unreachable();
    }
  }
}

@inline
function put(f0: usize, f1: usize, f2: usize, i: usize, v0: v128, v1: v128, v2: v128): void {
  v128.store(f0 + i, v0);
  v128.store(f1 + i, v1);
  v128.store(f2 + i, v2);
}

/**
 * tanh' = 1 - tanh^2 = 4 e / (1 + e)^2 with e = e^(-2 |x|): without the difference, of which
 * nothing is left where tanh is near 1.
 */
@inline
function slopeOfTanh(x: v128): v128 {
  const e = exp(f64x2.mul(f64x2.splat(-2.0), f64x2.abs(x)));
  const base = f64x2.add(f64x2.splat(1.0), e);
  return f64x2.div(f64x2.mul(f64x2.splat(4.0), e), f64x2.mul(base, base));
}

/** a^p: by products for small whole p, otherwise by Math.pow of AssemblyScript. */
function power(p: f64, n: i32, a: usize, f0: usize, f1: usize, f2: usize): void {
  for (let i = 0; i < n; i++) {
    const x = f64At(a, i);
    setF64(f0, i, raised(x, p));
    setF64(f1, i, p == 0.0 ? 0.0 : p * raised(x, p - 1.0));
    setF64(f2, i, p == 0.0 || p == 1.0 ? 0.0 : p * (p - 1.0) * raised(x, p - 2.0));
  }
}

function raised(x: f64, p: f64): f64 {
  if (p == 0.0) return 1.0;
  if (p == 1.0) return x;
  if (p == 2.0) return x * x;
  if (p == 3.0) return x * x * x;
  if (p == 4.0) return x * x * (x * x);
  if (p == -1.0) return 1.0 / x;
  return Math.pow(x, p);
}

function root(n: i32, a: usize, f0: usize, f1: usize, f2: usize): void {
  for (let i = 0; i < n; i++) {
    const x = f64At(a, i),
      value = sqrt<f64>(x);
    setF64(f0, i, value);
    setF64(f1, i, 0.5 / value);
    setF64(f2, i, -0.25 / (value * x));
  }
}

/** |a|, whose derivative at 0 is taken as 0. */
function magnitude(n: i32, a: usize, f0: usize, f1: usize, f2: usize): void {
  for (let i = 0; i < n; i++) {
    const x = f64At(a, i);
    setF64(f0, i, abs<f64>(x));
    setF64(f1, i, x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0);
    setF64(f2, i, 0.0);
  }
}

function logarithm(n: i32, a: usize, f0: usize, f1: usize, f2: usize): void {
  for (let i = 0; i < n; i++) {
    const x = f64At(a, i),
      slope = 1.0 / x;
    setF64(f0, i, Math.log(x));
    setF64(f1, i, slope);
    setF64(f2, i, -slope * slope);
  }
}
