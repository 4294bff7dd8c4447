import type { Arena } from "../engine/engine.js";
import { blockFlops, neuronFlops } from "../objective/costs.js";
import { CURVATURES } from "../objective/curvature.js";
import type { Linearization } from "../objective/linearization.js";
import { paddedCount } from "../shape/shape.js";
import { InputError, ResourceError } from "../support/errors.js";
import { checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import type { Rejection } from "./rejection.js";
import type { Inspection, SolveReport, StepSolver } from "./solver.js";

export interface ConjugateGradientOptions {
  /** Relative residual at which the iteration ends; default 1e-6. */
  readonly tolerance?: number;
  /**
   * Default 200 in training, where a step may be cut short there; 10,000 for `newtonStep`, where
   * that is an error.
   */
  readonly maxIterations?: number;
}

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

/**
 * Vectors of length P that the solver keeps, and those of a neuron's square for the preconditioner.
 */
export function conjugateGradientBytes(linearization: Linearization): number {
  const { shape, neuronSize, parameters, blockValues } = linearization.problem;
  const preconditioner = shape.width * neuronSize * (neuronSize + 1) + blockValues;
  const own = linearization.hasOwnBlocks ? blockValues : 0;
  return 8 * (4 * parameters + preconditioner + own);
}

/**
 * The matrix-free solver: conjugate gradients on products with H + gamma I, preconditioned by the
 * diagonal blocks of H, one a neuron, with the magnitudes of their eigenvalues. Memory and the cost
 * of an iteration are linear in P and in M.
 *
 * Golub and Van Loan, Matrix Computations, 4th ed., 11.5. A direction of curvature that is not
 * positive ends the iteration and is reported: H + gamma I is then not positive definite. That none
 * was met is no proof of the contrary.
 */
export class ConjugateGradientSolver implements StepSolver {
  readonly linearization: Linearization;
  readonly solved = { float64: 0, mixed: 0 };
  report: SolveReport = {};
  readonly #tolerance: number;
  readonly #maxIterations: number;
  /** Blocks in the place of S, which the product with H takes; 0 for Gauss-Newton. */
  #curved = 0;
  readonly #room: number;
  readonly #diagonal: number;
  readonly #values: number;
  readonly #vectors: number;
  readonly #residual: number;
  readonly #preconditioned: number;
  readonly #direction: number;
  readonly #product: number;
  readonly #image: number;
  /** D times the image, where D is not 1. */
  readonly #bent: number;
  #gamma = 0;

  constructor(linearization: Linearization, arena: Arena, options: ConjugateGradientOptions) {
    const { problem, hasOwnBlocks } = linearization;
    const { shape, neuronSize: q, blockValues, rows } = problem;
    const count = paddedCount(shape);
    this.linearization = linearization;
    this.#tolerance = options.tolerance ?? CG_DEFAULTS.tolerance;
    this.#maxIterations = options.maxIterations ?? CG_DEFAULTS.maxIterations;
    this.#room = hasOwnBlocks ? arena.f64(blockValues) : 0;
    this.#diagonal = arena.f64(blockValues);
    this.#values = arena.f64(shape.width * q);
    this.#vectors = arena.f64(shape.width * q * q);
    this.#residual = arena.f64(count);
    this.#preconditioned = arena.f64(count);
    this.#direction = arena.f64(count);
    this.#product = arena.f64(count);
    this.#image = arena.f64(rows);
    this.#bent = problem.unitCurvature ? 0 : arena.f64(rows);
  }

  *linearizing(): Generator<void, void> {
    const { problem, point, rows } = this.linearization;
    const { engine, blockValues, neuronSize, samples } = problem;
    const { core } = engine;
    this.#curved = yield* this.linearization.makingBlocks(this.#room);
    if (this.#curved === 0) engine.f64(this.#diagonal, blockValues).fill(0);
    else core.copyVector(blockValues, this.#curved, this.#diagonal);
    yield* problem.overNeurons(blockFlops(neuronSize, samples), (first, count) => {
      core.addGramBlocks(point.descriptor, rows, this.#diagonal, first, count);
    });
    yield* problem.decomposing(this.#diagonal, this.#values, this.#vectors);
  }

  // biome-ignore lint/correctness/useYield: nothing here is long
  *factoring(gamma: number): Generator<void, null> {
    this.#gamma = gamma;
    return null;
  }

  /**
   * Restarts from the true residual while the one of the recursion has left it behind, as long as
   * each restart halves it.
   *
   * @throws InputError `invalid-argument` where H + gamma I is not positive definite; ResourceError
   *   `not-converged`
   */
  *inspecting(gamma: number, u: number, step: number, image: number): Generator<void, Inspection> {
    const { problem, point } = this.linearization;
    const { core } = problem.engine;
    this.#gamma = gamma;
    const size = yield* this.#beginning(u, step);
    let iterations = 0;
    let before = Infinity;
    let residual = size > 0 ? 1 : 0;
    while (residual > this.#tolerance && residual <= before / 2) {
      const rejection = yield* this.#iterating(step, size, this.#maxIterations - iterations);
      iterations += this.report.iterations!;
      if (rejection !== null) throw indefinite(gamma, rejection.curvature);
      if (this.report.residual! > this.#tolerance) {
        throw outOfIterations(this.#maxIterations, this.report.residual!, this.#tolerance);
      }
      before = residual;
      yield* this.#multiplying(step, this.#product);
      yield* this.linearization.formingRight(u, this.#residual);
      core.axpy(problem.parameters, -1, this.#product, this.#residual);
      residual = core.norm2(problem.parameters, this.#residual) / size;
    }
    if (residual > this.#tolerance) throw outOfDigits(residual, this.#tolerance);
    this.report = { iterations, residual };
    this.solved.float64++;
    yield* point.multiplying(step, image);
    return { positiveDefinite: null, negative: null };
  }

  *solving(u: number, step: number, image: number): Generator<void, Rejection | null> {
    const size = yield* this.#beginning(u, step);
    const rejection = yield* this.#iterating(step, size, this.#maxIterations);
    if (rejection !== null) return rejection;
    this.solved.float64++;
    if (image !== 0) yield* this.linearization.point.multiplying(step, image);
    return null;
  }

  /** step := 0, `#residual` := the right-hand side of u, whose norm is returned. */
  *#beginning(u: number, step: number): Generator<void, number> {
    const { problem } = this.linearization;
    yield* this.linearization.formingRight(u, this.#residual);
    problem.engine.f64(step, paddedCount(problem.shape)).fill(0);
    return problem.engine.core.norm2(problem.parameters, this.#residual);
  }

  /**
   * Adds to `step` what solves for `#residual`, until that is below the tolerance beside `size`.
   */
  *#iterating(step: number, size: number, most: number): Generator<void, Indefinite | null> {
    const { problem } = this.linearization;
    const { engine, shape, neuronSize, samples } = problem;
    const turns = problem.turnsBetweenPauses(shape.width * 2 * neuronFlops(neuronSize, samples));
    const { core } = engine;
    const count = paddedCount(shape);
    const [r, z, p, q] = [this.#residual, this.#preconditioned, this.#direction, this.#product];
    this.#precondition(r, p);
    let rz = core.dot(count, r, p);
    let residual = core.norm2(count, r) / size;
    let iterations = 0;
    while (size > 0 && residual > this.#tolerance && iterations < most) {
      if (iterations % turns === turns - 1) yield;
      if (turns > 1) this.#multiply(p, q);
      else yield* this.#multiplying(p, q);
      const curvature = core.dot(count, p, q);
      // Also true for NaN.
      if (!(curvature > 0)) {
        this.report = { iterations, residual };
        return { reason: "not-positive-definite", curvature: curvature / core.dot(count, p, p) };
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
    return null;
  }

  /** out := (H + gamma I) p = J^T D (J p) / M + (S + Lambda) p + gamma p */
  *#multiplying(p: number, out: number): Generator<void, void> {
    const { point } = this.linearization;
    yield* point.multiplying(p, this.#image);
    yield* point.transposing(this.#bend(), out);
    this.#addBlocks(p, out);
  }

  /** The same where it is not long enough for a pause. */
  #multiply(p: number, out: number): void {
    const { point } = this.linearization;
    point.jacobianProduct(p, this.#image);
    point.transposeProduct(this.#bend(), out);
    this.#addBlocks(p, out);
  }

  /** D times the image: a pointer. */
  #bend(): number {
    const { problem, point, rows } = this.linearization;
    if (rows === 0) return this.#image;
    problem.engine.core.curvatureProduct(point.descriptor, rows, this.#image, this.#bent);
    return this.#bent;
  }

  /** out := out + (S + Lambda) p + gamma p */
  #addBlocks(p: number, out: number): void {
    const { problem } = this.linearization;
    const { core } = problem.engine;
    if (this.#curved !== 0) core.blocksProduct(problem.descriptor, this.#curved, p, out);
    core.axpy(problem.parameters, this.#gamma, p, out);
  }

  #precondition(r: number, z: number): void {
    const { engine, descriptor } = this.linearization.problem;
    const absolute = CURVATURES.absolute.code;
    engine.core.blocksSolve(descriptor, this.#values, this.#vectors, absolute, this.#gamma, r, z);
  }
}

/** A direction of curvature that is not positive was met. */
type Indefinite = Rejection & Required<Pick<Rejection, "curvature">>;

function indefinite(gamma: number, curvature: number): InputError {
  return new InputError(
    "invalid-argument",
    `options.solver: conjugate gradients met the curvature ${curvature}: H + gamma I is not positive definite at gamma = ${gamma}, and "cg" solves no other system; "dense" and "function-space" do, or take a larger gamma or the curvature "absolute"`,
    {
      argument: "options.solver",
      expected: "dense or function-space, which solve indefinite systems",
      got: '"cg"',
    },
  );
}

function outOfIterations(most: number, residual: number, tolerance: number): ResourceError {
  return new ResourceError(
    "not-converged",
    `options.cg.maxIterations: the relative residual is ${residual} after ${most} iterations; raise options.cg.maxIterations or options.cg.tolerance, or take the solver "dense" or "function-space"`,
    {
      argument: "options.cg.maxIterations",
      expected: `enough for a relative residual of ${tolerance}`,
      got: String(most),
    },
  );
}

function outOfDigits(residual: number, tolerance: number): ResourceError {
  return new ResourceError(
    "not-converged",
    `options.cg.tolerance: rounding keeps the relative residual at ${residual}; raise options.cg.tolerance, or take the solver "dense" or "function-space"`,
    {
      argument: "options.cg.tolerance",
      expected: `at least ${residual}`,
      got: String(tolerance),
    },
  );
}
