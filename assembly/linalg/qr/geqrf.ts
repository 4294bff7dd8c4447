import { f64Address, f64At, isAligned, setF64 } from "../../memory";
import { MORE, Progress } from "../../parallel/progress";
import { axpy, dot, norm2, scaledCopy } from "../vector";
import { GROUP, PANEL_COLUMNS, applyPanel, panelBytes, preparePanel } from "./panel";

/** Columns of a panel that are factored one after the other before they are applied to its rest. */
const STRIP: i32 = 8;

/** Bytes of the scratch of `geqrf` and `ormqr`, for m rows and n columns. */
export function geqrfWork(m: i32, _n: i32): f64 {
  return panelBytes(m);
}

/**
 * A = Q R by Householder reflections in panels (compact WY form: Schreiber and Van Loan, SIAM J.
 * Sci. Stat. Comput. 10, 1989). R is left in the upper triangle, the reflectors below it.
 *
 *   a    n columns of m values, ld apart, n <= m; ld even, 16-byte aligned
 *   tau  n values: H_j = I - tau_j v_j v_j^T with v_j = (0, 1, a[j+1 .., j])
 *   In parts (parallel/progress.ts): returns 0, or MORE.
 */
export function geqrf(
  m: i32,
  n: i32,
  a: usize,
  ld: i32,
  tau: usize,
  work: usize,
  progress: usize,
  flops: f64,
): i32 {
  assert(0 < n && n <= m && m <= ld && (ld & 1) == 0, "no more columns than rows");
  assert(isAligned(a | work, 16) && isAligned(tau, 8), "16-byte aligned");
  const at = changetype<Progress>(progress);
  at.left = flops;
  for (; at.outer < n; at.outer += PANEL_COLUMNS) {
    const first = at.outer;
    const count = min(PANEL_COLUMNS, n - first);
    if (at.inner == 0) {
      if (at.left <= 0.0) return MORE;
      factorPanel(m, first, count, a, ld, tau, work);
      preparePanel(m, first, count, a, ld, tau, work);
      at.left -= 4.0 * <f64>(m - first) * <f64>(count * count);
      at.inner = first + count;
    }
    const each = 4.0 * <f64>(m - first) * <f64>count;
    while (at.inner < n) {
      if (at.left <= 0.0) return MORE;
      const may = max(GROUP, <i32>min<f64>(at.left / each, 1e9) & -GROUP);
      const columns = min(n - at.inner, may);
      const c = f64Address(a, <usize>at.inner * <usize>ld);
      applyPanel(m, first, count, true, columns, work, c, ld);
      at.left -= each * <f64>columns;
      at.inner += columns;
    }
    at.inner = 0;
  }
  return 0;
}

/** Columns first .. first + count - 1, strip after strip. */
function factorPanel(
  m: i32,
  first: i32,
  count: i32,
  a: usize,
  ld: i32,
  tau: usize,
  work: usize,
): void {
  const end = first + count;
  for (let strip = first; strip < end; strip += STRIP) {
    const next = min(strip + STRIP, end);
    factorStrip(m, strip, next, a, ld, tau);
    if (next == end) return;
    preparePanel(m, strip, STRIP, a, ld, tau, work);
    const rest = f64Address(a, <usize>next * <usize>ld);
    applyPanel(m, strip, STRIP, true, end - next, work, rest, ld);
  }
}

/** Columns first .. end - 1 one after the other. */
function factorStrip(m: i32, first: i32, end: i32, a: usize, ld: i32, tau: usize): void {
  for (let j = first; j < end; j++) {
    const v = f64Address(a, <usize>j * <usize>ld + <usize>j);
    const factor = reflector(m - j, v);
    setF64(tau, j, factor);
    for (let c = j + 1; c < end; c++) {
      reflect(m - j, v, factor, f64Address(v, <usize>(c - j) * <usize>ld));
    }
  }
}

/**
 * H x = (beta, 0): x becomes (beta, v_2 ..), v_1 = 1; returns tau. The sign of beta is not that of
 * x_1, so that nothing cancels (LAPACK's dlarfg).
 */
function reflector(n: i32, x: usize): f64 {
  const head = f64At(x, 0);
  const tail = n > 1 ? norm(n - 1, f64Address(x, 1)) : 0.0;
  if (tail == 0.0) return 0.0;
  const beta = -Math.sign(head == 0.0 ? 1.0 : head) * hypotenuse(head, tail);
  const pivot = head - beta;
  if (abs<f64>(pivot) >= SMALL) {
    scaledCopy(n - 1, 1.0 / pivot, f64Address(x, 1), f64Address(x, 1));
  } else {
    for (let i = 1; i < n; i++) setF64(x, i, f64At(x, i) / pivot);
  }
  setF64(x, 0, beta);
  return (beta - head) / beta;
}

/** The reciprocal of what is below may overflow; a sum of squares below it has lost digits. */
const SMALL = 1e-270;

/** As norm2, which is slow and needed only where squares leave the range. */
function norm(n: i32, x: usize): f64 {
  const even = n & ~1;
  let squares = dot(even, x, x);
  if (even < n) squares += f64At(x, even) * f64At(x, even);
  return squares >= SMALL && squares < Infinity ? sqrt<f64>(squares) : norm2(n, x);
}

function hypotenuse(a: f64, b: f64): f64 {
  const large = max<f64>(abs(a), abs(b)),
    small = min<f64>(abs(a), abs(b));
  if (large == 0.0) return 0.0;
  const ratio = small / large;
  return large * sqrt<f64>(1.0 + ratio * ratio);
}

/** y := (I - tau v v^T) y with v_1 = 1, whose place holds something else. */
function reflect(n: i32, v: usize, tau: f64, y: usize): void {
  if (tau == 0.0) return;
  const rest = n - 1,
    even = rest & ~1;
  const v1 = f64Address(v, 1),
    y1 = f64Address(y, 1);
  let sum = f64At(y, 0) + dot(even, v1, y1);
  if (even < rest) sum += f64At(v1, even) * f64At(y1, even);
  const factor = tau * sum;
  setF64(y, 0, f64At(y, 0) - factor);
  axpy(rest, -factor, v1, y1);
}
