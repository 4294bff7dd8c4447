import { f64Address, isAligned } from "../../memory";
import { madd } from "../../math/fma";
import { COLUMN_BYTES, paddedOrder, panelAddress, panelCount } from "../packed";

const PANEL: i32 = 4;

/** Bytes of the vector that `potrs` takes: whole panels. */
export function potrsVectorBytes(n: i32): f64 {
  return 8.0 * <f64>paddedOrder<f64>(n);
}

/**
 * x := A^-1 b by L z = b, L^T x = z, with the factor that potrf made.
 *
 *   n      order
 *   l      L, panel-packed lower
 *   rdiag  1 / L[j, j], from potrf
 *   x      in: b, out: x; n values, room for potrsVectorBytes(n)
 */
export function potrs(n: i32, l: usize, rdiag: usize, x: usize): void {
  assert(n > 0 && isAligned(l | rdiag | x, 16), "factor and vectors, 16-byte aligned");
  const panels = panelCount<f64>(n);
  memory.fill(f64Address(x, n), 0, (<usize>(paddedOrder<f64>(n) - n)) << 3);
  for (let panel = 0; panel < panels; panel++) forwardPanel(panel, l, rdiag, x);
  for (let panel = panels - 1; panel >= 0; panel--) backwardPanel(panel, l, rdiag, x);
}

/** Rows 4I .. 4I+3 of L z = b:  z_I = L_II^-1 (b_I - sum_{q < 4I} L[I, q] z_q). */
function forwardPanel(panel: i32, l: usize, rdiag: usize, x: usize): void {
  let column = panelAddress<f64>(l, panel);
  const first = <usize>(panel * PANEL) * 8;
  // Four chains of partial sums, one a column modulo four, so that the additions do not wait for
  // each other.
  let s0 = f64x2.splat(0),
    t0 = s0,
    s1 = s0,
    t1 = s0,
    s2 = s0,
    t2 = s0,
    s3 = s0,
    t3 = s0;
  const end = x + first;
  for (let z = x; z < end; z += 32) {
    let value = v128.load64_splat(z);
    s0 = madd(v128.load(column), value, s0);
    t0 = madd(v128.load(column, 16), value, t0);
    value = v128.load64_splat(z, 8);
    s1 = madd(v128.load(column, 32), value, s1);
    t1 = madd(v128.load(column, 48), value, t1);
    value = v128.load64_splat(z, 16);
    s2 = madd(v128.load(column, 64), value, s2);
    t2 = madd(v128.load(column, 80), value, t2);
    value = v128.load64_splat(z, 24);
    s3 = madd(v128.load(column, 96), value, s3);
    t3 = madd(v128.load(column, 112), value, t3);
    column += <usize>PANEL * COLUMN_BYTES;
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  t0 = f64x2.add(f64x2.add(t0, t1), f64x2.add(t2, t3));
  v128.store(end, f64x2.sub(v128.load(end), s0));
  v128.store(end, f64x2.sub(v128.load(end, 16), t0), 16);
  for (let j = 0; j < PANEL; j++) {
    const z = load<f64>(end + <usize>j * 8) * load<f64>(rdiag + first + <usize>j * 8);
    store<f64>(end + <usize>j * 8, z);
    for (let i = j + 1; i < PANEL; i++) {
      const address = end + <usize>i * 8;
      store<f64>(address, load<f64>(address) - load<f64>(column + <usize>(4 * j + i) * 8) * z);
    }
  }
}

/** Unknowns 4I .. 4I+3 of L^T x = z, then z_q -= sum_lane L[4I + lane, q] x_lane for all q < 4I. */
function backwardPanel(panel: i32, l: usize, rdiag: usize, x: usize): void {
  const start = panelAddress<f64>(l, panel);
  const first = <usize>(panel * PANEL) * 8;
  const tile = start + <usize>(panel * PANEL) * COLUMN_BYTES;
  const end = x + first;
  for (let j = PANEL - 1; j >= 0; j--) {
    let value = load<f64>(end + <usize>j * 8);
    for (let i = j + 1; i < PANEL; i++) {
      value -= load<f64>(tile + <usize>(4 * j + i) * 8) * load<f64>(end + <usize>i * 8);
    }
    store<f64>(end + <usize>j * 8, value * load<f64>(rdiag + first + <usize>j * 8));
  }
  const low = v128.load(end),
    high = v128.load(end, 16);
  let column = start;
  for (let z = x; z < end; z += 16) {
    // Lane sums of two columns at once: (p0 + p1, q0 + q1).
    const p = madd(v128.load(column, 16), high, f64x2.mul(v128.load(column), low));
    const q = madd(v128.load(column, 48), high, f64x2.mul(v128.load(column, 32), low));
    const sum = f64x2.add(v128.shuffle<f64>(p, q, 0, 2), v128.shuffle<f64>(p, q, 1, 3));
    v128.store(z, f64x2.sub(v128.load(z), sum));
    column += 2 * COLUMN_BYTES;
  }
}
