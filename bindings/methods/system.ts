import type { Arena } from "../engine/engine.js";
import { ACCELERATIONS } from "../objective/acceleration.js";
import { eigenFlops, JACOBI_ORDER } from "../objective/costs.js";
import {
  CURVATURES,
  type Curvature,
  requireCurvature,
  WITHOUT_BLOCKS,
} from "../objective/curvature.js";
import { Linearization } from "../objective/linearization.js";
import { lossTraits } from "../objective/losses.js";
import type { Point } from "../objective/point.js";
import type { Problem } from "../objective/problem.js";
import { createPolicy, policyDefaults } from "../regularization/table.js";
import { paddedCount } from "../shape/shape.js";
import { planSolver } from "../solvers/plan.js";
import {
  AUTO,
  createSolver,
  directSolverNames,
  SOLVERS,
  type SolverName,
} from "../solvers/table.js";
import { Newton } from "./newton.js";
import { LocalSystem } from "./newton-system.js";
import type { MethodOptions } from "./options.js";

/**
 * A method that solves (H + gamma I) step = g at every step: policy, curvature, solver and
 * acceleration, chosen where they are not told.
 *
 * @param point where the training begins
 * @param own the method's only curvature, or `null`
 * @throws InputError `invalid-argument`, `unsupported-activation`; ResourceError `out-of-memory`
 */
export function createNewton(
  point: Point,
  arena: Arena,
  options: MethodOptions,
  own: Curvature | null,
  rate: number,
): Newton {
  const { regularization, solver = AUTO, precision = "float64", cg = {} } = options;
  const { problem } = point;
  const { shape, engine } = problem;
  const policy = createPolicy(regularization, shape, engine.core.scaledGamma);
  const defaults = policyDefaults(regularization);
  // A penalized minimum has a residual, and there only the exact Hessian converges quadratically.
  const usual = problem.penalized ? "exact" : defaults.curvature;
  const wanted = own ?? options.curvature ?? usual;
  const told = options.curvature !== undefined;
  const argument = told ? "options.curvature" : "options.method";
  requireCurvature(engine, shape.activation, wanted, argument);
  const note = told ? null : noteOnCurvature(problem, wanted, solver);
  const curvature = note === null ? wanted : WITHOUT_BLOCKS;
  const linearization = new Linearization(point, arena, curvature);
  const plan = { ...planSolver(linearization, solver, precision), note };
  const { accelerates } = lossTraits(problem.objective.loss.name);
  const acceleration = options.acceleration ?? (accelerates ? defaults.acceleration : "none");
  const solved = createSolver(plan, linearization, arena, precision, cg);
  const geodesic = ACCELERATIONS[acceleration].bends;
  const certifies = SOLVERS[plan.solver].certifiesDefiniteness;
  const system = new LocalSystem(solved, arena, { certifies, geodesic });
  const facts = { plan, solver: solved, acceleration };
  return new Newton(system, paddedCount(shape), arena, policy, { rate, geodesic, facts });
}

/**
 * Eigenvectors of the blocks take N q^3, for q parameters a neuron: with many inputs more than all
 * the rest of a step. Then the default is the curvature that needs none, and this says so; `null`
 * otherwise.
 */
function noteOnCurvature(
  problem: Problem,
  curvature: Curvature,
  solver: SolverName,
): string | null {
  const { parameters, rows, neuronSize: q, samples, shape } = problem;
  if (!CURVATURES[curvature].usesBlocks || q <= JACOBI_ORDER) return null;
  const { width, outputs } = shape;
  const sizes = { parameters, rows, values: samples * outputs, width };
  const counted = directSolverNames.filter((name) => name === solver);
  const possible = counted.length > 0 ? counted : directSolverNames;
  const rest = Math.min(...possible.map((name) => SOLVERS[name].flops(sizes)));
  const eigenvectors = width * eigenFlops(q);
  if (eigenvectors <= rest) return null;
  const [blocks, solution] = [eigenvectors, rest].map((flops) => (flops / 1e9).toPrecision(2));
  return `curvature "${WITHOUT_BLOCKS}" in the place of "${curvature}": the eigenvectors of ${width} blocks of order ${q} would take ${blocks} GFLOP a step, beside ${solution} for the system; options.curvature decides otherwise`;
}
