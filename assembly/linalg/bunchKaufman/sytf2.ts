import { f64Address, f64At, isAligned, setF64, setI32 } from "../../memory";
import { axpy } from "../vector";

/**
 * Bunch-Kaufman factorization A = U D U^T of a symmetric, possibly indefinite matrix, with U a
 * product of permutations and unit upper triangular transformations and D block diagonal with 1 x 1
 * and 2 x 2 blocks.
 *
 * Storage is row-major lower, which is the same memory as column-major upper: column k of U above
 * its diagonal is row k of the array before its diagonal, so that every inner loop runs over
 * contiguous values.
 *
 * Bunch and Kaufman, Math. Comp. 31 (1977) 163-179; Golub and Van Loan, 4th ed., 4.4. Growth is
 * bounded by alpha = (1 + sqrt(17)) / 8.
 */
export const ALPHA: f64 = 0.6403882032022076;

@inline
export function at(a: usize, ld: i32, i: i32, j: i32): usize {
  return a + (<usize>i * <usize>ld + <usize>j) * 8;
}

/** Index of the first largest |x[i]|, i < n; -1 for n = 0. NaN is never largest. */
export function largest(n: i32, x: usize): i32 {
  let index = n > 0 ? 0 : -1;
  let value = -1.0;
  for (let i = 0; i < n; i++) {
    const magnitude = abs<f64>(f64At(x, i));
    if (magnitude > value) {
      value = magnitude;
      index = i;
    }
  }
  return index;
}

@inline
export function swap(p: usize, q: usize): void {
  const value = load<f64>(p);
  store<f64>(p, load<f64>(q));
  store<f64>(q, value);
}

/** Symmetric interchange of rows and columns r < k of the leading (k + 1) x (k + 1) part. */
function interchange(a: usize, ld: i32, r: i32, k: i32): void {
  for (let j = 0; j < r; j++) swap(at(a, ld, k, j), at(a, ld, r, j));
  for (let j = r + 1; j < k; j++) swap(at(a, ld, k, j), at(a, ld, j, r));
  swap(at(a, ld, k, k), at(a, ld, r, r));
}

/**
 * Factors A in place, column after column.
 *
 *   n      order
 *   a      row-major n x n with leading dimension ld; the lower triangle is read and overwritten by
 *          U and D
 *   pivot  n int32: pivot[k] = r >= 0, a 1 x 1 block after interchange of k and r; both entries of
 *          a 2 x 2 block (k - 1, k) hold -1 - r after interchange of k - 1 and r
 *   work   2 n float64
 *   returns 0, or k + 1 when pivot k is exactly zero (A is singular) or not finite; what a holds is
 *   then spoiled
 */
export function sytf2(n: i32, a: usize, ld: i32, pivot: usize, work: usize): i32 {
  assert(ld >= n && isAligned(a | work, 8) && isAligned(pivot, 4), "rows of n in a matrix");
  let k = n - 1;
  while (k >= 0) {
    const row = at(a, ld, k, 0);
    const diagonal = abs<f64>(load<f64>(at(a, ld, k, k)));
    const r = largest(k, row);
    const column = r < 0 ? 0.0 : abs<f64>(f64At(row, r));
    let size = 1;
    let other = k;
    if (max<f64>(diagonal, column) == 0.0) return k + 1;
    if (diagonal < ALPHA * column) {
      // Largest off-diagonal magnitude of row and column r within the leading part.
      let largestR = 0.0;
      for (let j = r + 1; j <= k; j++)
        largestR = max<f64>(largestR, abs<f64>(load<f64>(at(a, ld, j, r))));
      const inRow = largest(r, at(a, ld, r, 0));
      if (inRow >= 0) largestR = max<f64>(largestR, abs<f64>(load<f64>(at(a, ld, r, inRow))));
      if (diagonal >= ALPHA * column * (column / largestR)) {
        other = k;
      } else if (abs<f64>(load<f64>(at(a, ld, r, r))) >= ALPHA * largestR) {
        other = r;
      } else {
        other = r;
        size = 2;
      }
    }
    const target = k - size + 1;
    if (other != target) {
      interchange(a, ld, other, target);
      if (size == 2) swap(at(a, ld, k, k - 1), at(a, ld, k, other));
    }
    // NaN and infinity spread to the diagonal of what is left, if they are not in this block
    // already.
    if (!isFiniteBlock(a, ld, k, size)) return k + 1;
    if (size == 1) {
      eliminateOne(k, a, ld, work);
      setI32(pivot, k, other);
    } else {
      eliminateTwo(k, a, ld, work);
      setI32(pivot, k, -1 - other);
      setI32(pivot, k - 1, -1 - other);
    }
    k -= size;
  }
  return 0;
}

/** Are the entries of the pivot block, k alone or k - 1 and k, finite? */
function isFiniteBlock(a: usize, ld: i32, k: i32, size: i32): bool {
  const last = load<f64>(at(a, ld, k, k));
  if (size == 1) return isFinite(last);
  return (
    isFinite(last) &&
    isFinite(load<f64>(at(a, ld, k, k - 1))) &&
    isFinite(load<f64>(at(a, ld, k - 1, k - 1)))
  );
}

/** A(0:k, 0:k) -= a_k a_k^T / d, then row k becomes the multipliers a_k / d. */
function eliminateOne(k: i32, a: usize, ld: i32, work: usize): void {
  const row = at(a, ld, k, 0);
  const reciprocal = 1.0 / load<f64>(at(a, ld, k, k));
  memory.copy(work, row, (<usize>k) << 3);
  for (let i = 0; i < k; i++) {
    const multiplier = f64At(work, i) * reciprocal;
    axpy(i + 1, -multiplier, work, at(a, ld, i, 0));
    setF64(row, i, multiplier);
  }
}

/**
 * The same with the 2 x 2 block of rows k - 1 and k, whose inverse is applied scaled by its
 * off-diagonal entry.
 */
function eliminateTwo(k: i32, a: usize, ld: i32, work: usize): void {
  const m = k - 1;
  const rowK = at(a, ld, k, 0),
    rowM = at(a, ld, m, 0);
  const workK = work,
    workM = f64Address(work, k);
  const off = load<f64>(at(a, ld, k, m));
  const dM = load<f64>(at(a, ld, k, k)) / off;
  const dK = load<f64>(at(a, ld, m, m)) / off;
  const scale = 1.0 / (dM * dK - 1.0) / off;
  memory.copy(workK, rowK, (<usize>m) << 3);
  memory.copy(workM, rowM, (<usize>m) << 3);
  for (let i = 0; i < m; i++) {
    const vK = f64At(workK, i),
      vM = f64At(workM, i);
    const multiplierM = scale * (dM * vM - vK);
    const multiplierK = scale * (dK * vK - vM);
    const target = at(a, ld, i, 0);
    axpy(i + 1, -multiplierK, workK, target);
    axpy(i + 1, -multiplierM, workM, target);
    setF64(rowK, i, multiplierK);
    setF64(rowM, i, multiplierM);
  }
}
