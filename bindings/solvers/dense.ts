import type { Arena } from "../engine/engine.js";
import { BunchKaufman } from "../engine/factorization/bunch-kaufman.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import type { Factorization } from "../engine/factorization/factorization.js";
import type { Linearization } from "../objective/linearization.js";
import { run } from "../support/pauses.js";
import { AssembledHessian, hessianBytes, isKept } from "./hessian.js";
import { indefinite, type Rejection } from "./rejection.js";
import type { Inspection, SolveReport, StepSolver, Unsolved } from "./solver.js";

/**
 * Bytes that the solver needs beside the linearization; with `indefinite` those of the square
 * matrix of `inspecting` too.
 */
export function denseBytes(linearization: Linearization, indefinite: boolean): number {
  const { engine, parameters } = linearization.problem;
  const { core } = engine;
  const factor = isKept(linearization)
    ? Cholesky.bytes(core, parameters)
    : Cholesky.bytesBeside(core, parameters);
  const square = indefinite ? BunchKaufman.bytes(core, parameters) : 0;
  return hessianBytes(linearization) + factor + square + 8 * parameters;
}

/**
 * The dense solver of the Newton step: H + gamma I = L L^T, packed lower, P^3/3 multiply-adds. The
 * Hessian is assembled when the first gamma of a point is tried, and factored in place if there is
 * no room for a copy.
 */
export class DenseSolver implements StepSolver {
  readonly linearization: Linearization;
  readonly solved = { float64: 0, mixed: 0 };
  readonly report: SolveReport = {};
  readonly #arena: Arena;
  readonly #hessian: AssembledHessian;
  readonly #keep: boolean;
  readonly #right: number;
  /** Made when they are needed. */
  #cholesky: Cholesky | undefined;
  #bunchKaufman: BunchKaufman | undefined;
  /** That of the two which holds the factors of H + gamma I. */
  #factors: Factorization | undefined;

  /** @param keep whether the Hessian has to outlive its factorization */
  constructor(
    linearization: Linearization,
    arena: Arena,
    hessian = new AssembledHessian(linearization, arena),
    keep = isKept(linearization),
  ) {
    this.linearization = linearization;
    this.#arena = arena;
    this.#hessian = hessian;
    this.#keep = keep;
    this.#right = arena.f64(linearization.problem.parameters);
  }

  // biome-ignore lint/correctness/useYield: nothing here is long
  *linearizing(): Generator<void, void> {
    this.#hessian.forget();
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    const { engine, parameters } = this.linearization.problem;
    const h = yield* this.#hessian.assembling();
    this.#cholesky ??= new Cholesky(engine, this.#arena, parameters, this.#keep ? undefined : h);
    this.#factors = this.#cholesky;
    // Also where this is left half done.
    if (!this.#keep) this.#hessian.forget();
    const { pivot } = yield* this.#cholesky.factoring(h, gamma);
    return pivot === null ? null : indefinite({ pivot });
  }

  *solving(u: number, step: number, image: number): Generator<void, null> {
    const { point } = this.linearization;
    yield* this.linearization.formingRight(u, this.#right);
    this.#factors!.solve(this.#right, step);
    this.solved.float64++;
    if (image !== 0) yield* point.multiplying(step, image);
    return null;
  }

  *inspecting(
    gamma: number,
    u: number,
    step: number,
    image: number,
  ): Generator<void, Inspection | Unsolved> {
    const negative = yield* this.factoringAny(gamma);
    if (negative === null) return "singular";
    yield* this.solving(u, step, image);
    return { positiveDefinite: negative === 0, negative };
  }

  /**
   * Factors H + gamma I whatever its signs, for `solving`: the number of its negative eigenvalues,
   * or `null` when it is singular to working precision. The indefinite system takes a square matrix
   * of its own.
   */
  *factoringAny(gamma: number): Generator<void, number | null> {
    if ((yield* this.factoring(gamma)) === null) return 0;
    const { engine, parameters } = this.linearization.problem;
    this.#bunchKaufman ??= new BunchKaufman(engine, this.#arena, parameters);
    this.#factors = this.#bunchKaufman;
    const h = yield* this.#hessian.assembling();
    return (yield* this.#bunchKaufman.factoring(h, gamma)).negative;
  }

  /** H, without gamma, as a full row-major P x P copy. */
  matrix(arena: Arena): Float64Array {
    const { engine, parameters } = this.linearization.problem;
    const values = parameters * parameters;
    const full = arena.f64(values);
    run(this.#hessian.assembling()).toFull(full);
    return engine.f64(full, values).slice();
  }
}
