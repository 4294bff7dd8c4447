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

  *linearize(point: Point): Generator<void, number> {
    this.point = point;
    yield* point.differentiating(this.gradient);
    return this.problem.engine.core.norm2(this.problem.parameters, this.gradient);
  }

  abstract proposing(trial: Point): Generator<void, Proposal>;

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
  // biome-ignore lint/correctness/useYield: nothing here is long
  *proposing(trial: Point): Generator<void, Proposal> {
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
  #mean: number;
  #square: number;
  /** Those of the step that is proposed. */
  #nextMean: number;
  #nextSquare: number;
  #count = 0;

  constructor(problem: Problem, arena: Arena, rate: number) {
    super(problem, arena, rate);
    const [mean, square, nextMean, nextSquare] = Array.from({ length: 4 }, () =>
      arena.f64(paddedCount(problem.shape)),
    ) as [number, number, number, number];
    this.#mean = mean;
    this.#square = square;
    this.#nextMean = nextMean;
    this.#nextSquare = nextSquare;
  }

  *proposing(trial: Point): Generator<void, Proposal> {
    const { parameters, engine } = this.problem;
    engine.core.copyVector(parameters, this.#mean, this.#nextMean);
    engine.core.copyVector(parameters, this.#square, this.#nextSquare);
    engine.core.adam(
      parameters,
      this.#count + 1,
      this.rate,
      BETA_1,
      BETA_2,
      EPSILON,
      this.gradient,
      this.#nextMean,
      this.#nextSquare,
      this.point!.theta,
      trial.leave(),
    );
    // Here rather than behind: what is remembered belongs to a step that is taken.
    yield* trial.evaluating();
    [this.#mean, this.#nextMean] = [this.#nextMean, this.#mean];
    [this.#square, this.#nextSquare] = [this.#nextSquare, this.#square];
    this.#count++;
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
