import type { Arena, Engine } from "../engine/engine.js";
import { Progress } from "../engine/progress.js";
import { paddedCount, type Shape } from "../shape/shape.js";
import { run, type Work } from "../support/pauses.js";
import { neuronFlops } from "./costs.js";
import type { Problem } from "./problem.js";

/**
 * Jets (sigma, sigma', sigma'' of every neuron and sample) are kept from the evaluation of a point
 * to the products at it within this many bytes.
 */
const JET_BYTES = 2 ** 25;

export interface PointOptions {
  /** Whether several products at the point are to come, so that keeping the jets pays. */
  readonly keepJets: boolean;
  /** Pointer to parameters that another owns; by default the point has its own. */
  readonly theta?: number;
}

/** What a training needs of its two points, wherever the data are on which they are evaluated. */
export interface Evaluable {
  readonly problem: {
    readonly engine: Engine;
    readonly shape: Shape;
    readonly parameters: number;
  };
  /** Pointer to P parameters. */
  readonly theta: number;
  leave(): number;
  evaluating(): Work<number>;
  /**
   * Norm of the gradient where it has been evaluated; `null` where nobody should ask: it is too far
   * away, or the loss says the same.
   */
  measuringGradient(): Work<number | null>;
}

/**
 * Parameters, and what is known there of a problem: outputs, residual, loss and jets. A training
 * has two, where it is and where it may go, and exchanges them when it goes.
 *
 * Arguments of the products are pointers, to parameter vectors (P values) and function vectors (R
 * values); where jets are kept, the point has to be evaluated first. What takes long comes as work
 * that pauses (bindings/support/pauses.ts); nothing else may be asked of the problem before it is
 * over.
 */
export class Point implements Evaluable {
  readonly problem: Problem;
  /** Address of the descriptor that the kernels take (assembly/model/point.ts). */
  readonly descriptor: number;
  /** Pointers: P parameters, to be written after `leave` alone. */
  readonly theta: number;
  /**
   * Outputs, and the derivative of the loss in them, rho = w l', for least squares the residual r =
   * f - y; 0 where there are no targets. Function vectors.
   */
  readonly f: number;
  readonly residual: number;
  readonly #progress: Progress;
  #loss: number | undefined;

  constructor(problem: Problem, arena: Arena, { keepJets, theta }: PointOptions) {
    const { engine, shape, samples, rows, targets } = problem;
    const { core } = engine;
    const jetBytes = core.jetBytes(samples);
    const kept = keepJets ? Math.min(shape.width, Math.floor(JET_BYTES / jetBytes)) : 0;
    this.problem = problem;
    this.#progress = new Progress(engine, arena);
    this.descriptor = arena.bytes(core.pointBytes());
    this.theta = theta ?? arena.f64(paddedCount(shape));
    this.f = arena.f64(rows);
    this.residual = targets === 0 ? 0 : arena.f64(rows);
    const bend = targets === 0 || problem.unitCurvature ? 0 : arena.f64(rows);
    const jets = arena.bytes(kept * jetBytes);
    const { descriptor, f, residual } = this;
    core.pointSet(descriptor, problem.descriptor, this.theta, f, residual, bend, jets, kept);
  }

  /** Forgets what is known at theta, which is to be overwritten, and returns its address. */
  leave(): number {
    this.#loss = undefined;
    return this.theta;
  }

  /** The objective; makes outputs, residual and jets unless they are known. */
  evaluate(): number {
    return run(this.evaluating());
  }

  *evaluating(): Generator<void, number> {
    if (this.#loss === undefined) {
      const { core } = this.problem.engine;
      yield* this.#progress.through((progress, flops) =>
        core.forward(this.descriptor, progress, flops),
      );
      this.#loss = core.objective(this.descriptor);
    }
    return this.#loss;
  }

  /** Makes the outputs, where there are no targets to evaluate them against. */
  forward(): void {
    const { core } = this.problem.engine;
    this.#progress.once((progress, flops) => core.forward(this.descriptor, progress, flops));
  }

  /** out := J direction */
  jacobianProduct(direction: number, out: number): void {
    const { core } = this.problem.engine;
    this.#progress.once((progress, flops) =>
      core.jacobianProduct(this.descriptor, direction, out, progress, flops),
    );
  }

  *multiplying(direction: number, out: number): Generator<void, void> {
    const { core } = this.problem.engine;
    yield* this.#progress.through((progress, flops) =>
      core.jacobianProduct(this.descriptor, direction, out, progress, flops),
    );
  }

  /** out := J^T rho / M + Lambda theta, the gradient of the objective. */
  gradient(out: number): void {
    run(this.differentiating(out));
  }

  *differentiating(out: number): Generator<void, void> {
    const { engine, descriptor, penalized } = this.problem;
    yield* this.transposing(this.residual, out);
    if (penalized) engine.core.penaltyProduct(descriptor, this.theta, out);
  }

  *measuringGradient(): Generator<void, number | null> {
    const { engine, plain, shape, parameters } = this.problem;
    if (plain) return null;
    const arena = engine.open();
    try {
      const gradient = arena.f64(paddedCount(shape));
      yield* this.differentiating(gradient);
      return engine.core.norm2(parameters, gradient);
    } finally {
      arena.close();
    }
  }

  /** out := J^T u / M */
  transposeProduct(u: number, out: number): void {
    const { engine, samples, shape } = this.problem;
    engine.core.jacobianTranspose(this.descriptor, u, 1 / samples, out, 0, shape.width);
  }

  transposing(u: number, out: number): Generator<void, void> {
    return this.#timesTranspose(u, 1 / this.problem.samples, out);
  }

  /** out := J^T v */
  summing(v: number, out: number): Generator<void, void> {
    return this.#timesTranspose(v, 1, out);
  }

  /** out := the second derivative of f along `direction`. */
  secondDerivative(direction: number, out: number): void {
    run(this.bending(direction, out));
  }

  *bending(direction: number, out: number): Generator<void, void> {
    const { core } = this.problem.engine;
    yield* this.#progress.through((progress, flops) =>
      core.secondDerivative(this.descriptor, direction, out, progress, flops),
    );
  }

  /** out := factor J^T u */
  #timesTranspose(u: number, factor: number, out: number): Generator<void, void> {
    const { engine, neuronSize, samples } = this.problem;
    return this.problem.overNeurons(neuronFlops(neuronSize, samples), (first, count) => {
      engine.core.jacobianTranspose(this.descriptor, u, factor, out, first, count);
    });
  }

  /** Address of D u, which is `u` where D is 1, and otherwise `out`; both function vectors. */
  bend(u: number, out: number): number {
    const { engine, unitCurvature } = this.problem;
    if (unitCurvature) return u;
    engine.core.curvatureProduct(this.descriptor, 0, u, out);
    return out;
  }
}
