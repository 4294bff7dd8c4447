import type { Arena } from "../engine/engine.js";
import { conjugateGradientFlops, denseFlops, functionSpaceFlops } from "../objective/costs.js";
import type { Linearization } from "../objective/linearization.js";
import { namesOf } from "../support/validate.js";
import {
  type ConjugateGradientOptions,
  ConjugateGradientSolver,
  conjugateGradientBytes,
} from "./conjugate-gradients.js";
import { DenseSolver, denseBytes } from "./dense.js";
import { MixedDenseSolver, mixedDenseBytes } from "./dense-mixed.js";
import { FunctionSpaceSolver, functionSpaceBytes } from "./function-space.js";
import { PRECISIONS, type Precision } from "./precision.js";
import type { StepSolver } from "./solver.js";
import {
  WeightedFunctionSpaceSolver,
  weightedFunctionSpaceBytes,
} from "./weighted-function-space.js";

/** What costs are counted by. */
export interface SystemSizes {
  /** P */
  readonly parameters: number;
  /** R, one row a sample and output, with padding. */
  readonly rows: number;
  /** R without padding. */
  readonly values: number;
  /** N */
  readonly width: number;
}

export interface SolverOptions {
  readonly precision: Precision;
  readonly cg: ConjugateGradientOptions;
}

interface SolverTraits {
  /** Whether it knows the inertia of H + gamma I, and with it whether this is positive definite. */
  readonly certifiesDefiniteness: boolean;
  /** Whether it keeps vectors alone, and takes as many operations as the conditioning wants. */
  readonly matrixFree: boolean;
  readonly precisions: readonly Precision[];
  /** Floating-point operations of one try: one gamma, one solution. */
  readonly flops: (sizes: SystemSizes) => number;
  /**
   * Bytes beside the linearization; with `indefinite` those too that `inspect` takes for a system
   * that is not positive definite.
   */
  readonly bytes: (
    linearization: Linearization,
    precision: Precision,
    indefinite: boolean,
  ) => number;
  /** The bytes of the matrix and what goes with it, for an estimate without a core at hand. */
  readonly matrixBytes: (sizes: Pick<SystemSizes, "parameters" | "values">) => number;
  readonly create: (
    linearization: Linearization,
    arena: Arena,
    options: SolverOptions,
  ) => StepSolver;
}

/** The table a solver is added to, beside its file. */
export const SOLVERS = {
  dense: {
    certifiesDefiniteness: true,
    matrixFree: false,
    precisions: ["float64", "mixed"],
    flops: ({ parameters, rows }) => denseFlops(parameters, rows),
    bytes: (linearization, precision, indefinite) =>
      PRECISIONS[precision].refined
        ? mixedDenseBytes(linearization)
        : denseBytes(linearization, indefinite),
    matrixBytes: ({ parameters }) => 4 * parameters * parameters + 128 * parameters,
    create: (linearization, arena, { precision }) =>
      PRECISIONS[precision].refined
        ? new MixedDenseSolver(linearization, arena)
        : new DenseSolver(linearization, arena),
  },
  "function-space": {
    certifiesDefiniteness: true,
    matrixFree: false,
    precisions: ["float64"],
    flops: ({ parameters, rows, values }) => functionSpaceFlops(parameters, rows, values),
    bytes: (linearization) =>
      linearization.problem.plain
        ? functionSpaceBytes(linearization)
        : weightedFunctionSpaceBytes(linearization),
    matrixBytes: ({ values }) => 8 * values * values + 4096 * values,
    create: (linearization, arena) =>
      linearization.problem.plain
        ? new FunctionSpaceSolver(linearization, arena)
        : new WeightedFunctionSpaceSolver(linearization, arena),
  },
  cg: {
    certifiesDefiniteness: false,
    matrixFree: true,
    precisions: ["float64"],
    flops: ({ parameters, values, width }) => conjugateGradientFlops(parameters, values, width),
    bytes: conjugateGradientBytes,
    matrixBytes: () => 0,
    create: (linearization, arena, { cg }) => new ConjugateGradientSolver(linearization, arena, cg),
  },
} as const satisfies Record<string, SolverTraits>;

/** A solver by its name. */
export type ConcreteSolver = keyof typeof SOLVERS;

/** Solvers that know the inertia. */
export type CertifyingSolver = {
  [K in ConcreteSolver]: (typeof SOLVERS)[K]["certifiesDefiniteness"] extends true ? K : never;
}[ConcreteSolver];

/** The choice by counted operations and bytes (plan.ts). */
export const AUTO = "auto";

/**
 * How the Newton system is solved: `dense` (P x P Cholesky), `function-space` (the same step from
 * an M k x M k system), `cg` (conjugate gradients, matrix-free); `auto` counts operations and bytes
 * and takes the cheapest that fits.
 */
export type SolverName = typeof AUTO | ConcreteSolver;

export const concreteSolverNames = namesOf(SOLVERS);

export const solverNames: readonly SolverName[] = [AUTO, ...concreteSolverNames];

export const certifyingSolverNames = concreteSolverNames.filter(
  (name): name is CertifyingSolver => SOLVERS[name].certifiesDefiniteness,
);

/** The solver for a system that another lost to rounding. */
export const MOST_ACCURATE = "dense" satisfies ConcreteSolver;

/** Whether a solver works in a precision; `auto` takes one that does. */
export function offersPrecision(solver: SolverName, precision: Precision): boolean {
  return solver === AUTO || traitsOf(solver).precisions.includes(precision);
}

/** Those with a matrix, whose operations can be counted: those of the others are a guess. */
export const directSolverNames = concreteSolverNames.filter((name) => !SOLVERS[name].matrixFree);

/** The traits, without what the type knows of the single solver. */
export function traitsOf(solver: ConcreteSolver): SolverTraits {
  return SOLVERS[solver];
}

/** The solver of a plan. */
export function createSolver(
  { solver }: { readonly solver: ConcreteSolver },
  linearization: Linearization,
  arena: Arena,
  precision: Precision,
  cg: ConjugateGradientOptions,
): StepSolver {
  return traitsOf(solver).create(linearization, arena, { precision, cg });
}
