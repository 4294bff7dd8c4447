import type { Activation } from "./activations.js";

/** What defines a network apart from its parameters. */
export interface Shape {
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  readonly activation: Activation;
  readonly beta: number;
}

/** q = d + 1 + k, the parameters of one neuron. */
export function neuronSize({ inputs, outputs }: Pick<Shape, "inputs" | "outputs">): number {
  return inputs + 1 + outputs;
}

/** P = N (d + 1 + k). */
export function parameterCount(shape: Pick<Shape, "inputs" | "outputs" | "width">): number {
  return shape.width * neuronSize(shape);
}

/**
 * Vectors of length P are allocated with room for whole panels of a packed matrix, by which symv
 * multiplies them; sums over them take pairs.
 */
export function paddedCount(shape: Shape): number {
  return Math.ceil(parameterCount(shape) / 8) * 8;
}
