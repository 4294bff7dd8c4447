import type { Arena } from "../engine/engine.js";
import { Progress } from "../engine/progress.js";
import { neuronFlops } from "./costs.js";
import type { Point } from "./point.js";
import type { Problem } from "./problem.js";

/** Bytes of what a pass keeps for the next one (assembly/model/hessianProduct.ts), at most. */
const SPEED_BYTES = 2 ** 24;

/**
 * Products of the exact Hessian of a problem with vectors, two passes over the neurons each: no
 * block of second derivatives is made. Keeps vectors alone.
 */
export class HessianProduct {
  readonly #problem: Problem;
  readonly #progress: Progress;
  readonly #speeds: number;
  readonly #kept: number;
  /** Function vectors: J v, and D J v where D is not 1. */
  readonly #image: number;
  readonly #bent: number;

  /** @param bytes the most for what is kept between the two passes */
  constructor(problem: Problem, arena: Arena, bytes = SPEED_BYTES) {
    const { engine, shape, ldx, rows, unitCurvature } = problem;
    this.#problem = problem;
    this.#progress = new Progress(engine, arena);
    this.#kept = Math.min(shape.width, Math.floor(bytes / (8 * ldx)));
    this.#speeds = arena.f64(this.#kept * ldx);
    this.#image = arena.f64(rows);
    this.#bent = unitCurvature ? 0 : arena.f64(rows);
  }

  /** Operations of one product, for pauses. */
  get flops(): number {
    const { shape, neuronSize, samples } = this.#problem;
    return 2 * shape.width * neuronFlops(neuronSize, samples);
  }

  /**
   * out := H v at a point that has been evaluated; pauses before it has taken long.
   *
   * @param v pointer to a parameter vector
   */
  *multiplying(point: Point, v: number, out: number): Generator<void, void> {
    const { engine, descriptor, penalized, neuronSize, samples } = this.#problem;
    const { core } = engine;
    const [speeds, kept, image] = [this.#speeds, this.#kept, this.#image];
    yield* this.#progress.through((progress, flops) =>
      core.directionProduct(point.descriptor, v, speeds, kept, image, progress, flops),
    );
    const u = point.bend(image, this.#bent);
    yield* this.#problem.overNeurons(neuronFlops(neuronSize, samples), (first, count) => {
      core.directionTranspose(point.descriptor, v, speeds, kept, u, out, first, count);
    });
    if (penalized) core.penaltyProduct(descriptor, v, out);
  }

  /** The same where it is not long enough for a pause: nothing is made for one. */
  multiply(point: Point, v: number, out: number): void {
    const { engine, descriptor, penalized, shape } = this.#problem;
    const { core } = engine;
    const [speeds, kept, image] = [this.#speeds, this.#kept, this.#image];
    this.#progress.once((progress, flops) =>
      core.directionProduct(point.descriptor, v, speeds, kept, image, progress, flops),
    );
    const u = point.bend(image, this.#bent);
    core.directionTranspose(point.descriptor, v, speeds, kept, u, out, 0, shape.width);
    if (penalized) core.penaltyProduct(descriptor, v, out);
  }
}
