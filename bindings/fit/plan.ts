import type { Arena } from "../engine/engine.js";
import type { Problem } from "../objective/problem.js";
import { ParameterPosterior, WorkingParameterPosterior } from "./parameter-space.js";
import type { Posterior, WorkingPosterior } from "./posterior.js";
import { SamplePosterior, WorkingSamplePosterior } from "./sample-space.js";

/** Operations of a posterior as a P x P matrix: that, its factor, the rows of its inverse. */
function parameterFlops(p: number, m: number): number {
  return p * p * m + p * p * p;
}

/** Of one as an M x M matrix, with the inverse itself. */
function sampleFlops(width: number, inputs: number, m: number): number {
  return (2 * width + inputs) * m * m + (4 / 3) * m * m * m;
}

/** In which space the posterior takes fewer operations. */
export function isInParameterSpace({ parameters, samples, shape }: Problem): boolean {
  const { width, inputs } = shape;
  return parameterFlops(parameters, samples) < sampleFlops(width, inputs, samples);
}

const WIDTH = 50;
/** Operations that one posterior may take by default: a minute or two of a core. */
const MOST_FLOPS = 2 ** 40;

/**
 * Neurons of a network whose width nobody chose: fewer where neither posterior could be had in a
 * sensible time and memory, which takes hundreds of columns and tens of thousands of rows.
 */
export function defaultWidth(inputs: number, samples: number): number {
  if (sampleFlops(WIDTH, inputs, samples) <= MOST_FLOPS) return WIDTH;
  let width = WIDTH;
  while (width > 1 && parameterFlops(width * (inputs + 2), samples) > MOST_FLOPS) width--;
  return width;
}

/** @param x pointer to the inputs of the problem */
export function planPosterior(problem: Problem, arena: Arena, x: number): WorkingPosterior {
  return isInParameterSpace(problem)
    ? new WorkingParameterPosterior(problem, arena, x)
    : new WorkingSamplePosterior(problem, arena);
}

/** That of a fit which is over; only in the space of the parameters it can be exact. */
export function planFinished(problem: Problem, arena: Arena, exact: boolean): Posterior {
  if (exact) return new ParameterPosterior(problem, arena, true);
  return isInParameterSpace(problem)
    ? new ParameterPosterior(problem, arena)
    : new SamplePosterior(problem, arena);
}
