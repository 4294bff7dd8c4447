import type { Arena } from "../engine/engine.js";
import { curvedFlops, eigenFlops } from "../objective/costs.js";
import { CURVATURES, type Curvature } from "../objective/curvature.js";
import { neuronSize } from "../shape/shape.js";
import type { RowsPoint } from "./point.js";
import type { RowsProblem } from "./problem.js";

/**
 * The curvature of the single neurons: S in packed blocks, and what a curvature puts in its place.
 * Arguments are pointers.
 */
export class NeuronBlocks {
  /** What the kernels of the model know of a network: its shape alone. */
  readonly descriptor: number;
  readonly #problem: RowsProblem;
  readonly #curvature: Curvature;
  readonly #q: number;
  readonly #count: number;
  readonly #blocks: number;
  readonly #curved: number;
  readonly #values: number;
  readonly #vectors: number;

  constructor(problem: RowsProblem, arena: Arena, curvature: Curvature) {
    const { engine, shape } = problem;
    const { core } = engine;
    const { width, inputs, outputs } = shape;
    const q = neuronSize(shape);
    const { usesBlocks, changesBlocks } = CURVATURES[curvature];
    this.#problem = problem;
    this.#curvature = curvature;
    this.#q = q;
    this.#count = width * core.blockSize(inputs, outputs);
    this.#blocks = arena.f64(this.#count);
    this.#curved = changesBlocks ? arena.f64(this.#count) : this.#blocks;
    this.#values = usesBlocks ? arena.f64(width * q) : 0;
    this.#vectors = usesBlocks ? arena.f64(width * q * q) : 0;
    this.descriptor = arena.bytes(core.problemBytes());
    // One sample, which no kernel of the blocks looks at.
    const work = arena.bytes(core.workBytes(width, inputs, outputs, 1));
    const x = arena.f64(2 * inputs);
    core.problemSet(this.descriptor, 0, width, inputs, outputs, 1, 2, 1, x, 0, work);
  }

  /** Makes S at a point that has been evaluated, and what stands for it. */
  *moving(point: RowsPoint): Generator<void, void> {
    yield* point.fillingBlocks(this.#blocks, this.#count);
    const { changesBlocks, code } = CURVATURES[this.#curvature];
    if (!changesBlocks) return;
    const { core } = this.#problem.engine;
    const [values, vectors] = [this.#values, this.#vectors];
    yield* this.#problem.overNeurons(eigenFlops(this.#q), (first, count) => {
      core.decomposeBlocks(this.descriptor, this.#blocks, values, vectors, first, count);
    });
    yield* this.#problem.overNeurons(curvedFlops(this.#q), (first, count) => {
      core.curvedBlocks(this.descriptor, values, vectors, code, this.#curved, first, count);
    });
  }

  /** h += what stands for S, of a packed matrix of the parameters. */
  addTo(h: number): void {
    if (!CURVATURES[this.#curvature].usesBlocks) return;
    this.#problem.core.normalAddBlocks(this.descriptor, this.#curved, h);
  }

  /** step . S step */
  quadratic(step: number): number {
    return this.#problem.engine.core.blocksQuadratic(this.descriptor, this.#blocks, step);
  }
}
