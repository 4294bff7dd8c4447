import type { Arena } from "../engine/engine.js";
import { HessianProduct } from "../objective/hessian-product.js";
import type { Point } from "../objective/point.js";
import type { Problem } from "../objective/problem.js";
import { paddedCount } from "../shape/shape.js";
import { CurvaturePairs } from "./curvature-pairs.js";
import {
  isWithinRounding,
  type MethodState,
  type Proposal,
  type StateBounds,
  type StepMethod,
} from "./method.js";

/** Least decrease of a step that is taken, in parts of what was predicted. */
const TAKEN = 1e-3;
/** Gain ratios above which the radius grows, and below which it shrinks. */
const GOOD = 0.5;
const POOR = 0.25;
const [GROWTH, SHRINKAGE] = [2, 0.5];

/** A step that fails is shortened to the minimum of a parabola, but within these parts of it. */
const [SHORTEST, LONGEST] = [0.1, 0.6];
/** Lengths of a step, which come to some 1e-16 of it. */
const MOST_LENGTHS = 25;

/**
 * The system is solved to this part of the gradient, or less the smaller the gradient is beside the
 * largest one: to the fourth root of their ratio. So the steps converge superlinearly, with order
 * 5/4 (R. S. Dembo, S. C. Eisenstat and T. Steihaug, SIAM Journal on Numerical Analysis 19 (1982)
 * 400-408). Far from the minimum nothing is gained by more.
 */
const COARSEST = 0.5;
const MOST_ITERATIONS = 250;

/** What a step was found to be; its vector and H times it are kept apart. */
interface Solution {
  /** g . step */
  readonly slope: number;
  /** step . H step */
  readonly quadratic: number;
  /** Its norm, that of the region. */
  readonly size: number;
  readonly inside: boolean;
  /** A direction whose curvature is not positive was met. */
  readonly concave: boolean;
}

/** A length of the step that is taken. */
interface Found {
  readonly predicted: number;
  readonly length: number;
  readonly concave: boolean;
  /** For the next step. */
  readonly radius: number;
}

/**
 * Newton's method in a trust region, its system solved as far as is worth while: conjugate
 * gradients on products with the exact Hessian, ended where they leave the region or meet negative
 * curvature, which is followed to its boundary (T. Steihaug, SIAM Journal on Numerical Analysis 20
 * (1983) 626-637; Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 4.1 and 7.2).
 *
 * They are preconditioned by the quasi-Newton matrix of pairs that earlier steps and their
 * conjugate gradients have left (J. L. Morales and J. Nocedal, SIAM Journal on Optimization 10
 * (2000) 1079-1096), in whose norm the region is a ball.
 */
export class TrustRegion implements StepMethod {
  readonly policy = null;
  readonly system = null;
  readonly #problem: Problem;
  readonly #hessian: HessianProduct;
  readonly #pairs: CurvaturePairs;
  /** Parameter vectors. */
  readonly #step: number;
  readonly #image: number;
  readonly #residual: number;
  readonly #preconditioned: number;
  readonly #direction: number;
  readonly #product: number;
  #gradient: number;
  #nextGradient: number;
  #point: Point | null = null;
  /** The last proposal, whose gradient is known: where the next step starts. */
  #proposed: Point | null = null;
  #norm = 0;
  #radius = 1;
  /** The largest norm of a gradient. */
  #largest = 0;

  /** @param pairs the most that the preconditioner is made of */
  constructor(problem: Problem, arena: Arena, pairs: number) {
    const vector = () => arena.f64(paddedCount(problem.shape));
    this.#problem = problem;
    this.#hessian = new HessianProduct(problem, arena);
    this.#pairs = new CurvaturePairs(problem, arena, pairs);
    this.#step = vector();
    this.#image = vector();
    this.#residual = vector();
    this.#preconditioned = vector();
    this.#direction = vector();
    this.#product = vector();
    this.#gradient = vector();
    this.#nextGradient = vector();
  }

  *linearize(point: Point): Generator<void, number> {
    this.#point = point;
    if (this.#proposed === point) {
      [this.#gradient, this.#nextGradient] = [this.#nextGradient, this.#gradient];
    } else yield* point.differentiating(this.#gradient);
    this.#proposed = null;
    this.#norm = this.#problem.engine.core.norm2(this.#problem.parameters, this.#gradient);
    return this.#norm;
  }

  *proposing(trial: Point): Generator<void, Proposal> {
    this.#pairs.begin();
    const largest = Math.max(this.#largest, this.#norm);
    const forcing = Math.min(COARSEST, Math.sqrt(Math.sqrt(this.#norm / largest)));
    let found = yield* this.#searching(trial, forcing, this.#radius);
    if (found === null && !this.#pairs.empty) {
      // The preconditioner has led nowhere: forget it.
      this.#pairs.forget();
      found = yield* this.#searching(trial, forcing, 1);
    }
    if (found === null) return { kind: "refused", reason: "no-decrease" };
    yield* trial.differentiating(this.#nextGradient);
    this.#pairs.addStep(this.#point!, trial, this.#gradient, this.#nextGradient);
    this.#pairs.keep();
    this.#radius = found.radius;
    this.#largest = largest;
    this.#proposed = trial;
    return {
      kind: "move",
      positiveDefinite: found.concave ? false : null,
      predicted: found.predicted,
      length: found.length,
      accelerationRatio: null,
      shorten: null,
    };
  }

  /**
   * The longest length of the step within a radius that lowers the loss, and leaves the trial point
   * there; `null` if none does.
   */
  *#searching(trial: Point, forcing: number, radius: number): Generator<void, Found | null> {
    const { engine, parameters } = this.#problem;
    const { core } = engine;
    const point = this.#point!;
    const { slope, quadratic, size, inside, concave } = yield* this.#solving(forcing, radius);
    const before = yield* point.evaluating();
    let length = 1;
    for (let count = 1; count <= MOST_LENGTHS; count++) {
      core.descend(parameters, -length, point.theta, this.#step, trial.leave());
      const predicted = -length * (slope + 0.5 * length * quadratic);
      const after = yield* trial.evaluating();
      yield;
      if (yield* this.#isGood(trial, before, after, predicted)) {
        const reach = length * size;
        const next = nextRadius(radius, reach, (before - after) / predicted, inside, count > 1);
        return { predicted, length, concave, radius: next };
      }
      length *= shorter(length * slope, before, after);
    }
    return null;
  }

  *#isGood(
    trial: Point,
    before: number,
    after: number,
    predicted: number,
  ): Generator<void, boolean> {
    if (!Number.isFinite(after) || !(predicted > 0)) return false;
    if (before - after > TAKEN * predicted) return true;
    if (!isWithinRounding({ before, after, predicted })) return false;
    yield* trial.differentiating(this.#nextGradient);
    const { engine, parameters } = this.#problem;
    return engine.core.norm2(parameters, this.#nextGradient) < this.#norm;
  }

  /** `#step` and `#image` := a step and H times it. */
  *#solving(forcing: number, radius: number): Generator<void, Solution> {
    const problem = this.#problem;
    const { engine, shape, parameters } = problem;
    const { core } = engine;
    const count = paddedCount(shape);
    const turns = problem.turnsBetweenPauses(this.#hessian.flops);
    const [step, image, r] = [this.#step, this.#image, this.#residual];
    const [z, p, q] = [this.#preconditioned, this.#direction, this.#product];
    engine.f64(step, count).fill(0);
    engine.f64(image, count).fill(0);
    core.copyVector(count, this.#gradient, r);
    this.#pairs.direction(r, p);
    let rz = -core.dot(count, r, p);
    // Squares and products in the norm of the quasi-Newton matrix.
    let [stepStep, stepDirection, directionDirection] = [0, 0, rz];
    let [inside, concave] = [true, false];
    for (let iteration = 1; iteration <= MOST_ITERATIONS && rz > 0; iteration++) {
      if (iteration % turns === 0) yield;
      if (turns > 1) this.#hessian.multiply(this.#point!, p, q);
      else yield* this.#hessian.multiplying(this.#point!, p, q);
      const curvature = core.dot(count, p, q);
      concave = !(curvature > 0);
      if (!concave) this.#pairs.add(p, q);
      const whole = rz / curvature;
      const reached = stepStep + whole * (2 * stepDirection + whole * directionDirection);
      inside = !concave && reached < radius * radius;
      const length = inside
        ? whole
        : toBoundary(stepStep, stepDirection, directionDirection, radius);
      core.axpy(count, length, p, step);
      core.axpy(count, length, q, image);
      stepStep = inside ? reached : radius * radius;
      if (!inside) break;
      core.axpy(count, length, q, r);
      if (core.norm2(parameters, r) <= forcing * this.#norm) break;
      this.#pairs.direction(r, z);
      const next = -core.dot(count, r, z);
      const beta = next / rz;
      stepDirection = beta * (stepDirection + length * directionDirection);
      directionDirection = next + beta * beta * directionDirection;
      core.axpby(count, 1, z, beta, p);
      rz = next;
    }
    return {
      slope: core.dot(count, this.#gradient, step),
      quadratic: core.dot(count, step, image),
      size: Math.sqrt(stepStep),
      inside,
      concave,
    };
  }

  get bounds(): StateBounds {
    const { numbers, vectors } = this.#pairs.bounds;
    return {
      numbers: { ...numbers, radius: { above: 0 }, largest: { least: 0 } },
      vectors,
    };
  }

  save(): MethodState {
    const { numbers, vectors } = this.#pairs.save();
    return { numbers: { ...numbers, radius: this.#radius, largest: this.#largest }, vectors };
  }

  restore(state: MethodState): void {
    this.#pairs.restore(state);
    this.#radius = state.numbers.radius!;
    this.#largest = state.numbers.largest!;
  }
}

/** Length along the direction at which the step has the norm `radius`. */
function toBoundary(
  stepStep: number,
  stepDirection: number,
  directionDirection: number,
  radius: number,
): number {
  const room = Math.max(0, radius * radius - stepStep);
  const root = Math.sqrt(stepDirection * stepDirection + directionDirection * room);
  return (root - stepDirection) / directionDirection;
}

/** The radius for the next step. */
function nextRadius(
  radius: number,
  reach: number,
  gain: number,
  inside: boolean,
  shortened: boolean,
): number {
  if (shortened) return reach;
  if (gain < POOR) return SHRINKAGE * reach;
  if (!(gain > GOOD)) return radius;
  return inside ? Math.max(radius, GROWTH * reach) : GROWTH * radius;
}

/** Part of a length that failed, to the minimum of the parabola through slope and losses. */
function shorter(slope: number, before: number, after: number): number {
  const excess = after - before - slope;
  if (!(excess > 0) || excess === Infinity) return SHRINKAGE;
  return Math.min(Math.max(-slope / (2 * excess), SHORTEST), LONGEST);
}
