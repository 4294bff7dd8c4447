import type { Arena } from "../engine/engine.js";
import type { Point } from "../objective/point.js";
import type { Problem } from "../objective/problem.js";
import { paddedCount } from "../shape/shape.js";
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
  protected readonly gradient: number;
  /** Where it has linearized. */
  protected point: Point | null = null;

  constructor(problem: Problem, arena: Arena, rate: number) {
    this.problem = problem;
    this.rate = rate;
    this.gradient = arena.f64(paddedCount(problem.shape));
  }

  // biome-ignore lint/correctness/useYield: one product with J
  *linearize(point: Point): Generator<void, number> {
    this.point = point;
    point.transposeProduct(point.residual, this.gradient);
    return this.problem.engine.core.norm2(this.problem.parameters, this.gradient);
  }

  abstract propose(trial: Point): Proposal;

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
  propose(trial: Point): Proposal {
    const { parameters, engine } = this.problem;
    const { theta } = this.point!;
    engine.core.descend(parameters, this.rate, theta, this.gradient, trial.leave());
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

  constructor(problem: Problem, arena: Arena, rate: number) {
    super(problem, arena, rate);
    this.#mean = arena.f64(paddedCount(problem.shape));
    this.#square = arena.f64(paddedCount(problem.shape));
  }

  propose(trial: Point): Proposal {
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
      this.point!.theta,
      trial.leave(),
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
