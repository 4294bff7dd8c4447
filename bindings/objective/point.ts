import type { Arena, Engine } from "../engine/engine.js";
import { paddedCount, type Shape } from "../shape/shape.js";
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
  evaluate(): number | Promise<number>;
}

/**
 * Parameters, and what is known there of a problem: outputs, residual, loss and jets. A training
 * has two, where it is and where it may go, and exchanges them when it goes.
 *
 * Arguments of the products are pointers, to parameter vectors (P values) and function vectors (R
 * values); where jets are kept, the point has to be evaluated first.
 */
export class Point implements Evaluable {
  readonly problem: Problem;
  /** Address of the descriptor that the kernels take (assembly/model/point.ts). */
  readonly descriptor: number;
  /** Pointers: P parameters, to be written after `leave` alone. */
  readonly theta: number;
  /** Outputs, and the residual r = f - y, 0 where there are no targets: function vectors. */
  readonly f: number;
  readonly residual: number;
  #loss: number | undefined;

  constructor(problem: Problem, arena: Arena, { keepJets, theta }: PointOptions) {
    const { engine, shape, samples, rows, targets } = problem;
    const { core } = engine;
    const jetBytes = core.jetBytes(samples);
    const kept = keepJets ? Math.min(shape.width, Math.floor(JET_BYTES / jetBytes)) : 0;
    this.problem = problem;
    this.descriptor = arena.bytes(core.pointBytes());
    this.theta = theta ?? arena.f64(paddedCount(shape));
    this.f = arena.f64(rows);
    this.residual = targets === 0 ? 0 : arena.f64(rows);
    const jets = arena.bytes(kept * jetBytes);
    const { descriptor, f, residual } = this;
    core.pointSet(descriptor, problem.descriptor, this.theta, f, residual, jets, kept);
  }

  /** Forgets what is known at theta, which is to be overwritten, and returns its address. */
  leave(): number {
    this.#loss = undefined;
    return this.theta;
  }

  /** L = 1/(2M) sum r^2; makes outputs, residual and jets unless they are known. */
  evaluate(): number {
    this.#loss ??= this.problem.engine.core.evaluate(this.descriptor);
    return this.#loss;
  }

  /** Makes the outputs, where there are no targets to evaluate them against. */
  forward(): void {
    this.problem.engine.core.forward(this.descriptor);
  }

  /** out := J direction */
  jacobianProduct(direction: number, out: number): void {
    this.problem.engine.core.jacobianProduct(this.descriptor, direction, out);
  }

  /** out := J^T u / M; with u = r the gradient. */
  transposeProduct(u: number, out: number): void {
    const { engine, samples } = this.problem;
    engine.core.jacobianTranspose(this.descriptor, u, 1 / samples, out);
  }

  /** out := J^T v */
  transposeSum(v: number, out: number): void {
    this.problem.engine.core.jacobianTranspose(this.descriptor, v, 1, out);
  }

  /** out := the second derivative of f along `direction`. */
  secondDerivative(direction: number, out: number): void {
    this.problem.engine.core.secondDerivative(this.descriptor, direction, out);
  }
}
