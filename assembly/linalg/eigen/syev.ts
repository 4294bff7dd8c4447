import { f64Address, f64At, isAligned, setF64 } from "../../memory";
import { axpy, dot, normMax } from "../vector";

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to tridiagonal form,
 * then the implicit QL iteration.
 *
 * Golub and Van Loan, Matrix Computations, 4th ed., algorithms 8.3.1 to 8.3.3; Dubrulle, Martin and
 * Wilkinson, Numer. Math. 12 (1968).
 *
 * Eigenvectors are kept as rows, so that a rotation combines two contiguous vectors. Every row has
 * an even number of places.
 */

/** Doubles in a row of n. */
@inline
export function rowLength(n: i32): i32 {
  return (n + 1) & ~1;
}

@inline
function row(a: usize, ld: i32, i: i32): usize {
  return f64Address(a, <usize>i * <usize>ld);
}

/** Doubles of work space of `syev`. */
export function syevWork(n: i32): i32 {
  return 4 * rowLength(n);
}

/**
 * A = sum_l values[l] v_l v_l^T, values descending.
 *
 *   n        order
 *   a        row-major n x n with leading dimension ld = n rounded up to even, symmetric, padding
 *            0; destroyed
 *   values   n, room for ld
 *   vectors  eigenvector l in row l, n x n with leading dimension ld; its entry of largest
 *            magnitude is positive
 *   work     syevWork(n) doubles
 *   returns false if the matrix is not finite or the iteration does not converge
 */
export function syev(n: i32, a: usize, values: usize, vectors: usize, work: usize): bool {
  assert(n > 0 && isAligned(a | values | vectors | work, 8), "float64 matrices");
  const ld = rowLength(n);
  const scale = powerOfTwoBelow(normMax(n * ld, a));
  if (!isFinite(scale)) return false;
  const off = work,
    scratch = f64Address(work, ld);
  for (let i = 0; i < n * ld; i++) setF64(a, i, f64At(a, i) / scale);
  tridiagonalize(n, ld, a, values, off, vectors, scratch);
  if (!tridiagonalQL(n, values, off, ld, vectors)) return false;
  for (let i = 0; i < n; i++) setF64(values, i, f64At(values, i) * scale);
  descending(n, values, ld, vectors);
  for (let l = 0; l < n; l++) orient(n, row(vectors, ld, l));
  return true;
}

/**
 * A factor that rounds nothing and keeps the squares of what it divides finite and normal; 1 for
 * zero, NaN or infinity for themselves.
 */
function powerOfTwoBelow(value: f64): f64 {
  if (value == 0.0) return 1.0;
  const exponent = reinterpret<u64>(value) & 0x7ff0000000000000;
  if (exponent == 0x7ff0000000000000) return value;
  return exponent == 0 ? f64.MIN_NORMAL_VALUE : reinterpret<f64>(exponent);
}

/**
 * T = Q^T A Q: diagonal, off-diagonal (entry i is T[i, i + 1]) and Q^T. Reflections I - tau u u^T,
 * one a column, their u kept in the lower part of A until Q^T is formed.
 */
function tridiagonalize(
  n: i32,
  ld: i32,
  a: usize,
  diagonal: usize,
  off: usize,
  qt: usize,
  scratch: usize,
): void {
  const u = scratch,
    w = f64Address(u, ld),
    taus = f64Address(w, ld);
  memory.fill(off, 0, (<usize>ld) << 3);
  memory.fill(taus, 0, (<usize>ld) << 3);
  for (let i = 0; i < n - 1; i++) {
    setF64(diagonal, i, f64At(row(a, ld, i), i));
    memory.copy(u, row(a, ld, i), (<usize>ld) << 3);
    const tau = reflector(n, i + 1, ld, u, f64Address(off, i));
    setF64(taus, i, tau);
    // Row i is done: it keeps u.
    memory.copy(row(a, ld, i), u, (<usize>ld) << 3);
    if (tau != 0.0) reflectBothSides(n, i + 1, ld, a, tau, u, w);
  }
  setF64(diagonal, n - 1, f64At(row(a, ld, n - 1), n - 1));
  memory.fill(qt, 0, (<usize>n * <usize>ld) << 3);
  for (let i = 0; i < n; i++) setF64(row(qt, ld, i), i, 1.0);
  for (let i = n - 2; i >= 0; i--) {
    const tau = f64At(taus, i);
    if (tau == 0.0) continue;
    const from = (<usize>i & ~1) << 3,
      count = ld - (i & ~1);
    const reflection = row(a, ld, i) + from;
    for (let j = i + 1; j < n; j++) {
      const target = row(qt, ld, j) + from;
      axpy(count, -tau * dot(count, target, reflection), reflection, target);
    }
  }
}

/**
 * u := the vector of the reflection that takes x = u[first ..] to a multiple of its first unit
 * vector, stored in `beta`; zero before `first`. Returns tau; 0 if there is nothing to reflect.
 */
function reflector(n: i32, first: i32, ld: i32, u: usize, beta: usize): f64 {
  memory.fill(u, 0, (<usize>first) << 3);
  const head = f64Address(u, first);
  const alpha = load<f64>(head);
  let tail = 0.0;
  for (let i = first + 1; i < n; i++) tail = max(tail, abs(f64At(u, i)));
  if (tail == 0.0) {
    store<f64>(beta, alpha);
    memory.fill(u, 0, (<usize>ld) << 3);
    return 0.0;
  }
  // Scaled, so that no square underflows.
  const scale = powerOfTwoBelow(max(tail, abs(alpha)));
  for (let i = first; i < n; i++) setF64(u, i, f64At(u, i) / scale);
  const norm = sqrt<f64>(dot(ld, u, u));
  const scaled = load<f64>(head);
  const result = scaled >= 0.0 ? -norm : norm;
  store<f64>(beta, result * scale);
  // u = x - result e, and |u|^2 / 2 = norm (norm + |x_1|)
  store<f64>(head, scaled - result);
  return 1.0 / (norm * (norm + abs(scaled)));
}

/**
 * Rows and columns from `first` on of A := (I - tau u u^T) A (I - tau u u^T) = A - u w^T - w u^T
 */
function reflectBothSides(
  n: i32,
  first: i32,
  ld: i32,
  a: usize,
  tau: f64,
  u: usize,
  w: usize,
): void {
  const from = (<usize>first & ~1) << 3,
    count = ld - (first & ~1);
  memory.fill(w, 0, (<usize>ld) << 3);
  for (let i = first; i < n; i++) setF64(w, i, tau * dot(count, row(a, ld, i) + from, u + from));
  axpy(count, -0.5 * tau * dot(count, w + from, u + from), u + from, w + from);
  for (let i = first; i < n; i++) {
    const target = row(a, ld, i) + from;
    axpy(count, -f64At(u, i), w + from, target);
    axpy(count, -f64At(w, i), u + from, target);
  }
}

/** Iterations an eigenvalue may take; two or three are usual. */
const MAX_ITERATIONS: i32 = 60;

/**
 * Iterations after which an off-diagonal entry is held against the whole matrix instead of its
 * neighbours: those of a matrix of low rank are rounding errors themselves, beside which nothing
 * need ever be negligible. EISPACK's tql2 does so from the start.
 */
const PATIENCE: i32 = 20;

/**
 * Diagonalizes a symmetric tridiagonal matrix by implicit QL steps with Wilkinson's shift; `rows`
 * takes part in every rotation.
 *
 *   diagonal  n values, overwritten by the eigenvalues in no particular order
 *   off       n values, entry i is T[i, i + 1], the last is not used; destroyed
 *   width     length of a row, even; n rows Z go in, G Z come out with T = G^T diag G
 */
export function tridiagonalQL(n: i32, diagonal: usize, off: usize, width: i32, rows: usize): bool {
  assert((width & 1) == 0 && isAligned(rows, 8), "rows of even length");
  setF64(off, n - 1, 0.0);
  const rounding = 0.5 * f64.EPSILON * max(normMax(n, diagonal), normMax(n, off));
  for (let l = 0; l < n; l++) {
    let iterations = 0;
    while (true) {
      const m = firstSplit(n, l, diagonal, off, iterations < PATIENCE ? 0.0 : rounding);
      if (m == l) break;
      if (++iterations > MAX_ITERATIONS) return false;
      qlStep(l, m, diagonal, off, width, rows);
    }
  }
  return true;
}

/**
 * Least m >= l at which the off-diagonal entry is negligible beside its neighbours, or at most
 * `floor`.
 */
function firstSplit(n: i32, l: i32, diagonal: usize, off: usize, floor: f64): i32 {
  for (let m = l; m < n - 1; m++) {
    const d = f64Address(diagonal, m);
    const size = abs(load<f64>(d)) + abs(load<f64>(d, 8));
    if (abs(f64At(off, m)) <= max(0.5 * f64.EPSILON * size, floor)) return m;
  }
  return n - 1;
}

/** One QL step on rows l .. m, the bulge chased from m up. */
function qlStep(l: i32, m: i32, diagonal: usize, off: usize, width: i32, rows: usize): void {
  const dl = f64At(diagonal, l),
    el = f64At(off, l);
  const half = (f64At(diagonal, l + 1) - dl) / (2.0 * el);
  const root = hypotenuse(half, 1.0);
  let g = f64At(diagonal, m) - dl + el / (half + (half >= 0.0 ? root : -root));
  let s = 1.0,
    c = 1.0,
    p = 0.0;
  for (let i = m - 1; i >= l; i--) {
    const d = f64Address(diagonal, i),
      e = f64Address(off, i);
    const f = s * load<f64>(e),
      b = c * load<f64>(e);
    const r = hypotenuse(f, g);
    store<f64>(e, r, 8);
    if (r == 0.0) {
      // The matrix splits here before the bulge is through.
      store<f64>(d, load<f64>(d, 8) - p, 8);
      setF64(off, m, 0.0);
      return;
    }
    s = f / r;
    c = g / r;
    g = load<f64>(d, 8) - p;
    const t = (load<f64>(d) - g) * s + 2.0 * c * b;
    p = s * t;
    store<f64>(d, g + p, 8);
    g = c * t - b;
    rotateRows(width, c, s, f64Address(rows, <usize>i * <usize>width));
  }
  setF64(diagonal, l, dl - p);
  setF64(off, l, g);
  setF64(off, m, 0.0);
}

/** (x, y) := (c x - s y, s x + c y) for a row x and the one after it. */
function rotateRows(width: i32, c: f64, s: f64, x: usize): void {
  const cosine = f64x2.splat(c),
    sine = f64x2.splat(s);
  const bytes = (<usize>width) << 3,
    end = x + bytes;
  while (x < end) {
    const upper = v128.load(x),
      lower = v128.load(x + bytes);
    v128.store(x, f64x2.sub(f64x2.mul(cosine, upper), f64x2.mul(sine, lower)));
    v128.store(x + bytes, f64x2.add(f64x2.mul(sine, upper), f64x2.mul(cosine, lower)));
    x += 16;
  }
}

/** sqrt(x^2 + y^2) without overflow or underflow. */
function hypotenuse(x: f64, y: f64): f64 {
  const large = max(abs(x), abs(y)),
    small = min(abs(x), abs(y));
  if (large == 0.0) return 0.0;
  const ratio = small / large;
  return large * sqrt<f64>(1.0 + ratio * ratio);
}

/** Sorts values descending, and the rows with them. */
function descending(n: i32, values: usize, ld: i32, rows: usize): void {
  for (let l = 0; l < n - 1; l++) {
    let largest = l;
    for (let i = l + 1; i < n; i++) {
      if (f64At(values, i) > f64At(values, largest)) largest = i;
    }
    if (largest == l) continue;
    swap(1, f64Address(values, l), f64Address(values, largest));
    swap(n, row(rows, ld, l), row(rows, ld, largest));
  }
}

function swap(n: i32, x: usize, y: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 8) {
    const value = load<f64>(x + i);
    store<f64>(x + i, load<f64>(y + i));
    store<f64>(y + i, value);
  }
}

/** Of x and -x the one whose first entry of largest magnitude is positive. */
function orient(n: i32, x: usize): void {
  let largest = 0.0;
  for (let i = 0; i < n; i++) {
    const value = f64At(x, i);
    // Magnitudes that differ by rounding alone must not decide.
    if (abs(value) > abs(largest) * (1.0 + 1e-10)) largest = value;
  }
  if (largest >= 0.0) return;
  for (let i = 0; i < n; i++) setF64(x, i, -f64At(x, i));
}
