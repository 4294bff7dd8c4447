import type { Arena } from "../engine/engine.js";
import { paddedCount } from "../network/shape.js";
import { ACCELERATIONS } from "../objective/acceleration.js";
import type { Linearization } from "../objective/linearization.js";
import type { Point } from "../objective/point.js";
import type { RegularizationPolicy } from "../regularization/policy.js";
import type { StepSolver } from "../solvers/solver.js";
import { SOLVERS } from "../solvers/table.js";
import type {
  MethodState,
  Move,
  Proposal,
  StateBounds,
  StepMethod,
  SystemFacts,
} from "./method.js";

/**
 * Largest 2 |a| / |v|, beyond which the second derivative is no correction of the step: then a
 * policy that tries lengths starts with the length at which it is, and one that does not goes
 * without the acceleration.
 */
const MOST_BENT = 2;

/** theta - alpha (H + gamma I)^-1 g, with H as the curvature of the linearization has it. */
export class Newton implements StepMethod {
  readonly policy: RegularizationPolicy;
  readonly system: SystemFacts;
  readonly #linearization: Linearization;
  readonly #solver: StepSolver;
  readonly #rate: number;
  readonly #geodesic: boolean;
  /** What a system that was solved says of H + gamma I. */
  readonly #certified: true | null;
  readonly #step: number;
  readonly #image: number;
  readonly #bend: number;
  readonly #acceleration: number;
  #accelerationRatio: number | null = null;

  constructor(arena: Arena, system: SystemFacts, policy: RegularizationPolicy, rate: number) {
    const { linearization } = system.solver;
    const { shape, rows } = linearization.problem;
    this.policy = policy;
    this.system = system;
    this.#solver = system.solver;
    this.#linearization = linearization;
    this.#rate = rate;
    this.#geodesic = ACCELERATIONS[system.acceleration].bends;
    this.#certified = SOLVERS[system.plan.solver].certifiesDefiniteness ? true : null;
    this.#step = arena.f64(paddedCount(shape));
    this.#image = arena.f64(rows);
    this.#bend = this.#geodesic ? arena.f64(rows) : 0;
    this.#acceleration = this.#geodesic ? arena.f64(paddedCount(shape)) : 0;
  }

  *linearize(point: Point): Generator<void, number> {
    const norm = yield* this.#linearization.moving(point);
    yield* this.#solver.linearizing();
    return norm;
  }

  propose(trial: Point): Proposal {
    const rejection =
      this.#solver.factor(this.policy.gamma) ??
      this.#solver.solve(this.#linearization.point.residual, this.#step, this.#image);
    if (rejection !== null) {
      return { kind: "none", indefiniteUpTo: this.#linearization.indefiniteUpTo, ...rejection };
    }
    this.#accelerationRatio = this.#geodesic ? this.#accelerate() : null;
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
  #moveTo(trial: Point, length: number): Move {
    const { problem, point } = this.#linearization;
    const { engine, parameters } = problem;
    const reach = this.#rate * length;
    const theta = trial.leave();
    engine.core.descend(parameters, reach, point.theta, this.#step, theta);
    const ratio = this.#accelerationRatio;
    if (ratio !== null && length * ratio <= MOST_BENT) {
      engine.core.axpy(parameters, -0.5 * reach * reach, this.#acceleration, theta);
    }
    const slope = this.#linearization.slope(this.#image);
    const quadratic = this.#linearization.quadratic(this.#step, this.#image);
    return {
      kind: "move",
      positiveDefinite: this.#certified,
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
  #accelerate(): number {
    const { problem, point } = this.#linearization;
    const { core } = problem.engine;
    point.secondDerivative(this.#step, this.#bend);
    if (this.#solver.solve(this.#bend, this.#acceleration, 0) !== null) return Infinity;
    const { parameters } = problem;
    return (2 * core.norm2(parameters, this.#acceleration)) / core.norm2(parameters, this.#step);
  }
}
