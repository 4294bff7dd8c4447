import type { LoadedData } from "../data/load.js";
import type { Arena, Engine } from "../engine/engine.js";
import { Point } from "../objective/point.js";
import { Problem } from "../objective/problem.js";
import { paddedCount, type Shape } from "../shape/shape.js";
import { WorkingParameterPosterior } from "./parameter-space.js";
import { planPosterior } from "./plan.js";
import { Polish, type Reached } from "./polish.js";
import type { WorkingPosterior } from "./posterior.js";
import { type PosteriorCurvature, type Start, startTraits } from "./structure.js";

/** Precisions of the priors at the start, beside those of the weights: of eta, of c. */
const FIRST_PRECISIONS = { eta: 1, c: 1 };

/** Damping of Levenberg and Marquardt, an M-th of what is added to the diagonal. */
const DAMPING = { first: 1e-2, down: 0.3, up: 2, rejected: 4, least: 1e-9, floor: 1e-14 };
const TRIES = 8;
/** Gain ratios above which the damping goes down, and stays. */
const GOOD = 0.75;
const FAIR = 0.25;
/** |a| / |v| below which v + a/2 is tried. */
const ACCELERATION = 0.75;

/** What leave-one-out may add to the evidence for the choice among fits, in nats a sample. */
const CAP = 1;
const SHARE = 0.5;

/** When a fit ends: see `isOver`. */
const WINDOW = 4;
const PATIENCE = 4;
const NATS = 6;
const LONG = 40;
const NATS_WHEN_LONG = 0.2;
const MOST_STEPS = 150;

/** What is known of a fit under the precisions it was made with; nats a sample, standardized. */
export interface Score {
  readonly criterion: number;
  readonly evidence: number;
  readonly leaveOneOut: number;
  /** Variance of the noise. */
  readonly noise: number;
  /** Effective parameters of each group, and the precisions: d + 2 values. */
  readonly effective: Float64Array;
  readonly precisions: Float64Array;
  readonly step: number;
}

/** A network and what its evidence says; parameters in the order of theta. */
export interface FittedMember extends Score {
  readonly parameters: Float64Array<ArrayBuffer>;
  readonly curvature: PosteriorCurvature;
  readonly start: Start;
  readonly seed: number;
  /** Steps of the whole fit; `step` is that of the best. */
  readonly steps: number;
}

/**
 * Fits networks of one shape to standardized data with the precisions of their priors and the
 * noise, one after the other in the same memory.
 *
 * The precisions are moved before every step, not after a training: a network that has once
 * interpolated the noise does not come back from there (MacKay, Neural Computation 4 (1992)
 * 448-472; Foresee and Hagan, ICNN 1997).
 */
export class EvidenceFit {
  readonly problem: Problem;
  readonly #engine: Engine;
  readonly #x: number;
  readonly #posterior: WorkingPosterior;
  readonly #polish: Polish;
  readonly #points: readonly [Point, Point, Point];
  readonly #gradients: readonly [number, number];
  readonly #velocity: number;
  readonly #acceleration: number;
  readonly #direction: number;
  readonly #image: number;
  /** A value a group: precisions alpha, s2 alpha, and with the damping; effective, |theta|^2. */
  readonly #alpha: number;
  readonly #penalty: number;
  readonly #shifted: number;
  readonly #gamma: number;
  readonly #squares: number;
  readonly #leverages: number;
  readonly #bestTheta: number;

  #noise = 1;
  #damping = 0;
  #step = 0;
  #best: Score | null = null;
  #criteria: number[] = [];
  #linearized = false;
  #start: Start = "gamma";
  #at: Point;
  #others: readonly [Point, Point];

  constructor(engine: Engine, arena: Arena, shape: Shape, data: LoadedData) {
    const problem = new Problem(engine, arena, shape, data);
    const count = paddedCount(shape);
    const groups = shape.inputs + 2;
    this.problem = problem;
    this.#engine = engine;
    this.#x = data.x;
    this.#posterior = planPosterior(problem, arena, data.x);
    const point = () => new Point(problem, arena, { keepJets: true });
    this.#points = [point(), point(), point()];
    this.#at = this.#points[0];
    this.#others = [this.#points[1], this.#points[2]];
    const objective = {
      evaluating: (at: Point) => this.#evaluating(at),
      differentiating: (at: Point, out: number) => this.#differentiating(at, out),
    };
    this.#polish = new Polish(problem, arena, objective);
    this.#gradients = [arena.f64(count), arena.f64(count)];
    this.#velocity = arena.f64(count);
    this.#acceleration = arena.f64(count);
    this.#direction = arena.f64(count);
    this.#image = arena.f64(problem.rows);
    this.#alpha = arena.f64(groups);
    this.#penalty = arena.f64(groups);
    this.#shifted = arena.f64(groups);
    this.#gamma = arena.f64(groups);
    this.#squares = arena.f64(groups);
    this.#leverages = arena.f64(this.#posterior.rowCount);
    this.#bestTheta = arena.f64(count);
  }

  /**
   * One fit. Pauses between the calls of the core; a pause with a score comes after every update.
   * Left early, `best` has what was found so far.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a pause, which is void, may bring a score
  *run(seed: number, start: Start): Generator<Score | void, FittedMember | null> {
    yield* this.#beginning(seed, start);
    while (this.#step < MOST_STEPS) {
      if (this.#step > 0) {
        const score = yield* this.#update(true);
        if (score === null) break;
        yield score;
      }
      if (this.#isOver() || !(yield* this.#advance())) break;
      this.#step++;
    }
    // Where the last step led is scored too.
    if (!this.#linearized) yield* this.#update(false);
    return this.best(seed, start);
  }

  /** The best iterate so far; `null` where none was scored. */
  best(seed: number, start: Start): FittedMember | null {
    if (this.#best === null) return null;
    const parameters = this.#engine.f64(this.#bestTheta, this.problem.parameters).slice();
    const curvature = "gauss-newton";
    return { ...this.#best, parameters, curvature, start, seed, steps: this.#step };
  }

  /** The same with the exact Hessian, where the posterior is then positive definite. */
  *exact(member: FittedMember): Generator<void, FittedMember> {
    const { engine, parameters, shape } = this.problem;
    const theta = this.#at.leave();
    this.#linearized = false;
    engine.f64(theta, parameters).set(member.parameters);
    engine.f64(this.#alpha, shape.inputs + 2).set(member.precisions);
    this.#noise = member.noise;
    yield* this.#at.evaluating();
    const scope = engine.open();
    try {
      const posterior = new WorkingParameterPosterior(this.problem, scope, this.#x, true);
      yield* posterior.linearize(this.#at);
      const score = yield* this.#scoreBy(posterior, member.step);
      return score === null ? member : { ...member, ...score, curvature: "exact" };
    } finally {
      scope.close();
    }
  }

  *#beginning(seed: number, start: Start): Generator<void, void> {
    const { core } = this.#engine;
    const { width, inputs } = this.problem.shape;
    const { noise, weights } = startTraits(start);
    const { eta, c } = FIRST_PRECISIONS;
    this.#engine
      .f64(this.#alpha, inputs + 2)
      .fill(weights, 0, inputs)
      .set([eta, c], inputs);
    this.#start = start;
    this.#noise = noise;
    this.#damping = DAMPING.first;
    this.#step = 0;
    this.#best = null;
    this.#criteria = [];
    this.#linearized = false;
    const theta = this.#at.leave();
    core.startParameters(seed >>> 0, Math.floor(seed / 2 ** 32), width, inputs, theta);
    yield* this.#at.evaluating();
  }

  #isOver(): boolean {
    const last = this.#criteria.length - 1;
    if (last >= WINDOW) {
      const gain = this.#criteria[last]! - this.#criteria[last - WINDOW]!;
      const least = this.#step >= LONG ? NATS_WHEN_LONG : NATS / this.problem.samples;
      if (gain < least) return true;
    }
    return this.#best !== null && this.#step - this.#best.step >= PATIENCE;
  }

  /** Scores the present point, then moves the precisions and the noise. */
  *#update(move: boolean): Generator<void, Score | null> {
    const { core } = this.#engine;
    const { samples, shape, rows } = this.problem;
    const { width, inputs } = shape;
    const { residual } = this.#at;
    yield* this.#linearize();
    const score = yield* this.#scoreBy(this.#posterior, this.#step);
    if (score === null) return null;
    if (this.#best === null || score.criterion > this.#best.criterion) {
      this.#best = score;
      core.copyVector(this.problem.parameters, this.#at.theta, this.#bestTheta);
    }
    this.#criteria.push(this.#best.criterion);
    if (!move) return score;
    const { precisions } = startTraits(this.#start);
    const { rows: some, rowCount } = this.#posterior;
    core.updatePrecisions(width, inputs, precisions, this.#gamma, this.#squares, this.#alpha);
    const squared = core.dot(rows, residual, residual);
    this.#noise = core.updateNoise(samples, rowCount, some, this.#leverages, residual, squared);
    return score;
  }

  /**
   * What the present point is worth under the precisions that made it; leaves effective parameters,
   * |theta_g|^2 and leverages. `null` where A is not positive definite to working precision.
   */
  *#scoreBy(posterior: WorkingPosterior, step: number): Generator<void, Score | null> {
    const { core } = this.#engine;
    const { samples, shape, rows } = this.problem;
    const { width, inputs } = shape;
    const { theta, residual } = this.#at;
    const [noise, alpha, squares] = [this.#noise, this.#alpha, this.#squares];
    core.groupPenalty(inputs, noise, 0, alpha, this.#penalty);
    if (!(yield* posterior.factor(this.#penalty))) return null;
    const determinant = yield* posterior.inspect(this.#gamma, this.#leverages);
    const squared = core.dot(rows, residual, residual);
    core.groupSquares(width, inputs, theta, squares);
    const evidence = core.logEvidence(samples, inputs, noise, squared, alpha, squares, determinant);
    const { rows: some, rowCount } = posterior;
    const h = this.#leverages;
    const leaveOneOut = core.leaveOneOut(samples, rowCount, some, h, residual, noise, squared);
    const criterion = evidence + SHARE * Math.min(leaveOneOut - evidence, CAP);
    const precisions = this.#groups(alpha);
    const effective = this.#groups(this.#gamma);
    return { criterion, evidence, leaveOneOut, noise, effective, precisions, step };
  }

  #groups(pointer: number): Float64Array {
    return this.#engine.f64(pointer, this.problem.shape.inputs + 2).slice();
  }

  *#linearize(): Generator<void, void> {
    if (this.#linearized) return;
    yield* this.#posterior.linearize(this.#at);
    this.#linearized = true;
  }

  /**
   * A damped Gauss-Newton step with geodesic acceleration (Transtrum and Sethna, arXiv:1201.5885),
   * and what L-BFGS makes of it. Returns whether it went anywhere.
   */
  *#advance(): Generator<void, boolean> {
    const { core } = this.#engine;
    const { samples, shape } = this.problem;
    const [gradient] = this.#gradients;
    yield* this.#linearize();
    core.groupPenalty(shape.inputs, this.#noise, 0, this.#alpha, this.#penalty);
    yield* this.#differentiating(this.#at, gradient);
    const before = yield* this.#evaluating(this.#at);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const shift = this.#damping * samples;
      core.groupPenalty(shape.inputs, this.#noise, shift, this.#alpha, this.#shifted);
      if (yield* this.#posterior.factor(this.#shifted)) {
        const reached = yield* this.#attempt(gradient);
        if (reached.value < before) {
          const gain = before - reached.value;
          yield* this.#settlingDamping(gain, gradient, attempt);
          yield* this.#polishFrom(before, reached);
          return true;
        }
      }
      this.#damping = Math.max(this.#damping, DAMPING.least) * DAMPING.rejected;
    }
    return false;
  }

  /** Takes the step by the present factor; v + a/2 is then in `#direction`, of opposite sign. */
  *#attempt(gradient: number): Generator<void, Reached> {
    const { core } = this.#engine;
    const { parameters } = this.problem;
    const [trial, spare] = this.#others;
    const [velocity, acceleration] = [this.#velocity, this.#acceleration];
    yield* this.#posterior.solving(gradient, velocity);
    yield* this.#at.bending(velocity, this.#image);
    yield* this.#at.summing(this.#image, acceleration);
    yield* this.#posterior.solving(acceleration, acceleration);
    core.copyVector(parameters, velocity, this.#direction);
    const ratio = core.norm2(parameters, acceleration) / core.norm2(parameters, velocity);
    if (ratio < ACCELERATION) core.axpy(parameters, 0.5, acceleration, this.#direction);
    core.descend(parameters, 1, this.#at.theta, this.#direction, trial.leave());
    return { point: trial, spare, value: yield* this.#evaluating(trial) };
  }

  /** By the ratio of what was gained to what the model without damping promised. */
  *#settlingDamping(gain: number, gradient: number, attempt: number): Generator<void, void> {
    const { core } = this.#engine;
    const { rows, shape } = this.problem;
    yield* this.#at.multiplying(this.#direction, this.#image);
    const slope = core.dot(paddedCount(shape), gradient, this.#direction);
    const quadratic =
      core.dot(rows, this.#image, this.#image) +
      core.groupQuadratic(shape.width, shape.inputs, this.#penalty, this.#direction);
    const ratio = gain / Math.max(slope - 0.5 * quadratic, Number.MIN_VALUE);
    let factor = DAMPING.up;
    if (ratio > FAIR) factor = 1;
    if (ratio > GOOD && attempt === 0) factor = DAMPING.down;
    this.#damping = Math.max(this.#damping * factor, DAMPING.floor);
  }

  *#polishFrom(before: number, reached: Reached): Generator<void, void> {
    const from = this.#at;
    const polish = this.#polish.run(from, before, reached, this.#posterior, this.#gradients);
    const { point, spare } = yield* polish;
    this.#at = point;
    this.#others = [spare, from];
    this.#linearized = false;
  }

  /** |r|^2 / 2 + s2/2 sum_g alpha_g |theta_g|^2 */
  *#evaluating(at: Point): Generator<void, number> {
    const { samples, shape } = this.problem;
    const { core } = this.#engine;
    const { width, inputs } = shape;
    const penalty = core.groupQuadratic(width, inputs, this.#penalty, at.theta);
    return samples * (yield* at.evaluating()) + 0.5 * penalty;
  }

  *#differentiating(at: Point, out: number): Generator<void, void> {
    const { width, inputs } = this.problem.shape;
    yield* at.summing(at.residual, out);
    this.#engine.core.groupMultiplyAdd(width, inputs, this.#penalty, at.theta, out);
  }
}
