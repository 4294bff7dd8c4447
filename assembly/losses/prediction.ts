import { f64At, setF64 } from "../memory";
import { exp } from "../math/exp";

/** What the outputs of a network mean under a loss: means of counts, probabilities of classes. */

/** x := e^x, n values: outputs under the loss for counts are logarithms of their means. */
export function exponentials(n: i32, x: usize): void {
  for (let i = 0; i < n - 1; i += 2) {
    const at = x + ((<usize>i) << 3);
    v128.store(at, exp(v128.load(at)));
  }
  if (n & 1) {
    const last = f64x2.splat(f64At(x, n - 1));
    setF64(x, n - 1, f64x2.extract_lane(exp(last), 0));
  }
}

/**
 * p_o = e^(f_o - t) / sum_o e^(f_o - t), t = max f: probabilities of the classes. A network of one
 * output has the log-odds of the second of two classes: outputs 0 and f.
 *
 *   f  rows of `outputs` values, m samples
 *   p  rows of a value a class: outputs of them, 2 where there is one output
 */
export function classProbabilities(outputs: i32, m: i32, f: usize, p: usize): void {
  const classes = max<i32>(outputs, 2);
  for (let i = 0; i < m; i++) {
    const row = p + ((<usize>i * classes) << 3);
    if (outputs == 1) {
      setF64(row, 0, 0.0);
      setF64(row, 1, f64At(f, i));
    } else memory.copy(row, f + ((<usize>i * classes) << 3), (<usize>classes) << 3);
    let largest = f64At(row, 0);
    for (let o = 1; o < classes; o++) largest = max<f64>(largest, f64At(row, o));
    for (let o = 0; o < classes; o++) setF64(row, o, f64At(row, o) - largest);
  }
  exponentials(m * classes, p);
  for (let i = 0; i < m; i++) {
    const row = p + ((<usize>i * classes) << 3);
    let sum = 0.0;
    for (let o = 0; o < classes; o++) sum += f64At(row, o);
    for (let o = 0; o < classes; o++) setF64(row, o, f64At(row, o) / sum);
  }
}
