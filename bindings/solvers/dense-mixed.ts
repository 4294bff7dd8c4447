import type { Arena } from "../engine/engine.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import { MixedCholesky } from "../engine/factorization/mixed-cholesky.js";
import type { Linearization } from "../objective/linearization.js";
import { DenseSolver } from "./dense.js";
import { AssembledHessian, hessianBytes } from "./hessian.js";
import type { Rejection } from "./rejection.js";
import type { Inspection, SolveReport, StepSolver, Unsolved } from "./solver.js";

/** Bytes that the solver needs beside the linearization, those of the float64 factor included. */
export function mixedDenseBytes(linearization: Linearization): number {
  const { engine, parameters } = linearization.problem;
  const { core } = engine;
  const factors = Cholesky.bytes(core, parameters) + MixedCholesky.bytes(core, parameters);
  return hessianBytes(linearization) + factors + 2 * 8 * parameters;
}

/**
 * The dense solver with a float32 factor, refined to float64 accuracy. What float32 cannot do is
 * made up for in float64, and only that factorization can find the matrix indefinite.
 */
export class MixedDenseSolver implements StepSolver {
  readonly linearization: Linearization;
  readonly report: SolveReport = {};
  readonly #hessian: AssembledHessian;
  readonly #single: MixedCholesky;
  readonly #double: DenseSolver;
  readonly #right: number;
  #gamma = 0;
  /** Whether the float32 factor is that of H + gamma I. */
  #ready = false;
  #mixed = 0;

  constructor(linearization: Linearization, arena: Arena) {
    const { engine, parameters } = linearization.problem;
    this.linearization = linearization;
    this.#hessian = new AssembledHessian(linearization, arena);
    this.#single = new MixedCholesky(engine, arena, parameters);
    // The conjugate gradients multiply with H: it may not be overwritten.
    this.#double = new DenseSolver(linearization, arena, this.#hessian, true);
    this.#right = arena.f64(parameters);
  }

  get solved() {
    return { float64: this.#double.solved.float64, mixed: this.#mixed };
  }

  linearizing(): Generator<void, void> {
    return this.#double.linearizing();
  }

  *factoring(gamma: number): Generator<void, Rejection | null> {
    this.#gamma = gamma;
    const h = yield* this.#hessian.assembling();
    this.#ready = (yield* this.#single.factoring(h, gamma)).pivot === null;
    return this.#ready ? null : yield* this.#double.factoring(gamma);
  }

  *solving(u: number, step: number, image: number): Generator<void, Rejection | null> {
    if (!this.#ready) return yield* this.#double.solving(u, step, image);
    const { point } = this.linearization;
    yield* this.linearization.formingRight(u, this.#right);
    if (!(yield* this.#single.solving(this.#right, step))) {
      this.#ready = false;
      const rejection = yield* this.#double.factoring(this.#gamma);
      return rejection ?? (yield* this.#double.solving(u, step, image));
    }
    this.#mixed++;
    if (image !== 0) yield* point.multiplying(step, image);
    return null;
  }

  /** In float64, which alone knows the signs. */
  inspecting(
    gamma: number,
    u: number,
    step: number,
    image: number,
  ): Generator<void, Inspection | Unsolved> {
    this.#ready = false;
    return this.#double.inspecting(gamma, u, step, image);
  }
}
