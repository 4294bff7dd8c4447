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
}

/** Where a fit starts decides where it ends: these differ in structure and in the first noise. */
const STARTS = {
  /** One an input, drawn to a common one by a Gamma hyperprior; little noise. */
  gamma: { precisions: Code.GAMMA, noise: 0.1 },
  /** One an input; all noise, so that the network grows out of a constant. */
  inputs: { precisions: Code.INPUTS, noise: 1 },
  /** One for all inputs. */
  layers: { precisions: Code.LAYERS, noise: 0.1 },
  "layers-noise": { precisions: Code.LAYERS, noise: 1 },
} as const satisfies Record<string, StartTraits>;

export type Start = keyof typeof STARTS;

export function startTraits(name: Start): StartTraits {
  return STARTS[name];
}

export const startNames = namesOf(STARTS);

/** The starts of one member, of which the best ones of all members are kept. */
const PORTFOLIOS = {
  auto: ["gamma", "inputs"],
  inputs: ["gamma", "inputs"],
  layers: ["layers", "layers-noise"],
} as const satisfies Record<string, readonly Start[]>;

/**
 * Precisions of the priors: `"layers"` has one for all w, one for eta, one for c; `"inputs"` one
 * for the weights of each input; `"auto"` lets the data choose, at present among fits of
 * `"inputs"`.
 */
export type PrecisionStructure = keyof typeof PORTFOLIOS;

export const precisionStructures = namesOf(PORTFOLIOS);

export function portfolio(structure: PrecisionStructure): readonly Start[] {
  return PORTFOLIOS[structure];
}
