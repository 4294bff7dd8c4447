import type { Arena } from "../engine/engine.js";
import { paddedCount } from "../network/shape.js";
import type { Problem } from "../objective/problem.js";
import {
  type MethodState,
  type Proposal,
  type StateBounds,
  type StepMethod,
  UNMODELLED,
} from "./method.js";

/** What the methods share that need the gradient alone. */
abstract class FirstOrder implements StepMethod {
  readonly policy = null;
  readonly system = null;
  protected readonly problem: Problem;
  protected readonly rate: number;
  readonly #residual: number;
  protected readonly gradient: number;
  protected theta = 0;

  constructor(problem: Problem, arena: Arena, residual: number, rate: number) {
    this.problem = problem;
    this.#residual = residual;
    this.rate = rate;
    this.gradient = arena.f64(paddedCount(problem.shape));
  }

  // biome-ignore lint/correctness/useYield: one product with J
  *linearize(theta: number): Generator<void, number> {
    this.theta = theta;
    this.problem.transposeProduct(theta, this.#residual, this.gradient);
    return this.problem.engine.core.norm2(this.problem.parameters, this.gradient);
  }

  abstract propose(candidate: number): Proposal;

  get bounds(): StateBounds {
    return { numbers: {}, vectors: {} };
  }

  save(): MethodState {
    return { numbers: {}, vectors: {} };
  }

  restore(_state: MethodState): void {}
}

/** theta - alpha g. */
export class GradientDescent extends FirstOrder {
  propose(candidate: number): Proposal {
    const { parameters, engine } = this.problem;
    engine.core.descend(parameters, this.rate, this.theta, this.gradient, candidate);
    return UNMODELLED;
  }
}

/** Defaults of Kingma and Ba. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** Adam (assembly/newton/update.ts). */
export class Adam extends FirstOrder {
  readonly #mean: number;
  readonly #square: number;
  #count = 0;

  constructor(problem: Problem, arena: Arena, residual: number, rate: number) {
    super(problem, arena, residual, rate);
    this.#mean = arena.f64(paddedCount(problem.shape));
    this.#square = arena.f64(paddedCount(problem.shape));
  }

  propose(candidate: number): Proposal {
    const { parameters, engine } = this.problem;
    this.#count++;
    engine.core.adam(
      parameters,
      this.#count,
      this.rate,
      BETA_1,
      BETA_2,
      EPSILON,
      this.gradient,
      this.#mean,
      this.#square,
      this.theta,
      candidate,
    );
    return UNMODELLED;
  }

  override get bounds(): StateBounds {
    const length = this.problem.parameters;
    return {
      numbers: { count: { least: 0, most: Number.MAX_SAFE_INTEGER, integer: true } },
      vectors: { mean: { length }, square: { length, least: 0 } },
    };
  }

  override save(): MethodState {
    const { engine, parameters } = this.problem;
    const copy = (pointer: number) => engine.f64(pointer, parameters).slice();
    const vectors = { mean: copy(this.#mean), square: copy(this.#square) };
    return { numbers: { count: this.#count }, vectors };
  }

  override restore({ numbers, vectors }: MethodState): void {
    const { engine, parameters } = this.problem;
    this.#count = numbers.count!;
    engine.f64(this.#mean, parameters).set(vectors.mean!);
    engine.f64(this.#square, parameters).set(vectors.square!);
  }
}
