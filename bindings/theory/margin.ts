import type { Dataset } from "../data/matrix.js";
import { checkFiniteNumber, overflow } from "../engine/finite.js";
import { type Network, networkAccess } from "../network/network.js";
import { requireCurvature } from "../objective/curvature.js";
import { Linearization } from "../objective/linearization.js";
import { loadFor } from "../objective/load.js";
import { lossTraits } from "../objective/losses.js";
import {
  checkObjectiveOf,
  OBJECTIVE_OPTIONS,
  type ObjectiveOptions,
} from "../objective/objective.js";
import { Point } from "../objective/point.js";
import { Problem } from "../objective/problem.js";
import { planSolver } from "../solvers/plan.js";
import { reasons } from "../solvers/rejection.js";
import { inaccurate, type StepSolver } from "../solvers/solver.js";
import {
  AUTO,
  type CertifyingSolver,
  certifyingSolverNames,
  createSolver,
  SOLVERS,
  solverNames,
} from "../solvers/table.js";
import { invalid } from "../support/errors.js";
import { run } from "../support/pauses.js";
import { checkChoice, checkNumber, checkOptions } from "../support/validate.js";

export interface MarginOptions extends ObjectiveOptions {
  /** Regularization whose margin is asked for; default 0. */
  readonly gamma?: number;
  /** Width of the bracket, relative to the spread of the curvature; default 1e-9. */
  readonly tolerance?: number;
  /** `dense` or `function-space`; `auto`, the default, takes the cheaper. */
  readonly solver?: typeof AUTO | CertifyingSolver;
}

export interface Margin {
  /** Smallest eigenvalue of the exact Hessian H, the middle of its bracket. */
  readonly smallest: number;
  /** Certified: H + t I is positive definite for t above -lower, and is not for t below -upper. */
  readonly lower: number;
  readonly upper: number;
  /** smallest + gamma: how far H + gamma I is from singular; negative if it is indefinite. */
  readonly margin: number;
}

/**
 * Margin of definiteness of the regularized Newton system at the current parameters, by bisection
 * on the inertia of H + t I, without ever forming H where the function-space solver is cheaper. It
 * starts between the smallest eigenvalue of S + Lambda, below which that of H = J^T D J / M + S +
 * Lambda cannot fall unless D is negative somewhere, and a Rayleigh quotient of H.
 *
 * @throws InputError `invalid-argument`, `unsupported-activation`, `non-finite`; ResourceError
 *   `out-of-memory`; `not-converged` when rounding leaves `function-space` no verdict
 */
export function definitenessMargin(
  network: Network,
  data: Dataset,
  options: MarginOptions = {},
): Margin {
  checkOptions(options, "options", ["gamma", "tolerance", "solver", ...OBJECTIVE_OPTIONS]);
  const { gamma = 0, tolerance = 1e-9, solver: name = AUTO } = options;
  checkNumber(gamma, "options.gamma");
  checkNumber(tolerance, "options.tolerance", { above: 0 });
  checkChoice(name, "options.solver", solverNames);
  if (name !== AUTO && !SOLVERS[name].certifiesDefiniteness) {
    const expected = `${certifyingSolverNames.join(" or ")}, which know the inertia`;
    throw invalid("invalid-argument", "options.solver", expected, `"${name}"`);
  }
  const { engine, shape, theta } = networkAccess(network);
  requireCurvature(engine, shape.activation, "exact", "network");
  return engine.scope((arena) => {
    const objective = checkObjectiveOf(options, shape, "options");
    const loaded = loadFor(engine, arena, data, shape, objective);
    const problem = new Problem(engine, arena, shape, loaded, objective);
    const point = new Point(problem, arena, { keepJets: true, theta });
    checkFiniteNumber(point.evaluate(), "data", "the loss");
    const linearization = new Linearization(point, arena, "exact");
    const plan = planSolver(linearization, name, "float64", true, certifyingSolverNames);
    const solver = createSolver(plan, linearization, arena, "float64", {});
    linearization.moveTo(point);
    linearization.checkFinite("data");
    run(solver.linearizing());
    const count = problem.parameters;
    const upper = run(linearization.findingQuotient());
    const least = Math.min(engine.core.minimum(count, linearization.values), upper);
    checkFiniteNumber(upper - least, "data", "the curvature");
    const below = lossTraits(objective.loss.name).mayBeConcave;
    const lower = below ? findBelow(solver, least, upper) : least;
    const bracket = bisect(solver, lower, upper, tolerance);
    const smallest = (bracket.lower + bracket.upper) / 2;
    checkFiniteNumber(smallest + gamma, "options.gamma", "the margin");
    return { smallest, ...bracket, margin: smallest + gamma };
  });
}

/**
 * A number below all eigenvalues of H, from one below those of S + Lambda: where l'' may be
 * negative, J^T D J may be, too.
 */
function findBelow(solver: StepSolver, least: number, upper: number): number {
  const size = Math.max(Math.abs(least), Math.abs(upper));
  if (size === 0) return least;
  // Not from `least` itself, where B is singular and the function-space matrix infinite.
  for (let reach = size / 8; Number.isFinite(least - reach); reach *= 2) {
    if (run(solver.factoring(reach - least)) === null) return least - reach;
  }
  throw overflow("data", "the curvature", String(-Infinity));
}

function bisect(
  solver: StepSolver,
  lower: number,
  upper: number,
  tolerance: number,
): { lower: number; upper: number } {
  const least = tolerance * Math.max(Math.abs(lower), Math.abs(upper));
  while (upper - lower > least) {
    const middle = (lower + upper) / 2;
    if (middle <= lower || middle >= upper) break;
    const rejection = run(solver.factoring(-middle));
    if (rejection === null) lower = middle;
    else if (reasons[rejection.reason].positiveDefinite === null) throw inaccurate(-middle);
    else upper = middle;
  }
  return { lower, upper };
}
