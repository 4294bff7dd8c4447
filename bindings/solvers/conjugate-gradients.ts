import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../linearization.js";
import { paddedCount } from "../shape.js";
import type { ConjugateGradientOptions } from "../types.js";
import { checkInteger, checkNumber, checkOptions } from "../validate.js";
import type { Inspection, Refusal, SolveReport, StepSolver } from "./solver.js";

export const CG_DEFAULTS = { tolerance: 1e-6, maxIterations: 200 } as const;

/** @throws InputError `invalid-argument` */
export function checkConjugateGradients(value: ConjugateGradientOptions, argument: string): void {
  checkOptions(value, argument, ["tolerance", "maxIterations"]);
  const { tolerance, maxIterations } = value;
  if (tolerance !== undefined) {
    checkNumber(tolerance, `${argument}.tolerance`, { above: 0, below: 1 });
  }
  if (maxIterations !== undefined) {
    checkInteger(maxIterations, `${argument}.maxIterations`, 1, Number.MAX_SAFE_INTEGER);
  }
}

/** Vectors of length P that the solver keeps, and those of a neuron's square for the preconditioner. */
export function conjugateGradientBytes({ problem, curvature }: Linearization): number {
  const { shape, neuronSize, parameters, blockValues } = problem;
  const preconditioner = shape.width * neuronSize * (neuronSize + 1) + blockValues;
  const own = curvature === "absolute" || curvature === "positive" ? blockValues : 0;
  return 8 * (4 * parameters + preconditioner + own);
}

/**
 * The matrix-free solver: conjugate gradients on products with H + gamma I, preconditioned by the diagonal blocks of H, one a neuron,
 * with the magnitudes of their eigenvalues. Memory and the cost of an iteration are linear in P and in M.
 *
 * Golub and Van Loan, Matrix Computations, 4th ed., 11.5. A direction of curvature that is not positive ends the iteration and is
 * reported: H + gamma I is then not positive definite. That none was met is no proof of the contrary.
 */
export class ConjugateGradientSolver implements StepSolver {
  readonly name = "cg";
  readonly linearization: Linearization;
  readonly solved = { float64: 0, mixed: 0 };
  report: SolveReport = {};
  readonly #tolerance: number;
  readonly #maxIterations: number;
  /** Blocks in the place of S, which the product with H takes; 0 for Gauss-Newton. */
  readonly #curved: number;
  readonly #diagonal: number;
  readonly #values: number;
  readonly #vectors: number;
  readonly #residual: number;
  readonly #preconditioned: number;
  readonly #direction: number;
  readonly #product: number;
  readonly #image: number;
  #gamma = 0;

  constructor(linearization: Linearization, arena: Arena, options: ConjugateGradientOptions) {
    const { problem, curvature, blocks } = linearization;
    const { shape, neuronSize: q, blockValues, rows } = problem;
    const count = paddedCount(shape);
    this.linearization = linearization;
    this.#tolerance = options.tolerance ?? CG_DEFAULTS.tolerance;
    this.#maxIterations = options.maxIterations ?? CG_DEFAULTS.maxIterations;
    if (curvature === "exact") this.#curved = blocks;
    else this.#curved = curvature === "gauss-newton" ? 0 : arena.f64(blockValues);
    this.#diagonal = arena.f64(blockValues);
    this.#values = arena.f64(shape.width * q);
    this.#vectors = arena.f64(shape.width * q * q);
    this.#residual = arena.f64(count);
    this.#preconditioned = arena.f64(count);
    this.#direction = arena.f64(count);
    this.#product = arena.f64(count);
    this.#image = arena.f64(rows);
  }

  linearize(): void {
    const { problem, theta, blocks } = this.linearization;
    const { engine, descriptor, blockValues } = problem;
    const { core } = engine;
    if (this.#curved !== 0 && this.#curved !== blocks) {
      this.linearization.curvedBlocks(this.#curved);
    }
    if (this.#curved === 0) engine.f64(this.#diagonal, blockValues).fill(0);
    else core.copyVector(blockValues, this.#curved, this.#diagonal);
    core.addGramBlocks(descriptor, theta, this.#diagonal);
    core.decomposeBlocks(descriptor, this.#diagonal, this.#values, this.#vectors);
  }

  factor(gamma: number): null {
    this.#gamma = gamma;
    return null;
  }

  inspect(gamma: number, u: number, step: number, image: number): Inspection {
    this.factor(gamma);
    const refusal = this.solve(u, step, image);
    return { positiveDefinite: refusal === null ? null : false, negative: null };
  }

  solve(u: number, step: number, image: number): Refusal | null {
    const { problem, theta } = this.linearization;
    const { engine, shape } = problem;
    const { core } = engine;
    const count = paddedCount(shape);
    const [r, z, p, q] = [this.#residual, this.#preconditioned, this.#direction, this.#product];
    problem.transposeProduct(theta, u, r);
    engine.f64(step, count).fill(0);
    const size = core.norm2(count, r);
    this.#precondition(r, p);
    let rz = core.dot(count, r, p);
    let residual = 1;
    let iterations = 0;
    while (size > 0 && residual > this.#tolerance && iterations < this.#maxIterations) {
      this.#multiply(p, q);
      const curvature = core.dot(count, p, q);
      // Also true for NaN.
      if (!(curvature > 0)) {
        this.report = { iterations, residual };
        return { curvature: curvature / core.dot(count, p, p) };
      }
      iterations++;
      core.axpy(count, rz / curvature, p, step);
      core.axpy(count, -rz / curvature, q, r);
      residual = core.norm2(count, r) / size;
      this.#precondition(r, z);
      const next = core.dot(count, r, z);
      core.axpby(count, 1, z, next / rz, p);
      rz = next;
    }
    this.report = { iterations, residual: size > 0 ? residual : 0 };
    this.solved.float64++;
    if (image !== 0) problem.jacobianProduct(theta, step, image);
    return null;
  }

  /** out := (H + gamma I) p = J^T (J p) / M + S p + gamma p */
  #multiply(p: number, out: number): void {
    const { problem, theta } = this.linearization;
    const { core } = problem.engine;
    problem.jacobianProduct(theta, p, this.#image);
    problem.transposeProduct(theta, this.#image, out);
    if (this.#curved !== 0) core.blocksProduct(problem.descriptor, this.#curved, p, out);
    core.axpy(problem.parameters, this.#gamma, p, out);
  }

  #precondition(r: number, z: number): void {
    const { engine, descriptor } = this.linearization.problem;
    const absolute = 1;
    engine.core.blocksSolve(descriptor, this.#values, this.#vectors, absolute, this.#gamma, r, z);
  }
}
