import type { Arena } from "../engine/engine.js";
import { CURVATURES } from "../objective/curvature.js";
import type { Linearization } from "../objective/linearization.js";
import { PRECISIONS, type Precision } from "./precision.js";
import type { Inspection, Refusal, SolveReport, StepSolver, Unsolved } from "./solver.js";

/**
 * Below this, the assembled Hessian is kept beside its factor, so that a rejected try costs no
 * assembly.
 */
const KEEP_ASSEMBLED_BYTES = 2 ** 28;

/**
 * Bytes that the solver needs beside the linearization; with `indefinite` those of the square
 * matrix of `inspect` too.
 */
export function denseBytes(
  { problem }: Linearization,
  precision: Precision,
  indefinite = false,
): number {
  const { engine, parameters, samples, blockValues } = problem;
  const { core } = engine;
  const packed = core.packedBytes(parameters);
  const mixed = PRECISIONS[precision].refined;
  return (
    packed * (mixed || packed <= KEEP_ASSEMBLED_BYTES ? 2 : 1) +
    core.hessianPanelBytes(parameters, samples) +
    (mixed ? core.mixedFactorBytes(parameters) + core.mixedScratchBytes(parameters) : 0) +
    8 * (parameters + blockValues) +
    (indefinite
      ? 8 * parameters * parameters + 4 * parameters + core.sytrfWorkBytes(parameters)
      : 0)
  );
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
  readonly #count: number;
  readonly #bytes: number;
  readonly #panels: number;
  readonly #reciprocals: number;
  readonly #assembled: number;
  readonly #right: number;
  /** The packed blocks that stand for S, where they are not those of the linearization. */
  readonly #curved: number;
  /**
   * The float64 factor, which is `#assembled` itself when there is no room for both; 0 until it is
   * needed.
   */
  #factor: number;
  /** Float32 factor and vectors, for mixed precision; `null` otherwise. */
  readonly #single: { readonly factor: number; readonly work: number } | null;
  /** Room for the factors of an indefinite matrix, once they are needed. */
  #square: { readonly full: number; readonly pivot: number; readonly work: number } | null = null;
  #indefinite = false;
  #gamma = 0;
  #stale = true;
  #mixedReady = false;

  constructor(linearization: Linearization, arena: Arena, precision: Precision) {
    const { problem, curvature } = linearization;
    const { core } = problem.engine;
    const { parameters, samples } = problem;
    const mixed = PRECISIONS[precision].refined;
    this.linearization = linearization;
    this.#arena = arena;
    this.#count = parameters;
    this.#bytes = core.packedBytes(parameters);
    const keep = mixed || this.#bytes <= KEEP_ASSEMBLED_BYTES;
    this.#assembled = arena.bytes(this.#bytes);
    this.#factor = keep ? 0 : this.#assembled;
    this.#panels = arena.bytes(core.hessianPanelBytes(parameters, samples));
    this.#reciprocals = arena.f64(parameters + 4);
    this.#right = arena.f64(parameters + 8);
    const { changesBlocks } = CURVATURES[curvature];
    this.#curved = changesBlocks ? arena.f64(problem.blockValues) : 0;
    this.#single = !mixed
      ? null
      : {
          factor: arena.bytes(core.mixedFactorBytes(parameters)),
          work: arena.bytes(core.mixedScratchBytes(parameters)),
        };
  }

  // biome-ignore lint/correctness/useYield: nothing here is long
  *linearizing(): Generator<void, void> {
    this.#stale = true;
  }

  factor(gamma: number): Refusal | null {
    this.#gamma = gamma;
    this.#indefinite = false;
    this.#mixedReady = this.#single !== null && this.#factorMixed(this.#single);
    return this.#mixedReady ? null : this.#factorDouble();
  }

  /**
   * Mixed precision that does not converge is made up for in float64, and only that factorization
   * can still find the matrix indefinite.
   */
  solve(u: number, step: number, image: number): Refusal | null {
    const { problem, theta } = this.linearization;
    const { core } = problem.engine;
    problem.transposeProduct(theta, u, this.#right);
    if (this.#indefinite) {
      const { full, pivot } = this.#square!;
      core.denseSolveIndefinite(this.#count, full, pivot, this.#right, step);
      this.solved.float64++;
    } else if (this.#mixedReady && this.#solveMixed(this.#right, step)) {
      this.solved.mixed++;
    } else {
      if (this.#mixedReady) {
        this.#mixedReady = false;
        const refusal = this.#factorDouble();
        if (refusal !== null) return refusal;
      }
      core.denseSolve(this.#count, this.#factor, this.#reciprocals, this.#right, step);
      this.solved.float64++;
    }
    if (image !== 0) problem.jacobianProduct(theta, step, image);
    return null;
  }

  inspect(gamma: number, u: number, step: number, image: number): Inspection | Unsolved {
    let negative = this.factorAny(gamma);
    if (negative === null) return "singular";
    // Mixed precision may still find the matrix indefinite.
    if (this.solve(u, step, image) !== null) {
      negative = this.#factorIndefinite();
      if (negative === null) return "singular";
      this.solve(u, step, image);
    }
    return { positiveDefinite: negative === 0, negative };
  }

  /**
   * Factors H + gamma I whatever its signs, for `solve`: the number of its negative eigenvalues, or
   * `null` when it is singular to working precision. The indefinite system takes a square matrix of
   * its own.
   */
  factorAny(gamma: number): number | null {
    return this.factor(gamma) === null ? 0 : this.#factorIndefinite();
  }

  /** H, without gamma, as a full row-major P x P copy. */
  matrix(arena: Arena): Float64Array {
    const count = this.#count;
    const { engine } = this.linearization.problem;
    const full = arena.bytes(8 * count * count);
    this.#assemble();
    engine.core.packedToFull(count, this.#assembled, full, count);
    return engine.f64(full, count * count).slice();
  }

  #factorIndefinite(): number | null {
    const count = this.#count;
    const { core } = this.linearization.problem.engine;
    this.#square ??= {
      full: this.#arena.bytes(8 * count * count),
      pivot: this.#arena.bytes(4 * count),
      work: this.#arena.bytes(core.sytrfWorkBytes(count)),
    };
    const { full, pivot, work } = this.#square;
    const h = this.#working();
    const negative = core.denseFactorIndefinite(count, h, this.#gamma, full, pivot, work);
    this.#indefinite = negative >= 0;
    return negative < 0 ? null : negative;
  }

  #factorDouble(): Refusal | null {
    const h = this.#working();
    const { core } = this.linearization.problem.engine;
    const info = core.densePrepare(this.#count, h, this.#gamma, this.#reciprocals);
    return info === 0 ? null : { pivot: info - 1 };
  }

  #factorMixed({ factor, work }: { factor: number; work: number }): boolean {
    this.#assemble();
    const { core } = this.linearization.problem.engine;
    return core.mixedPrepare(this.#count, this.#assembled, this.#gamma, factor, work) === 0;
  }

  #solveMixed(right: number, step: number): boolean {
    const { core } = this.linearization.problem.engine;
    const { factor, work } = this.#single!;
    const a = this.#assembled;
    return core.mixedSolve(this.#count, a, this.#gamma, factor, right, step, work) >= 0;
  }

  /** H, without gamma, in `#assembled`. */
  #assemble(): void {
    if (!this.#stale) return;
    const { problem, theta, blocks, curvature } = this.linearization;
    const { core } = problem.engine;
    let inPlaceOfS = CURVATURES[curvature].usesBlocks ? blocks : 0;
    if (this.#curved !== 0) {
      this.linearization.curvedBlocks(this.#curved);
      inPlaceOfS = this.#curved;
    }
    core.hessian(problem.descriptor, theta, inPlaceOfS, this.#assembled, this.#panels);
    this.#stale = false;
  }

  /**
   * A copy of H that may be overwritten; without room for one, H itself, to be assembled anew next
   * time.
   */
  #working(): number {
    this.#assemble();
    if (this.#factor === 0) this.#factor = this.#arena.bytes(this.#bytes);
    if (this.#factor === this.#assembled) this.#stale = true;
    else this.linearization.problem.engine.copy(this.#factor, this.#assembled, this.#bytes);
    return this.#factor;
  }
}
