/** Enumerations of the core whose numbers are part of its ABI. */

/** Of assembly/activations/activation.ts. */
export const ActivationKind = {
  TANH: 0,
  SIGMOID: 1,
  ERF: 2,
  SIN: 3,
  SOFTPLUS: 4,
  GELU: 5,
  RELU: 6,
} as const;

/** Of assembly/newton/curvature.ts. */
export const Curvature = {
  EXACT: 0,
  ABSOLUTE: 1,
  POSITIVE: 2,
  GAUSS_NEWTON: 3,
} as const;
