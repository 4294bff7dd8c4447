import { activateJet } from "./activation";
import { SAMPLE_BLOCK, evenCount, preactivation } from "./layout";

/** Scratch of `jacobianPanels`: rows z, sigma, sigma', sigma''. */
export function jacobianScratchBytes(): i32 {
  return 4 * SAMPLE_BLOCK * 8;
}

/** Samples of a block, rounded up to four, so that every panel is a whole number of cache lines. */
// @ts-ignore: decorator
@inline
export function panelDepth(samples: i32): i32 {
  return (samples + 3) & ~3;
}

/**
 * J^T for one block of samples, in panels of four parameters as syrk reads them.
 *
 *   count   samples of the block, at most SAMPLE_BLOCK
 *   x       inputs at the block's first column (layout.ts)
 *   panels  ceil(P / 4) panels of 4 x panelDepth(count), column by column; the padding is zero
 *   work    jacobianScratchBytes()
 *
 *   row of sample m, neuron i:  J = s [ c sigma'(z) x , c sigma'(z) , sigma(z) ]  for (w, eta, c)
 */
export function jacobianPanels(
  kind: i32, n: i32, d: i32, count: i32, s: f64, theta: usize, x: usize, ldx: i32, panels: usize, work: usize,
): void {
  const eta = theta + ((<usize>n * <usize>d) << 3);
  const c = eta + (<usize>n << 3);
  const row: usize = SAMPLE_BLOCK << 3;
  const s0 = work + row, s1 = s0 + row, s2 = s1 + row;
  const depth = panelDepth(count);
  const parameters = n * (d + 2);
  memory.fill(panels, 0, (<usize>((parameters + 3) & ~3) * <usize>depth) << 3);
  for (let i = 0; i < n; i++) {
    const w = theta + ((<usize>i * <usize>d) << 3);
    preactivation(d, evenCount(count), w, load<f64>(eta + (<usize>i << 3)), x, ldx, work);
    activateJet(kind, evenCount(count), work, s0, s1, s2);
    const slope = s * load<f64>(c + (<usize>i << 3));
    for (let k = 0; k < d; k++) {
      const out = panelRow(panels, i * d + k, depth);
      const xk = x + ((<usize>k * <usize>ldx) << 3);
      for (let m = 0; m < count; m++) {
        const value = slope * load<f64>(s1 + (<usize>m << 3)) * load<f64>(xk + (<usize>m << 3));
        store<f64>(out + (<usize>m << 5), value);
      }
    }
    const outEta = panelRow(panels, n * d + i, depth);
    const outC = panelRow(panels, n * (d + 1) + i, depth);
    for (let m = 0; m < count; m++) {
      store<f64>(outEta + (<usize>m << 5), slope * load<f64>(s1 + (<usize>m << 3)));
      store<f64>(outC + (<usize>m << 5), s * load<f64>(s0 + (<usize>m << 3)));
    }
  }
}

/** Address of parameter p for the block's first sample; samples are 32 bytes apart. */
// @ts-ignore: decorator
@inline
function panelRow(panels: usize, p: i32, depth: i32): usize {
  return panels + <usize>(p >> 2) * (<usize>depth << 5) + (<usize>(p & 3) << 3);
}

/** full := J, row-major count x P with leading dimension P, from the panels of the same block. */
export function jacobianToFull(parameters: i32, count: i32, panels: usize, full: usize): void {
  const depth = panelDepth(count);
  for (let m = 0; m < count; m++) {
    const out = full + ((<usize>m * <usize>parameters) << 3);
    for (let p = 0; p < parameters; p++) {
      store<f64>(out + (<usize>p << 3), load<f64>(panelRow(panels, p, depth) + (<usize>m << 5)));
    }
  }
}
