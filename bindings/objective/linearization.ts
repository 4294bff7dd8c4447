import type { Arena } from "../engine/engine.js";
import { checkFinite } from "../engine/finite.js";
import { paddedCount } from "../shape/shape.js";
import { run } from "../support/pauses.js";
import { blockFlops, curvedFlops, rotatedFlops } from "./costs.js";
import { CURVATURES, type Curvature } from "./curvature.js";
import type { Point } from "./point.js";
import type { Problem } from "./problem.js";

/**
 * The quadratic model of the objective at one point: gradient g and Hessian H = J^T D J / M + S +
 * Lambda, S in blocks. The curvature says what a solver puts in the place of D and of S; the model
 * itself is always the true one.
 *
 * What stands for S is decomposed once, together with Lambda: its blocks are V_i diag(lambda_i)
 * V_i^T.
 */
export class Linearization {
  readonly problem: Problem;
  readonly curvature: Curvature;
  /** What the kernels make of the eigenvalues. */
  readonly curvatureCode: number;
  /** Pointers. */
  readonly gradient: number;
  readonly values: number;
  readonly vectors: number;
  /** Packed S_i. */
  readonly blocks: number;
  /** D as the curvature has it (assembly/model/rows.ts); 0 where it is 1. */
  readonly rows: number;
  /** Packed blocks of what stands for S, and Lambda; 0 where nothing is penalized. */
  readonly #penalized: number;
  /** Lambda theta, a parameter vector. */
  readonly #slope: number;
  /** D u, a function vector. */
  readonly #bent: number;
  #point: Point;
  #rayleigh: number | undefined;

  /** @param point of the problem; linearized at it only by `moveTo` or `moving` */
  constructor(point: Point, arena: Arena, curvature: Curvature) {
    const { problem } = point;
    const { shape, penalized, unitCurvature, neuronSize: q, engine } = problem;
    const { width } = shape;
    this.problem = problem;
    this.curvature = curvature;
    // The curvature is in the blocks already where these are added to Lambda.
    this.curvatureCode = CURVATURES[penalized ? "exact" : curvature].code;
    this.#point = point;
    this.gradient = arena.f64(paddedCount(shape));
    this.blocks = arena.f64(problem.blockValues);
    this.values = arena.f64(width * q);
    this.vectors = arena.f64(width * q * q);
    this.#penalized = penalized ? arena.f64(problem.blockValues) : 0;
    this.#slope = penalized ? arena.f64(paddedCount(shape)) : 0;
    this.rows = unitCurvature ? 0 : arena.bytes(engine.core.rowsBytes(problem.descriptor));
    this.#bent = unitCurvature ? 0 : arena.f64(problem.rows);
    if (!CURVATURES[curvature].usesBlocks) {
      run(problem.decomposing(0, this.values, this.vectors));
      if (penalized) engine.core.penaltyBlocks(problem.descriptor, this.#penalized);
    }
  }

  get point(): Point {
    return this.#point;
  }

  /** Linearizes at a point that has been evaluated. Returns the norm of the gradient. */
  moveTo(point: Point): number {
    return run(this.moving(point));
  }

  /** The same, pausing before the work has taken long. */
  *moving(point: Point): Generator<void, number> {
    const { problem } = this;
    const { core } = problem.engine;
    this.#point = point;
    this.#rayleigh = undefined;
    yield* point.differentiating(this.gradient);
    if (this.rows !== 0) {
      core.rowsMake(this.rows, point.descriptor, CURVATURES[this.curvature].code);
    }
    const { neuronSize: q, samples } = problem;
    yield* problem.overNeurons(blockFlops(q, samples), (first, count) => {
      core.hessianBlocks(point.descriptor, this.blocks, first, count);
    });
    if (CURVATURES[this.curvature].usesBlocks) yield* this.#decomposing();
    return core.norm2(problem.parameters, this.gradient);
  }

  /** With Lambda, what stands for S has to be made of eigenvectors of its own first. */
  *#decomposing(): Generator<void, void> {
    const { problem, blocks, values, vectors } = this;
    const { core } = problem.engine;
    const penalized = this.#penalized;
    const { changesBlocks, code } = CURVATURES[this.curvature];
    if (penalized === 0) {
      yield* problem.decomposing(blocks, values, vectors);
      return;
    }
    if (changesBlocks) {
      yield* problem.decomposing(blocks, values, vectors);
      yield* this.#curving(code, penalized);
    } else core.copyVector(problem.blockValues, blocks, penalized);
    core.penaltyBlocks(problem.descriptor, penalized);
    yield* problem.decomposing(penalized, values, vectors);
  }

  /** @throws InputError `non-finite` when the gradient or the Hessian overflows */
  checkFinite(argument: string): void {
    run(this.checkingFinite(argument));
  }

  /**
   * The same, pausing before the work has taken long. The diagonal blocks of H bound all of its
   * entries, those of J^T |D| J by Cauchy and Schwarz.
   */
  *checkingFinite(argument: string): Generator<void, void> {
    const { problem } = this;
    const { engine, parameters, blockValues, neuronSize, samples } = problem;
    const { core } = engine;
    checkFinite(engine, parameters, this.gradient, argument, "the gradient");
    const arena = engine.open();
    try {
      const blocks = arena.f64(blockValues);
      core.copyVector(blockValues, this.blocks, blocks);
      yield* problem.overNeurons(blockFlops(neuronSize, samples), (first, count) => {
        core.addGramBlocks(this.#point.descriptor, this.rows, blocks, first, count);
      });
      checkFinite(engine, blockValues, blocks, argument, "the Hessian");
    } finally {
      arena.close();
    }
  }

  /** Number of negative eigenvalues of B = S + gamma I, of the curvature in use. */
  blocksNegative(gamma: number): number {
    const { engine, descriptor } = this.problem;
    return engine.core.blocksNegative(descriptor, this.values, this.curvatureCode, gamma);
  }

  /** out := B^-1 input, parameter vectors. */
  blocksSolve(gamma: number, input: number, out: number): void {
    const { engine, descriptor } = this.problem;
    const { values, vectors, curvatureCode } = this;
    engine.core.blocksSolve(descriptor, values, vectors, curvatureCode, gamma, input, out);
  }

  /** out := B input, parameter vectors. */
  blocksMultiply(gamma: number, input: number, out: number): void {
    const { engine, descriptor } = this.problem;
    const { values, vectors, curvatureCode } = this;
    engine.core.blocksMultiply(descriptor, values, vectors, curvatureCode, gamma, input, out);
  }

  /** Largest magnitude of the eigenvalues of what the curvature puts in the place of S. */
  get blocksNorm(): number {
    const { engine, parameters } = this.problem;
    return engine.core.normMax(parameters, this.values);
  }

  /** Whether `makingBlocks` needs room. */
  get hasOwnBlocks(): boolean {
    return CURVATURES[this.curvature].changesBlocks && this.#penalized === 0;
  }

  /**
   * Address of the packed blocks of what the curvature puts in the place of S, and Lambda; 0 where
   * they are zero.
   * @param room for them where they are made here, `hasOwnBlocks`
   */
  *makingBlocks(room: number): Generator<void, number> {
    const { blocks, curvature } = this;
    if (this.#penalized !== 0) return this.#penalized;
    const { usesBlocks, changesBlocks } = CURVATURES[curvature];
    if (!changesBlocks) return usesBlocks ? blocks : 0;
    yield* this.#curving(this.curvatureCode, room);
    return room;
  }

  /** `target` := the packed blocks that a curvature makes of the decomposed ones. */
  #curving(code: number, target: number): Generator<void, void> {
    const { engine, descriptor, neuronSize } = this.problem;
    const { values, vectors } = this;
    return this.problem.overNeurons(curvedFlops(neuronSize), (first, count) => {
      engine.core.curvedBlocks(descriptor, values, vectors, code, target, first, count);
    });
  }

  /** step^T H step with the true H, given image = J step. */
  quadratic(step: number, image: number): number {
    const { engine, descriptor, rows, samples, penalized } = this.problem;
    const { core } = engine;
    const square =
      core.dot(rows, image, this.bend(image)) / samples +
      core.blocksQuadratic(descriptor, this.blocks, step);
    return penalized ? square + core.penaltyQuadratic(descriptor, step) : square;
  }

  /** g . step, given image = J step: rho . J step / M where nothing is penalized. */
  slope(step: number, image: number): number {
    const { engine, rows, samples, penalized, shape } = this.problem;
    const { core } = engine;
    if (penalized) return core.dot(paddedCount(shape), this.gradient, step);
    return core.dot(rows, this.#point.residual, image) / samples;
  }

  /** Address of D u with the true D, which is `u` itself where D is 1; valid until the next. */
  bend(u: number): number {
    return this.#point.bend(u, this.#bent);
  }

  /** Address of Lambda theta where u is the point's residual; 0 where that is none of b. */
  penaltyOf(u: number): number {
    const { problem } = this;
    if (!problem.penalized || u !== this.#point.residual) return 0;
    problem.engine.f64(this.#slope, problem.parameters).fill(0);
    problem.engine.core.penaltyProduct(problem.descriptor, this.#point.theta, this.#slope);
    return this.#slope;
  }

  /**
   * out := J^T u / M, and Lambda theta where u is the point's residual: the right-hand side of a
   * step, or of its acceleration.
   */
  formingRight(u: number, out: number): Generator<void, void> {
    if (u === this.#point.residual) return this.#point.differentiating(out);
    return this.#point.transposing(u, out);
  }

  /**
   * A Rayleigh quotient of H, which its smallest eigenvalue cannot exceed
   * (assembly/newton/certificate.ts).
   */
  *findingQuotient(): Generator<void, number> {
    if (this.#rayleigh !== undefined) return this.#rayleigh;
    const { engine, neuronSize, samples } = this.problem;
    let least = Infinity;
    yield* this.problem.overNeurons(rotatedFlops(neuronSize, samples), (first, count) => {
      const { descriptor } = this.#point;
      const { rows, values, vectors } = this;
      const found = engine.core.rayleighMinimum(descriptor, rows, values, vectors, first, count);
      least = Math.min(least, found);
    });
    this.#rayleigh = least;
    return least;
  }

  /** H + gamma I is certainly not positive definite with gamma at or below what this gives. */
  *boundingIndefinite(): Generator<void, number> {
    return Math.max(0, -(yield* this.findingQuotient()));
  }
}
