import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../objective/linearization.js";
import { paddedCount } from "../shape/shape.js";
import { FunctionSpaceMatrix, normOfGram, refining } from "./function-space-matrix.js";
import { indefinite, type Rejection } from "./rejection.js";
import type { Inspection, SolveReport, StepSolver, Unsolved } from "./solver.js";

/** Bytes that the solver needs beside the linearization. */
export function weightedFunctionSpaceBytes(linearization: Linearization): number {
  const { shape, rows } = linearization.problem;
  return FunctionSpaceMatrix.bytes(linearization) + 3 * 8 * (paddedCount(shape) + rows);
}

/**
 * The function-space solver of every objective. With A = |D|^(1/2) J = T J, E, B and C as in
 * function-space-matrix.ts, for any b:
 *
 *   (H + gamma I)^-1 b = B^-1 b - B^-1 A^T C^-1 A B^-1 b
 *
 * (Sherman, Morrison and Woodbury). For the part A^T t / M of b this is B^-1 A^T C^-1 E t, no
 * difference of large terms. So b is split into such a part and a rest, which are the rows without
 * D and the gradient of the penalty.
 */
export class WeightedFunctionSpaceSolver implements StepSolver {
  readonly linearization: Linearization;
  readonly solved = { float64: 0, mixed: 0 };
  readonly report: SolveReport = {};
  readonly #c: FunctionSpaceMatrix;
  /** Function vectors. */
  readonly #v: number;
  readonly #error: number;
  readonly #scratch: number;
  /** Parameter vectors: the rest of a right-hand side, what a step leaves of it, its correction. */
  readonly #rest: number;
  readonly #left: number;
  readonly #correction: number;
  /** |J^T D J / M| and |J^T J / M|. */
  #norms: readonly [number, number] | undefined;

  constructor(linearization: Linearization, arena: Arena) {
    const { shape, rows } = linearization.problem;
    this.linearization = linearization;
    this.#c = new FunctionSpaceMatrix(linearization, arena);
    [this.#v, this.#error, this.#scratch] = [0, 1, 2].map(() => arena.f64(rows)) as Three;
    const count = paddedCount(shape);
    [this.#rest, this.#left, this.#correction] = [0, 1, 2].map(() => arena.f64(count)) as Three;
  }

  // biome-ignore lint/correctness/useYield: nothing here is long
  *linearizing(): Generator<void, void> {
    this.#norms = undefined;
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { rows } = this.linearization.problem;
    const without = this.#c.negativeWithout(gamma);
    // C has R eigenvalues: with more than R negative ones the verdict is known before it is formed.
    if (without > rows) return indefinite({ negative: without - rows });
    const negative = yield* this.#c.forming(gamma, without);
    if (negative === null && !this.#c.losesOrder && this.#c.reachesAll) return indefinite();
    if (negative === null || (this.#c.losesOrder && !this.#c.reachesAll)) {
      return { reason: "inaccurate" };
    }
    return negative === 0 ? null : indefinite({ negative });
  }

  *solving(u: number, step: number, image: number): Generator<void, Rejection | null> {
    const extra = yield* this.#solvingRight(u, step);
    if (image === 0 && this.#c.reachesAll) return null;
    const at = image === 0 ? this.#scratch : image;
    yield* this.#multiplying(step, at);
    const good = yield* this.#refining(u, extra, step, at);
    return good || this.#c.reachesAll ? null : { reason: "inaccurate" };
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
    const extra = yield* this.#solvingRight(u, step);
    yield* this.#multiplying(step, image);
    if (!(yield* this.#refining(u, extra, step, image))) return "inaccurate";
    return { positiveDefinite: negative === 0, negative };
  }

  /** step := (H + gamma I)^-1 b with the b of u. Returns where its penalty is, or 0. */
  *#solvingRight(u: number, step: number): Generator<void, number> {
    const extra = this.linearization.penaltyOf(u);
    yield* this.#solvingFor(u, extra, step);
    this.solved.float64++;
    return extra;
  }

  /**
   * out := (H + gamma I)^-1 (J^T u / M + extra), u a function vector, extra a parameter vector;
   * either may be 0.
   */
  *#solvingFor(u: number, extra: number, out: number): Generator<void, void> {
    const { problem, point, rows: weights } = this.linearization;
    const { engine, rows, parameters } = problem;
    const { core } = engine;
    const [v, scratch, rest] = [this.#v, this.#scratch, this.#rest];
    let hasRest = extra !== 0;
    engine.f64(rest, parameters).fill(0);
    if (u === 0) engine.f64(v, rows).fill(0);
    else if (weights === 0) core.copyVector(rows, u, v);
    else {
      const largest = core.rowsSplit(point.descriptor, weights, u, v, scratch);
      if (largest > 0) yield* point.transposing(scratch, rest);
      hasRest ||= largest > 0;
      core.rowsSigns(point.descriptor, weights, v);
    }
    if (extra !== 0) core.axpy(parameters, 1, extra, rest);
    if (hasRest) {
      this.linearization.blocksSolve(this.#c.gamma, rest, out);
      yield* this.#multiplying(out, scratch);
      core.axpy(rows, -1, this.#weigh(scratch, this.#error), v);
    }
    this.#c.solve(v, v);
    if (weights !== 0) core.rowsTranspose(point.descriptor, weights, v, v);
    yield* point.summing(v, out);
    if (hasRest) core.axpy(parameters, 1, rest, out);
    this.linearization.blocksSolve(this.#c.gamma, out, out);
  }

  /** Of the step, whose image is given. Returns whether it is good. */
  #refining(u: number, extra: number, step: number, image: number): Generator<void, boolean> {
    return refining(
      () => this.#measuring(u, extra, step, image),
      () => this.#correcting(step, image),
    );
  }

  /** step := step + (H + gamma I)^-1 left, and its image. */
  *#correcting(step: number, image: number): Generator<void, void> {
    const { engine, parameters } = this.linearization.problem;
    yield* this.#solvingFor(0, this.#left, this.#correction);
    engine.core.axpy(parameters, 1, this.#correction, step);
    yield* this.#multiplying(step, image);
  }

  /**
   * `#left` := J^T (u - D J step) / M + extra - B step, what is left of the system. Returns its
   * size beside what rounding makes of |H + gamma I| |step| and of the right-hand side.
   */
  *#measuring(u: number, extra: number, step: number, image: number): Generator<void, number> {
    const { problem, point, blocksNorm, rows: weights } = this.linearization;
    const { engine, rows, parameters, samples } = problem;
    const { core } = engine;
    const [left, error] = [this.#left, this.#error];
    this.#norms ??= yield* this.#measuringNorms();
    const [curved, tangent] = this.#norms;
    if (weights === 0) core.copyVector(rows, image, error);
    else core.curvatureProduct(point.descriptor, weights, image, error);
    core.axpby(rows, 1, u, -1, error);
    yield* point.transposing(error, left);
    if (extra !== 0) core.axpy(parameters, 1, extra, left);
    this.linearization.blocksMultiply(this.#c.gamma, step, this.#correction);
    core.axpy(parameters, -1, this.#correction, left);
    const size = core.norm2(parameters, left);
    if (size === 0) return 0;
    const matrix = curved + blocksNorm + Math.abs(this.#c.gamma);
    // |J| |u| / M, with |J|^2 = M |J^T J / M|
    const right = Math.sqrt(tangent / samples) * core.norm2(rows, u);
    const penalty = extra === 0 ? 0 : core.norm2(parameters, extra);
    const rounding = Number.EPSILON * (matrix * core.norm2(parameters, step) + right + penalty);
    return size / rounding;
  }

  *#measuringNorms(): Generator<void, readonly [number, number]> {
    const { problem, point, rows: weights } = this.linearization;
    const { core } = problem.engine;
    const [x, image] = [this.#correction, this.#scratch];
    const tangent = yield* normOfGram(this.linearization, x, image);
    if (weights === 0) return [tangent, tangent];
    const curved = yield* normOfGram(this.linearization, x, image, this.#error, (from, to) =>
      core.curvatureProduct(point.descriptor, weights, from, to),
    );
    return [curved, tangent];
  }

  /** Address of T u, which is `u` where D is 1, and otherwise `out`. */
  #weigh(u: number, out: number): number {
    const { problem, point, rows } = this.linearization;
    if (rows === 0) return u;
    problem.engine.core.rowsMultiply(point.descriptor, rows, u, out);
    return out;
  }

  #multiplying(step: number, image: number): Generator<void, void> {
    return this.linearization.point.multiplying(step, image);
  }
}

type Three = [number, number, number];
