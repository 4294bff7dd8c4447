/**
 * The public surface of newton-nn, nothing else.
 *
 * @module newton-nn
 */

export type { Dataset, Matrix, Numbers, TypedNumbers, Vector } from "./data/matrix.js";
export type { ColumnScaling, Columns, Scaling } from "./data/scaling.js";
export type { HessianOptions, NewtonStep, NewtonStepOptions } from "./derivatives/derivatives.js";
export { createEngine, type Engine, type EngineOptions } from "./engine/engine.js";
export { type InitOptions, init } from "./engine/init.js";
export type { Variant } from "./engine/load.js";
export type { Threads } from "./engine/threads.js";
export type { Label, LabelledDataset, Labels } from "./fit/classes.js";
export type { ClassPredictive, ClassQuality } from "./fit/classification.js";
export {
  type ClassCrossValidation,
  type ClassFold,
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type Fold,
  type FoldOptions,
} from "./fit/cross-validate.js";
export type { EvidenceOptions, EvidenceRecord, EvidenceRun } from "./fit/evidence-options.js";
export {
  type AnyFit,
  type AnyModel,
  type Fit,
  type LeaveOneOut,
  type MemberEvidence,
  Model,
  type PredictiveOptions,
} from "./fit/model.js";
export type {
  ClassFitOptions,
  EvidenceFitOptions,
  FitOptions,
  InterpolationOptions,
  LossFitOptions,
} from "./fit/options.js";
export type { Predictive } from "./fit/predictive.js";
export type { Quality } from "./fit/quality.js";
export type { PosteriorCurvature, PrecisionStructure, Start } from "./fit/structure.js";
export type { ClassLossName } from "./fit/task.js";
export type { Checkpoint } from "./formats/checkpoint.js";
export type { EvidenceJSON } from "./formats/evidence-json.js";
export type { ModelJSON } from "./formats/model-json.js";
export type { NetworkJSON } from "./formats/network-json.js";
export type { MethodState } from "./formats/state.js";
export type { Method, MethodPoint } from "./methods/custom.js";
export type { MethodOptions } from "./methods/options.js";
export type { MethodName } from "./methods/table.js";
export { Network, type NetworkOptions, type WorkerNetworkOptions } from "./network/network.js";
export { train } from "./network/train.js";
export type { Acceleration } from "./objective/acceleration.js";
export type { Curvature } from "./objective/curvature.js";
export { type Loss, type LossName, lossNames, type NamedLoss } from "./objective/losses.js";
export type { ObjectiveOptions } from "./objective/objective.js";
export type { Penalty } from "./objective/penalty.js";
export type { AdaptiveRegularization } from "./regularization/adaptive.js";
export type { FixedRegularization, ScaledRegularization } from "./regularization/constant.js";
export type { GainRatioRegularization } from "./regularization/gain-ratio.js";
export type { Outcome, RegularizationPolicy } from "./regularization/policy.js";
export type { Regularization } from "./regularization/table.js";
export { WorkerNetwork } from "./remote/worker-network.js";
export { type Activation, activationNames } from "./shape/activations.js";
export type { Parameters } from "./shape/parameters.js";
export type { ConjugateGradientOptions } from "./solvers/conjugate-gradients.js";
export type { SolverPlan } from "./solvers/plan.js";
export type { Precision } from "./solvers/precision.js";
export type { RejectedTry, Rejection } from "./solvers/rejection.js";
export type { SolverName } from "./solvers/table.js";
export {
  type ErrorCode,
  InputError,
  NewtonError,
  ResourceError,
  StateError,
} from "./support/errors.js";
export type { AbortSignalLike, URLLike, WasmMemory, WasmModule } from "./support/platform.js";
export type { NumberBound, NumberRange } from "./support/validate.js";
export type { StepControl, StopRules, TrainOptions } from "./training/options.js";
export type { StepRecord, StopReason } from "./training/record.js";
export type { TrainingRun } from "./training/run.js";
export type { ValidationOptions, ValidationResult } from "./training/validation.js";
