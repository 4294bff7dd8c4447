/**
 * Counted costs, in floating-point operations of a matrix product: what runs slower counts for
 * more. One model for the plan of a training, for the estimates of a sweep, and for how long a call
 * of the core may be.
 *
 * P parameters, R rows (one a sample and output), N neurons of q parameters, M samples.
 */

/**
 * Products with J run at memory speed, matrix products in registers: measured, some four times
 * slower an operation.
 */
const PRODUCT_COST = 4;

/**
 * Iterations of conjugate gradients that are counted; what they really take depends on the
 * conditioning.
 */
const EXPECTED_ITERATIONS = 100;

/** A product with J or its transpose. */
function productFlops(parameters: number, values: number): number {
  return PRODUCT_COST * 2 * parameters * values;
}

/** The jet of a neuron (sigma, sigma', sigma''), a sample. */
const JET_FLOPS = 64;

/** A product with J or its transpose at one neuron of q parameters, its jets made anew. */
export function neuronFlops(q: number, samples: number): number {
  return samples * (JET_FLOPS + PRODUCT_COST * 2 * q);
}

/** The products of J with the q eigenvectors of one neuron. */
export function rotatedFlops(q: number, samples: number): number {
  return samples * (JET_FLOPS + PRODUCT_COST * q * q);
}

/** V diag(lambda) V^T for one block, entry by entry. */
export function curvedFlops(q: number): number {
  return PRODUCT_COST * q * q * q;
}

/** P x P matrix and its Cholesky factor. */
export function denseFlops(parameters: number, rows: number): number {
  return parameters * parameters * rows + (parameters * parameters * parameters) / 3;
}

/** R x R matrix and its factor, and four products with J; `values` is R without padding. */
export function functionSpaceFlops(parameters: number, rows: number, values: number): number {
  return parameters * rows * rows + (rows * rows * rows) / 3 + 4 * productFlops(parameters, values);
}

/** Conjugate gradients: two products with J an iteration, and the preconditioner of N blocks. */
export function conjugateGradientFlops(parameters: number, values: number, width: number): number {
  const q = parameters / width;
  return EXPECTED_ITERATIONS * 2 * productFlops(parameters, values) + width * eigenFlops(q);
}

/**
 * Eigenvectors of one q x q block (assembly/linalg/eigen.ts): 4 ns a q^3 by tridiagonal reduction,
 * 20 by Jacobi rotations, where a matrix product does ten operations a ns.
 */
export function eigenFlops(q: number): number {
  return (q <= JACOBI_ORDER ? 200 : 40) * q * q * q;
}

/** JACOBI_ORDER of assembly/linalg/eigen.ts. */
export const JACOBI_ORDER = 16;

/** One q x q block of second derivatives: the half of it, a product of three numbers a sample. */
export function blockFlops(q: number, samples: number): number {
  return PRODUCT_COST * 1.5 * q * q * samples;
}

/**
 * What every point takes whatever the solver: gradient and blocks, and their eigenvectors unless
 * the curvature leaves them out.
 */
export function pointFlops(
  parameters: number,
  samples: number,
  outputs: number,
  width: number,
  decomposed: boolean,
): number {
  const q = parameters / width;
  const blocks = width * (blockFlops(q, samples) + (decomposed ? eigenFlops(q) : 0));
  return productFlops(parameters, samples * outputs) + blocks;
}
