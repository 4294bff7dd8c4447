import { f64Address, f64At, isAligned } from "../memory";
import { madd } from "../math/fma";
import { COLUMN_BYTES, elementAddress, panelAddress, panelCount } from "./packed";

/**
 * y := (A + gamma I) x, A symmetric, panel-packed lower, float64.
 *
 *   n      order
 *   x, y   n rounded up to a multiple of four; the padding of x is zero
 *
 * Scalar form: for p, q < p: y[p] += a[p, q] x[q]; y[q] += a[p, q] x[p]; y[p] += (a[p, p] + gamma)
 * x[p]
 */
export function symv(n: i32, a: usize, gamma: f64, x: usize, y: usize): void {
  assert(n > 0 && isAligned(a | x | y, 16) && x != y, "x and y apart, 16-byte aligned");
  const panels = panelCount<f64>(n);
  memory.fill(y, 0, (<usize>panels) << 5);
  for (let panel = 0; panel < panels; panel++) {
    const rows = (<usize>panel) << 5;
    const x0 = v128.load(x + rows),
      x1 = v128.load(x + rows, 16);
    let y0 = f64x2.splat(0),
      y1 = y0;
    let column = panelAddress<f64>(a, panel);
    const end = y + rows;
    let xq = x;
    for (let yq = y; yq < end; yq += 16) {
      const p0 = v128.load(column),
        p1 = v128.load(column, 16);
      const q0 = v128.load(column, 32),
        q1 = v128.load(column, 48);
      const xp = v128.load64_splat(xq),
        xr = v128.load64_splat(xq, 8);
      y0 = madd(q0, xr, madd(p0, xp, y0));
      y1 = madd(q1, xr, madd(p1, xp, y1));
      const p = madd(p1, x1, f64x2.mul(p0, x0)),
        q = madd(q1, x1, f64x2.mul(q0, x0));
      const sum = f64x2.add(v128.shuffle<f64>(p, q, 0, 2), v128.shuffle<f64>(p, q, 1, 3));
      v128.store(yq, f64x2.add(v128.load(yq), sum));
      xq += 16;
      column += 2 * COLUMN_BYTES;
    }
    v128.store(end, f64x2.add(v128.load(end), y0));
    v128.store(end, f64x2.add(v128.load(end, 16), y1), 16);
    diagonalTile(column, gamma, x + rows, end);
  }
}

/** The lower triangle of one 4 x 4 diagonal tile; what stands above its diagonal is not read. */
function diagonalTile(tile: usize, gamma: f64, x: usize, y: usize): void {
  for (let j = 0; j < 4; j++) {
    const yj = f64Address(y, j),
      xj = f64At(x, j);
    let sum = (f64At(tile, 5 * j) + gamma) * xj;
    for (let i = j + 1; i < 4; i++) {
      const value = f64At(tile, 4 * j + i);
      const yi = f64Address(y, i);
      sum += value * f64At(x, i);
      store<f64>(yi, load<f64>(yi) + value * xj);
    }
    store<f64>(yj, load<f64>(yj) + sum);
  }
}

/**
 * Frobenius norm of A + gamma I, an upper bound of its 2-norm. May overflow to infinity for entries
 * beyond 1e150.
 */
export function packedNorm(n: i32, a: usize, gamma: f64): f64 {
  let total = 0.0;
  for (let p = 0; p < n; p++) {
    let row = 0.0;
    for (let q = 0; q < p; q++) {
      const value = load<f64>(elementAddress<f64>(a, p, q));
      row += value * value;
    }
    const diagonal = load<f64>(elementAddress<f64>(a, p, p)) + gamma;
    total += 2.0 * row + diagonal * diagonal;
  }
  return sqrt<f64>(total);
}
