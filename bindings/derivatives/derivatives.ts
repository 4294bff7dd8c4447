import { type LoadedInputs, loadInputs } from "../data/load.js";
import type { Dataset, Matrix } from "../data/matrix.js";
import type { Arena } from "../engine/engine.js";
import { checkFinite, checkFiniteNumber } from "../engine/finite.js";
import { type Curvature, curvatureNames, requireCurvature } from "../objective/curvature.js";
import { Linearization } from "../objective/linearization.js";
import { loadFor } from "../objective/load.js";
import {
  checkObjectiveOf,
  OBJECTIVE_OPTIONS,
  type ObjectiveOptions,
} from "../objective/objective.js";
import { Point } from "../objective/point.js";
import { Problem } from "../objective/problem.js";
import { type NetworkMemory, type Parameters, splitParameters } from "../shape/parameters.js";
import { paddedCount } from "../shape/shape.js";
import {
  type ConjugateGradientOptions,
  checkConjugateGradients,
} from "../solvers/conjugate-gradients.js";
import { DenseSolver } from "../solvers/dense.js";
import { planSolver, type SolverPlan } from "../solvers/plan.js";
import { inaccurate, singular } from "../solvers/solver.js";
import {
  AUTO,
  createSolver,
  MOST_ACCURATE,
  type SolverName,
  solverNames,
} from "../solvers/table.js";
import { run } from "../support/pauses.js";
import { checkChoice, checkNumber, checkOptions } from "../support/validate.js";

export interface HessianOptions extends ObjectiveOptions {
  /** Default `"exact"`. */
  readonly curvature?: Curvature;
}

export interface NewtonStepOptions extends ObjectiveOptions {
  /** Regularization, at least 0. */
  readonly gamma: number;
  /** Default `"exact"`. */
  readonly curvature?: Curvature;
  /** Default `"auto"`. */
  readonly solver?: SolverName;
  /** Of the solver `cg`; the tolerance is 1e-10 here. */
  readonly cg?: ConjugateGradientOptions;
}

export interface NewtonStep {
  /** (H + gamma I)^-1 g; the method moves to theta - step. */
  readonly step: Parameters;
  /**
   * Whether H + gamma I is positive definite. If not, the step still solves the system, but need
   * not descend. `null` from the solver `cg`, which cannot know: it met no negative curvature, or
   * there would be no step.
   */
  readonly positiveDefinite: boolean | null;
  /**
   * Signs of the eigenvalues of H + gamma I, with H as the curvature has it; `null` from the solver
   * `cg`.
   */
  readonly inertia: { readonly positive: number; readonly negative: number } | null;
  /** g . step - step . H step / 2 with the true H: what the quadratic model says the loss loses. */
  readonly predictedDecrease: number;
  /**
   * rho - D J step, M x k row-major: the derivative of the loss in the outputs that the quadratic
   * model has after the step. For least squares the residual r - J step of the linearized network.
   */
  readonly linearizedResidual: Float64Array;
  readonly solver: SolverPlan["solver"];
}

export function predict(network: NetworkMemory, x: Matrix): Float64Array {
  const { engine, shape } = network;
  return engine.scope((arena) => {
    const data = loadInputs(engine, arena, x, shape.inputs, "x");
    const rows = predictLoaded(network, arena, data, "x");
    return engine.f64(rows, data.samples * shape.outputs).slice();
  });
}

/** f at inputs in memory: M x k, row-major, in `arena`. */
export function predictLoaded(
  { engine, shape, theta }: NetworkMemory,
  arena: Arena,
  data: LoadedInputs,
  argument: string,
): number {
  const problem = new Problem(engine, arena, shape, data);
  const point = new Point(problem, arena, { keepJets: false, theta });
  point.forward();
  checkFinite(engine, problem.rows, point.f, argument, "the output of the network");
  return toRows(problem, arena, point.f);
}

/** A function vector as rows: M x k, row-major. */
function toRows({ engine, samples, ldx, shape }: Problem, arena: Arena, vector: number): number {
  const rows = arena.f64(samples * shape.outputs);
  engine.core.toRows(samples, shape.outputs, vector, ldx, rows);
  return rows;
}

export function loss(network: NetworkMemory, data: Dataset, options: ObjectiveOptions): number {
  checkOptions(options, "options", OBJECTIVE_OPTIONS);
  return network.engine.scope((arena) => {
    const point = bind(network, arena, data, options, false);
    return checkFiniteNumber(point.evaluate(), "data", "the loss");
  });
}

export function gradient(
  network: NetworkMemory,
  data: Dataset,
  options: ObjectiveOptions,
): Parameters {
  checkOptions(options, "options", OBJECTIVE_OPTIONS);
  return network.engine.scope((arena) => {
    const point = bind(network, arena, data, options, false);
    const result = arena.f64(paddedCount(network.shape));
    point.gradient(result);
    checkFinite(network.engine, point.problem.parameters, result, "data", "the gradient");
    return splitParameters(network, result);
  });
}

export function jacobian({ engine, shape, theta }: NetworkMemory, x: Matrix): Float64Array {
  return engine.scope((arena) => {
    const { core } = engine;
    const data = loadInputs(engine, arena, x, shape.inputs, "x");
    const problem = new Problem(engine, arena, shape, data);
    const { descriptor } = new Point(problem, arena, { keepJets: false, theta });
    const { parameters, samples } = problem;
    const block = core.jacobianBlock();
    const panels = arena.bytes(core.hessianPanelBytes(parameters, samples));
    const full = arena.bytes(8 * samples * shape.outputs * parameters);
    const stride = 8 * parameters * shape.outputs;
    for (let output = 0; output < shape.outputs; output++) {
      for (let first = 0; first < samples; first += block) {
        const count = Math.min(block, samples - first);
        core.jacobianPanels(descriptor, output, first, count, panels);
        const start = full + first * stride + 8 * output * parameters;
        core.jacobianToRows(parameters, count, panels, start, stride);
      }
    }
    const count = samples * shape.outputs * parameters;
    checkFinite(engine, count, full, "x", "the Jacobian");
    return engine.f64(full, count).slice();
  });
}

export function hessian(
  network: NetworkMemory,
  data: Dataset,
  options: HessianOptions,
): Float64Array {
  checkOptions(options, "options", ["curvature", ...OBJECTIVE_OPTIONS]);
  const curvature = checkCurvature(network, options.curvature);
  return network.engine.scope((arena) => {
    const point = bind(network, arena, data, options, true);
    const linearization = new Linearization(point, arena, curvature);
    // The square copy is the larger part: it must be refused before the packed matrix is made.
    planSolver(linearization, "dense", "float64", true);
    const solver = new DenseSolver(linearization, arena);
    linearization.moveTo(point);
    linearization.checkFinite("data");
    return solver.matrix(arena);
  });
}

export function newtonStep(
  network: NetworkMemory,
  data: Dataset,
  options: NewtonStepOptions,
): NewtonStep {
  checkOptions(options, "options", ["gamma", "curvature", "solver", "cg", ...OBJECTIVE_OPTIONS]);
  const gamma = checkNumber(options.gamma, "options.gamma", { least: 0 });
  const curvature = checkCurvature(network, options.curvature);
  const { solver: name = AUTO } = options;
  checkChoice(name, "options.solver", solverNames);
  if (options.cg !== undefined) checkConjugateGradients(options.cg, "options.cg");
  return network.engine.scope((arena) => {
    const point = bind(network, arena, data, options, true);
    const { problem, residual } = point;
    const linearization = new Linearization(point, arena, curvature);
    const plan = planSolver(linearization, name, "float64", true);
    const cg = { tolerance: 1e-10, maxIterations: 10_000, ...options.cg };
    linearization.moveTo(point);
    linearization.checkFinite("data");
    const step = arena.f64(paddedCount(network.shape));
    const image = arena.f64(problem.rows);
    const attempt = ({ solver: by }: Pick<SolverPlan, "solver">) =>
      network.engine.scope((scratch) => {
        const solver = createSolver({ ...plan, solver: by }, linearization, scratch, "float64", cg);
        run(solver.linearizing());
        return { by, inspection: run(solver.inspecting(gamma, residual, step, image)) };
      });
    let { by, inspection } = attempt(plan);
    if (inspection === "inaccurate" && name === AUTO) {
      ({ by, inspection } = attempt(planSolver(linearization, MOST_ACCURATE, "float64", true)));
    }
    if (inspection === "singular") throw singular(gamma);
    if (inspection === "inaccurate") throw inaccurate(gamma);
    const { positiveDefinite, negative } = inspection;
    const quadratic = linearization.quadratic(step, image);
    const predictedDecrease = linearization.slope(step, image) - quadratic / 2;
    const { engine } = network;
    const count = problem.samples * network.shape.outputs;
    const left = linearization.bend(image);
    engine.core.axpby(problem.rows, 1, residual, -1, left);
    checkFinite(engine, problem.parameters, step, "data", "the step");
    checkFinite(engine, problem.rows, left, "data", "the linearized residual");
    checkFiniteNumber(predictedDecrease, "data", "the predicted decrease");
    return {
      step: splitParameters(network, step),
      positiveDefinite,
      inertia: negative === null ? null : { positive: problem.parameters - negative, negative },
      predictedDecrease,
      linearizedResidual: engine.f64(toRows(problem, arena, left), count).slice(),
      solver: by,
    };
  });
}

/** The network's parameters as a point of the data, evaluated. */
function bind(
  { engine, shape, theta }: NetworkMemory,
  arena: Arena,
  data: Dataset,
  options: ObjectiveOptions,
  keepJets: boolean,
): Point {
  const objective = checkObjectiveOf(options, shape, "options");
  const loaded = loadFor(engine, arena, data, shape, objective);
  const problem = new Problem(engine, arena, shape, loaded, objective);
  const point = new Point(problem, arena, { keepJets, theta });
  point.evaluate();
  return point;
}

function checkCurvature({ engine, shape }: NetworkMemory, value: Curvature = "exact"): Curvature {
  const curvature = checkChoice(value, "options.curvature", curvatureNames);
  requireCurvature(engine, shape.activation, curvature, "options.curvature");
  return curvature;
}
