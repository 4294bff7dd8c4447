import { checkDataset } from "../data/load.js";
import { countSamples, type Dataset } from "../data/matrix.js";
import { splitRowsBy, takeSamples } from "../data/split.js";
import type { Arena, Engine } from "../engine/engine.js";
import { checkFiniteNumber } from "../engine/finite.js";
import type { MethodState } from "../formats/state.js";
import type { Point } from "../objective/point.js";
import { paddedCount } from "../shape/shape.js";
import { invalid } from "../support/errors.js";
import { checkInteger, checkNumber } from "../support/validate.js";

/** Rows that a training is not made on and that say when to end it. */
export interface ValidationOptions {
  /**
   * Rows that are kept aside: a part of the data, above 0 and below 1, the same one every time, or
   * a data set. Their loss, without the penalty, is in the record of every step, and the network
   * ends with the parameters at which it was least.
   */
  readonly validation?: number | Dataset;
  /** Steps without a lower loss on them after which the training ends; default 50. */
  readonly patience?: number;
}

export const VALIDATION_OPTIONS = [
  "validation",
  "patience",
] as const satisfies (keyof ValidationOptions)[];

/** What the rows that are kept aside are called. */
export const VALIDATION = "options.validation";
const PATIENCE = 50;
/** Of the choice of the rows, so that a training does not depend on a second seed. */
const SEED = 0;

/** @throws InputError `invalid-argument` */
export function checkValidation({ validation, patience }: ValidationOptions): void {
  if (typeof validation === "number") {
    checkNumber(validation, VALIDATION, { above: 0, below: 1 });
  } else if (validation !== undefined) {
    checkDataset(validation, true, VALIDATION);
  }
  if (patience === undefined) return;
  checkInteger(patience, "options.patience", 1, Number.MAX_SAFE_INTEGER);
  if (validation !== undefined) return;
  const expected = `${VALIDATION} beside it`;
  throw invalid("invalid-argument", "options.patience", expected, "patience alone");
}

/** A training's rows in two. */
export interface Divided<T> {
  readonly training: T;
  readonly heldOut: T | null;
}

/**
 * Loads the rows to train on and those that are kept aside.
 * @param columns of the targets
 * @param load as `loadDataset`; its errors name the data by its last argument
 */
export function loadDivided<T>(
  engine: Engine,
  arena: Arena,
  data: Dataset,
  { validation }: ValidationOptions,
  columns: number,
  load: (arena: Arena, data: Dataset, argument?: string) => T,
): Divided<T> {
  if (validation === undefined) return { training: load(arena, data), heldOut: null };
  if (typeof validation !== "number") {
    const training = load(arena, data);
    return { training, heldOut: load(arena, validation, VALIDATION) };
  }
  // All of them, so that what is wrong with a row is said by its own number.
  engine.scope((scratch) => load(scratch, data));
  const samples = countSamples(data.y, columns, "data.y");
  const split = splitRowsBy(engine, samples, validation, SEED, VALIDATION);
  const part = (rows: readonly number[]) => load(arena, takeSamples(data, rows, samples));
  return { training: part(split.training), heldOut: part(split.heldOut) };
}

/** What a run says of the rows that were kept aside. */
export interface ValidationResult {
  /** The least loss on them, that of the network's parameters. */
  readonly loss: number;
  /** The step that it was reached with; 0 is the start. */
  readonly step: number;
  readonly samples: number;
}

/** The names of its state in a checkpoint, where the method has names of its own. */
const NUMBERS = ["validation.loss", "validation.step", "validation.trainingLoss"] as const;
const THETA = "validation.theta";

/** A loss that has not been computed: a checkpoint has numbers alone, and finite ones. */
const NOT_YET = Number.MAX_VALUE;

/** The loss on rows that are kept aside, and the parameters at which it was least. */
export class Validation {
  readonly #point: Point;
  readonly #best: number;
  readonly #patience: number;
  #loss = NOT_YET;
  #step = 0;
  #trainingLoss = NOT_YET;

  /** @param point of these rows, which nobody else uses */
  constructor(point: Point, arena: Arena, { patience = PATIENCE }: ValidationOptions) {
    this.#point = point;
    this.#best = arena.f64(paddedCount(point.problem.shape));
    this.#patience = patience;
  }

  /**
   * The loss at these parameters, which are kept if it is less than all before.
   * @throws InputError `non-finite` for one that is not, at the start
   */
  *observing(theta: number, step: number, trainingLoss: number): Generator<void, number> {
    const { engine, parameters } = this.#point.problem;
    engine.core.copyVector(parameters, theta, this.#point.leave());
    const loss = yield* this.#point.evaluating();
    // The first one has to be a number; afterwards one that is none is no improvement.
    if (step === 0) checkFiniteNumber(loss, VALIDATION, "the loss");
    if (loss < this.#loss) {
      engine.core.copyVector(parameters, theta, this.#best);
      this.#loss = loss;
      this.#step = step;
      this.#trainingLoss = trainingLoss;
    }
    return loss;
  }

  /** Whether the loss has not fallen for as many steps as are waited for. */
  isOver(step: number): boolean {
    return step - this.#step >= this.#patience;
  }

  /**
   * Writes the best parameters to `theta` and returns the training's loss there; `null`, and leaves
   * `theta`, where the training ended before any loss was known.
   */
  takeBest(theta: number): number | null {
    const { engine, parameters } = this.#point.problem;
    if (this.#loss === NOT_YET) return null;
    engine.core.copyVector(parameters, this.#best, theta);
    return this.#trainingLoss;
  }

  get result(): ValidationResult | null {
    if (this.#loss === NOT_YET) return null;
    return { loss: this.#loss, step: this.#step, samples: this.#point.problem.samples };
  }

  /** The state of a training's method with its own beside it. */
  save({ numbers, vectors }: MethodState): MethodState {
    const { engine, parameters } = this.#point.problem;
    const own = [this.#loss, this.#step, this.#trainingLoss];
    const named = Object.fromEntries(NUMBERS.map((name, index) => [name, own[index]!]));
    const theta = engine.f64(this.#best, parameters).slice();
    return {
      numbers: { ...numbers, ...named },
      vectors: { ...vectors, [THETA]: theta },
    };
  }

  restore(state: MethodState): void {
    const { engine, parameters } = this.#point.problem;
    const [loss, step, trainingLoss] = NUMBERS.map((name) => state.numbers[name]!);
    const theta = state.vectors[THETA]!;
    engine.f64(this.#best, parameters).set(theta);
    [this.#loss, this.#step, this.#trainingLoss] = [loss!, step!, trainingLoss!];
  }
}

/**
 * What a checkpoint holds of the method, and of the rows that were kept aside, if any were.
 * @param parameters of the network
 * @throws InputError `invalid-argument` where one of checkpoint and training has such rows and the
 *   other has none
 */
export function divideState(
  { numbers, vectors }: MethodState,
  wanted: boolean,
  parameters: number,
): { readonly method: MethodState; readonly validation: MethodState | null } {
  const own = (name: string) => name.startsWith("validation.");
  const pick = <T>(values: Readonly<Record<string, T>>, mine: boolean) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => own(name) === mine));
  const state = { numbers: pick(numbers, true), vectors: pick(vectors, true) };
  const whole =
    NUMBERS.every((name) => name in state.numbers) && state.vectors[THETA]?.length === parameters;
  const none = Object.keys(state.numbers).length + Object.keys(state.vectors).length === 0;
  if (wanted ? !whole : !none) {
    const [expected, got] = ["a checkpoint with rows kept aside", "one without"];
    const pair = wanted ? [expected, got] : [got.replace("one", "a checkpoint"), "one with"];
    throw invalid("invalid-argument", "options.resume", pair[0]!, pair[1]!);
  }
  return {
    method: { numbers: pick(numbers, false), vectors: pick(vectors, false) },
    validation: wanted ? state : null,
  };
}
