import { DEFAULT_METHOD, type MethodName, methodTraits } from "../../methods/table.js";
import { pointFlops } from "../../objective/costs.js";
import { CURVATURES } from "../../objective/curvature.js";
import { lossNames } from "../../objective/losses.js";
import {
  AUTO,
  type ConcreteSolver,
  directSolverNames,
  SOLVERS,
  type SolverName,
} from "../../solvers/table.js";
import { choose } from "../conditions.js";
import type { Estimate } from "./experiment.js";

/** JSON Schemas that settings of several experiments share, and what their cells take. */

export const whole = { type: "integer", minimum: 1 } as const;
export const positive = { type: "number", exclusiveMinimum: 0 } as const;
export const seed = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const notNegative = { type: "number", minimum: 0 } as const;

/** A loss by its name, or an object with its parameters. */
export const loss = {
  type: ["string", "object"],
  ...choose(
    { type: "object" },
    {
      required: ["name"],
      properties: { name: { type: "string", enum: lossNames } },
      additionalProperties: positive,
    },
    { enum: lossNames },
  ),
};

/** lambda of all parameters, or of each group. */
export const penalty = {
  type: ["number", "object"],
  ...choose(
    { type: "object" },
    {
      additionalProperties: false,
      properties: { w: notNegative, eta: notNegative, c: notNegative },
    },
    { minimum: 0 },
  ),
};

export const numbers = { type: "array", items: positive, minItems: 1 } as const;

/** Jets that a training keeps from one product to the next, of a point and of a trial. */
const JET_BYTES = 2 ** 26;
/** Of the parameters, those of vectors as long that a method keeps. */
const VECTORS = 50;

interface Training {
  readonly width: number;
  readonly samples: number;
  readonly inputs: number;
  /** Default 1. */
  readonly outputs?: number;
  readonly maxSteps: number;
  readonly method?: MethodName | undefined;
  readonly solver?: SolverName | undefined;
}

/** A whole training: Newton methods solve a P x P or an M x M system at every step. */
export function trainingEstimate({
  width,
  samples,
  inputs,
  outputs = 1,
  maxSteps,
  method = DEFAULT_METHOD,
  solver = AUTO,
}: Training): Estimate {
  const P = width * (inputs + 1 + outputs);
  const M = samples * outputs;
  const vectors = 8 * (VECTORS * P + 10 * M) + Math.min(JET_BYTES, 48 * width * M);
  if (!methodTraits(method).secondOrder) {
    return { flops: maxSteps * 6 * P * M, bytes: vectors };
  }
  const sizes = { parameters: P, rows: M, values: M, width };
  const costsOf = (name: ConcreteSolver) => ({
    flops: SOLVERS[name].flops(sizes),
    bytes: SOLVERS[name].matrixBytes(sizes),
  });
  const cheapest = directSolverNames
    .map(costsOf)
    .reduce((best, one) => (best.flops < one.flops ? best : one));
  const system = solver === AUTO ? cheapest : costsOf(solver);
  // Without a matrix, a solver takes as long as it needs.
  const guessed = solver !== AUTO && SOLVERS[solver].matrixFree;
  const { flops } = guessed ? cheapest : system;
  const { curvature } = methodTraits(method);
  const decomposed = curvature === null || CURVATURES[curvature].usesBlocks;
  const point = pointFlops(P, M, 1, width, decomposed);
  return { flops: maxSteps * (flops + point), bytes: vectors + 2 * system.bytes };
}

/** Kernels on a few points, streamed over the neurons. */
export function kernelEstimate(width: number, passes: number): Estimate {
  return { flops: passes * width * 16 * 16 * 10, bytes: 8 * VECTORS * 3 * width };
}
