/** Types that users of the package name: options, data, records. */

export type { Dataset, Matrix, Numbers, TypedNumbers, Vector } from "./data/matrix.js";

import type { AbortSignalLike } from "./support/platform.js";

/**
 * sigma; the table is in docs/training.md. `relu` has no second derivative: `newton` refuses it,
 * the other methods take it.
 */
export type Activation = "tanh" | "sigmoid" | "erf" | "sin" | "softplus" | "gelu" | "relu";

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

export type MethodName = "newton" | "gauss-newton" | "lbfgs" | "gd" | "adam";
/**
 * How the Newton system is solved: `dense` (P x P Cholesky), `function-space` (the same step from
 * an M k x M k system), `cg` (conjugate gradients, matrix-free); `auto` counts operations and bytes
 * and takes the cheapest that fits.
 */
export type SolverName = "auto" | "dense" | "function-space" | "cg";
/**
 * Arithmetic of the factorization. `mixed` factors in float32, at twice the speed, and iterates to
 * the accuracy of float64; where that does not converge the step is done in float64, and counted in
 * `run.precision`.
 */
export type Precision = "float64" | "mixed";
/**
 * What stands for the curvature S of the single neurons in H = J^T J / M + S, by the eigenvalues of
 * its blocks: `exact` keeps them, `absolute` takes their magnitudes, `positive` leaves negative
 * ones out, `gauss-newton` leaves all out. `exact` is Newton's method; `absolute` becomes it as the
 * residual vanishes, and is positive definite for every gamma above 0.
 */
export type Curvature = "exact" | "absolute" | "positive" | "gauss-newton";

export interface ConjugateGradientOptions {
  /** Relative residual at which the iteration ends; default 1e-6. */
  readonly tolerance?: number;
  /**
   * Default 200 in training, where a step may be cut short there; 10,000 for `newtonStep`, where
   * that is an error.
   */
  readonly maxIterations?: number;
}

/** What `auto` counted for each solver, and what was taken. */
export interface SolverPlan {
  readonly solver: Exclude<SolverName, "auto">;
  readonly threads: number;
  /** Floating-point operations of one try, and bytes beside those of the point. */
  readonly candidates: readonly {
    readonly solver: Exclude<SolverName, "auto">;
    readonly flops: number;
    readonly bytes: number;
  }[];
  readonly curvature: Curvature;
  /**
   * Floating-point operations that every point takes beside the tries: gradient, blocks and their
   * eigenvectors.
   */
  readonly point: number;
  /** Why the default curvature is another than usual, or `null`. */
  readonly note: string | null;
}

/**
 * gamma is the same at each step; raised within a step only while H + gamma I is not positive
 * definite.
 */
export interface FixedRegularization {
  readonly policy: "fixed";
  readonly gamma: number;
}

/** gamma_N = gamma N^(1 - 2 beta), the scaling rule of the theory; otherwise as `fixed`. */
export interface ScaledRegularization {
  readonly policy: "scaled";
  readonly gamma: number;
}

/**
 * Levenberg-Marquardt damping as published: grows when a try is rejected, shrinks when one is
 * accepted.
 */
export interface AdaptiveRegularization {
  readonly policy: "adaptive";
  /** Default 1e-8. */
  readonly initial?: number;
  /** Factor after a rejected try; default 2. */
  readonly increase?: number;
  /** Factor after an accepted try; default 0.8. */
  readonly decrease?: number;
  /** Default 1e-12. */
  readonly minimum?: number;
  /** Default 100. */
  readonly maximum?: number;
  /** Tries a step before the step is given up and recorded as rejected; default 6. */
  readonly tries?: number;
}

/**
 * Damping by the gain ratio, the actual over the predicted decrease of the loss: gamma shrinks
 * while the quadratic model predicts well and grows when a step is rejected, shortened or predicted
 * badly. A step that does not lower the loss is shortened twice before it is solved for again.
 */
export interface GainRatioRegularization {
  readonly policy: "gain-ratio";
  /** Default 1e-4. */
  readonly initial?: number;
  /** Factor after a badly predicted step, and its square after a rejected one; default 2. */
  readonly increase?: number;
  /** Factor after a well predicted step; default 0.3. */
  readonly decrease?: number;
  /** Default 1e-18. */
  readonly minimum?: number;
  /** Default 1e6. */
  readonly maximum?: number;
  /** Systems solved for a step before it is given up and recorded as rejected; default 30. */
  readonly tries?: number;
}

export type Regularization =
  | FixedRegularization
  | ScaledRegularization
  | AdaptiveRegularization
  | GainRatioRegularization;

/** `geodesic` follows the second derivative of f along the step; `none` takes the step as it is. */
export type Acceleration = "geodesic" | "none";

export interface StopRules {
  /** Stop when the loss is at or below this. */
  readonly loss?: number;
  /** Stop when the Euclidean norm of the gradient is at or below this. */
  readonly gradient?: number;
  /** Stop after the first step that ends later than this many seconds after the start. */
  readonly seconds?: number;
}

export interface TrainOptions {
  /** Default `"newton"`. */
  readonly method?: MethodName;
  /** How the Newton system is solved; default `"auto"`. */
  readonly solver?: SolverName;
  /**
   * Of the dense solver, which `auto` then takes; the other solvers refuse `"mixed"`. Default
   * `"float64"`.
   */
  readonly precision?: Precision;
  /** Of the solver `cg`. */
  readonly cg?: ConjugateGradientOptions;
  /** Newton methods only; default `{ policy: "gain-ratio" }`. */
  readonly regularization?: Regularization;
  /**
   * Method `newton` only. Default `"absolute"` with the policy `gain-ratio`, `"exact"` with the
   * others, which are the paper's; with so many inputs that the eigenvectors these need would take
   * longer than the rest of a step, `"gauss-newton"`, and `run.plan.note` says so.
   */
  readonly curvature?: Curvature;
  /**
   * Newton methods only. Default `"geodesic"` with the policy `gain-ratio`, `"none"` with the
   * others.
   */
  readonly acceleration?: Acceleration;
  /**
   * alpha. Default 1 for the Newton methods, 1e-2 for Adam; `gd` has no safe default and must be
   * told.
   */
  readonly learningRate?: number;
  /** Pairs that `lbfgs` remembers, each two vectors of P values; default 20. */
  readonly corrections?: number;
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
  readonly solver: Exclude<SolverName, "auto"> | null;
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
  readonly policy: Regularization["policy"] | null;
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
