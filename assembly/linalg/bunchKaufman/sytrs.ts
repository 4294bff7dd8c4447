import { f64Address, f64At, i32At, isAligned } from "../../memory";
import { at, swap } from "./sytf2";
import { axpy } from "../vector";

/**
 * x := A^-1 b with the factors of sytrf; x holds b on entry. Every pivot must be nonzero (sytrf
 * returned 0).
 */
export function sytrs(n: i32, a: usize, ld: i32, pivot: usize, x: usize): void {
  assert(ld >= n && isAligned(a | x, 8) && isAligned(pivot, 4), "rows of n in a matrix");
  let k = n - 1;
  while (k >= 0) {
    const p = i32At(pivot, k);
    const xK = f64Address(x, k);
    if (p >= 0) {
      swap(xK, f64Address(x, p));
      axpy(k, -load<f64>(xK), at(a, ld, k, 0), x);
      store<f64>(xK, load<f64>(xK) / load<f64>(at(a, ld, k, k)));
      k -= 1;
    } else {
      const m = k - 1;
      const xM = f64Address(x, m);
      swap(xM, f64Address(x, -1 - p));
      axpy(m, -load<f64>(xK), at(a, ld, k, 0), x);
      axpy(m, -load<f64>(xM), at(a, ld, m, 0), x);
      const off = load<f64>(at(a, ld, k, m));
      const dM = load<f64>(at(a, ld, m, m)) / off,
        dK = load<f64>(at(a, ld, k, k)) / off;
      const bM = load<f64>(xM) / off,
        bK = load<f64>(xK) / off;
      const determinant = dM * dK - 1.0;
      store<f64>(xM, (dK * bM - bK) / determinant);
      store<f64>(xK, (dM * bK - bM) / determinant);
      k -= 2;
    }
  }
  k = 0;
  while (k < n) {
    const p = i32At(pivot, k);
    if (p >= 0) {
      subtractDot(k, at(a, ld, k, 0), x, k);
      swap(f64Address(x, k), f64Address(x, p));
      k += 1;
    } else {
      subtractDot(k, at(a, ld, k, 0), x, k);
      subtractDot(k, at(a, ld, k + 1, 0), x, k + 1);
      swap(f64Address(x, k), f64Address(x, -1 - p));
      k += 2;
    }
  }
}

/** x[index] -= sum_{i < n} u[i] x[i] */
function subtractDot(n: i32, u: usize, x: usize, index: i32): void {
  let sum = 0.0;
  for (let i = 0; i < n; i++) sum += f64At(u, i) * f64At(x, i);
  const address = f64Address(x, index);
  store<f64>(address, load<f64>(address) - sum);
}

/**
 * Number of negative eigenvalues of A, which are those of D (Sylvester's law of inertia). A 2 x 2
 * block of this factorization is always indefinite: one of each sign.
 */
export function sytrfNegative(n: i32, a: usize, ld: i32, pivot: usize): i32 {
  assert(ld >= n && isAligned(a, 8) && isAligned(pivot, 4), "rows of n in a matrix");
  let count = 0;
  for (let k = n - 1; k >= 0; k--) {
    if (i32At(pivot, k) < 0) {
      count += 1;
      k -= 1;
    } else if (load<f64>(at(a, ld, k, k)) < 0.0) {
      count += 1;
    }
  }
  return count;
}
