import type { LoadedData, LoadedInputs } from "../data/load.js";
import type { Arena, Engine } from "../engine/engine.js";
import { LossKind } from "../engine/generated/enumerations.js";
import { activationKind } from "../shape/activations.js";
import { neuronSize, parameterCount, type Shape } from "../shape/shape.js";
import { PAUSE_FLOPS } from "../support/pauses.js";
import { eigenFlops } from "./costs.js";
import { lossTraits } from "./losses.js";
import { LEAST_SQUARES, type Objective } from "./objective.js";
import { lambdasOf } from "./penalty.js";

/**
 * A network shape bound to data in memory, for the kernels of assembly/model: what a `Point` is a
 * point of.
 */
export class Problem {
  readonly engine: Engine;
  readonly shape: Shape;
  readonly samples: number;
  readonly ldx: number;
  /** P */
  readonly parameters: number;
  /** R, the length of a function vector: k rows of ldx values. */
  readonly rows: number;
  /** q, the parameters of a neuron. */
  readonly neuronSize: number;
  /** Pointer to the targets, a function vector; 0 where there are none. */
  readonly targets: number;
  readonly objective: Objective;
  /** Whether l'' of the loss, times the weights, is 1 for every output and sample. */
  readonly unitCurvature: boolean;
  readonly penalized: boolean;
  /** Whether the objective is least squares without weights and penalty. */
  readonly plain: boolean;
  /** Address of the descriptor that the kernels take (assembly/model/problem.ts). */
  readonly descriptor: number;

  /** @param objective one that was checked for the shape and the targets */
  constructor(
    engine: Engine,
    arena: Arena,
    shape: Shape,
    { x, samples, ldx, y = 0, weights = 0 }: LoadedInputs & Partial<LoadedData>,
    objective: Objective = LEAST_SQUARES,
  ) {
    const { core } = engine;
    const { width, inputs, outputs, beta, activation } = shape;
    this.engine = engine;
    this.shape = shape;
    this.samples = samples;
    this.ldx = ldx;
    this.parameters = parameterCount(shape);
    this.rows = outputs * ldx;
    this.neuronSize = neuronSize(shape);
    this.targets = y;
    this.objective = objective;
    const { loss, penalty } = objective;
    const { code } = lossTraits(loss.name);
    this.unitCurvature = code === LossKind.SQUARES && weights === 0;
    this.penalized = penalty !== null;
    this.plain = this.unitCurvature && !this.penalized;
    this.descriptor = arena.bytes(core.problemBytes());
    const work = arena.bytes(core.workBytes(width, inputs, outputs, samples));
    core.problemSet(
      this.descriptor,
      activationKind(activation),
      width,
      inputs,
      outputs,
      samples,
      ldx,
      core.outputScale(width, beta),
      x,
      y,
      work,
    );
    if (this.plain) return;
    const [first = 0, second = 0] = Object.values(loss.parameters);
    const lambdas = penalty === null ? [] : lambdasOf(penalty, inputs, "options.penalty");
    const lambda = penalty === null ? 0 : arena.f64(lambdas.length);
    engine.f64(lambda, lambdas.length).set(lambdas);
    core.objectiveSet(this.descriptor, code, first, second, weights, lambda);
  }

  /** Values of all blocks S_i together, packed. */
  get blockValues(): number {
    const { width, inputs, outputs } = this.shape;
    return width * this.engine.core.blockSize(inputs, outputs);
  }

  /** How many turns of so many operations there are between two pauses. */
  turnsBetweenPauses(flops: number): number {
    return Math.max(1, Math.floor((PAUSE_FLOPS * this.engine.threads) / flops));
  }

  /**
   * Calls `work` for ranges of neurons one after the other, pausing between them; the costs are
   * those of bindings/objective/costs.ts.
   *
   * @param flops what one neuron takes
   */
  *overNeurons(flops: number, work: (first: number, count: number) => void): Generator<void, void> {
    const { width } = this.shape;
    const most = this.turnsBetweenPauses(flops);
    for (let first = 0; first < width; first += most) {
      if (first > 0) yield;
      work(first, Math.min(most, width - first));
    }
  }

  /** Eigenvalues and eigenvectors of packed blocks, or of zeros in their place. */
  decomposing(blocks: number, values: number, vectors: number): Generator<void, void> {
    const { core } = this.engine;
    const flops = blocks === 0 ? this.neuronSize * this.neuronSize : eigenFlops(this.neuronSize);
    return this.overNeurons(flops, (first, count) => {
      core.decomposeBlocks(this.descriptor, blocks, values, vectors, first, count);
    });
  }
}
