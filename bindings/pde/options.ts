import type { Matrix, Numbers } from "../data/matrix.js";
import type { Engine } from "../engine/engine.js";
import type { Activation } from "../shape/activations.js";
import type { AbortSignalLike } from "../support/platform.js";
import type { StopRules } from "../training/options.js";
import type { StepRecord } from "../training/record.js";
import type { PdeMethod, PdeSolver } from "./methods.js";

/** An equation, and where it is to hold. */
export interface EquationAt {
  /**
   * Such as `"u_t = k*u_xx + f"`, in the coordinates, the unknowns and their derivatives, the
   * constants, the parameters and the data.
   */
  readonly equation: string;
  /** M points: rows of one value a coordinate. */
  readonly points: Matrix;
  /** Of the mean of the squared residuals; default 1. */
  readonly weight?: number;
  /** One value a point under each name the equation uses; one column alone is called `data`. */
  readonly data?: Numbers | Readonly<Record<string, Numbers>>;
}

/** The network that is to be the solution. */
export interface SolutionNetwork {
  /** N; default 200. */
  readonly width?: number;
  /** Default `"sin"`. Not `relu`. */
  readonly activation?: Activation;
  /**
   * Standard deviation of the initial w times the extent of the points, of all coordinates or of
   * each: how many waves or steps the network has across the domain. Default 3.
   */
  readonly scale?: number | readonly number[];
  /** Exponent of the output scale N^-beta, in (1/2, 1]; default 0.52. */
  readonly beta?: number;
  /** Seed of the initial parameters; default 0. */
  readonly seed?: number;
  /** An engine to share. */
  readonly engine?: Engine;
}

export interface SolveOptions {
  /** Names of the coordinates, such as `["t", "x"]`. */
  readonly coordinates: readonly string[];
  /** Names of the unknown functions, such as `["u"]`: the outputs of the network. */
  readonly unknowns: readonly string[];
  readonly equations: readonly EquationAt[];
  /** Numbers that the equations name. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Numbers that are found together with the unknowns, by their first guess. */
  readonly parameters?: Readonly<Record<string, number>>;
  readonly network?: SolutionNetwork;
  /**
   * Where the start begins for equations that are not linear: expressions in the coordinates, by
   * the names of the unknowns. By default 0, and where that leads nowhere 1 and -1.
   */
  readonly guess?: Readonly<Record<string, string>>;
  /**
   * Default `"least-squares"`: c is found first, with w and eta as they were drawn. `"random"`
   * begins the training where the network was drawn.
   */
  readonly start?: "least-squares" | "random";
  /** How all parameters are trained from there; default `"auto"`. */
  readonly method?: PdeMethod;
  /** Of `newton` and `gauss-newton`; default `"auto"`. */
  readonly solver?: PdeSolver;
  /** Of the training; default 200. 0 leaves what the start has found. */
  readonly maxSteps?: number;
  readonly stop?: StopRules;
  readonly signal?: AbortSignalLike;
  /** Called after every step of the training with its record. */
  readonly onStep?: (record: StepRecord) => void;
}
