/** Types that users of the package name: options, data, records. */

export type { Dataset, Matrix, Numbers, TypedNumbers, Vector } from "./data/matrix.js";

import type { MethodOptions } from "./methods/options.js";
import type { MethodName } from "./methods/table.js";
import type { Activation } from "./network/activations.js";
import type { Acceleration } from "./objective/acceleration.js";
import type { Curvature } from "./objective/curvature.js";
import type { AdaptiveRegularization } from "./regularization/adaptive.js";
import type { FixedRegularization, ScaledRegularization } from "./regularization/constant.js";
import type { GainRatioRegularization } from "./regularization/gain-ratio.js";
import type { PolicyName, Regularization } from "./regularization/table.js";
import type { ConjugateGradientOptions } from "./solvers/conjugate-gradients.js";
import type { SolverPlan } from "./solvers/plan.js";
import type { Precision } from "./solvers/precision.js";
import type { ConcreteSolver, SolverName } from "./solvers/table.js";
import type { AbortSignalLike } from "./support/platform.js";

export type {
  Acceleration,
  Activation,
  AdaptiveRegularization,
  ConjugateGradientOptions,
  Curvature,
  FixedRegularization,
  GainRatioRegularization,
  MethodName,
  Precision,
  Regularization,
  ScaledRegularization,
  SolverName,
  SolverPlan,
};

/**
 * Which build of the core runs: `simd` gives the same bits everywhere, `relaxed` uses fused
 * multiply-add.
 */
export type Variant = "simd" | "relaxed";

/** Threads that share one computation: a number of at least 1, or `"auto"`, one a processor. */
export type Threads = "auto" | number;

/**
 * Parameters of the network, each a copy: w is N x d row-major, eta has N entries, c is N x k
 * row-major.
 */
export interface Parameters {
  readonly w: Float64Array;
  readonly eta: Float64Array;
  readonly c: Float64Array;
}

export interface StopRules {
  /** Stop when the loss is at or below this. */
  readonly loss?: number;
  /** Stop when the Euclidean norm of the gradient is at or below this. */
  readonly gradient?: number;
  /** Stop after the first step that ends later than this many seconds after the start. */
  readonly seconds?: number;
}

export interface TrainOptions extends MethodOptions {
  /** Default `"newton"`. */
  readonly method?: MethodName;
  /** Default 1000. */
  readonly maxSteps?: number;
  readonly stop?: StopRules;
  readonly signal?: AbortSignalLike;
  /**
   * A checkpoint of a training with the same data and options, which goes on from there bit for
   * bit: the network takes the parameters of the checkpoint, and steps go on counting, so that
   * `maxSteps` is that of both together.
   */
  readonly resume?: Checkpoint;
  /**
   * Called after every step with its record; may read the network (predict, toJSON), not train it.
   */
  readonly onStep?: (record: StepRecord, control: StepControl) => void;
}

/** What `onStep` may ask of the training. */
export interface StepControl {
  /** The training as it stands after this step, for `resume`. */
  checkpoint(): Checkpoint;
}

/** A try that was not taken, and why. */
export interface RejectedTry {
  /** `null` for methods without regularization. */
  readonly gamma: number | null;
  readonly reason:
    | "not-positive-definite"
    /**
     * Rounding left no step that is worth its name (`function-space` with fewer parameters than
     * rows and a gamma near it).
     */
    | "inaccurate"
    | "loss-increased"
    | "non-finite-loss"
    /** The line search found no lower point. */
    | "no-decrease";
  /**
   * Index of the first pivot that was not positive (0-based), when that was the reason (`dense`).
   */
  readonly pivot?: number;
  /**
   * Negative eigenvalues that H + gamma I has at least, when that was the reason
   * (`function-space`).
   */
  readonly negative?: number;
  /**
   * A curvature of H + gamma I that was found not to be positive, when that was the reason (`cg`).
   */
  readonly curvature?: number;
  /** Part of the step that was tried, when it came so far. */
  readonly length?: number;
  /** Loss at the rejected point, when it came so far. */
  readonly loss?: number;
}

/** What one step did. */
export interface StepRecord {
  /** 1 for the first step. */
  readonly step: number;
  /** Loss after the step: 1/(2M) sum of squared residuals. Unchanged if the step was rejected. */
  readonly loss: number;
  /** Norm of the gradient at the point the step started from. */
  readonly gradientNorm: number;
  /** Regularization of the last try; `null` for methods without one. */
  readonly gamma: number | null;
  /** Euclidean norm of the change of the parameters; 0 if the step was rejected. */
  readonly updateNorm: number;
  /** Largest absolute change of a single parameter; 0 if the step was rejected. */
  readonly updateMax: number;
  /**
   * Whether H + gamma I was positive definite at the last try; `null` where no Hessian is formed.
   */
  readonly positiveDefinite: boolean | null;
  readonly accepted: boolean;
  /**
   * Part of the step that was taken: below 1 when it was shortened; `null` if rejected or without a
   * Hessian.
   */
  readonly length: number | null;
  /**
   * Actual over predicted decrease of the loss, by the true quadratic model; `null` if rejected or
   * without a Hessian.
   */
  readonly gainRatio: number | null;
  /**
   * 2 |acceleration| / |velocity| of an accepted step at its whole length; `null` without
   * acceleration.
   */
  readonly accelerationRatio: number | null;
  /** Iterations and relative residual of the last solution, where the solver iterates. */
  readonly iterations: number | null;
  readonly residual: number | null;
  /** Tries that were not taken, in order; empty when the first one was. */
  readonly rejected: readonly RejectedTry[];
  /** Seconds from the start of the training to the end of this step. */
  readonly seconds: number;
}

export type StopReason =
  | "loss"
  | "gradient"
  | "seconds"
  | "max-steps"
  /** The signal was aborted; the network holds the last accepted parameters. */
  | "aborted"
  /**
   * The loss (`gd`, `adam`, `lbfgs`) or its gradient became NaN or infinite; the network holds the
   * last finite parameters.
   */
  | "diverged"
  /** gamma is at its maximum and every try was rejected: no further progress is possible. */
  | "stalled";

export interface TrainingRun {
  readonly reason: StopReason;
  readonly loss: number;
  readonly initialLoss: number;
  readonly steps: number;
  readonly seconds: number;
  readonly method: MethodName;
  /** The solver that was used; `null` for methods that solve no system, as in the next four. */
  readonly solver: ConcreteSolver | null;
  /** What the choice of the solver counted. */
  readonly plan: SolverPlan | null;
  readonly curvature: Curvature | null;
  readonly acceleration: Acceleration | null;
  /** How many systems were solved with which arithmetic. */
  readonly precision: { readonly float64: number; readonly mixed: number } | null;
  readonly history: readonly StepRecord[];
  /**
   * The training as it stood at the end, for `resume`: with a larger `maxSteps` it goes on as if it
   * had never ended.
   */
  checkpoint(): Checkpoint;
}

/** See docs/model-format.md. */
export interface NetworkJSON {
  readonly format: "newton-nn/network";
  readonly version: 1 | 2;
  readonly inputs: number;
  /** From version 2 on; 1 where it is missing. */
  readonly outputs?: number;
  readonly width: number;
  readonly activation: Activation;
  readonly beta: number;
  readonly seed: number;
  /** Little-endian float64 in base64, in the order all w (row-major N x d), all eta, all c. */
  readonly parameters: string;
  /** CRC-32 of the other values. */
  readonly checksum: string;
}

/**
 * A training between two steps, as JSON: all that the next step depends on beside the data and the
 * options. See docs/model-format.md.
 */
export interface Checkpoint {
  readonly format: "newton-nn/checkpoint";
  readonly version: 1;
  readonly method: MethodName;
  /** `null` for methods without regularization. */
  readonly policy: PolicyName | null;
  /** Steps done. */
  readonly step: number;
  readonly network: NetworkJSON;
  /**
   * What the policy and the method remember from step to step; vectors are little-endian float64 in
   * base64.
   */
  readonly numbers: Readonly<Record<string, number>>;
  readonly vectors: Readonly<Record<string, string>>;
  /** CRC-32 of the other values. */
  readonly checksum: string;
}
