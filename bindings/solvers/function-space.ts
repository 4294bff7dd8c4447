import type { Arena } from "../engine/engine.js";
import { BunchKaufman } from "../engine/factorization/bunch-kaufman.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import type { Factorization } from "../engine/factorization/factorization.js";
import { Progress } from "../engine/progress.js";
import { CURVATURES } from "../objective/curvature.js";
import type { Linearization } from "../objective/linearization.js";
import { paddedCount } from "../shape/shape.js";
import { indefinite, type Rejection } from "./rejection.js";
import type { Inspection, SolveReport, StepSolver, Unsolved } from "./solver.js";

/** Bytes that the solver needs beside the linearization. */
export function functionSpaceBytes(linearization: Linearization): number {
  const { engine, shape, rows, ldx } = linearization.problem;
  const { core } = engine;
  const square = mayBeIndefinite(linearization) ? BunchKaufman.bytes(core, rows) : 0;
  const { inputs, outputs } = shape;
  const vectors = 2 * 8 * (paddedCount(shape) + rows);
  const scratch = core.groupBytes(inputs, outputs, ldx) + Progress.bytes(core);
  return Cholesky.bytes(core, rows) + square + scratch + vectors;
}

/** Where B may be indefinite, C may be with it. */
function mayBeIndefinite({ curvature }: Linearization): boolean {
  return CURVATURES[curvature].mayBeIndefinite;
}

/** Residuals above this, relative to what rounding makes of them, are worth a refinement. */
const REFINE = 8;

/** Residuals up to this, relative to the same, are those of a step as good as the dense one. */
const ACCEPTED = 64;

/** Iterations of the power method for the norm of J^T J / M, which is needed to a small factor. */
const POWER_ITERATIONS = 8;

/**
 * Steps of inverse iteration for the smallest eigenvalue of C, which is needed to a small factor.
 */
const INVERSE_ITERATIONS = 4;

/**
 * The function-space solver (assembly/newton/functionSpace.ts): an R x R system in the place of the
 * P x P one, the same step. Its definiteness is certified by inertia: #neg(H + gamma I) = #neg(B) -
 * #neg(C).
 *
 * C = M I + J B^-1 J^T is formed with a rounding error of eps trace(J |B|^-1 J^T). Where this is
 * not small beside M, its eigenvalues near M are lost: those of functions that J does not reach.
 * With P < R there are such functions in every right-hand side, and the step is refined in the
 * P-dimensional system until its residual there is that of rounding; if it never is, the solver
 * says so.
 */
export class FunctionSpaceSolver implements StepSolver {
  readonly linearization: Linearization;
  readonly solved = { float64: 0, mixed: 0 };
  report: SolveReport = {};
  /** C is formed where its Cholesky factor goes. */
  readonly #cholesky: Cholesky;
  readonly #bunchKaufman: BunchKaufman | null;
  /** That of the two which holds the factors of C. */
  #factors: Factorization;
  readonly #group: number;
  readonly #progress: Progress;
  readonly #v: number;
  readonly #error: number;
  /** Parameter vectors: what is left of the P-dimensional system, and the correction for it. */
  readonly #left: number;
  readonly #correction: number;
  #gamma = 0;
  #indefinite = false;
  /** Rounding error of C. */
  #rounding = 0;
  #tangentNorm: number | undefined;

  constructor(linearization: Linearization, arena: Arena) {
    const { engine, shape, rows, ldx } = linearization.problem;
    const { core } = engine;
    this.linearization = linearization;
    this.#cholesky = new Cholesky(engine, arena, rows);
    this.#factors = this.#cholesky;
    this.#group = arena.bytes(core.groupBytes(shape.inputs, shape.outputs, ldx));
    this.#progress = new Progress(engine, arena);
    this.#v = arena.f64(rows);
    this.#error = arena.f64(rows);
    this.#left = arena.f64(paddedCount(shape));
    this.#correction = arena.f64(paddedCount(shape));
    this.#bunchKaufman = mayBeIndefinite(linearization)
      ? new BunchKaufman(engine, arena, rows)
      : null;
  }

  // biome-ignore lint/correctness/useYield: nothing here is long
  *linearizing(): Generator<void, void> {
    this.#tangentNorm = undefined;
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { rows } = this.linearization.problem;
    const blocks = this.linearization.blocksNegative(gamma);
    // C has R eigenvalues: with more than R negative ones in B the verdict is known before C is
    // formed.
    if (blocks > rows) return indefinite({ negative: blocks - rows });
    const negative = yield* this.#forming(gamma, blocks);
    if (this.#reachesAll) {
      return negative === 0 ? null : indefinite(negative === null ? {} : { negative });
    }
    if (negative === null || this.#losesOrder) return { reason: "inaccurate" };
    return negative === 0 ? null : indefinite({ negative });
  }

  *inspecting(
    gamma: number,
    u: number,
    step: number,
    image: number,
  ): Generator<void, Inspection | Unsolved> {
    const negative = yield* this.#forming(gamma, this.linearization.blocksNegative(gamma));
    if (negative === null) return this.#losesOrder ? "inaccurate" : "singular";
    // A positive definite B has a positive definite H + gamma I, whatever became of C.
    if (this.#indefinite && !(this.#smallestEigenvalue() > ACCEPTED * this.#rounding)) {
      return "inaccurate";
    }
    yield* this.#solvingOnce(u, step, image);
    if (!(yield* this.#refining(u, step, image))) return "inaccurate";
    return { positiveDefinite: negative === 0, negative };
  }

  *solving(u: number, step: number, image: number): Generator<void, Rejection | null> {
    yield* this.#solvingOnce(u, step, image);
    if (this.#reachesAll) return null;
    const at = image === 0 ? this.#v : image;
    if (image === 0) yield* this.#multiplying(step, at);
    return (yield* this.#refining(u, step, at)) ? null : { reason: "inaccurate" };
  }

  /** Whether J may reach every function: there are as many parameters as rows. */
  get #reachesAll(): boolean {
    const { parameters, rows } = this.linearization.problem;
    return parameters >= rows;
  }

  /**
   * Whether the rounding error of C reaches M, its least eigenvalue where B is positive definite.
   */
  get #losesOrder(): boolean {
    return !(ACCEPTED * this.#rounding < this.linearization.problem.samples);
  }

  *#solvingOnce(u: number, step: number, image: number): Generator<void, void> {
    this.solved.float64++;
    this.#factors.solve(u, this.#v);
    yield* this.#turningInto(step, this.#v);
    if (image === 0) return;
    yield* this.#multiplying(step, image);
    if (this.#errorOf(u, image) > REFINE) {
      const { rows, engine } = this.linearization.problem;
      this.#factors.solve(this.#error, this.#error);
      engine.core.axpy(rows, -1, this.#error, this.#v);
      yield* this.#turningInto(step, this.#v);
      yield* this.#multiplying(step, image);
    }
  }

  /**
   * `#error` := m v + J step - u, what is left of C v = u with J B^-1 J^T v taken as J step; the
   * residual of the P-dimensional system is J^T of it over m. Returns its size beside what rounding
   * makes of the sum.
   */
  #errorOf(u: number, image: number): number {
    const { rows, engine, samples } = this.linearization.problem;
    const { core } = engine;
    const error = this.#error;
    core.copyVector(rows, image, error);
    core.axpy(rows, samples, this.#v, error);
    core.axpy(rows, -1, u, error);
    const rounding = Number.EPSILON * (core.norm2(rows, image) + core.norm2(rows, u));
    return core.norm2(rows, error) / rounding;
  }

  /**
   * Corrects the step, whose image is given, until its residual in the P-dimensional system is that
   * of rounding, as long as each correction halves it. Returns whether it is.
   *
   * Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 12.2: a fixed precision
   * suffices for a small backward error.
   */
  *#refining(u: number, step: number, image: number): Generator<void, boolean> {
    let before = Infinity;
    let size = yield* this.#measuring(u, step, image);
    while (size > REFINE && size < before / 2) {
      yield;
      yield* this.#correcting(step);
      yield* this.#multiplying(step, image);
      before = size;
      size = yield* this.#measuring(u, step, image);
    }
    return size <= ACCEPTED;
  }

  /**
   * `#left` := J^T (u - J step) / M - B step, what is left of the P-dimensional system. Returns its
   * size beside what rounding makes of |H + gamma I| |step| and of the right-hand side.
   */
  *#measuring(u: number, step: number, image: number): Generator<void, number> {
    const { problem, point, blocksNorm } = this.linearization;
    const { engine, rows, parameters, samples } = problem;
    const { core } = engine;
    const [left, error] = [this.#left, this.#error];
    this.#tangentNorm ??= yield* this.#powerMethod();
    core.copyVector(rows, u, error);
    core.axpy(rows, -1, image, error);
    yield* point.transposing(error, left);
    this.linearization.blocksMultiply(this.#gamma, step, this.#correction);
    core.axpy(parameters, -1, this.#correction, left);
    const size = core.norm2(parameters, left);
    if (size === 0) return 0;
    const matrix = this.#tangentNorm + blocksNorm + Math.abs(this.#gamma);
    // |J| |u| / M, with |J|^2 = M |J^T J / M|
    const right = Math.sqrt(this.#tangentNorm / samples) * core.norm2(rows, u);
    const rounding = Number.EPSILON * (matrix * core.norm2(parameters, step) + right);
    return size / rounding;
  }

  /**
   * step := step + (H + gamma I)^-1 left, by the formula for a right-hand side that is not in the
   * range of J^T: (H + gamma I)^-1 = B^-1 - B^-1 J^T C^-1 J B^-1 (Sherman, Morrison and Woodbury).
   */
  *#correcting(step: number): Generator<void, void> {
    const { problem, point } = this.linearization;
    const { core } = problem.engine;
    const [left, correction, error] = [this.#left, this.#correction, this.#error];
    this.linearization.blocksSolve(this.#gamma, left, correction);
    yield* this.#multiplying(correction, error);
    this.#factors.solve(error, error);
    yield* point.summing(error, correction);
    core.axpy(problem.parameters, -1, correction, left);
    this.linearization.blocksSolve(this.#gamma, left, correction);
    core.axpy(problem.parameters, 1, correction, step);
  }

  /** |J^T J / M|, from below. */
  *#powerMethod(): Generator<void, number> {
    const { problem, point } = this.linearization;
    const { engine, parameters } = problem;
    const { core } = engine;
    const [x, image] = [this.#correction, this.#error];
    engine.f64(x, parameters).fill(1);
    let norm = 0;
    for (let i = 0; i < POWER_ITERATIONS; i++) {
      const size = core.norm2(parameters, x);
      if (!(size > 0)) break;
      core.axpby(parameters, 0, x, 1 / size, x);
      yield;
      yield* this.#multiplying(x, image);
      yield* point.transposing(image, x);
      norm = core.norm2(parameters, x);
    }
    return norm;
  }

  /**
   * Smallest magnitude of the eigenvalues of C, from above; what rounding makes of it where that is
   * larger.
   */
  #smallestEigenvalue(): number {
    const { engine, rows } = this.linearization.problem;
    const { core } = engine;
    const x = this.#error;
    engine.f64(x, rows).fill(1);
    let inverse = 0;
    for (let i = 0; i < INVERSE_ITERATIONS; i++) {
      const size = core.norm2(rows, x);
      core.axpby(rows, 0, x, 1 / size, x);
      this.#factors.solve(x, x);
      inverse = core.norm2(rows, x);
    }
    return 1 / inverse;
  }

  #multiplying(step: number, image: number): Generator<void, void> {
    return this.linearization.point.multiplying(step, image);
  }

  /**
   * Forms and factors C. The number of negative eigenvalues of H + gamma I, or `null` if C is
   * singular or not finite.
   */
  *#forming(gamma: number, blocks: number): Generator<void, number | null> {
    const { problem, point, values, vectors, curvatureCode } = this.linearization;
    const c = this.#cholesky.matrix;
    this.#gamma = gamma;
    this.#indefinite = blocks > 0;
    const trace = yield* this.#progress.through((progress, flops) =>
      problem.engine.core.functionSpaceMatrix(
        point.descriptor,
        0,
        values,
        vectors,
        curvatureCode,
        gamma,
        c.pointer,
        this.#group,
        progress,
        flops,
      ),
    );
    this.#rounding = Number.EPSILON * trace;
    this.#factors = this.#indefinite ? this.#bunchKaufman! : this.#cholesky;
    const { negative } = yield* this.#factors.factoring(c);
    return negative === null ? null : blocks - negative;
  }

  /** step := B^-1 J^T v */
  *#turningInto(step: number, v: number): Generator<void, void> {
    yield* this.linearization.point.summing(v, step);
    this.linearization.blocksSolve(this.#gamma, step, step);
  }
}
