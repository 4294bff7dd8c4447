import type { Arena } from "../engine/engine.js";
import { BunchKaufman } from "../engine/factorization/bunch-kaufman.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import type { Factorization } from "../engine/factorization/factorization.js";
import { Progress } from "../engine/progress.js";
import { CURVATURES } from "../objective/curvature.js";
import type { Linearization } from "../objective/linearization.js";

/** Residuals above this, relative to what rounding makes of them, are worth a refinement. */
export const REFINE = 8;

/** Residuals up to this, relative to the same, are those of a step as good as the dense one. */
const ACCEPTED = 64;

/** Iterations of the power method for norms that are needed to a small factor. */
const POWER_ITERATIONS = 8;

/**
 * Steps of inverse iteration for the smallest eigenvalue of C, which is needed to a small factor.
 */
const INVERSE_ITERATIONS = 4;

/** Where B or D may be indefinite, C may be with them. */
function mayBeIndefinite({ curvature }: Linearization): boolean {
  return CURVATURES[curvature].mayBeIndefinite;
}

/**
 * The R x R matrix of the function-space solvers (assembly/newton/functionSpace.ts) and its
 * factors: with A = |D|^(1/2) J, E the signs of D, 1 where it is 0, and B what stands for S, plus
 * Lambda + gamma I,
 *
 *   C = M E + A B^-1 A^T
 *
 * By Haynsworth's inertia additivity #neg(H + gamma I) = #neg(B) - #neg(C) + #neg(E).
 *
 * C is formed with a rounding error of eps trace(A |B|^-1 A^T). Where this is not small beside M,
 * its eigenvalues near M are lost: those of functions that J does not reach.
 */
export class FunctionSpaceMatrix {
  readonly #linearization: Linearization;
  /** C is formed where its Cholesky factor goes. */
  readonly #cholesky: Cholesky;
  readonly #bunchKaufman: BunchKaufman | null;
  /** That of the two which holds the factors of C. */
  #factors: Factorization;
  readonly #group: number;
  readonly #progress: Progress;
  #gamma = 0;
  #indefinite = false;
  /** Rounding error of C. */
  #rounding = 0;

  static bytes(linearization: Linearization): number {
    const { engine, shape, rows, ldx } = linearization.problem;
    const { core } = engine;
    const { inputs, outputs } = shape;
    const square = mayBeIndefinite(linearization) ? BunchKaufman.bytes(core, rows) : 0;
    const scratch = core.groupBytes(inputs, outputs, ldx) + Progress.bytes(core);
    return Cholesky.bytes(core, rows) + square + scratch;
  }

  constructor(linearization: Linearization, arena: Arena) {
    const { engine, shape, rows, ldx } = linearization.problem;
    this.#linearization = linearization;
    this.#cholesky = new Cholesky(engine, arena, rows);
    this.#factors = this.#cholesky;
    this.#group = arena.bytes(engine.core.groupBytes(shape.inputs, shape.outputs, ldx));
    this.#progress = new Progress(engine, arena);
    this.#bunchKaufman = mayBeIndefinite(linearization)
      ? new BunchKaufman(engine, arena, rows)
      : null;
  }

  /** Of the last `forming`. */
  get gamma(): number {
    return this.#gamma;
  }

  /** Whether J may reach every function: there are as many parameters as rows. */
  get reachesAll(): boolean {
    const { parameters, rows } = this.#linearization.problem;
    return parameters >= rows;
  }

  /** Whether the rounding error of C reaches M, its least eigenvalue where all is positive. */
  get losesOrder(): boolean {
    return !(ACCEPTED * this.#rounding < this.#linearization.problem.samples);
  }

  /** #neg(B) + #neg(E), known before C is formed. */
  negativeWithout(gamma: number): number {
    const { rows, problem } = this.#linearization;
    const ofRows = rows === 0 ? 0 : problem.engine.core.rowsNegative(rows);
    return this.#linearization.blocksNegative(gamma) + ofRows;
  }

  /**
   * Forms and factors C. The number of negative eigenvalues of H + gamma I, or `null` if C is
   * singular or not finite.
   */
  *forming(gamma: number, without = this.negativeWithout(gamma)): Generator<void, number | null> {
    const { problem, point, rows, values, vectors, curvatureCode } = this.#linearization;
    const c = this.#cholesky.matrix;
    this.#gamma = gamma;
    this.#indefinite = without > 0;
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
    return negative === null ? null : without - negative;
  }

  /** x := C^-1 b, function vectors; x may be b. */
  solve(b: number, x: number): void {
    this.#factors.solve(b, x);
  }

  /**
   * Whether rounding may have changed the number of negative eigenvalues of C: not where B and D
   * are positive, for then H + gamma I is, whatever became of C.
   *
   * @param scratch a function vector
   */
  losesInertia(scratch: number): boolean {
    return this.#indefinite && !(this.#smallestEigenvalue(scratch) > ACCEPTED * this.#rounding);
  }

  /**
   * Smallest magnitude of the eigenvalues of C, from above; what rounding makes of it where that is
   * larger.
   */
  #smallestEigenvalue(x: number): number {
    const { engine, rows } = this.#linearization.problem;
    const { core } = engine;
    engine.f64(x, rows).fill(1);
    let inverse = 0;
    for (let i = 0; i < INVERSE_ITERATIONS; i++) {
      const size = core.norm2(rows, x);
      core.axpby(rows, 0, x, 1 / size, x);
      this.solve(x, x);
      inverse = core.norm2(rows, x);
    }
    return 1 / inverse;
  }
}

/**
 * Corrects a solution until its residual is that of rounding, as long as each correction halves it.
 * Returns whether it is (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 12.2: a
 * fixed precision suffices for a small backward error).
 *
 * @param measuring the size of the residual beside what rounding makes of it
 */
export function* refining(
  measuring: () => Generator<void, number>,
  correcting: () => Generator<void, void>,
): Generator<void, boolean> {
  let before = Infinity;
  let size = yield* measuring();
  while (size > REFINE && size < before / 2) {
    yield;
    yield* correcting();
    before = size;
    size = yield* measuring();
  }
  return size <= ACCEPTED;
}

/**
 * |J^T W J / M|, from below, by the power method.
 *
 * @param x a parameter vector of scratch, `image` and `weighed` function vectors of it
 * @param weigh writes W image to `weighed`; without it W = 1
 */
export function* normOfGram(
  { problem, point }: Linearization,
  x: number,
  image: number,
  weighed = image,
  weigh?: (image: number, out: number) => void,
): Generator<void, number> {
  const { engine, parameters } = problem;
  const { core } = engine;
  engine.f64(x, parameters).fill(1);
  let norm = 0;
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    const size = core.norm2(parameters, x);
    if (!(size > 0)) break;
    core.axpby(parameters, 0, x, 1 / size, x);
    yield;
    yield* point.multiplying(x, image);
    weigh?.(image, weighed);
    yield* point.transposing(weighed, x);
    norm = core.norm2(parameters, x);
  }
  return norm;
}
