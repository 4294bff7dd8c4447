import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../objective/linearization.js";
import { paddedCount } from "../shape/shape.js";
import { FunctionSpaceMatrix, normOfGram, REFINE, refining } from "./function-space-matrix.js";
import { indefinite, type Rejection } from "./rejection.js";
import type { Inspection, SolveReport, StepSolver, Unsolved } from "./solver.js";

/** Bytes that the solver needs beside the linearization. */
export function functionSpaceBytes(linearization: Linearization): number {
  const { shape, rows } = linearization.problem;
  return FunctionSpaceMatrix.bytes(linearization) + 2 * 8 * (paddedCount(shape) + rows);
}

/**
 * The function-space solver of least squares: an R x R system in the place of the P x P one, the
 * same step, B^-1 J^T C^-1 u with C = M I + J B^-1 J^T.
 *
 * With P < R there are functions in every right-hand side that J does not reach, and the step is
 * refined in the P-dimensional system until its residual there is that of rounding; if it never is,
 * the solver says so.
 */
export class FunctionSpaceSolver implements StepSolver {
  readonly linearization: Linearization;
  readonly solved = { float64: 0, mixed: 0 };
  report: SolveReport = {};
  readonly #c: FunctionSpaceMatrix;
  readonly #v: number;
  readonly #error: number;
  /** Parameter vectors: what is left of the P-dimensional system, and the correction for it. */
  readonly #left: number;
  readonly #correction: number;
  #tangentNorm: number | undefined;

  constructor(linearization: Linearization, arena: Arena) {
    const { shape, rows } = linearization.problem;
    this.linearization = linearization;
    this.#c = new FunctionSpaceMatrix(linearization, arena);
    this.#v = arena.f64(rows);
    this.#error = arena.f64(rows);
    this.#left = arena.f64(paddedCount(shape));
    this.#correction = arena.f64(paddedCount(shape));
  }

  // biome-ignore lint/correctness/useYield: nothing here is long
  *linearizing(): Generator<void, void> {
    this.#tangentNorm = undefined;
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { rows } = this.linearization.problem;
    const without = this.#c.negativeWithout(gamma);
    // C has R eigenvalues: with more than R negative ones the verdict is known before it is formed.
    if (without > rows) return indefinite({ negative: without - rows });
    const negative = yield* this.#c.forming(gamma, without);
    if (this.#c.reachesAll) {
      return negative === 0 ? null : indefinite(negative === null ? {} : { negative });
    }
    if (negative === null || this.#c.losesOrder) return { reason: "inaccurate" };
    return negative === 0 ? null : indefinite({ negative });
  }

  *inspecting(
    gamma: number,
    u: number,
    step: number,
    image: number,
  ): Generator<void, Inspection | Unsolved> {
    const negative = yield* this.#c.forming(gamma);
    if (negative === null) return this.#c.losesOrder ? "inaccurate" : "singular";
    if (this.#c.losesInertia(this.#error)) return "inaccurate";
    yield* this.#solvingOnce(u, step, image);
    if (!(yield* this.#refining(u, step, image))) return "inaccurate";
    return { positiveDefinite: negative === 0, negative };
  }

  *solving(u: number, step: number, image: number): Generator<void, Rejection | null> {
    yield* this.#solvingOnce(u, step, image);
    if (this.#c.reachesAll) return null;
    const at = image === 0 ? this.#v : image;
    if (image === 0) yield* this.#multiplying(step, at);
    return (yield* this.#refining(u, step, at)) ? null : { reason: "inaccurate" };
  }

  *#solvingOnce(u: number, step: number, image: number): Generator<void, void> {
    this.solved.float64++;
    this.#c.solve(u, this.#v);
    yield* this.#turningInto(step, this.#v);
    if (image === 0) return;
    yield* this.#multiplying(step, image);
    if (this.#errorOf(u, image) > REFINE) {
      const { rows, engine } = this.linearization.problem;
      this.#c.solve(this.#error, this.#error);
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

  /** Of the step, whose image is given, in the P-dimensional system. Returns whether it is good. */
  #refining(u: number, step: number, image: number): Generator<void, boolean> {
    return refining(
      () => this.#measuring(u, step, image),
      () => this.#correcting(step, image),
    );
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
    this.#tangentNorm ??= yield* normOfGram(this.linearization, this.#correction, error);
    core.copyVector(rows, u, error);
    core.axpy(rows, -1, image, error);
    yield* point.transposing(error, left);
    this.linearization.blocksMultiply(this.#c.gamma, step, this.#correction);
    core.axpy(parameters, -1, this.#correction, left);
    const size = core.norm2(parameters, left);
    if (size === 0) return 0;
    const matrix = this.#tangentNorm + blocksNorm + Math.abs(this.#c.gamma);
    // |J| |u| / M, with |J|^2 = M |J^T J / M|
    const right = Math.sqrt(this.#tangentNorm / samples) * core.norm2(rows, u);
    const rounding = Number.EPSILON * (matrix * core.norm2(parameters, step) + right);
    return size / rounding;
  }

  /**
   * step := step + (H + gamma I)^-1 left, and its image, by the formula for a right-hand side that
   * is not in the range of J^T: (H + gamma I)^-1 = B^-1 - B^-1 J^T C^-1 J B^-1 (Sherman, Morrison
   * and Woodbury).
   */
  *#correcting(step: number, image: number): Generator<void, void> {
    const { problem, point } = this.linearization;
    const { core } = problem.engine;
    const [left, correction, error] = [this.#left, this.#correction, this.#error];
    this.linearization.blocksSolve(this.#c.gamma, left, correction);
    yield* this.#multiplying(correction, error);
    this.#c.solve(error, error);
    yield* point.summing(error, correction);
    core.axpy(problem.parameters, -1, correction, left);
    this.linearization.blocksSolve(this.#c.gamma, left, correction);
    core.axpy(problem.parameters, 1, correction, step);
    yield* this.#multiplying(step, image);
  }

  #multiplying(step: number, image: number): Generator<void, void> {
    return this.linearization.point.multiplying(step, image);
  }

  /** step := B^-1 J^T v */
  *#turningInto(step: number, v: number): Generator<void, void> {
    yield* this.linearization.point.summing(v, step);
    this.linearization.blocksSolve(this.#c.gamma, step, step);
  }
}
