/**
 * What the reference tests share: reading the data of the Python scripts, and measures of error.
 */
import { readFileSync } from "node:fs";
import type { Parameters } from "../../bindings/index.js";

/** Spacing of float64 at 1. */
export const EPS = Number.EPSILON;

export function readData<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`data/${name}`, import.meta.url), "utf8"));
}

/** What cross-engine.mjs prints of an array. */
export interface Summary {
  readonly norm: number;
  readonly sum: number;
  readonly entries: readonly number[];
}

/** data/cross-engine.json: digests, and the values that they are of. */
export interface CrossEngine {
  readonly initial: Record<string, { readonly digest: string; readonly values: Summary }>;
  readonly gradient: CrossEngine["initial"];
  readonly hessian: CrossEngine["initial"];
  readonly trained: Record<
    string,
    { readonly parameters: string; readonly losses: readonly number[]; readonly values: Summary }
  >;
}

/** Values from base64 of little-endian float64. */
export function decode(text: string): Float64Array<ArrayBuffer> {
  return new Float64Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
}

/** The parameter vector in the order all w, all eta, all c. */
export function flatten({ w, eta, c }: Parameters): Float64Array<ArrayBuffer> {
  const result = new Float64Array(w.length + eta.length + c.length);
  result.set(w);
  result.set(eta, w.length);
  result.set(c, w.length + eta.length);
  return result;
}

export function split(theta: Float64Array, width: number): Parameters {
  const eta = theta.length - 2 * width;
  return {
    w: theta.slice(0, eta),
    eta: theta.slice(eta, eta + width),
    c: theta.slice(eta + width),
  };
}

/** The lower triangle, row by row, of a row-major square matrix. */
export function lowerTriangle(matrix: Float64Array, order: number): Float64Array {
  const result = new Float64Array((order * (order + 1)) / 2);
  let index = 0;
  for (let p = 0; p < order; p++) {
    for (let q = 0; q <= p; q++) result[index++] = matrix[p * order + q]!;
  }
  return result;
}

/** max |a - b| / max |b|; NaN when anything is. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    size = Math.max(size, Math.abs(b[i]!));
  }
  return difference / size;
}

/** |a - b| / |b| in the Euclidean norm. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

/**
 * Prints what was reached when the environment asks for it: NEWTON_NN_ACCURACY=1 npx vitest run
 * tests/reference
 */
export function report(what: string, reached: number, tolerance: number): void {
  if (process.env.NEWTON_NN_ACCURACY === undefined) return;
  process.stdout.write(`${what}: ${reached.toExponential(1)} of ${tolerance.toExponential(1)}\n`);
}
