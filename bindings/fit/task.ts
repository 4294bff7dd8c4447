import type { Dataset } from "../data/matrix.js";
import type { Scaling } from "../data/scaling.js";
import { broken } from "../formats/evidence-json.js";
import type { StoredTask } from "../formats/model-json.js";
import {
  checkLoss,
  DEFAULT_LOSS,
  type Loss,
  type LossChoice,
  type LossName,
  lossNames,
  lossTraits,
} from "../objective/losses.js";
import { describe, InputError, invalid } from "../support/errors.js";
import type { TrainOptions } from "../training/options.js";
import {
  areLabels,
  checkClasses,
  encodeLabels,
  findClasses,
  type Label,
  type LabelledDataset,
  type Labels,
} from "./classes.js";

/** What a network is fitted for. */
export interface Task {
  readonly loss: LossChoice;
  /** In the order of the outputs, or of the log-odds of one output; `null` for quantities. */
  readonly classes: readonly Label[] | null;
}

/** A loss whose targets are classes. */
export type ClassLossName = "logistic" | "softmax";

/** Whether it is about classes. */
export function hasClasses(name: LossName): boolean {
  return lossTraits(name).mostClasses > 0;
}

/** Outputs of its network. */
export function outputsOf({ loss, classes }: Task): number {
  return lossTraits(loss.name).classes ? classes!.length : 1;
}

/** Whether targets are any numbers, which may be standardized; counts and classes are not. */
export function isOfRealTargets({ loss }: Pick<Task, "loss">): boolean {
  return lossTraits(loss.name).targets === null;
}

/** Whether it needs no more than older models have. */
export function isUsual({ loss }: Pick<Task, "loss">): boolean {
  return loss.name === DEFAULT_LOSS;
}

/**
 * Loss and classes of a data set: texts and truth values are classes, numbers are where the loss
 * says so.
 * @throws InputError `invalid-argument`
 */
export function taskOf(
  { y }: Dataset | LabelledDataset,
  loss: Loss | undefined,
  classes: unknown,
): Task {
  const chosen = loss === undefined ? null : checkLoss(loss, "options.loss");
  if (chosen === null ? !areLabels(y) : !hasClasses(chosen.name))
    return quantities(chosen, classes);
  if (chosen === null) checkNoNumbers(y as Labels);
  const known =
    classes === undefined
      ? findClasses(y as Labels, "data.y")
      : checkClasses(classes, "options.classes");
  const own = chosen ?? checkLoss(lossOf(known.length), "options.loss");
  if (known.length <= lossTraits(own.name).mostClasses) return { loss: own, classes: known };
  const expected = `"${lossOf(known.length)}" for ${known.length} classes`;
  throw invalid("invalid-argument", "options.loss", expected, `"${own.name}"`);
}

function quantities(loss: LossChoice | null, classes: unknown): Task {
  if (classes === undefined) {
    return { loss: loss ?? checkLoss(DEFAULT_LOSS, "options.loss"), classes: null };
  }
  const names = lossNames.filter(hasClasses).map((name) => `"${name}"`);
  const expected = `loss: ${names.join(" or ")} beside it`;
  throw invalid("invalid-argument", "options.classes", expected, describe(classes));
}

/** The loss for so many classes: the one of the fewest outputs. */
function lossOf(count: number): LossName {
  return lossNames.filter(hasClasses).find((name) => count <= lossTraits(name).mostClasses)!;
}

/** Texts that are all numbers are a table that was not parsed, rather than classes. */
function checkNoNumbers(y: Labels): void {
  const isNumber = (label: unknown) =>
    typeof label === "string" && label.trim() !== "" && Number.isFinite(Number(label));
  if (!Array.prototype.every.call(y, isNumber)) return;
  const expected = "numbers, or a loss for classes (options.loss)";
  throw invalid("invalid-argument", "data.y", expected, "texts that are numbers");
}

/** Samples with numbers for targets: of classes, their place among the classes. */
export function encodeTargets(
  data: Dataset | LabelledDataset,
  { classes }: Pick<Task, "classes">,
  argument: string,
): Dataset {
  if (classes === null) return data as Dataset;
  const { x, y, weights } = data;
  const codes = encodeLabels(y as Labels, classes, `${argument}.y`);
  return { x, y: codes, ...(weights !== undefined && { weights }) };
}

/** Standard deviation of the normal prior of all parameters that the usual penalty stands for. */
const PRIOR_SD = 2;
/** Norm of the gradient at which nothing of what is predicted changes any more. */
const LEAST_GRADIENT = 1e-10;

/**
 * What a fit by another loss than least squares minimizes, and how far, where nothing is said. A
 * network can meet every class for certain, with outputs that grow for ever, and learn every
 * outlier by heart. So there is a penalty: the mean loss is that of a likelihood, and to it comes
 * each sample's part of the logarithm of a normal prior.
 */
export function withUsual<O extends Pick<TrainOptions, "penalty" | "stop">>(
  options: O,
  task: Pick<Task, "loss">,
  samples: number,
): O {
  if (isUsual(task)) return options;
  const lambda = 1 / (PRIOR_SD * PRIOR_SD * samples);
  const { penalty = { w: lambda, eta: lambda, c: lambda }, stop } = options;
  return { ...options, penalty, stop: { ...stop, gradient: stop?.gradient ?? LEAST_GRADIENT } };
}

/** As a model stores it: nothing for least squares, as models of old have. */
export function storeTask(task: Task): StoredTask {
  if (isUsual(task)) return {};
  const { loss, classes } = task;
  const stored = { loss: { name: loss.name, ...loss.parameters } };
  return classes === null ? stored : { ...stored, classes };
}

/** What a stored model says of it. @throws InputError `invalid-model` */
export function restoreTask({ loss, classes }: StoredTask, { target }: Scaling): Task {
  const usual = { loss: checkLoss(DEFAULT_LOSS, "loss"), classes: null };
  const task = loss === undefined ? usual : restored(loss, classes);
  if (isOfRealTargets(task) || (target.mean === 0 && target.scale === 1)) return task;
  const expected = `mean 0 and scale 1 with the loss "${task.loss.name}"`;
  throw broken("scaling.target", expected, `${target.mean} and ${target.scale}`);
}

function restored(loss: unknown, classes: unknown): Task {
  const own = readingModel(() => checkLoss(loss as Loss, "loss"));
  const { mostClasses } = lossTraits(own.name);
  if (mostClasses === 0) {
    if (classes === undefined) return { loss: own, classes: null };
    throw broken("classes", `none with the loss "${own.name}"`, classes);
  }
  const known = readingModel(() => checkClasses(classes, "classes"));
  if (known.length <= mostClasses) return { loss: own, classes: known };
  throw broken("classes", `${mostClasses} with the loss "${own.name}"`, known);
}

/** What is wrong with an option of a fit is wrong with a model that has it. */
function readingModel<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { argument = "", expected = "", got = "" } = error;
    const message = `not a readable model: ${argument}: expected ${expected}, got ${got}`;
    throw new InputError("invalid-model", message, { argument, expected, got });
  }
}
