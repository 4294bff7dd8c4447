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

/** Copies `value` row-major. @throws InputError `invalid-argument`, `invalid-shape` */
export function copyRows(value: Matrix, out: Float64Array, width: number, argument: string): void {
  if (isFlat(value)) {
    out.set(value);
    return;
  }
  const nested = isRow(value[0]);
  for (let row = 0; row < value.length; row++) {
    const item: unknown = value[row];
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
      out[row * width + column] = cell;
    }
  }
}

/** A row-major copy. */
export function flattenRows(
  value: Matrix,
  width: number,
  argument: string,
): Float64Array<ArrayBuffer> {
  const out = new Float64Array(countSamples(value, width, argument) * width);
  copyRows(value, out, width, argument);
  return out;
}

/** A data set as row-major copies, whose buffers a worker may be handed. */
export interface FlatDataset {
  readonly x: Float64Array<ArrayBuffer>;
  readonly y: Float64Array<ArrayBuffer>;
}

/** @throws InputError as for data that are loaded, numbers that are not finite excepted */
export function flattenDataset(
  { x, y }: Dataset,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): FlatDataset {
  const flat = flattenRows(x, inputs, "data.x");
  checkTargets(y, outputs, flat.length / inputs, "data.y", "data.x");
  return { x: flat, y: flattenRows(y, outputs, "data.y") };
}

function notANumber(argument: string, row: number, column: number, cell: unknown): InputError {
  const place = column < 0 ? `${argument}[${row}]` : `${argument}[${row}][${column}]`;
  return invalid("invalid-argument", place, "a number", describe(cell));
}
