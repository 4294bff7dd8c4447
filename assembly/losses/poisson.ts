import { f64At } from "../memory";
import { exp } from "../math/exp";

/** For the wrapper (loss.ts). */
export function poissonTraits(): string {
  return (
    '{ "targets": "a number of at least 0", "accelerates": false, ' +
    '"mayBeNegative": true, "prediction": "exp" }'
  );
}

/** l = e^f - y f, l' = e^f - y, l'' = e^f for y >= 0: Poisson regression with logarithmic link. */
export function poissonJet(
  n: i32,
  f: usize,
  y: usize,
  value: usize,
  slope: usize,
  bend: usize,
): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const output = v128.load(f + i),
      count = v128.load(y + i);
    const mean = exp(output);
    v128.store(value + i, f64x2.sub(mean, f64x2.mul(count, output)));
    v128.store(slope + i, f64x2.sub(mean, count));
    v128.store(bend + i, mean);
  }
}

export function poissonBad(n: i32, y: usize): i32 {
  for (let i = 0; i < n; i++) {
    if (!(f64At(y, i) >= 0.0)) return i;
  }
  return -1;
}
