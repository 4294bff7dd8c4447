import type { Engine } from "../engine/engine.js";
import { Curvature as Code } from "../engine/generated/enumerations.js";
import { type Activation, activationKind } from "../shape/activations.js";
import { InputError } from "../support/errors.js";
import { namesOf } from "../support/validate.js";

interface CurvatureTraits {
  /** By which the core knows it. */
  readonly code: number;
  /** Whether S enters: then sigma'' and the eigenvectors of the blocks are needed. */
  readonly usesBlocks: boolean;
  /** Whether other blocks than those of S enter, which take memory of their own. */
  readonly changesBlocks: boolean;
  /** Whether what stands for S may have negative eigenvalues. */
  readonly mayBeIndefinite: boolean;
}

/** The table a curvature is added to, beside the core's (assembly/newton/curvature.ts). */
export const CURVATURES = {
  exact: { code: Code.EXACT, usesBlocks: true, changesBlocks: false, mayBeIndefinite: true },
  absolute: { code: Code.ABSOLUTE, usesBlocks: true, changesBlocks: true, mayBeIndefinite: false },
  positive: { code: Code.POSITIVE, usesBlocks: true, changesBlocks: true, mayBeIndefinite: false },
  "gauss-newton": {
    code: Code.GAUSS_NEWTON,
    usesBlocks: false,
    changesBlocks: false,
    mayBeIndefinite: false,
  },
} as const satisfies Record<string, CurvatureTraits>;

/**
 * What stands for the curvature S of the single neurons in H = J^T J / M + S, by the eigenvalues of
 * its blocks: `exact` keeps them, `absolute` takes their magnitudes, `positive` leaves negative
 * ones out, `gauss-newton` leaves all out. `exact` is Newton's method; `absolute` becomes it as the
 * residual vanishes, and is positive definite for every gamma above 0.
 */
export type Curvature = keyof typeof CURVATURES;

export const curvatureNames = namesOf(CURVATURES);

/** The curvature for blocks whose eigenvectors would take too long. */
export const WITHOUT_BLOCKS = "gauss-newton" satisfies Curvature;

/**
 * @throws InputError `unsupported-activation` when the blocks of S are needed of an activation
 *   without sigma''
 */
export function requireCurvature(
  { core }: Engine,
  activation: Activation,
  curvature: Curvature,
  argument: string,
): void {
  if (!CURVATURES[curvature].usesBlocks || core.isSmooth(activationKind(activation))) return;
  throw new InputError(
    "unsupported-activation",
    `${argument}: "${curvature}" curvature needs the second derivative of the activation, which "${activation}" does not have; use "gauss-newton", "lbfgs", "adam" or "gd"`,
    { argument, expected: "a smooth activation", got: `"${activation}"` },
  );
}
