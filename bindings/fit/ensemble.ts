import type { LoadedData, LoadedInputs } from "../data/load.js";
import { columnsAt } from "../data/load.js";
import type { Arena, Engine } from "../engine/engine.js";
import { PackedMatrix } from "../engine/factorization/packed-matrix.js";
import { checkFinite } from "../engine/finite.js";
import { Point } from "../objective/point.js";
import { Problem } from "../objective/problem.js";
import { paddedCount, type Shape } from "../shape/shape.js";
import { ResourceError } from "../support/errors.js";
import { run } from "../support/pauses.js";
import type { FittedMember } from "./evidence-fit.js";
import { planFinished } from "./plan.js";
import type { Posterior } from "./posterior.js";
import { usesBlocks } from "./structure.js";

/** The predictives of all members at m rows, standardized: pointers of assembly/fit/mixture.ts. */
export interface Mixture {
  readonly rows: number;
  readonly count: number;
  readonly means: number;
  readonly variances: number;
  readonly noises: number;
  readonly weights: number;
}

interface Member extends FittedMember {
  /** Pointers: parameters, s2 alpha of each group. */
  readonly theta: number;
  readonly penalty: number;
}

/** A posterior, at the point of the data where it was made. */
interface Made {
  readonly posterior: Posterior;
  readonly point: Point;
  /** A copy of the parameters it was made of. */
  readonly theta: number;
  /** Where all of it is. */
  readonly scope: { close(): void };
}

/**
 * Networks with their posteriors, and the standardized data they are of: from these the posteriors
 * are made when they are first asked for, and then kept.
 */
export class Ensemble {
  readonly members: readonly Member[];
  readonly data: LoadedData;
  readonly #engine: Engine;
  readonly #shape: Shape;
  readonly #arena: Arena & { close(): void };
  readonly #noises: number;
  /** Low and high of each input. */
  readonly #ranges: number;
  readonly #posteriors: (Made | undefined)[] = [];

  /**
   * @param arena of the data and of all that is kept; the ensemble closes it
   * @param theta pointer to the parameters of the first member, which the network owns
   */
  constructor(
    engine: Engine,
    arena: Arena & { close(): void },
    shape: Shape,
    data: LoadedData,
    members: readonly FittedMember[],
    theta: number,
  ) {
    const { core } = engine;
    const { inputs } = shape;
    this.#engine = engine;
    this.#shape = shape;
    this.#arena = arena;
    this.data = data;
    this.#noises = arena.f64(members.length);
    this.members = members.map((member, index) => {
      const own = index === 0 ? theta : arena.f64(paddedCount(shape));
      const penalty = arena.f64(inputs + 2);
      engine.f64(own, member.parameters.length).set(member.parameters);
      engine.f64(penalty, inputs + 2).set(member.precisions);
      core.groupPenalty(inputs, member.noise, 0, penalty, penalty);
      return { ...member, theta: own, penalty };
    });
    engine.f64(this.#noises, members.length).set(members.map(({ noise }) => noise));
    this.#ranges = arena.f64(2 * inputs);
    columnsAt(data.x, inputs, data.ldx).forEach((column, input) => {
      core.columnRange(data.samples, column, this.#ranges + 16 * input);
    });
  }

  /** The predictive at standardized inputs. @throws InputError `non-finite` naming `argument` */
  predict(arena: Arena, inputs: LoadedInputs, argument: string): Mixture {
    const { samples } = inputs;
    const problem = new Problem(this.#engine, arena, this.#shape, inputs);
    const mixture = this.#mixture(arena, samples);
    this.members.forEach(({ theta, noise }, index) => {
      const point = new Point(problem, arena, { keepJets: false, theta });
      const offset = 8 * index * samples;
      const { core } = this.#engine;
      point.forward();
      checkFinite(this.#engine, samples, point.f, argument, "the output of the network");
      core.copyVector(samples, point.f, mixture.means + offset);
      run(this.#made(index).posterior.variances(point, mixture.variances + offset));
      core.scaleVariances(samples, noise, mixture.variances + offset);
    });
    return this.#weigh(mixture);
  }

  /**
   * Covariance of the mixture at the rows of `predict`, row-major, without the noise.
   * @param mean of the mixture, standardized
   */
  covariance(arena: Arena, inputs: LoadedInputs, mixture: Mixture, mean: number): number {
    const { core } = this.#engine;
    const { samples } = inputs;
    const out = arena.f64(samples * samples);
    const problem = new Problem(this.#engine, arena, this.#shape, inputs);
    const covariance = new PackedMatrix(this.#engine, arena, samples);
    this.members.forEach(({ theta, noise }, index) => {
      const point = new Point(problem, arena, { keepJets: false, theta });
      const [u, f] = [mixture.weights, mixture.means].map((all) => all + 8 * index * samples);
      run(this.#made(index).posterior.covariance(point, covariance));
      core.addCovariance(samples, noise, covariance.pointer, u!, f!, mean, out);
    });
    return out;
  }

  /**
   * Functions drawn from the posterior at standardized inputs, of the members in turn: `count` rows
   * of a value a sample. The parameters are drawn, by their linearized network: with white noise e
   * of the data and x of the parameters A^-1 (J^T e + B^(1/2) x) has the covariance A^-1.
   */
  draw(arena: Arena, inputs: LoadedInputs, count: number, seed: number): number {
    const { core } = this.#engine;
    const { samples } = inputs;
    const { width, inputs: d } = this.#shape;
    const out = arena.f64(count * samples);
    const problem = new Problem(this.#engine, arena, this.#shape, inputs);
    const parameters = paddedCount(this.#shape);
    const [ofData, ofParameters] = [arena.f64(this.data.ldx), arena.f64(parameters)];
    const [change, image] = [arena.f64(parameters), arena.f64(problem.rows)];
    const points = this.members.map(({ theta }) => {
      const point = new Point(problem, arena, { keepJets: false, theta });
      point.forward();
      return point;
    });
    const [low, high] = [seed >>> 0, Math.floor(seed / 2 ** 32)];
    for (let index = 0; index < count; index++) {
      const member = index % this.members.length;
      const { penalty, noise, parameters: own } = this.members[member]!;
      const { posterior, point: at } = this.#made(member);
      const point = points[member]!;
      core.fillStandardNormal(low, high, 2 * index, this.data.samples, ofData);
      core.fillStandardNormal(low, high, 2 * index + 1, own.length, ofParameters);
      run(at.summing(ofData, change));
      core.groupRootMultiplyAdd(width, d, penalty, ofParameters, change);
      run(posterior.solving(change, change));
      point.jacobianProduct(change, image);
      const row = out + 8 * index * samples;
      core.copyVector(samples, point.f, row);
      core.axpy(samples, Math.sqrt(noise), image, row);
    }
    return out;
  }

  /** What the other samples say of each of the data. */
  leaveOneOut(arena: Arena): Mixture {
    const { data } = this;
    const { samples } = data;
    const problem = new Problem(this.#engine, arena, this.#shape, data);
    const leverages = arena.f64(samples);
    const mixture = this.#mixture(arena, samples);
    this.members.forEach(({ theta, noise }, index) => {
      const point = new Point(problem, arena, { keepJets: false, theta });
      const offset = 8 * index * samples;
      const [mean, variance] = [mixture.means + offset, mixture.variances + offset];
      point.forward();
      run(this.#made(index).posterior.variances(point, leverages));
      this.#engine.core.leftOut(samples, noise, leverages, point.f, data.y, mean, variance);
    });
    return this.#weigh(mixture);
  }

  /** Marks rows with an input beyond those of the data; a byte each. */
  markOutside({ x, samples, ldx }: LoadedInputs, out: number): void {
    const { core } = this.#engine;
    const { inputs } = this.#shape;
    columnsAt(x, inputs, ldx).forEach((column, input) => {
      const [low, high] = this.#engine.f64(this.#ranges + 16 * input, 2) as unknown as [
        number,
        number,
      ];
      core.markOutside(samples, column, low, high, out);
    });
  }

  close(): void {
    for (const made of this.#posteriors.splice(0)) made?.scope.close();
    this.#arena.close();
  }

  #mixture(arena: Arena, rows: number): Omit<Mixture, "weights"> & { weights: number } {
    const count = this.members.length;
    return {
      rows,
      count,
      means: arena.f64(count * rows),
      variances: arena.f64(count * rows),
      noises: this.#noises,
      weights: arena.f64(count * rows),
    };
  }

  #weigh(mixture: Mixture): Mixture {
    const { rows, count, variances, noises, weights } = mixture;
    this.#engine.core.mixtureWeights(rows, count, variances, noises, weights);
    return mixture;
  }

  #made(index: number): Made {
    const { core } = this.#engine;
    const { theta, penalty, curvature, parameters } = this.members[index]!;
    const made = this.#posteriors[index];
    // The first network is the caller's, who may give it other parameters.
    const isPresent =
      made !== undefined && !(core.distance(parameters.length, theta, made.theta) > 0);
    if (isPresent) return made;
    made?.scope.close();
    this.#posteriors[index] = undefined;
    const scope = this.#engine.open();
    try {
      const problem = new Problem(this.#engine, scope, this.#shape, this.data);
      const point = new Point(problem, scope, { keepJets: false, theta });
      const exact = usesBlocks(curvature);
      const posterior = planFinished(problem, scope, exact);
      if (exact) point.evaluate();
      if (!run(posterior.build(point, penalty))) throw lost(index);
      const copy = scope.f64(parameters.length);
      core.copyVector(parameters.length, theta, copy);
      const finished = { posterior, point, theta: copy, scope };
      this.#posteriors[index] = finished;
      return finished;
    } catch (error) {
      scope.close();
      throw error;
    }
  }
}

function lost(index: number): ResourceError {
  return new ResourceError(
    "not-converged",
    `member ${index}: its posterior is not positive definite to working precision; were the parameters of the network changed?`,
  );
}
