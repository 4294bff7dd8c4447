import { denseFlops, functionSpaceFlops, pointFlops } from "../../objective/costs.js";
import type { MethodName, SolverName } from "../../types.js";
import type { Estimate } from "./experiment.js";

/** JSON Schemas that settings of several experiments share, and what their cells take. */

export const whole = { type: "integer", minimum: 1 } as const;
export const positive = { type: "number", exclusiveMinimum: 0 } as const;
export const seed = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
export const numbers = { type: "array", items: positive, minItems: 1 } as const;

/** Jets that a training keeps from one product to the next, of a point and of a trial. */
const JET_BYTES = 2 ** 26;
/** Of the parameters, those of vectors as long that a method keeps. */
const VECTORS = 50;

interface Training {
  readonly width: number;
  readonly samples: number;
  readonly inputs: number;
  readonly maxSteps: number;
  readonly method?: MethodName | undefined;
  readonly solver?: SolverName | undefined;
}

/** A whole training: Newton methods solve a P x P or an M x M system at every step. */
export function trainingEstimate({
  width,
  samples: M,
  inputs,
  maxSteps,
  method = "newton",
  solver = "auto",
}: Training): Estimate {
  const P = width * (inputs + 2);
  const vectors = 8 * (VECTORS * P + 10 * M) + Math.min(JET_BYTES, 48 * width * M);
  if (method !== "newton" && method !== "gauss-newton") {
    return { flops: maxSteps * 6 * P * M, bytes: vectors };
  }
  const dense = { flops: denseFlops(P, M), bytes: 4 * P * P + 8 * 16 * P };
  const functionSpace = { flops: functionSpaceFlops(P, M, M), bytes: 8 * M * M + 4096 * M };
  const cheaper = dense.flops < functionSpace.flops ? dense : functionSpace;
  const chosen = { dense, "function-space": functionSpace, auto: cheaper };
  // Conjugate gradients keep vectors alone, and take as long as they need.
  const system = solver === "cg" ? { flops: cheaper.flops, bytes: 0 } : chosen[solver];
  const point = pointFlops(P, M, 1, width, method === "newton");
  return { flops: maxSteps * (system.flops + point), bytes: vectors + 2 * system.bytes };
}

/** Kernels on a few points, streamed over the neurons. */
export function kernelEstimate(width: number, passes: number): Estimate {
  return { flops: passes * width * 16 * 16 * 10, bytes: 8 * VECTORS * 3 * width };
}
