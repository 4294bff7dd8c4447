import type { Arena } from "../engine/engine.js";
import { checkFinite } from "../engine/finite.js";
import { Point } from "../objective/point.js";
import type { Problem } from "../objective/problem.js";
import { checkNumbers } from "../regularization/custom.js";
import { paddedCount } from "../shape/shape.js";
import { describe, invalid, StateError } from "../support/errors.js";
import { checkName } from "../support/validate.js";
import { type MethodState, type Proposal, type StepMethod, UNMODELLED } from "./method.js";

/**
 * What a method of the user's sees of a training, for the time of one `propose`. Vectors have P
 * values: all w (row-major N x d), all eta, all c (row-major N x k).
 */
export interface MethodPoint {
  /** A copy of the parameters, which may be written to. */
  readonly parameters: Float64Array;
  /** Gradient of the loss at them, a copy. */
  readonly gradient: Float64Array;
  /** Loss at them. */
  readonly loss: number;
  /** Loss at other parameters; `Infinity` where it overflows. */
  lossAt(parameters: Float64Array): number;
  /** Gradient at other parameters. @throws InputError `non-finite` */
  gradientAt(parameters: Float64Array): Float64Array;
}

/**
 * A method of optimization. `train` takes an object of this interface as `options.method`, in the
 * place of a name, and none of the options that named methods have (`learningRate`, `solver` and so
 * on): they are the object's own. An object is that of one training: it remembers.
 */
export interface Method {
  /** For checkpoints, which go on only with a method of the same name; none of a named method. */
  readonly name: string;
  /**
   * The parameters to move to, which may be the array that `point.parameters` gave; `null` where
   * nothing lowers the loss, which ends the training as `stalled`. Every point with a finite loss
   * is taken; another ends the training as `diverged`.
   */
  propose(point: MethodPoint): Float64Array | null;
  /** What the method remembers from step to step; `{ numbers: {}, vectors: {} }` if nothing. */
  save(): MethodState;
  /** Puts back what `save` gave, which may throw if it is not what the method knows. */
  restore(state: MethodState): void;
}

const FUNCTIONS = ["save", "restore"] as const;

/** Whether a method is an object of the user's, and not a name. */
export function isMethodObject(value: unknown): value is Method {
  return typeof (value as Partial<Method> | null)?.propose === "function";
}

/**
 * @param taken names that are others'
 * @throws InputError `invalid-argument`
 */
export function checkMethod(value: Method, argument: string, taken: readonly string[]): void {
  for (const key of FUNCTIONS) {
    if (typeof value[key] === "function") continue;
    throw invalid("invalid-argument", `${argument}.${key}`, "a function", describe(value[key]));
  }
  checkName(value.name, `${argument}.name`, taken);
}

/** Lets a method of the user's make the steps of a training. What it gives is checked. */
export class CustomMethod implements StepMethod {
  readonly policy = null;
  readonly system = null;
  readonly bounds = null;
  readonly #method: Method;
  readonly #problem: Problem;
  readonly #gradient: number;
  /** A point that the method asks about, and its gradient. */
  readonly #elsewhere: Point;
  readonly #slope: number;
  /** Where it has linearized. */
  #point: Point | null = null;

  constructor(method: Method, problem: Problem, arena: Arena) {
    const count = paddedCount(problem.shape);
    this.#method = method;
    this.#problem = problem;
    this.#gradient = arena.f64(count);
    this.#elsewhere = new Point(problem, arena, { keepJets: false });
    this.#slope = arena.f64(count);
  }

  *linearize(point: Point): Generator<void, number> {
    this.#point = point;
    yield* point.differentiating(this.#gradient);
    return this.#problem.engine.core.norm2(this.#problem.parameters, this.#gradient);
  }

  *proposing(trial: Point): Generator<void, Proposal> {
    let live = true;
    const point = this.#pointWhile(() => live);
    try {
      const proposed = this.#method.propose(point);
      if (proposed === null) return { kind: "refused", reason: "no-decrease" };
      this.#write(proposed, trial, "options.method.propose()");
      // At once: until the step is taken, `save` would give what belongs to no accepted point.
      trial.evaluate();
      return UNMODELLED;
    } finally {
      live = false;
    }
  }

  /** @throws InputError `invalid-argument`, `non-finite` */
  save(): MethodState {
    const argument = "options.method.save()";
    const { numbers, vectors } = this.#method.save() ?? {};
    if (typeof vectors !== "object" || vectors === null) {
      throw invalid("invalid-argument", `${argument}.vectors`, "an object", describe(vectors));
    }
    const copies = Object.entries(vectors).map(([name, vector]) => [
      name,
      checkVector(vector, `${argument}.vectors.${name}`).slice(),
    ]);
    return {
      numbers: checkNumbers(numbers, `${argument}.numbers`),
      vectors: Object.fromEntries(copies) as MethodState["vectors"],
    };
  }

  restore(state: MethodState): void {
    this.#method.restore(state);
  }

  #pointWhile(isLive: () => boolean): MethodPoint {
    const { engine, parameters } = this.#problem;
    const live = <T>(work: () => T): T => {
      if (isLive()) return work();
      throw new StateError("disposed", "the point of a step is over when propose has returned");
    };
    const copy = (pointer: number) => live(() => engine.f64(pointer, parameters).slice());
    const lossAt = (at: Point) => {
      const loss = at.evaluate();
      return Number.isFinite(loss) ? loss : Infinity;
    };
    const [here, gradient] = [this.#point!, this.#gradient];
    const goTo = (vector: Float64Array, name: string) =>
      this.#write(vector, this.#elsewhere, `parameters of ${name}`);
    return {
      get parameters() {
        return copy(here.theta);
      },
      get gradient() {
        return copy(gradient);
      },
      get loss() {
        return live(() => lossAt(here));
      },
      lossAt: (vector) =>
        live(() => {
          goTo(vector, "lossAt");
          return lossAt(this.#elsewhere);
        }),
      gradientAt: (vector) =>
        live(() => {
          goTo(vector, "gradientAt");
          this.#elsewhere.evaluate();
          this.#elsewhere.gradient(this.#slope);
          checkFinite(engine, parameters, this.#slope, "parameters of gradientAt", "the gradient");
          return copy(this.#slope);
        }),
    };
  }

  /** Infinite values are let through: the training finds them, and ends as diverged. */
  #write(vector: unknown, to: Point, argument: string): void {
    const { engine, parameters } = this.#problem;
    if (!(vector instanceof Float64Array) || vector.length !== parameters) {
      const got =
        vector instanceof Float64Array ? `one of length ${vector.length}` : describe(vector);
      const expected = `a Float64Array of length ${parameters}`;
      throw invalid("invalid-argument", argument, expected, got);
    }
    engine.f64(to.leave(), parameters).set(vector);
  }
}

function checkVector(value: unknown, argument: string): Float64Array {
  if (!(value instanceof Float64Array)) {
    throw invalid("invalid-argument", argument, "a Float64Array", describe(value));
  }
  const bad = value.findIndex((entry) => !Number.isFinite(entry));
  if (bad < 0) return value;
  throw invalid("non-finite", `${argument}[${bad}]`, "a finite number", String(value[bad]));
}
