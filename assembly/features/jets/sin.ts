import { sinJet } from "../../activations/sin";

/** sin, cos, -sin, -cos, and again. */
export function sinJets(order: i32, n: i32, z: usize, out: usize, row: usize): void {
  sinJet(n, z, out, out + row, out + 2 * row);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const sine = v128.load(out + i),
      cosine = v128.load(out + row + i);
    for (let r = 3; r <= order; r++) {
      const value = (r & 1) == 0 ? sine : cosine;
      const signed = (r & 2) == 0 ? value : f64x2.neg(value);
      v128.store(out + <usize>r * row + i, signed);
    }
  }
}
