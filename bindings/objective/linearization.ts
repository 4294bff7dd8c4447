import type { Arena } from "../engine/engine.js";
import { checkFinite } from "../engine/finite.js";
import { paddedCount } from "../shape/shape.js";
import { run } from "../support/pauses.js";
import { blockFlops, curvedFlops, rotatedFlops } from "./costs.js";
import { CURVATURES, type Curvature } from "./curvature.js";
import type { Point } from "./point.js";
import type { Problem } from "./problem.js";

/**
 * The quadratic model of the loss at one point: gradient g and Hessian H = J^T J / M + S, S in
 * blocks S_i = V_i diag(lambda_i) V_i^T, decomposed once. The curvature says what a solver puts in
 * the place of S; the model itself is always the true one.
 */
export class Linearization {
  readonly problem: Problem;
  readonly curvature: Curvature;
  readonly curvatureCode: number;
  /** Pointers. */
  readonly gradient: number;
  readonly values: number;
  readonly vectors: number;
  /** Packed S_i. */
  readonly blocks: number;
  #point: Point;
  #rayleigh: number | undefined;

  /** @param point of the problem; linearized at it only by `moveTo` or `moving` */
  constructor(point: Point, arena: Arena, curvature: Curvature) {
    const { problem } = point;
    const { width } = problem.shape;
    const q = problem.neuronSize;
    this.problem = problem;
    this.curvature = curvature;
    this.curvatureCode = CURVATURES[curvature].code;
    this.#point = point;
    this.gradient = arena.f64(paddedCount(problem.shape));
    this.blocks = arena.f64(problem.blockValues);
    this.values = arena.f64(width * q);
    this.vectors = arena.f64(width * q * q);
    if (!CURVATURES[curvature].usesBlocks) run(problem.decomposing(0, this.values, this.vectors));
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
    yield* point.transposing(point.residual, this.gradient);
    const { neuronSize: q, samples } = problem;
    yield* problem.overNeurons(blockFlops(q, samples), (first, count) => {
      core.hessianBlocks(point.descriptor, this.blocks, first, count);
    });
    if (CURVATURES[this.curvature].usesBlocks) {
      yield* problem.decomposing(this.blocks, this.values, this.vectors);
    }
    return core.norm2(problem.parameters, this.gradient);
  }

  /** @throws InputError `non-finite` when the gradient or the Hessian overflows */
  checkFinite(argument: string): void {
    run(this.checkingFinite(argument));
  }

  /**
   * The same, pausing before the work has taken long. The diagonal blocks of H bound all of its
   * entries, those of J^T J by Cauchy and Schwarz.
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
        core.addGramBlocks(this.#point.descriptor, blocks, first, count);
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

  /** `target` := the packed blocks that the curvature puts in the place of S. */
  curvingBlocks(target: number): Generator<void, void> {
    const { engine, descriptor, neuronSize } = this.problem;
    const { values, vectors, curvatureCode: code } = this;
    return this.problem.overNeurons(curvedFlops(neuronSize), (first, count) => {
      engine.core.curvedBlocks(descriptor, values, vectors, code, target, first, count);
    });
  }

  /** step^T H step with the true H, given image = J step. */
  quadratic(step: number, image: number): number {
    const { engine, descriptor, rows, samples } = this.problem;
    const { core } = engine;
    return (
      core.dot(rows, image, image) / samples + core.blocksQuadratic(descriptor, this.blocks, step)
    );
  }

  /** g . step = r . J step / M, given image = J step. */
  slope(image: number): number {
    const { engine, rows, samples } = this.problem;
    return engine.core.dot(rows, this.#point.residual, image) / samples;
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
      const { values, vectors } = this;
      const found = engine.core.rayleighMinimum(descriptor, values, vectors, first, count);
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
