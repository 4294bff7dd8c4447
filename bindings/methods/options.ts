import type { Acceleration } from "../objective/acceleration.js";
import type { Curvature } from "../objective/curvature.js";
import type { RegularizationPolicy } from "../regularization/policy.js";
import type { Regularization } from "../regularization/table.js";
import type { ConjugateGradientOptions } from "../solvers/conjugate-gradients.js";
import type { Precision } from "../solvers/precision.js";
import type { SolverName } from "../solvers/table.js";

/** What a method is told of how to make its steps. */
export interface MethodOptions {
  /** How the Newton system is solved; default `"auto"`. */
  readonly solver?: SolverName;
  /**
   * Of the dense solver, which `auto` then takes; the other solvers refuse `"mixed"`. Default
   * `"float64"`.
   */
  readonly precision?: Precision;
  /** Of the solver `cg`. */
  readonly cg?: ConjugateGradientOptions;
  /**
   * Newton methods only; default `{ policy: "gain-ratio" }`. Also a policy of one's own, an object
   * with functions, which comes with the curvature and the acceleration of the default.
   */
  readonly regularization?: Regularization | RegularizationPolicy;
  /**
   * Method `newton` only. Default `"absolute"` with the policy `gain-ratio`, but `"exact"` with a
   * penalty; `"exact"` with the other policies, which are the paper's; with so many inputs that the
   * eigenvectors these need would take longer than the rest of a step, `"gauss-newton"`, and
   * `run.plan.note` says so.
   */
  readonly curvature?: Curvature;
  /**
   * Newton methods only. Default `"geodesic"` with the policy `gain-ratio`, but `"none"` for the
   * losses `logistic`, `softmax` and `poisson`; `"none"` with the other policies.
   */
  readonly acceleration?: Acceleration;
  /**
   * alpha. Default 1 for the Newton methods, 1e-2 for Adam; `gd` has no safe default and must be
   * told.
   */
  readonly learningRate?: number;
  /**
   * Pairs that `lbfgs` remembers, each two vectors of P values, and `trust-region`, which keeps
   * twice as many; default 20.
   */
  readonly corrections?: number;
}

/** The options of methods that solve a system. */
export const SYSTEM_OPTIONS = [
  "regularization",
  "solver",
  "precision",
  "curvature",
  "acceleration",
  "cg",
] as const satisfies (keyof MethodOptions)[];

/** The options of named methods, all of them. */
export const METHOD_OPTIONS = [
  ...SYSTEM_OPTIONS,
  "learningRate",
  "corrections",
] as const satisfies (keyof MethodOptions)[];
