import { f64Address, f64At, isAligned } from "../memory";

/** Full symmetric matrices, row-major. */

/** A := A + gamma I, n x n with leading dimension ld. */
export function addDiagonal(n: i32, a: usize, ld: i32, gamma: f64): void {
  assert(ld >= n && isAligned(a, 8), "rows of n in a matrix");
  for (let i = 0; i < n; i++) {
    const address = f64Address(a, <usize>i * <usize>ld + <usize>i);
    store<f64>(address, load<f64>(address) + gamma);
  }
}

/** A := (A + A^T) / 2, row-major n x n. */
export function symmetrize(n: i32, a: usize): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const lower = f64Address(a, <usize>i * <usize>n + <usize>j),
        upper = f64Address(a, <usize>j * <usize>n + <usize>i);
      const mean = 0.5 * load<f64>(lower) + 0.5 * load<f64>(upper);
      store<f64>(lower, mean);
      store<f64>(upper, mean);
    }
  }
}

/** max |A - A^T| / max |A|, row-major n x n; 0 for A = 0. */
export function asymmetry(n: i32, a: usize): f64 {
  let difference = 0.0,
    size = 0.0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const lower = f64At(a, <usize>i * <usize>n + <usize>j),
        upper = f64At(a, <usize>j * <usize>n + <usize>i);
      difference = max(difference, abs(lower - upper));
      size = max(size, max(abs(lower), abs(upper)));
    }
  }
  return size == 0.0 ? 0.0 : difference / size;
}
