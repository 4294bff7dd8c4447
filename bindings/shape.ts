import type { Activation } from "./types.js";

/** What defines a network apart from its parameters. */
export interface Shape {
  readonly inputs: number;
  readonly width: number;
  readonly activation: Activation;
  readonly beta: number;
}

/** P = N (d + 2). */
export function parameterCount({ inputs, width }: Shape): number {
  return width * (inputs + 2);
}

/** Vectors of length P are allocated with room for whole panels of the factorization, of eight rows in float32. */
export function paddedCount(shape: Shape): number {
  return Math.ceil(parameterCount(shape) / 8) * 8;
}
