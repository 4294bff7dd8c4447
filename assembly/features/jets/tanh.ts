import { tanhJet } from "../../activations/tanh";
import { polynomial2, setRow } from "./rows";

/**
 * With t = tanh z and s = 1 - t^2: sigma' = s, sigma'' = -2 t s, and from d/dz t = s on
 *   sigma^(3) = s (6 t^2 - 2)
 *   sigma^(4) = t s (16 - 24 t^2)
 *   sigma^(5) = s (16 - 120 t^2 + 120 t^4)
 *   sigma^(6) = t s (-272 + 960 t^2 - 720 t^4)
 * s comes from tanhJet, which has all of its digits where t is near 1.
 */
export function tanhJets(order: i32, n: i32, z: usize, out: usize, row: usize): void {
  tanhJet(n, z, out, out + row, out + 2 * row);
  const end = (<usize>n) << 3;
  for (let i: usize = 0; i < end; i += 16) {
    const t = v128.load(out + i),
      s = v128.load(out + row + i);
    const square = f64x2.mul(t, t),
      odd = f64x2.mul(t, s);
    if (order >= 3) setRow(out, row, 3, i, f64x2.mul(s, polynomial2(square, -2, 6, 0)));
    if (order >= 4) setRow(out, row, 4, i, f64x2.mul(odd, polynomial2(square, 16, -24, 0)));
    if (order >= 5) setRow(out, row, 5, i, f64x2.mul(s, polynomial2(square, 16, -120, 120)));
    if (order >= 6) setRow(out, row, 6, i, f64x2.mul(odd, polynomial2(square, -272, 960, -720)));
  }
}
