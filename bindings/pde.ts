/**
 * Differential equations: `solve`, and the points at which equations are to hold. What they need of
 * the core beside that of networks is loaded when `solve` is called.
 *
 * @module newton-nn/pde
 */

export type { SolutionJSON } from "./formats/solution-json.js";
export type { ConcreteMethod, PdeMethod, PdeSolver } from "./pde/methods.js";
export type { EquationAt, SolutionNetwork, SolveOptions } from "./pde/options.js";
export {
  type Box,
  boundary,
  type DrawOptions,
  grid,
  latinHypercube,
  type Side,
  sobol,
  uniform,
} from "./pde/points.js";
export { Solution, type SolveRun } from "./pde/solution.js";
export { solve } from "./pde/solve.js";
