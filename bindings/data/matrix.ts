import { describe, type InputError, invalid } from "../support/errors.js";

/** Typed arrays whose values are numbers; they are computed with as float64. */
export type TypedNumbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** Numbers one after the other. */
export type Numbers = readonly number[] | TypedNumbers;

/**
 * Rows of samples: numbers when there is one input, an array of rows, or a typed array of row-major
 * values.
 */
export type Matrix = Numbers | readonly Numbers[];

/** Targets: one a sample, or rows of one an output. */
export type Vector = Matrix;

/** M samples: x is M x d, y is M x k. All finite. */
export interface Dataset {
  readonly x: Matrix;
  /** With the loss `softmax` a class a sample, 0 to k - 1. */
  readonly y: Vector;
  /**
   * One number a sample, at least 0 and not all 0: what the sample's loss is multiplied by. By
   * default all are 1.
   */
  readonly weights?: Numbers;
}

/**
 * By its tag, which another page's arrays have too; those of bigints and a DataView have others.
 */
function isTyped(value: unknown): value is TypedNumbers {
  if (!ArrayBuffer.isView(value)) return false;
  return /^(Float|Int|Uint)/.test((value as TypedNumbers)[Symbol.toStringTag]);
}

function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || isTyped(value);
}

/** What a matrix is to begin with; its rows are looked at when they are copied. */
export function checkMatrix(value: unknown, argument: string, expected: string): void {
  if (isRow(value)) return;
  throw invalid("invalid-argument", argument, expected, describe(value));
}

/** Whether the values come one after the other, with nothing that says where a row ends. */
export function isFlat(value: Matrix): value is TypedNumbers {
  return isTyped(value);
}

/** Rows of `width` values. @throws InputError `invalid-argument`, `empty-data`, `invalid-shape` */
export function countSamples(value: Matrix, width: number, argument: string): number {
  checkMatrix(value, argument, "an array of numbers, of rows, or a typed array");
  if (value.length === 0) throw invalid("empty-data", argument, "at least one sample", "none");
  const flat = isFlat(value);
  if (!flat && !isRow(value[0]) && width > 1) {
    throw invalid("invalid-shape", argument, `rows of ${width} numbers`, describe(value[0]));
  }
  const samples = flat ? value.length / width : value.length;
  if (Number.isInteger(samples)) return samples;
  const got = `${value.length} values`;
  throw invalid("invalid-shape", argument, `a multiple of ${width} values`, got);
}

/** The same of targets, of which there must be as many as samples. */
export function checkTargets(
  value: Vector,
  outputs: number,
  samples: number,
  argument: string,
  inputs: string,
): void {
  const count = countSamples(value, outputs, argument);
  if (count === samples) return;
  const expected = `${samples} ${outputs === 1 ? "values" : "rows"}, one a row of ${inputs}`;
  throw invalid("invalid-shape", argument, expected, `${count}`);
}

/** Values of one call of `put`: few enough that nobody notices the copy. */
const BLOCK = 8192;

/** Takes values that follow one another, the first of them at `offset` of all. */
type Put = (values: TypedNumbers, offset: number) => void;

/**
 * Hands the values of `samples` rows to `put`, row-major. Reading them may run code of the caller
 * (getters, proxies), which may make memory grow and so detach a view of it: `put` takes its view
 * anew, and is called when all values of its block are known.
 * @throws InputError `invalid-argument`, `invalid-shape`, also for data that change meanwhile
 */
export function copyRows(
  value: Matrix,
  samples: number,
  width: number,
  argument: string,
  put: Put,
): void {
  const flat = isFlat(value);
  const length = flat ? samples * width : samples;
  checkUnchanged(value, length, argument);
  if (flat) {
    put(value, 0);
    return;
  }
  const nested = isRow(value[0]);
  const most = Math.max(1, Math.floor(BLOCK / width));
  const block = new Float64Array(Math.min(most, samples) * width);
  for (let first = 0; first < samples; first += most) {
    const count = Math.min(most, samples - first);
    for (let index = 0; index < count; index++) {
      const row = first + index;
      copyRow(value[row], nested, block, index * width, width, argument, row);
    }
    put(block.subarray(0, count * width), first * width);
  }
  checkUnchanged(value, length, argument);
}

function copyRow(
  item: unknown,
  nested: boolean,
  out: Float64Array,
  offset: number,
  width: number,
  argument: string,
  row: number,
): void {
  if (isRow(item) !== nested) {
    const expected = nested ? "a row" : "a number";
    throw invalid("invalid-shape", `${argument}[${row}]`, expected, describe(item));
  }
  const cells = nested ? (item as ArrayLike<unknown>) : [item];
  if (cells.length !== width) {
    const expected = `${width} ${width === 1 ? "number" : "numbers"}`;
    throw invalid("invalid-shape", `${argument}[${row}]`, expected, `${cells.length}`);
  }
  for (let column = 0; column < width; column++) {
    const cell = cells[column];
    if (typeof cell !== "number") throw notANumber(argument, row, nested ? column : -1, cell);
    out[offset + column] = cell;
  }
}

function checkUnchanged(value: Matrix, length: number, argument: string): void {
  if (value.length === length) return;
  const expected = `${length} ${isFlat(value) ? "values" : "rows"} all the while`;
  throw invalid("invalid-shape", argument, expected, `${value.length}`);
}

/** A row-major copy. */
export function flattenRows(
  value: Matrix,
  width: number,
  argument: string,
): Float64Array<ArrayBuffer> {
  const samples = countSamples(value, width, argument);
  const out = new Float64Array(samples * width);
  copyRows(value, samples, width, argument, (values, offset) => out.set(values, offset));
  return out;
}

/** A data set as row-major copies, whose buffers a worker may be handed. */
export interface FlatDataset {
  readonly x: Float64Array<ArrayBuffer>;
  readonly y: Float64Array<ArrayBuffer>;
  readonly weights?: Float64Array<ArrayBuffer>;
}

/** @throws InputError as for data that are loaded, numbers that are not finite excepted */
export function flattenDataset(
  { x, y, weights }: Dataset,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): FlatDataset {
  const flat = flattenRows(x, inputs, "data.x");
  const samples = flat.length / inputs;
  checkTargets(y, outputs, samples, "data.y", "data.x");
  const flatData = { x: flat, y: flattenRows(y, outputs, "data.y") };
  if (weights === undefined) return flatData;
  checkTargets(weights, 1, samples, "data.weights", "data.x");
  return { ...flatData, weights: flattenRows(weights, 1, "data.weights") };
}

function notANumber(argument: string, row: number, column: number, cell: unknown): InputError {
  const place = column < 0 ? `${argument}[${row}]` : `${argument}[${row}][${column}]`;
  return invalid("invalid-argument", place, "a number", describe(cell));
}
