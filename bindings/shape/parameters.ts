import type { Engine } from "../engine/engine.js";
import { parameterCount, type Shape } from "./shape.js";

/**
 * Parameters of the network, each a copy: w is N x d row-major, eta has N entries, c is N x k
 * row-major.
 */
export interface Parameters {
  readonly w: Float64Array;
  readonly eta: Float64Array;
  readonly c: Float64Array;
}

/** A network's shape, and where its parameters are. */
export interface NetworkMemory {
  readonly engine: Engine;
  readonly shape: Shape;
  /** Pointer to P values. */
  readonly theta: number;
}

/** Copies of the three parts of a parameter vector. */
export function splitParameters({ engine, shape }: NetworkMemory, pointer: number): Parameters {
  const { width, inputs } = shape;
  const all = engine.f64(pointer, parameterCount(shape));
  const eta = width * inputs;
  return { w: all.slice(0, eta), eta: all.slice(eta, eta + width), c: all.slice(eta + width) };
}
