/**
 * Kernels and dynamics of the theory: of a network, and of the infinitely wide one. What they need
 * of the core beside that of networks is loaded when one of the asynchronous functions is called.
 *
 * @module newton-nn/theory
 */

export {
  type DynamicsAt,
  type DynamicsOptions,
  type DynamicsState,
  limitDynamics,
} from "./theory/dynamics.js";
export { type NewtonKernelOptions, nntk, ntk } from "./theory/kernels.js";
export {
  type LimitKernel,
  type LimitNewtonOptions,
  type LimitOptions,
  limitKernel,
  limitNntk,
  limitNtk,
  newtonKernel,
  scaledGamma,
} from "./theory/limit.js";
export { definitenessMargin, type Margin, type MarginOptions } from "./theory/margin.js";
export { leastSquares, type Spectrum, spectrum, type TheoryOptions } from "./theory/spectrum.js";
