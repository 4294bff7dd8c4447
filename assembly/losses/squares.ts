import { HALF, ONE, spread } from "../math/constant";

export function squaresTraits(): string {
  return '{ "hasEvidence": true }';
}

/** l = (f - y)^2 / 2, l' = f - y, l'' = 1 */
export function squaresJet(
  n: i32,
  f: usize,
  y: usize,
  value: usize,
  slope: usize,
  bend: usize,
): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const r = f64x2.sub(v128.load(f + i), v128.load(y + i));
    v128.store(value + i, f64x2.mul(f64x2.mul(r, r), spread(HALF)));
    v128.store(slope + i, r);
    v128.store(bend + i, spread(ONE));
  }
}
