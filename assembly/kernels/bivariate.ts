/**
 * E[sigma(a) sigma(b)] and E[sigma'(a) sigma'(b)] in closed form, for a and b jointly normal with mean 0, variances aa and bb, covariance
 * ab and determinant det = aa bb - ab^2. The functions of Math are those of AssemblyScript, compiled into the core.
 */

/** Williams, Neural Comput. 10 (1998). The arcsine of his form is written as an arctangent, which keeps its digits near 1. */
export function bivariateErf(aa: f64, bb: f64, ab: f64, det: f64, value: usize, slope: usize): void {
  // (1 + 2 aa)(1 + 2 bb) - 4 ab^2
  const root = sqrt<f64>(1.0 + 2.0 * (aa + bb) + 4.0 * det);
  store<f64>(value, (2.0 / Math.PI) * Math.atan2(2.0 * ab, root));
  store<f64>(slope, 4.0 / (Math.PI * root));
}

/** Cho and Saul, Advances in Neural Information Processing Systems 22 (2009): arc-cosine kernels of order 1 and 0. */
export function bivariateRelu(ab: f64, det: f64, value: usize, slope: usize): void {
  const root = sqrt<f64>(det);
  const angle = Math.PI - Math.atan2(root, ab);
  store<f64>(value, (root + angle * ab) / (2.0 * Math.PI));
  store<f64>(slope, angle / (2.0 * Math.PI));
}

/** By the characteristic function: E cos(a -+ b) = exp(-(aa + bb -+ 2 ab) / 2). */
export function bivariateSin(aa: f64, bb: f64, ab: f64, value: usize, slope: usize): void {
  const difference = Math.exp(-0.5 * (aa + bb - 2.0 * ab)), sum = Math.exp(-0.5 * (aa + bb + 2.0 * ab));
  store<f64>(value, 0.5 * (difference - sum));
  store<f64>(slope, 0.5 * (difference + sum));
}
