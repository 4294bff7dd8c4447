import { f64At } from "../memory";
import { ONE, spread } from "../math/constant";
import { exp } from "../math/exp";
import { log1p } from "../math/log1p";

/** For the wrapper (loss.ts). */
export function softmaxTraits(): string {
  return (
    '{ "targets": "a class, a whole number from 0 to one less than the outputs", ' +
    '"classes": true, "mostClasses": 65536, "accelerates": false, "prediction": "softmax" }'
  );
}

/**
 * l = logsumexp(f) - f_y over k outputs, for the class y:
 *
 *   p_o = e^(f_o - t) / sum, t = max f
 *   l = (t - f_y) + log(1 + rest), rest the sum of e^(f - t) without one output of the largest f
 *   l'_o = p_o - [o = y]
 *
 * and l'' = diag(p) - p p^T, of which p is kept. Nothing overflows, and what is small is a sum of
 * small terms: 1 - p_y is rest / (1 + rest) where y has the largest output.
 *
 *   k       classes; rows of f, slope and p are `stride` bytes apart
 *   n       samples, even; y and value have n values
 */
export function softmaxJet(
  k: i32,
  n: i32,
  stride: usize,
  f: usize,
  y: usize,
  value: usize,
  slope: usize,
  p: usize,
): void {
  const one = spread(ONE),
    zero = f64x2.splat(0.0);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const target = v128.load(y + i);
    let largest = v128.load(f + i),
      winner = zero,
      chosen = largest;
    for (let o = 1; o < k; o++) {
      const output = v128.load(f + i + <usize>o * stride),
        index = f64x2.splat(<f64>o);
      // True for a NaN, which then stays.
      const above = v128.not(f64x2.le(output, largest));
      largest = v128.bitselect(output, largest, above);
      winner = v128.bitselect(index, winner, above);
      chosen = v128.bitselect(output, chosen, f64x2.eq(index, target));
    }
    let rest = zero;
    for (let o = 0; o < k; o++) {
      const at = i + <usize>o * stride;
      const e = exp(f64x2.sub(v128.load(f + at), largest));
      v128.store(p + at, e);
      rest = f64x2.add(rest, v128.andnot(e, f64x2.eq(f64x2.splat(<f64>o), winner)));
    }
    v128.store(value + i, f64x2.add(f64x2.sub(largest, chosen), log1p(rest)));
    const sum = f64x2.add(one, rest);
    const others = f64x2.div(rest, sum);
    const won = f64x2.eq(winner, target);
    for (let o = 0; o < k; o++) {
      const at = i + <usize>o * stride;
      const share = f64x2.div(v128.load(p + at), sum);
      const missing = v128.bitselect(others, f64x2.sub(one, share), won);
      const isTarget = f64x2.eq(f64x2.splat(<f64>o), target);
      v128.store(p + at, share);
      v128.store(slope + at, v128.bitselect(f64x2.neg(missing), share, isTarget));
    }
  }
}

/** Classes are whole numbers from 0 to k - 1. */
export function softmaxBad(k: i32, n: i32, y: usize): i32 {
  for (let i = 0; i < n; i++) {
    const value = f64At(y, i);
    if (!(value >= 0.0 && value < <f64>k && Math.floor(value) == value)) return i;
  }
  return -1;
}
