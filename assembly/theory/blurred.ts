import { HALF, spread } from "../math/constant";
import { erf, erfc } from "../math/erf";
import { exp } from "../math/exp";
import { ActivationKind } from "../activations/activation";

/**
 * What an activation is from far away: a sign, a step or a ramp. Blurred by a normal variable, E
 * part(z + deviation xi), it is smooth where the activation is, so that their difference, which
 * decays within some tens of the origin, is as easily summed:
 *
 *   sign  erf(u / sqrt 2)    step  Phi(u)    ramp  z Phi(u) + deviation phi(u)    u = z / deviation
 *
 * The step is the derivative of the ramp.
 */
export const enum Part {
  NONE = 0,
  SIGN = 1,
  STEP = 2,
  RAMP = 3,
}

/**
 * What is left of sigma without this part vanishes away from the origin; NONE for sin, which does
 * not settle anywhere.
 */
export function partOfValue(kind: i32): Part {
  switch (kind) {
    case ActivationKind.TANH:
    case ActivationKind.ERF:
      return Part.SIGN;
    case ActivationKind.SIGMOID:
      return Part.STEP;
    case ActivationKind.SOFTPLUS:
    case ActivationKind.GELU:
    case ActivationKind.RELU:
      return Part.RAMP;
    default:
      return Part.NONE;
  }
}

/** The same for sigma'. */
export function partOfSlope(kind: i32): Part {
  return partOfValue(kind) == Part.RAMP ? Part.STEP : Part.NONE;
}

@lazy @inline
const SQRT_HALF = memory.data<f64>([0.7071067811865476]);
/** 1/sqrt(2 pi) */
@lazy @inline
const DENSITY = memory.data<f64>([0.3989422804014327]);
@lazy @inline
const MINUS_HALF = memory.data<f64>([-0.5]);

/** out[i] := factor phi(v[i]), n even */
export function normalDensity(n: i32, v: usize, factor: f64, out: usize): void {
  const scale = f64x2.mul(f64x2.splat(factor), spread(DENSITY));
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    v128.store(out + i, f64x2.mul(scale, exp(minusHalfSquare(v128.load(v + i)))));
  }
}

/** out[i] := E part(z[i] + deviation xi), n even and deviation above 0; out may be z. */
export function blurred(part: Part, n: i32, z: usize, deviation: f64, out: usize): void {
  const end = (<usize>n) << 3;
  const width = f64x2.splat(deviation);
  for (let i: usize = 0; i < end; i += 16) {
    const x = v128.load(z + i);
    const u = f64x2.div(x, width);
    const t = f64x2.mul(u, spread(SQRT_HALF));
    if (part == Part.SIGN) {
      v128.store(out + i, erf(t));
      continue;
    }
    const step = f64x2.mul(spread(HALF), erfc(f64x2.neg(t)));
    if (part == Part.STEP) {
      v128.store(out + i, step);
      continue;
    }
    const density = f64x2.mul(spread(DENSITY), exp(minusHalfSquare(u)));
    v128.store(out + i, f64x2.add(f64x2.mul(x, step), f64x2.mul(width, density)));
  }
}

@inline
function minusHalfSquare(u: v128): v128 {
  return f64x2.mul(f64x2.mul(u, u), spread(MINUS_HALF));
}
