import { f64Address, isAligned, setF64 } from "../../memory";

/**
 * Eigenvalues and eigenvectors of small symmetric matrices by cyclic Jacobi rotations: slower than
 * tridiagonal reduction beyond some tens of rows, but it needs no work space, has no branch for
 * special shapes and gives orthogonal vectors to working precision.
 *
 * Golub and Van Loan, Matrix Computations, 4th ed., 8.5; Demmel and Veselic, SIAM J. Matrix Anal.
 * Appl. 13 (1992).
 */

/** Convergence is quadratic: six to ten sweeps do for any order met here. */
const MAX_SWEEPS: i32 = 60;

@inline
function at(a: usize, n: i32, i: i32, j: i32): usize {
  return f64Address(a, i * n + j);
}

/**
 * A = V diag(values) V^T.
 *
 *   n        order
 *   a        row-major n x n, symmetric; destroyed
 *   values   n eigenvalues, in no particular order
 *   vectors  row-major n x n, eigenvector l in column l
 *   returns whether all is finite and converged; if A is not finite the results are not either
 */
export function syevj(n: i32, a: usize, values: usize, vectors: usize): bool {
  assert(n > 0 && isAligned(a | values | vectors, 8), "float64 matrices");
  memory.fill(vectors, 0, (<usize>(n * n)) << 3);
  for (let i = 0; i < n; i++) store<f64>(at(vectors, n, i, i), 1.0);
  let rotated = true;
  let sweep = 0;
  while (rotated && sweep < MAX_SWEEPS) {
    rotated = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        if (rotate(n, a, vectors, p, q)) rotated = true;
      }
    }
    sweep++;
  }
  let finite = true;
  for (let i = 0; i < n; i++) {
    const value = load<f64>(at(a, n, i, i));
    setF64(values, i, value);
    finite = finite && isFinite(value);
  }
  return finite && !rotated;
}

/** Makes entry (p, q) zero; false if it is negligible beside the diagonal already. */
function rotate(n: i32, a: usize, vectors: usize, p: i32, q: i32): bool {
  const off = load<f64>(at(a, n, p, q));
  const ap = load<f64>(at(a, n, p, p)),
    aq = load<f64>(at(a, n, q, q));
  const sizeP = abs(ap),
    sizeQ = abs(aq);
  // The second bound ends the work on entries beside a zero of the diagonal. Neither holds for NaN,
  // which MAX_SWEEPS ends.
  const bound =
    0.5 * f64.EPSILON * max(sqrt<f64>(sizeP) * sqrt<f64>(sizeQ), 1e-3 * max(sizeP, sizeQ));
  if (abs(off) <= bound) {
    store<f64>(at(a, n, p, q), 0.0);
    store<f64>(at(a, n, q, p), 0.0);
    return false;
  }
  const zeta = (aq - ap) / (2.0 * off);
  const t = (zeta >= 0.0 ? 1.0 : -1.0) / (abs(zeta) + hypotenuse(zeta));
  const c = 1.0 / hypotenuse(t),
    s = t * c;
  store<f64>(at(a, n, p, p), ap - t * off);
  store<f64>(at(a, n, q, q), aq + t * off);
  store<f64>(at(a, n, p, q), 0.0);
  store<f64>(at(a, n, q, p), 0.0);
  for (let i = 0; i < n; i++) {
    if (i != p && i != q) {
      const ip = load<f64>(at(a, n, i, p)),
        iq = load<f64>(at(a, n, i, q));
      const newP = c * ip - s * iq,
        newQ = s * ip + c * iq;
      store<f64>(at(a, n, i, p), newP);
      store<f64>(at(a, n, p, i), newP);
      store<f64>(at(a, n, i, q), newQ);
      store<f64>(at(a, n, q, i), newQ);
    }
    const vp = load<f64>(at(vectors, n, i, p)),
      vq = load<f64>(at(vectors, n, i, q));
    store<f64>(at(vectors, n, i, p), c * vp - s * vq);
    store<f64>(at(vectors, n, i, q), s * vp + c * vq);
  }
  return true;
}

/** sqrt(1 + x^2) without overflow. */
@inline
function hypotenuse(x: f64): f64 {
  const size = abs(x);
  return size > 1e150 ? size : sqrt<f64>(1.0 + size * size);
}
