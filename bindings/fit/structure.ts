import { Precisions as Code } from "../engine/generated/enumerations.js";
import { namesOf } from "../support/validate.js";

const CURVATURES = {
  "gauss-newton": { usesBlocks: false },
  exact: { usesBlocks: true },
} as const satisfies Record<string, { readonly usesBlocks: boolean }>;

/** Whether a posterior has the curvature of the network beside J^T J. */
export type PosteriorCurvature = keyof typeof CURVATURES;

export const posteriorCurvatures = namesOf(CURVATURES);

export function usesBlocks(curvature: PosteriorCurvature): boolean {
  return CURVATURES[curvature].usesBlocks;
}

/** How the precisions of the weights are tied together, and what a fit starts from. */
interface StartTraits {
  /** The core's number (assembly/fit/evidence.ts). */
  readonly precisions: number;
  /** Variance of the noise at the start, in units of that of the target. */
  readonly noise: number;
  /** Precision of the weights of each input at the start. */
  readonly weights: number;
}

/** Of most starts, and of those that are to stay near a straight line while the noise is found. */
const WEIGHTS = 10;
const NEARLY_LINEAR = 1000;

/** Where a fit starts decides where it ends: these differ in structure and in the first noise. */
const STARTS = {
  /** One an input, drawn to a common one by a Gamma hyperprior; little noise. */
  gamma: { precisions: Code.GAMMA, noise: 0.1, weights: WEIGHTS },
  /** One an input; all noise, so that the network grows out of a constant. */
  inputs: { precisions: Code.INPUTS, noise: 1, weights: WEIGHTS },
  /** One for all inputs. */
  layers: { precisions: Code.LAYERS, noise: 0.1, weights: WEIGHTS },
  "layers-noise": { precisions: Code.LAYERS, noise: 1, weights: WEIGHTS },
  /** One an input; small weights, so that the network grows out of a straight line. */
  line: { precisions: Code.INPUTS, noise: 0.5, weights: NEARLY_LINEAR },
  "layers-line": { precisions: Code.LAYERS, noise: 0.5, weights: NEARLY_LINEAR },
} as const satisfies Record<string, StartTraits>;

export type Start = keyof typeof STARTS;

export function startTraits(name: Start): StartTraits {
  return STARTS[name];
}

export const startNames = namesOf(STARTS);

/** The starts of one member, of which the best ones of all members are kept. */
interface Portfolio {
  readonly always: readonly Start[];
  /** Made too where the best fit leaves more noise than `NOISY`. */
  readonly noisy: readonly Start[];
}

const BY_INPUTS: Portfolio = { always: ["gamma", "inputs"], noisy: ["line"] };

const PORTFOLIOS = {
  auto: BY_INPUTS,
  inputs: BY_INPUTS,
  layers: { always: ["layers", "layers-noise"], noisy: ["layers-line"] },
} as const satisfies Record<string, Portfolio>;

/**
 * Variance of the noise, in units of that of the target, above which a straight line may be as much
 * as the data say. What a network learns of the noise costs this times effective parameters over
 * samples in R2: below it no more than a straight line gives away.
 */
export const NOISY = 0.1;

/**
 * Precisions of the priors: `"layers"` has one for all w, one for eta, one for c; `"inputs"` one
 * for the weights of each input; `"auto"` lets the data choose, at present among fits of
 * `"inputs"`.
 */
export type PrecisionStructure = keyof typeof PORTFOLIOS;

export const precisionStructures = namesOf(PORTFOLIOS);

export function portfolio(structure: PrecisionStructure): Portfolio {
  return PORTFOLIOS[structure];
}
