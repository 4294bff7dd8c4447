import type { Arena } from "../engine/engine.js";
import type { Problem } from "../objective/problem.js";
import { ParameterPosterior, WorkingParameterPosterior } from "./parameter-space.js";
import type { Posterior, WorkingPosterior } from "./posterior.js";
import { SamplePosterior, WorkingSamplePosterior } from "./sample-space.js";

/** In which space the posterior takes fewer operations. */
export function isInParameterSpace(problem: Problem): boolean {
  const { parameters: p, samples: m, shape } = problem;
  // A matrix, its factor and the rows of the factor's inverse; there also the inverse itself.
  const inParameters = p * p * m + p * p * p;
  const inSamples = (2 * shape.width + shape.inputs) * m * m + (4 / 3) * m * m * m;
  return inParameters < inSamples;
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
