import { erfJet } from "../../activations/erf";
import { polynomial2, polynomial3, setRow } from "./rows";

/**
 * sigma^(r + 1) = (-1)^r H_r(z) sigma' with the Hermite polynomials H_r, sigma' = 2/sqrt(pi)
 * e^(-z^2) (DLMF 7.10.1). Where sigma' is 0 they are 0, however large H_r.
 */
export function erfJets(order: i32, n: i32, z: usize, out: usize, row: usize): void {
  erfJet(n, z, out, out + row, out + 2 * row);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const slope = v128.load(out + row + i);
    const x = f64x2.pmax(f64x2.splat(-FAR), f64x2.pmin(v128.load(z + i), f64x2.splat(FAR)));
    const square = f64x2.mul(x, x),
      odd = f64x2.mul(x, slope);
    if (order >= 3) setRow(out, row, 3, i, f64x2.mul(slope, polynomial2(square, -2, 4, 0)));
    if (order >= 4) setRow(out, row, 4, i, f64x2.mul(odd, polynomial2(square, 12, -8, 0)));
    if (order >= 5) setRow(out, row, 5, i, f64x2.mul(slope, polynomial2(square, 12, -48, 16)));
    if (order >= 6) setRow(out, row, 6, i, f64x2.mul(odd, polynomial3(square, -120, 160, -32, 0)));
  }
}

/** Beyond this e^(-z^2) is 0. */
const FAR: f64 = 40.0;
