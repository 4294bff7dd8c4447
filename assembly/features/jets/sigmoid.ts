import { tanhJets } from "./tanh";

/** sigma = (1 + tanh(z/2)) / 2, so that sigma^(r) = 2^-(r + 1) tanh^(r)(z/2) from r = 1 on. */
export function sigmoidJets(order: i32, n: i32, z: usize, out: usize, row: usize): void {
  const end = (<usize>n) << 3;
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(out + i, f64x2.mul(v128.load(z + i), f64x2.splat(0.5)));
  }
  tanhJets(order, n, out, out, row);
  for (let i: usize = 0; i < end; i += 16) {
    const t = f64x2.mul(v128.load(out + i), f64x2.splat(0.5));
    v128.store(out + i, f64x2.add(t, f64x2.splat(0.5)));
    let factor = 0.25;
    for (let r = 1; r <= max(order, 2); r++) {
      const at = out + <usize>r * row + i;
      v128.store(at, f64x2.mul(v128.load(at), f64x2.splat(factor)));
      factor *= 0.5;
    }
  }
}
