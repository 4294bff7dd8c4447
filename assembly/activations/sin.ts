import { sin, sinCos } from "../math/trig";

/** sigma = sin z,   sigma' = cos z,   sigma'' = -sin z */

export function sinValue(n: i32, z: usize, s: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16)
    v128.store(s + i, sin(v128.load(z + i)));
}

export function sinJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const value = sinCos(v128.load(z + i), s1 + i);
    v128.store(s0 + i, value);
    v128.store(s2 + i, f64x2.neg(value));
  }
}
