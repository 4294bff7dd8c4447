import { tridiagonalQL } from "../linalg/syev";

/**
 * Gauss-Hermite quadrature for the standard normal distribution, E g(u) = sum_i weights[i] g(nodes[i]), exact for polynomials of degree
 * below 2 n: the eigenvalues of the Jacobi matrix of the Hermite polynomials, and the squares of the first entries of its
 * eigenvectors (Golub and Welsch, Math. Comp. 23 (1969)).
 *
 *   nodes, weights  n values each, nodes ascending
 *   work            3 n doubles
 */
export function gaussHermite(n: i32, nodes: usize, weights: usize, work: usize): bool {
  const off = work, firsts = work + (<usize>n << 3);
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 3;
    store<f64>(nodes + at, 0.0);
    store<f64>(off + at, sqrt<f64>(<f64>(i + 1)));
    // Rows of two places, the second unused: the iteration works on pairs.
    store<f64>(firsts + 2 * at, i == 0 ? 1.0 : 0.0);
    store<f64>(firsts + 2 * at, 0.0, 8);
  }
  if (!tridiagonalQL(n, nodes, off, 2, firsts)) return false;
  for (let i = 0; i < n; i++) {
    const entry = load<f64>(firsts + (<usize>i << 4));
    store<f64>(weights + (<usize>i << 3), entry * entry);
  }
  ascending(n, nodes, weights);
  makeSymmetric(n, nodes, weights);
  return true;
}

function ascending(n: i32, nodes: usize, weights: usize): void {
  for (let i = 1; i < n; i++) {
    const node = load<f64>(nodes + (<usize>i << 3)), weight = load<f64>(weights + (<usize>i << 3));
    let j = i;
    for (; j > 0 && load<f64>(nodes + (<usize>(j - 1) << 3)) > node; j--) {
      store<f64>(nodes + (<usize>j << 3), load<f64>(nodes + (<usize>(j - 1) << 3)));
      store<f64>(weights + (<usize>j << 3), load<f64>(weights + (<usize>(j - 1) << 3)));
    }
    store<f64>(nodes + (<usize>j << 3), node);
    store<f64>(weights + (<usize>j << 3), weight);
  }
}

/** Nodes come in pairs +-u of the same weight: so that odd functions have mean 0 exactly. */
function makeSymmetric(n: i32, nodes: usize, weights: usize): void {
  for (let i = 0; i <= (n - 1) >> 1; i++) {
    const low = <usize>i << 3, high = <usize>(n - 1 - i) << 3;
    const node = 0.5 * (load<f64>(nodes + high) - load<f64>(nodes + low));
    const weight = 0.5 * (load<f64>(weights + high) + load<f64>(weights + low));
    store<f64>(nodes + low, -node);
    store<f64>(nodes + high, node);
    store<f64>(weights + low, weight);
    store<f64>(weights + high, weight);
  }
}
