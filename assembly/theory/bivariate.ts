import { Part } from "./blurred";
import { Covariance } from "./covariance";

/**
 * E[sigma(a) sigma(b)] and E[sigma'(a) sigma'(b)] in closed form, for a and b jointly normal with
 * mean 0 (covariance.ts). The functions of Math are those of AssemblyScript, compiled into the
 * core.
 */

/**
 * Williams, Neural Comput. 10 (1998). The arcsine of his form is written as an arctangent, which
 * keeps its digits near 1.
 */
export function bivariateErf(pair: Covariance, value: usize, slope: usize): void {
  // (1 + 2 aa)(1 + 2 bb) - 4 ab^2
  const root = sqrt<f64>(1.0 + 2.0 * (pair.aa + pair.bb) + 4.0 * pair.determinant);
  store<f64>(value, (2.0 / Math.PI) * Math.atan2(2.0 * pair.ab, root));
  store<f64>(slope, 4.0 / (Math.PI * root));
}

export function bivariateRelu(pair: Covariance, value: usize, slope: usize): void {
  store<f64>(value, bivariatePart(Part.RAMP, pair.ab, pair.determinant));
  store<f64>(slope, bivariatePart(Part.STEP, pair.ab, pair.determinant));
}

/** By the characteristic function: E cos(a -+ b) = exp(-(variance of a -+ b) / 2). */
export function bivariateSin(pair: Covariance, value: usize, slope: usize): void {
  const difference = Math.exp(-0.5 * pair.difference),
    sum = Math.exp(-0.5 * pair.sum);
  store<f64>(value, 0.5 * (difference - sum));
  store<f64>(slope, 0.5 * (difference + sum));
}

/**
 * E[part(a) part(b)] for a sign, step or ramp, from the covariance ab and the determinant. Cho and
 * Saul, Advances in Neural Information Processing Systems 22 (2009): arc-cosine kernels of order 0
 * and 1.
 */
export function bivariatePart(part: Part, ab: f64, determinant: f64): f64 {
  const root = sqrt<f64>(determinant);
  if (part == Part.SIGN) return (2.0 / Math.PI) * Math.atan2(ab, root);
  // pi - atan2(root, ab), without the difference: it is small for opposite points.
  const angle = Math.atan2(root, -ab);
  if (part == Part.STEP) return angle / (2.0 * Math.PI);
  if (root < -SMALL * ab) return (-ab * belowTangent(-root / ab)) / (2.0 * Math.PI);
  return (root + angle * ab) / (2.0 * Math.PI);
}

const SMALL: f64 = 0.5;

/**
 * t - atan t = t^3/3 - t^5/5 + ... for 0 <= t <= 1/2: the term of t^53 is below 1e-16 of the first.
 */
function belowTangent(t: f64): f64 {
  const square = t * t;
  let sum = 0.0;
  for (let k = 51; k >= 3; k -= 2) sum = 1.0 / <f64>k - square * sum;
  return t * square * sum;
}
