/** Types that users of the package name: options, data, records. */

/** sigma; see docs/activations.md. `relu` has no second derivative: `newton` refuses it, the other methods take it. */
export type Activation = "tanh" | "sigmoid" | "erf" | "sin" | "softplus" | "gelu" | "relu";

/** Which build of the core runs: `simd` gives the same bits everywhere, `relaxed` uses fused multiply-add. */
export type Variant = "simd" | "relaxed";

/** Threads that share one computation: a number of at least 1, or `"auto"`, one a processor. */
export type Threads = "auto" | number;

/** Rows of samples: `number[]` when there is one input, `number[][]`, or row-major values. */
export type Matrix = readonly number[] | readonly (readonly number[])[] | Float64Array;

/** One target a sample. */
export type Vector = readonly number[] | readonly (readonly number[])[] | Float64Array;

/** M samples: x is M x d, y has M values. All finite. */
export interface Dataset {
  readonly x: Matrix;
  readonly y: Vector;
}

/** Parameters of the network, each a copy: w is N x d row-major, eta and c have N entries. */
export interface Parameters {
  readonly w: Float64Array;
  readonly eta: Float64Array;
  readonly c: Float64Array;
}

export type MethodName = "newton" | "gauss-newton" | "gd" | "adam";
export type SolverName = "auto" | "dense";
/**
 * Arithmetic of the factorization. `mixed` factors in float32, at twice the speed, and iterates to the accuracy of float64;
 * where that does not converge the step is done in float64, and counted in `run.precision`.
 */
export type Precision = "float64" | "mixed";
export type Curvature = "exact" | "gauss-newton";

/** gamma is the same at each step; raised within a step only while H + gamma I is not positive definite. */
export interface FixedRegularization {
  readonly policy: "fixed";
  readonly gamma: number;
}

/** gamma_N = gamma N^(1 - 2 beta), the scaling rule of the theory; otherwise as `fixed`. */
export interface ScaledRegularization {
  readonly policy: "scaled";
  readonly gamma: number;
}

/** Levenberg-Marquardt damping: grows when a try is rejected, shrinks when one is accepted. */
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

export type Regularization = FixedRegularization | ScaledRegularization | AdaptiveRegularization;

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
  /** Of the dense solver; default `"float64"`. */
  readonly precision?: Precision;
  /** Newton methods only; default `{ policy: "adaptive" }`. */
  readonly regularization?: Regularization;
  /** alpha. Default 1 for the Newton methods, 1e-2 for Adam; `gd` has no safe default and must be told. */
  readonly learningRate?: number;
  /** Default 1000. */
  readonly maxSteps?: number;
  readonly stop?: StopRules;
  readonly signal?: AbortSignal;
  /** Called after every step with its record; may read the network (predict, toJSON), not train it. */
  readonly onStep?: (record: StepRecord) => void;
}

/** A try that was not taken, and why. */
export interface RejectedTry {
  readonly gamma: number;
  readonly reason: "not-positive-definite" | "loss-increased" | "non-finite-loss";
  /** Index of the first pivot that was not positive (0-based), when that was the reason. */
  readonly pivot?: number;
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
  /** Regularization of the last try; `null` for gradient descent and Adam. */
  readonly gamma: number | null;
  /** Euclidean norm of the change of the parameters; 0 if the step was rejected. */
  readonly updateNorm: number;
  /** Largest absolute change of a single parameter; 0 if the step was rejected. */
  readonly updateMax: number;
  /** Whether H + gamma I was positive definite at the last try; `null` where no Hessian is formed. */
  readonly positiveDefinite: boolean | null;
  readonly accepted: boolean;
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
  /** The loss became NaN or infinite (`gd`, `adam`); the network holds the last finite parameters. */
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
  /** The solver that was used; `null` for gradient descent and Adam. */
  readonly solver: Exclude<SolverName, "auto"> | null;
  /** How many systems were solved with which arithmetic; `null` for gradient descent and Adam. */
  readonly precision: { readonly float64: number; readonly mixed: number } | null;
  readonly history: readonly StepRecord[];
}
