import { isFlat, type Matrix, type Numbers, type TypedNumbers } from "../data/matrix.js";
import { describe, type InputError, invalid } from "../support/errors.js";

/** What a class is called: a text that is not empty, a truth value or a whole number. */
export type Label = string | number | boolean;

/** Classes of samples; all labels are of one type. */
export type Labels<L extends Label = Label> =
  | readonly L[]
  | (number extends L ? TypedNumbers : never);

/** M samples of classes. */
export interface LabelledDataset<L extends Label = Label> {
  readonly x: Matrix;
  /** The class of each sample. */
  readonly y: Labels<L>;
  /** As in `Dataset`. */
  readonly weights?: Numbers;
}

/** Whether targets are classes whatever the loss: numbers are only if the loss says so. */
export function areLabels(y: unknown): y is readonly (string | boolean)[] {
  return Array.isArray(y) && (typeof y[0] === "string" || typeof y[0] === "boolean");
}

const LABEL = "a class: a text that is not empty, true or false, or a whole number";

/** @throws InputError `invalid-argument`, naming `argument` */
function checkLabel(label: unknown, argument: string): Label {
  if (typeof label === "boolean") return label;
  if (typeof label === "string" && label.trim() !== "") return label;
  // Minus zero is zero.
  if (Number.isSafeInteger(label)) return (label as number) + 0;
  throw invalid("invalid-argument", argument, LABEL, describe(label));
}

/** What the labels of a data set are compared with. */
function checkKind(label: Label, first: Label, argument: string): void {
  if (typeof label === typeof first) return;
  const expected = `a ${typeof first}, as the classes before it are`;
  throw invalid("invalid-argument", argument, expected, describe(label));
}

function* eachLabel(y: Labels, argument: string): Generator<readonly [Label, string]> {
  if (!Array.isArray(y) && !isFlat(y as Matrix)) {
    throw invalid("invalid-argument", argument, "an array of classes, one a row", describe(y));
  }
  if (y.length === 0) throw invalid("empty-data", argument, "at least one sample", "none");
  for (let row = 0; row < y.length; row++) {
    const place = `${argument}[${row}]`;
    yield [checkLabel(y[row], place), place];
  }
}

/**
 * The classes of samples, each once: numbers in ascending order, false before true, texts by their
 * code units, so that the order is the same everywhere.
 * @throws InputError `invalid-argument`, `empty-data`; for fewer than two classes too
 */
export function findClasses(y: Labels, argument: string): readonly Label[] {
  const found = new Set<Label>();
  let first: Label | undefined;
  for (const [label, place] of eachLabel(y, argument)) {
    first ??= label;
    checkKind(label, first, place);
    found.add(label);
  }
  const classes = [...found].sort(byLabel);
  if (classes.length > 1) return classes;
  const got = `${describe(first)} in every row`;
  throw invalid("invalid-argument", argument, "at least two classes", got);
}

function byLabel(a: Label, b: Label): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Classes that are named, in the order of the outputs. @throws InputError `invalid-argument` */
export function checkClasses(value: unknown, argument: string): readonly Label[] {
  if (!Array.isArray(value) || value.length < 2) {
    const expected = "an array of at least two classes";
    throw invalid("invalid-argument", argument, expected, describe(value));
  }
  const classes = Array.from(value, (label, i) => checkLabel(label, `${argument}[${i}]`));
  classes.forEach((label, i) => {
    const place = `${argument}[${i}]`;
    checkKind(label, classes[0]!, place);
    if (classes.indexOf(label) === i) return;
    throw invalid("invalid-argument", place, "different classes", `${describe(label)} twice`);
  });
  return classes;
}

/** How many classes a message names. */
const NAMED = 10;

/**
 * The number of each sample's class.
 * @throws InputError `invalid-argument`, naming the row of a class that is none of these
 */
export function encodeLabels(
  y: Labels,
  classes: readonly Label[],
  argument: string,
): Float64Array<ArrayBuffer> {
  const numbers = new Map(classes.map((label, index) => [label, index]));
  const codes: number[] = [];
  for (const [label, place] of eachLabel(y, argument)) {
    const code = numbers.get(label);
    if (code === undefined) throw unknownClass(label, classes, place);
    codes.push(code);
  }
  return Float64Array.from(codes);
}

function unknownClass(label: Label, classes: readonly Label[], argument: string): InputError {
  const more = classes.length > NAMED ? ` and ${classes.length - NAMED} more` : "";
  const known = classes.slice(0, NAMED).map((known) => describe(known));
  const expected = `one of the classes ${known.join(", ")}${more}`;
  return invalid("invalid-argument", argument, expected, describe(label));
}
