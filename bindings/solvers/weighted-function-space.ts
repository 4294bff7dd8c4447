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
export function weightedFunctionSpaceBytes(linearization: Linearization): number {
  const { engine, shape, rows, ldx } = linearization.problem;
  const { core } = engine;
  const square = mayBeIndefinite(linearization) ? BunchKaufman.bytes(core, rows) : 0;
  const { inputs, outputs } = shape;
  const vectors = 3 * 8 * (paddedCount(shape) + rows);
  const scratch = core.groupBytes(inputs, outputs, ldx) + Progress.bytes(core);
  return Cholesky.bytes(core, rows) + square + scratch + vectors;
}

function mayBeIndefinite({ curvature }: Linearization): boolean {
  return CURVATURES[curvature].mayBeIndefinite;
}

/** Residuals above this, relative to what rounding makes of them, are worth a refinement. */
const REFINE = 8;

/** Residuals up to this, relative to the same, are those of a step as good as the dense one. */
const ACCEPTED = 64;

/** Iterations of the power method for norms that are needed to a small factor. */
const POWER_ITERATIONS = 8;

/** Steps of inverse iteration for the smallest eigenvalue of C, needed to a small factor. */
const INVERSE_ITERATIONS = 4;

/**
 * The function-space solver of every objective. With A = |D|^(1/2) J = T J, E the signs of D (1
 * where it is 0), B what stands for S, plus Lambda + gamma I, and C = M E + A B^-1 A^T, for any b:
 *
 *   (H + gamma I)^-1 b = B^-1 b - B^-1 A^T C^-1 A B^-1 b
 *
 * (Sherman, Morrison and Woodbury). For the part A^T t / M of b this is B^-1 A^T C^-1 E t, no
 * difference of large terms. So b is split into such a part and a rest, which are the rows without
 * D and the gradient of the penalty. By Haynsworth's inertia additivity #neg(H + gamma I) = #neg(B)
 * - #neg(C) + #neg(E).
 */
export class WeightedFunctionSpaceSolver implements StepSolver {
  readonly linearization: Linearization;
  readonly solved = { float64: 0, mixed: 0 };
  readonly report: SolveReport = {};
  /** C is formed where its Cholesky factor goes. */
  readonly #cholesky: Cholesky;
  readonly #bunchKaufman: BunchKaufman | null;
  /** That of the two which holds the factors of C. */
  #factors: Factorization;
  readonly #group: number;
  readonly #progress: Progress;
  /** Function vectors. */
  readonly #v: number;
  readonly #error: number;
  readonly #scratch: number;
  /** Parameter vectors: the rest of a right-hand side, what a step leaves of it, its correction. */
  readonly #rest: number;
  readonly #left: number;
  readonly #correction: number;
  #gamma = 0;
  #indefinite = false;
  /** Rounding error of C. */
  #rounding = 0;
  /** |J^T D J / M| and |J^T J / M|. */
  #norms: readonly [number, number] | undefined;

  constructor(linearization: Linearization, arena: Arena) {
    const { engine, shape, rows, ldx } = linearization.problem;
    this.linearization = linearization;
    this.#cholesky = new Cholesky(engine, arena, rows);
    this.#factors = this.#cholesky;
    this.#group = arena.bytes(engine.core.groupBytes(shape.inputs, shape.outputs, ldx));
    this.#progress = new Progress(engine, arena);
    [this.#v, this.#error, this.#scratch] = [0, 1, 2].map(() => arena.f64(rows)) as Three;
    const count = paddedCount(shape);
    [this.#rest, this.#left, this.#correction] = [0, 1, 2].map(() => arena.f64(count)) as Three;
    this.#bunchKaufman = mayBeIndefinite(linearization)
      ? new BunchKaufman(engine, arena, rows)
      : null;
  }

  // biome-ignore lint/correctness/useYield: nothing here is long
  *linearizing(): Generator<void, void> {
    this.#norms = undefined;
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { rows } = this.linearization.problem;
    // C has R eigenvalues: with more negative ones in B and E the verdict is known before it is
    // formed.
    const most = this.linearization.blocksNegative(gamma) + this.#rowsNegative;
    if (most > rows) return indefinite({ negative: most - rows });
    const negative = yield* this.#forming(gamma);
    if (negative === null && !this.#losesOrder && this.#reachesAll) return indefinite();
    if (negative === null || (this.#losesOrder && !this.#reachesAll)) {
      return { reason: "inaccurate" };
    }
    return negative === 0 ? null : indefinite({ negative });
  }

  *solving(u: number, step: number, image: number): Generator<void, Rejection | null> {
    const extra = yield* this.#solvingRight(u, step);
    if (image === 0 && this.#reachesAll) return null;
    const at = image === 0 ? this.#scratch : image;
    yield* this.#multiplying(step, at);
    const good = yield* this.#refining(u, extra, step, at);
    return good || this.#reachesAll ? null : { reason: "inaccurate" };
  }

  *inspecting(
    gamma: number,
    u: number,
    step: number,
    image: number,
  ): Generator<void, Inspection | Unsolved> {
    const negative = yield* this.#forming(gamma);
    if (negative === null) return this.#losesOrder ? "inaccurate" : "singular";
    // Where B and D are positive, H + gamma I is, whatever became of C.
    if (this.#indefinite && !(this.#smallestEigenvalue() > ACCEPTED * this.#rounding)) {
      return "inaccurate";
    }
    const extra = yield* this.#solvingRight(u, step);
    yield* this.#multiplying(step, image);
    if (!(yield* this.#refining(u, extra, step, image))) return "inaccurate";
    return { positiveDefinite: negative === 0, negative };
  }

  get #rowsNegative(): number {
    const { rows, problem } = this.linearization;
    return rows === 0 ? 0 : problem.engine.core.rowsNegative(rows);
  }

  /** Whether J may reach every function: there are as many parameters as rows. */
  get #reachesAll(): boolean {
    const { parameters, rows } = this.linearization.problem;
    return parameters >= rows;
  }

  /** Whether the rounding error of C reaches M, its least eigenvalue where all is positive. */
  get #losesOrder(): boolean {
    return !(ACCEPTED * this.#rounding < this.linearization.problem.samples);
  }

  /**
   * Forms and factors C. The number of negative eigenvalues of H + gamma I, or `null` if C is
   * singular or not finite.
   */
  *#forming(gamma: number): Generator<void, number | null> {
    const { problem, point, values, vectors, curvatureCode, rows } = this.linearization;
    const c = this.#cholesky.matrix;
    const [blocks, ofRows] = [this.linearization.blocksNegative(gamma), this.#rowsNegative];
    this.#gamma = gamma;
    this.#indefinite = blocks > 0 || ofRows > 0;
    const trace = yield* this.#progress.through((progress, flops) =>
      problem.engine.core.functionSpaceMatrix(
        point.descriptor,
        rows,
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
    return negative === null ? null : blocks - negative + ofRows;
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
      this.linearization.blocksSolve(this.#gamma, rest, out);
      yield* this.#multiplying(out, scratch);
      core.axpy(rows, -1, this.#weigh(scratch, this.#error), v);
    }
    this.#factors.solve(v, v);
    if (weights !== 0) core.rowsTranspose(point.descriptor, weights, v, v);
    yield* point.summing(v, out);
    if (hasRest) core.axpy(parameters, 1, rest, out);
    this.linearization.blocksSolve(this.#gamma, out, out);
  }

  /**
   * Corrects the step, whose image is given, until its residual is that of rounding, as long as
   * each correction halves it. Returns whether it is (Higham, Accuracy and Stability of Numerical
   * Algorithms, 2nd ed., 12.2: a fixed precision suffices for a small backward error).
   */
  *#refining(u: number, extra: number, step: number, image: number): Generator<void, boolean> {
    const { core } = this.linearization.problem.engine;
    const { parameters } = this.linearization.problem;
    let before = Infinity;
    let size = yield* this.#measuring(u, extra, step, image);
    while (size > REFINE && size < before / 2) {
      yield;
      yield* this.#solvingFor(0, this.#left, this.#correction);
      core.axpy(parameters, 1, this.#correction, step);
      yield* this.#multiplying(step, image);
      before = size;
      size = yield* this.#measuring(u, extra, step, image);
    }
    return size <= ACCEPTED;
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
    this.#norms ??= [yield* this.#powerMethod(weights), yield* this.#powerMethod(0)];
    const [curved, tangent] = this.#norms;
    if (weights === 0) core.copyVector(rows, image, error);
    else core.curvatureProduct(point.descriptor, weights, image, error);
    core.axpby(rows, 1, u, -1, error);
    yield* point.transposing(error, left);
    if (extra !== 0) core.axpy(parameters, 1, extra, left);
    this.linearization.blocksMultiply(this.#gamma, step, this.#correction);
    core.axpy(parameters, -1, this.#correction, left);
    const size = core.norm2(parameters, left);
    if (size === 0) return 0;
    const matrix = curved + blocksNorm + Math.abs(this.#gamma);
    // |J| |u| / M, with |J|^2 = M |J^T J / M|
    const right = Math.sqrt(tangent / samples) * core.norm2(rows, u);
    const penalty = extra === 0 ? 0 : core.norm2(parameters, extra);
    const rounding = Number.EPSILON * (matrix * core.norm2(parameters, step) + right + penalty);
    return size / rounding;
  }

  /** |J^T D J / M|, from below; D = 1 where `weights` is 0. */
  *#powerMethod(weights: number): Generator<void, number> {
    const { problem, point } = this.linearization;
    const { engine, parameters } = problem;
    const { core } = engine;
    const [x, image, error] = [this.#correction, this.#scratch, this.#error];
    engine.f64(x, parameters).fill(1);
    let norm = 0;
    for (let i = 0; i < POWER_ITERATIONS; i++) {
      const size = core.norm2(parameters, x);
      if (!(size > 0)) break;
      core.axpby(parameters, 0, x, 1 / size, x);
      yield;
      yield* this.#multiplying(x, image);
      if (weights !== 0) core.curvatureProduct(point.descriptor, weights, image, error);
      yield* point.transposing(weights === 0 ? image : error, x);
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
