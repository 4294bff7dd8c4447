import type { Arena } from "../engine/engine.js";
import type { Evaluable, Point } from "../objective/point.js";
import type { RegularizationPolicy } from "../regularization/policy.js";
import type { Work } from "../support/pauses.js";
import type {
  MethodState,
  Move,
  Proposal,
  StateBounds,
  StepMethod,
  SystemFacts,
} from "./method.js";
import type { NewtonSystem } from "./newton-system.js";

/**
 * Largest 2 |a| / |v|, beyond which the second derivative is no correction of the step: then a
 * policy that tries lengths starts with the length at which it is, and one that does not goes
 * without the acceleration.
 */
const MOST_BENT = 2;

export interface NewtonOptions {
  readonly rate: number;
  readonly geodesic: boolean;
  /** For the record of the run; `null` where the system has no solver of its own to speak of. */
  readonly facts: SystemFacts | null;
}

/** theta - alpha (H + gamma I)^-1 g, with H as the system has it. */
export class Newton<P extends Evaluable = Point> implements StepMethod<P> {
  readonly policy: RegularizationPolicy;
  readonly system: SystemFacts | null;
  readonly #newton: NewtonSystem<P>;
  readonly #rate: number;
  readonly #geodesic: boolean;
  readonly #step: number;
  readonly #acceleration: number;
  #point: P | null = null;
  #accelerationRatio: number | null = null;

  /** @param length values that a parameter vector has room for */
  constructor(
    newton: NewtonSystem<P>,
    length: number,
    arena: Arena,
    policy: RegularizationPolicy,
    { rate, geodesic, facts }: NewtonOptions,
  ) {
    this.policy = policy;
    this.system = facts;
    this.#newton = newton;
    this.#rate = rate;
    this.#geodesic = geodesic;
    this.#step = arena.f64(length);
    this.#acceleration = geodesic ? arena.f64(length) : 0;
  }

  linearize(point: P): Work<number> {
    this.#point = point;
    return this.#newton.linearize(point);
  }

  async *proposing(trial: P): AsyncGenerator<void, Proposal> {
    const rejection =
      (yield* this.#newton.factoring(this.policy.gamma)) ??
      (yield* this.#newton.solving(this.#step));
    if (rejection !== null) {
      const indefiniteUpTo = yield* this.#newton.boundingIndefinite();
      return { kind: "refused", indefiniteUpTo, ...rejection };
    }
    this.#accelerationRatio = this.#geodesic ? yield* this.#accelerating() : null;
    const ratio = this.#accelerationRatio ?? 0;
    const length = this.policy.lengths > 1 && ratio > MOST_BENT ? MOST_BENT / ratio : 1;
    return this.#moveTo(trial, length);
  }

  get bounds(): StateBounds {
    return { numbers: this.policy.bounds ?? null, vectors: {} };
  }

  /** The linearization and the factors are made anew at each step: only the policy remembers. */
  save(): MethodState {
    return { numbers: this.policy.save(), vectors: {} };
  }

  restore({ numbers }: MethodState): void {
    this.policy.restore(numbers);
  }

  /** theta - t alpha step - (t alpha)^2 a / 2 at length t. */
  #moveTo(trial: P, length: number): Move {
    const { theta: from, problem } = this.#point!;
    const { engine, parameters } = problem;
    const reach = this.#rate * length;
    const theta = trial.leave();
    engine.core.descend(parameters, reach, from, this.#step, theta);
    const ratio = this.#accelerationRatio;
    if (ratio !== null && length * ratio <= MOST_BENT) {
      engine.core.axpy(parameters, -0.5 * reach * reach, this.#acceleration, theta);
    }
    const slope = this.#newton.slope(this.#step);
    const quadratic = this.#newton.quadratic(this.#step);
    return {
      kind: "move",
      positiveDefinite: this.#newton.positiveDefinite,
      predicted: reach * slope - 0.5 * reach * reach * quadratic,
      length,
      accelerationRatio: ratio,
      shorten: (shorter) => this.#moveTo(trial, shorter),
    };
  }

  /**
   * Geodesic acceleration (Transtrum and Sethna, arXiv:1201.5885): with the velocity v = -alpha
   * step and the acceleration a = -(H + gamma I)^-1 J^T f_vv / M, the path is theta + t v + t^2 a /
   * 2. Returns 2 |a| / |v| for alpha = 1.
   */
  async *#accelerating(): AsyncGenerator<void, number> {
    const { engine, parameters } = this.#point!.problem;
    if (!(yield* this.#newton.accelerating(this.#step, this.#acceleration))) return Infinity;
    const size = 2 * engine.core.norm2(parameters, this.#acceleration);
    return size / engine.core.norm2(parameters, this.#step);
  }
}
