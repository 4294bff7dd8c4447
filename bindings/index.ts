/**
 * The public surface of newton-nn, nothing else.
 *
 * @module newton-nn
 */

export type { ColumnScaling, Columns, Scaling } from "./data/scaling.js";
export { createEngine, type Engine, type EngineOptions } from "./engine/engine.js";
export { type InitOptions, init } from "./engine/init.js";
export { type Fit, type FitOptions, Model, type Quality } from "./fit/model.js";
export type { ModelJSON } from "./formats/model-json.js";
export { activationNames } from "./network/activations.js";
export type { NewtonStep, NewtonStepOptions } from "./network/derivatives.js";
export { Network, type NetworkOptions, type WorkerNetworkOptions } from "./network/network.js";
export {
  type ErrorCode,
  InputError,
  NewtonError,
  ResourceError,
  StateError,
} from "./support/errors.js";
export type { AbortSignalLike, URLLike, WasmMemory, WasmModule } from "./support/platform.js";
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
export { train } from "./training/train.js";
export type {
  Acceleration,
  Activation,
  AdaptiveRegularization,
  Checkpoint,
  ConjugateGradientOptions,
  Curvature,
  Dataset,
  FixedRegularization,
  GainRatioRegularization,
  Matrix,
  MethodName,
  NetworkJSON,
  Numbers,
  Parameters,
  Precision,
  Regularization,
  RejectedTry,
  ScaledRegularization,
  SolverName,
  SolverPlan,
  StepControl,
  StepRecord,
  StopReason,
  StopRules,
  Threads,
  TrainingRun,
  TrainOptions,
  TypedNumbers,
  Variant,
  Vector,
} from "./types.js";
export { WorkerNetwork } from "./worker/remote.js";
