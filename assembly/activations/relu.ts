import { ONE, spread } from "../math/constant";

/** sigma = max(z, 0),   sigma' = 1 for z > 0 and 0 for z <= 0,   sigma'' = 0 */

export function reluValue(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    v128.store(s + i, f64x2.pmax(v128.load(z + i), f64x2.splat(0.0)));
  }
}

export function reluJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  const zero = f64x2.splat(0.0);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    // pmax returns its first operand when that is NaN; the derivatives must not hide a NaN either.
    const invalid = f64x2.ne(x, x);
    v128.store(s0 + i, f64x2.pmax(x, zero));
    v128.store(s1 + i, v128.bitselect(x, v128.and(f64x2.gt(x, zero), spread(ONE)), invalid));
    v128.store(s2 + i, v128.and(x, invalid));
  }
}
