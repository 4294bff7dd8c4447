import type { LoadedInputs } from "../data/load.js";
import type { Arena, Engine } from "../engine/engine.js";
import { activationKind } from "../network/activations.js";
import { neuronSize, parameterCount, type Shape } from "../network/shape.js";
import { eigenFlops } from "./costs.js";

/**
 * Jets (sigma, sigma', sigma'' of every neuron and sample) are kept from one product to the next
 * within this many bytes, and as many for a trial point.
 */
const JET_BYTES = 2 ** 25;

/** Operations between two pauses: a tenth of a second of a slow core. */
const PAUSE_FLOPS = 2 ** 28;

export interface ProblemOptions {
  /** Whether several products at one point are to come, so that keeping the jets pays. */
  readonly keepJets: boolean;
}

/**
 * A network shape bound to inputs in memory: the model and its derivatives at any parameter vector,
 * for the kernels of assembly/model. Every argument is a pointer: to a parameter vector (P values)
 * or to a function vector (R values).
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
  /** Neurons whose jets are kept. */
  readonly #kept: number;
  readonly #descriptor: number;

  constructor(
    engine: Engine,
    arena: Arena,
    shape: Shape,
    { x, samples, ldx }: LoadedInputs,
    { keepJets }: ProblemOptions,
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
    const jetBytes = core.jetBytes(samples);
    this.#kept = keepJets ? Math.min(width, Math.floor(JET_BYTES / jetBytes)) : 0;
    this.#descriptor = arena.bytes(core.problemBytes());
    const [jets, trialJets] = [0, 1].map(() => arena.bytes(this.#kept * jetBytes)) as [
      number,
      number,
    ];
    const work = arena.bytes(core.workBytes(width, inputs, outputs, samples));
    core.problemSet(
      this.#descriptor,
      activationKind(activation),
      width,
      inputs,
      outputs,
      samples,
      ldx,
      core.outputScale(width, beta),
      x,
      jets,
      trialJets,
      this.#kept,
      work,
    );
  }

  /** Address of the descriptor that the kernels take. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /** Values of all blocks S_i together, packed. */
  get blockValues(): number {
    const { width, inputs, outputs } = this.shape;
    return width * this.engine.core.blockSize(inputs, outputs);
  }

  /**
   * Calls `work` for ranges of neurons one after the other, pausing between them; the costs are
   * those of bindings/objective/costs.ts.
   *
   * @param flops what one neuron takes
   */
  *overNeurons(flops: number, work: (first: number, count: number) => void): Generator<void, void> {
    const { width } = this.shape;
    const most = Math.max(1, Math.floor(PAUSE_FLOPS / flops));
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
      core.decomposeBlocks(this.#descriptor, blocks, values, vectors, first, count);
    });
  }

  /** f := the network's outputs. */
  forward(theta: number, f: number): void {
    this.engine.core.forward(this.#descriptor, theta, f);
  }

  /** r := f(theta) - y; returns L = 1/(2M) sum r^2. */
  loss(theta: number, y: number, r: number): number {
    this.forward(theta, r);
    return this.engine.core.residual(this.#descriptor, r, y, r);
  }

  /** The same for a trial point, whose jets are put by. */
  trialLoss(theta: number, y: number, r: number): number {
    const { core } = this.engine;
    core.forwardTrial(this.#descriptor, theta, r);
    return core.residual(this.#descriptor, r, y, r);
  }

  /** The contents of theta have become those of the last trial point: `moveTo` without the work. */
  adoptTrial(): void {
    this.engine.core.adoptJets(this.#descriptor);
  }

  /**
   * Makes the jets that are kept; whenever the contents of theta have changed, before any product
   * below.
   */
  moveTo(theta: number): void {
    this.engine.core.keepJets(this.#descriptor, theta);
  }

  /** out := J direction */
  jacobianProduct(theta: number, direction: number, out: number): void {
    this.engine.core.jacobianProduct(this.#descriptor, theta, direction, out);
  }

  /** out := J^T u / M; with u = r the gradient. */
  transposeProduct(theta: number, u: number, out: number): void {
    this.engine.core.jacobianTranspose(this.#descriptor, theta, u, 1 / this.samples, out);
  }

  /** out := J^T v */
  transposeSum(theta: number, v: number, out: number): void {
    this.engine.core.jacobianTranspose(this.#descriptor, theta, v, 1, out);
  }

  /** out := the second derivative of f along `direction`. */
  secondDerivative(theta: number, direction: number, out: number): void {
    this.engine.core.secondDerivative(this.#descriptor, theta, direction, out);
  }
}
