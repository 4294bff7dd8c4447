import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../linearization.js";
import type { Inspection, Refusal, SolveReport, StepSolver } from "./solver.js";

/** Bytes that the solver needs beside the linearization. */
export function functionSpaceBytes(linearization: Linearization): number {
  const { engine, shape, rows, ldx } = linearization.problem;
  const { core } = engine;
  const square = mayBeIndefinite(linearization) ? 8 * rows * rows + core.sytrfWorkBytes(rows) : 0;
  const { inputs, outputs } = shape;
  return core.packedBytes(rows) + square + core.groupBytes(inputs, outputs, ldx);
}

/** Only the exact curvature can make B indefinite, and C with it. */
function mayBeIndefinite({ curvature }: Linearization): boolean {
  return curvature === "exact";
}

/** Residuals above this, relative to what rounding makes of J step, are worth a refinement. */
const REFINE = 8;

/**
 * The function-space solver (assembly/newton/functionSpace.ts): an R x R system in the place of the P x P one, the same step.
 * Its definiteness is certified by inertia: #neg(H + gamma I) = #neg(B) - #neg(C).
 */
export class FunctionSpaceSolver implements StepSolver {
  readonly name = "function-space";
  readonly linearization: Linearization;
  readonly solved = { float64: 0, mixed: 0 };
  report: SolveReport = {};
  readonly #c: number;
  readonly #group: number;
  readonly #reciprocals: number;
  readonly #v: number;
  readonly #error: number;
  readonly #square: { readonly full: number; readonly pivot: number; readonly work: number } | null;
  #gamma = 0;
  #indefinite = false;

  constructor(linearization: Linearization, arena: Arena) {
    const { engine, shape, rows, ldx } = linearization.problem;
    const { core } = engine;
    this.linearization = linearization;
    this.#c = arena.bytes(core.packedBytes(rows));
    this.#group = arena.bytes(core.groupBytes(shape.inputs, shape.outputs, ldx));
    this.#reciprocals = arena.f64(rows + 4);
    this.#v = arena.f64(rows + 4);
    this.#error = arena.f64(rows + 4);
    this.#square = mayBeIndefinite(linearization)
      ? {
          full: arena.bytes(8 * rows * rows),
          pivot: arena.bytes(4 * rows),
          work: arena.bytes(core.sytrfWorkBytes(rows)),
        }
      : null;
  }

  linearize(): void {}

  factor(gamma: number): Refusal | null {
    const { rows } = this.linearization.problem;
    const blocks = this.linearization.blocksNegative(gamma);
    // C has R eigenvalues: with more than R negative ones in B the verdict is known before C is formed.
    if (blocks > rows) return { negative: blocks - rows };
    const negative = this.#factor(gamma, blocks);
    return negative === 0 ? null : negative === null ? {} : { negative };
  }

  inspect(gamma: number, u: number, step: number, image: number): Inspection | null {
    const negative = this.#factor(gamma, this.linearization.blocksNegative(gamma));
    if (negative === null) return null;
    this.solve(u, step, image);
    return { positiveDefinite: negative === 0, negative };
  }

  solve(u: number, step: number, image: number): null {
    this.solved.float64++;
    this.#solveSystem(u, this.#v);
    this.#stepOf(this.#v, step);
    if (image === 0) return null;
    this.#multiply(step, image);
    if (this.#errorOf(u, image) > REFINE) {
      const { rows, engine } = this.linearization.problem;
      this.#solveSystem(this.#error, this.#error);
      engine.core.axpy(rows, -1, this.#error, this.#v);
      this.#stepOf(this.#v, step);
      this.#multiply(step, image);
    }
    return null;
  }

  /**
   * `#error` := m v + J step - u, what is left of C v = u with J B^-1 J^T v taken as J step; the residual of the P-dimensional
   * system is J^T of it over m. Returns its size beside what rounding makes of the sum.
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

  #multiply(step: number, image: number): void {
    const { problem, theta } = this.linearization;
    problem.jacobianProduct(theta, step, image);
  }

  /** Forms and factors C. The number of negative eigenvalues of H + gamma I, or `null` if C is singular or not finite. */
  #factor(gamma: number, blocks: number): number | null {
    const { problem, theta, values, vectors, curvatureCode } = this.linearization;
    const { engine, descriptor, rows } = problem;
    const { core } = engine;
    const c = this.#c;
    this.#gamma = gamma;
    this.#indefinite = blocks > 0;
    core.functionSpaceMatrix(
      descriptor,
      theta,
      values,
      vectors,
      curvatureCode,
      gamma,
      c,
      this.#group,
    );
    if (!this.#indefinite) {
      return core.functionSpaceFactor(rows, c, this.#reciprocals) === 0 ? 0 : null;
    }
    const { full, pivot, work } = this.#square!;
    const negative = core.functionSpaceFactorIndefinite(rows, c, full, pivot, work);
    return negative < 0 ? null : blocks - negative;
  }

  /** v := C^-1 u */
  #solveSystem(u: number, v: number): void {
    const { engine, rows } = this.linearization.problem;
    const { core } = engine;
    if (!this.#indefinite) core.functionSpaceSolve(rows, this.#c, this.#reciprocals, u, v);
    else {
      const { full, pivot } = this.#square!;
      core.functionSpaceSolveIndefinite(rows, full, pivot, u, v);
    }
  }

  /** step := B^-1 J^T v */
  #stepOf(v: number, step: number): void {
    const { problem, theta } = this.linearization;
    problem.transposeSum(theta, v, step);
    this.linearization.blocksSolve(this.#gamma, step, step);
  }
}
