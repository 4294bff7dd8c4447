import { ONE, TWO, spread } from "../math/constant";
import { log1p } from "../math/log1p";

/** For the wrapper (loss.ts). */
export function studentTTraits(): string {
  return '{ "parameters": { "dof": 4, "scale": 1 }, "mayBeConcave": true }';
}

/**
 * The negative logarithm of the density of Student's t, up to a constant. With u = (f - y) / (scale
 * sqrt(dof)):
 *
 *   l = (dof + 1)/2 log(1 + u^2)
 *   l' = (dof + 1) / (scale sqrt(dof)) u / (1 + u^2)
 *   l'' = (dof + 1) / (scale^2 dof) (1 - u^2) / (1 + u^2)^2
 *
 * (K. L. Lange, R. J. A. Little and J. M. G. Taylor, Journal of the American Statistical
 * Association 84 (1989) 881-896). Beyond |u| = 1 the second derivative is negative.
 */
export function studentTJet(
  n: i32,
  dof: f64,
  scale: f64,
  f: usize,
  y: usize,
  value: usize,
  slope: usize,
  bend: usize,
): void {
  const unit = scale * sqrt<f64>(dof);
  const width = f64x2.splat(unit),
    level = f64x2.splat(0.5 * (dof + 1.0)),
    first = f64x2.splat((dof + 1.0) / unit),
    second = f64x2.splat((dof + 1.0) / unit / unit);
  const one = spread(ONE);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const u = f64x2.div(f64x2.sub(v128.load(f + i), v128.load(y + i)), width);
    const size = f64x2.abs(u),
      square = f64x2.mul(u, u);
    const far = f64x2.gt(size, spread(FAR));
    const logarithm = log1p(v128.bitselect(size, square, far));
    const twice = f64x2.mul(logarithm, v128.bitselect(spread(TWO), one, far));
    v128.store(value + i, f64x2.mul(level, twice));
    const g = f64x2.div(one, v128.bitselect(u, f64x2.add(one, square), far));
    v128.store(slope + i, f64x2.mul(first, v128.bitselect(g, f64x2.mul(u, g), far)));
    // (1 - u)(1 + u) has no cancellation where 1 - u^2 has.
    const near = f64x2.mul(f64x2.mul(f64x2.sub(one, u), g), f64x2.mul(f64x2.add(one, u), g));
    const bow = v128.bitselect(f64x2.neg(f64x2.mul(g, g)), near, far);
    v128.store(bend + i, f64x2.mul(second, bow));
  }
}

/** Beyond, 1 + u^2 is u^2 in every digit, which may overflow: log u^2 = 2 log(1 + |u|) there. */
@lazy @inline
const FAR = memory.data<f64>([1e30]);
