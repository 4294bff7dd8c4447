import { geluJet } from "../../activations/gelu";
import { exp } from "../../math/exp";
import { polynomial2, polynomial3, setRow } from "./rows";

/**
 * sigma = z Phi(z), so that sigma^(r) = z Phi^(r) + r Phi^(r - 1), and Phi^(r) = (-1)^(r - 1)
 * He_(r-1)(z) phi(z) with the Hermite polynomials of the normal density phi:
 *   sigma^(3) = z (z^2 - 4) phi
 *   sigma^(4) = (-z^4 + 7 z^2 - 4) phi
 *   sigma^(5) = z (z^4 - 11 z^2 + 18) phi
 *   sigma^(6) = (-z^6 + 16 z^4 - 51 z^2 + 18) phi
 */
export function geluJets(order: i32, n: i32, z: usize, out: usize, row: usize): void {
  geluJet(n, z, out, out + row, out + 2 * row);
  if (order < 3) return;
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = f64x2.pmax(f64x2.splat(-FAR), f64x2.pmin(v128.load(z + i), f64x2.splat(FAR)));
    const square = f64x2.mul(x, x);
    const half = f64x2.mul(square, f64x2.splat(-0.5));
    const density = f64x2.mul(exp(half), f64x2.splat(DENSITY));
    const odd = f64x2.mul(x, density);
    setRow(out, row, 3, i, f64x2.mul(odd, polynomial2(square, -4, 1, 0)));
    if (order >= 4) setRow(out, row, 4, i, f64x2.mul(density, polynomial2(square, -4, 7, -1)));
    if (order >= 5) setRow(out, row, 5, i, f64x2.mul(odd, polynomial2(square, 18, -11, 1)));
    if (order >= 6) {
      setRow(out, row, 6, i, f64x2.mul(density, polynomial3(square, 18, -51, 16, -1)));
    }
  }
}

/** 1/sqrt(2 pi) */
const DENSITY: f64 = 0.3989422804014327;
/** Beyond this phi is 0. */
const FAR: f64 = 40.0;
