import { madd } from "../math/fma";
import { activateJet } from "./activation";
import { SAMPLE_BLOCK, evenCount, preactivation } from "./layout";

/** Scratch of `linearize`: rows z and sigma, sigma', sigma'', and r times a derivative. */
export function linearizeScratchBytes(): i32 {
  return 5 * SAMPLE_BLOCK * 8;
}

/** Values of one packed (d + 2) x (d + 2) lower triangle. */
// @ts-ignore: decorator
@inline
export function blockSize(d: i32): i32 {
  return ((d + 2) * (d + 3)) >> 1;
}

/**
 * Gradient g = J^T r / m and, unless `blocks` is 0, the per-neuron blocks S_i of the Hessian H = J^T J / m + S.
 *
 *   r       ldx residuals, zero from m on
 *   g       P values, in the order of theta
 *   blocks  n packed lower triangles, row by row, of blockSize(d) values, in the local order w_1 .. w_d, eta, c
 *   work    linearizeScratchBytes()
 *
 *   g_w = s/m sum_m r c sigma' x,   g_eta = s/m sum_m r c sigma',   g_c = s/m sum_m r sigma
 *   S_i = s/m sum_m r_m [ c sigma'' x x^T , . , . ; c sigma'' x^T , c sigma'' , . ; sigma' x^T , sigma' , 0 ]
 *
 * The block-diagonal form holds because f is a sum over neurons: no second derivative of f mixes two of them.
 */
export function linearize(
  kind: i32, n: i32, d: i32, m: i32, s: f64, theta: usize, x: usize, ldx: i32, r: usize,
  g: usize, blocks: usize, work: usize,
): void {
  const eta = theta + ((<usize>n * <usize>d) << 3);
  const c = eta + (<usize>n << 3);
  const etaG = g + ((<usize>n * <usize>d) << 3);
  const cG = etaG + (<usize>n << 3);
  const row: usize = SAMPLE_BLOCK << 3;
  const s0 = work + row, s1 = s0 + row, s2 = s1 + row, rs = s2 + row;
  const size = <usize>blockSize(d) << 3;
  const factor = s / <f64>m;

  memory.fill(g, 0, (<usize>n * <usize>(d + 2)) << 3);
  if (blocks != 0) memory.fill(blocks, 0, <usize>n * size);

  for (let first = 0; first < m; first += SAMPLE_BLOCK) {
    const count = evenCount(min(SAMPLE_BLOCK, m - first));
    const columns = x + (<usize>first << 3);
    const residuals = r + (<usize>first << 3);
    for (let i = 0; i < n; i++) {
      const w = theta + ((<usize>i * <usize>d) << 3);
      preactivation(d, count, w, load<f64>(eta + (<usize>i << 3)), columns, ldx, work);
      activateJet(kind, count, work, s0, s1, s2);
      const outgoing = load<f64>(c + (<usize>i << 3));

      add(cG + (<usize>i << 3), factor * dot(count, residuals, s0));
      // rs = r sigma': once with c it is the gradient of w and eta, once without it is the last row of S_i.
      const sumSlope = product(count, residuals, s1, rs);
      add(etaG + (<usize>i << 3), factor * outgoing * sumSlope);
      const block = blocks + <usize>i * size;
      const last = block + (<usize>(((d + 1) * (d + 2)) >> 1) << 3);
      for (let k = 0; k < d; k++) {
        const sum = dot(count, rs, columns + ((<usize>k * <usize>ldx) << 3));
        add(g + ((<usize>i * <usize>d + <usize>k) << 3), factor * outgoing * sum);
        if (blocks != 0) add(last + (<usize>k << 3), factor * sum);
      }
      if (blocks == 0) continue;
      add(last + (<usize>d << 3), factor * sumSlope);
      curvature(d, count, residuals, s2, columns, ldx, factor * outgoing, block, rs);
    }
  }
}

/** The rows of S_i for w and eta: factor sum_m r sigma'' [x, 1] [x, 1]^T. */
function curvature(
  d: i32, count: i32, r: usize, s2: usize, x: usize, ldx: i32, factor: f64, block: usize, rs: usize,
): void {
  const sum = product(count, r, s2, rs);
  let entry = block;
  for (let k = 0; k < d; k++) {
    const xk = x + ((<usize>k * <usize>ldx) << 3);
    for (let l = 0; l <= k; l++) {
      add(entry, factor * dot3(count, rs, xk, x + ((<usize>l * <usize>ldx) << 3)));
      entry += 8;
    }
  }
  for (let k = 0; k < d; k++) {
    add(entry, factor * dot(count, rs, x + ((<usize>k * <usize>ldx) << 3)));
    entry += 8;
  }
  add(entry, factor * sum);
}

// @ts-ignore: decorator
@inline
function add(address: usize, value: f64): void {
  store<f64>(address, load<f64>(address) + value);
}

// @ts-ignore: decorator
@inline
function laneSum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** sum a[i] b[i], n even: two chains of two lanes. */
function dot(n: i32, a: usize, b: usize): f64 {
  let even = f64x2.splat(0), odd = even;
  const end = a + (<usize>n << 3);
  const paired = a + (<usize>(n & ~3) << 3);
  while (a < paired) {
    even = madd(v128.load(a), v128.load(b), even);
    odd = madd(v128.load(a, 16), v128.load(b, 16), odd);
    a += 32;
    b += 32;
  }
  if (a < end) even = madd(v128.load(a), v128.load(b), even);
  return laneSum(f64x2.add(even, odd));
}

/** sum a[i] b[i] c[i], n even. */
function dot3(n: i32, a: usize, b: usize, c: usize): f64 {
  let even = f64x2.splat(0), odd = even;
  const end = a + (<usize>n << 3);
  const paired = a + (<usize>(n & ~3) << 3);
  while (a < paired) {
    even = madd(f64x2.mul(v128.load(a), v128.load(b)), v128.load(c), even);
    odd = madd(f64x2.mul(v128.load(a, 16), v128.load(b, 16)), v128.load(c, 16), odd);
    a += 32;
    b += 32;
    c += 32;
  }
  if (a < end) even = madd(f64x2.mul(v128.load(a), v128.load(b)), v128.load(c), even);
  return laneSum(f64x2.add(even, odd));
}

/** out[i] = a[i] b[i]; returns their sum. n even. */
function product(n: i32, a: usize, b: usize, out: usize): f64 {
  let sum = f64x2.splat(0);
  const end = a + (<usize>n << 3);
  while (a < end) {
    const value = f64x2.mul(v128.load(a), v128.load(b));
    v128.store(out, value);
    sum = f64x2.add(sum, value);
    a += 16;
    b += 16;
    out += 16;
  }
  return laneSum(sum);
}
