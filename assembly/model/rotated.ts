import { f64Address } from "../memory";
import { Problem } from "./problem";

/**
 * The derivative of sigma(z) along eigenvector l of one neuron, outgoing weights left out: out[m] =
 * sigma'(z_m) (V_wl . x_m + V_etal)
 */
export function rotatedSlope(
  p: Problem,
  q: i32,
  l: i32,
  vectors: usize,
  first: i32,
  count: i32,
  s1: usize,
  out: usize,
): void {
  const end = (<usize>count) << 3;
  let x = f64Address(p.x, first);
  const shift = v128.load64_splat(f64Address(vectors, p.d * q + l));
  let weight = v128.load64_splat(f64Address(vectors, l));
  if (p.d == 1) {
    for (let m: usize = 0; m < end; m += 16) {
      v128.store(
        out + m,
        f64x2.mul(v128.load(s1 + m), f64x2.add(f64x2.mul(weight, v128.load(x + m)), shift)),
      );
    }
    return;
  }
  for (let m: usize = 0; m < end; m += 16)
    v128.store(out + m, f64x2.add(f64x2.mul(weight, v128.load(x + m)), shift));
  for (let a = 1; a < p.d; a++) {
    x += (<usize>p.ldx) << 3;
    weight = v128.load64_splat(f64Address(vectors, a * q + l));
    for (let m: usize = 0; m < end; m += 16) {
      v128.store(out + m, f64x2.add(f64x2.mul(weight, v128.load(x + m)), v128.load(out + m)));
    }
  }
  for (let m: usize = 0; m < end; m += 16)
    v128.store(out + m, f64x2.mul(v128.load(out + m), v128.load(s1 + m)));
}
