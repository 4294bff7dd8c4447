import { MEMORY_LIMIT, mebibytes } from "../engine/memory.js";
import {
  conjugateGradientFlops,
  denseFlops,
  functionSpaceFlops,
  pointFlops,
} from "../objective/costs.js";
import type { Linearization } from "../objective/linearization.js";
import { ResourceError } from "../support/errors.js";
import type { Precision, SolverName, SolverPlan } from "../types.js";
import { conjugateGradientBytes } from "./conjugate-gradients.js";
import { denseBytes } from "./dense.js";
import { functionSpaceBytes } from "./function-space.js";

type Concrete = Exclude<SolverName, "auto">;

/**
 * Floating-point operations of one try (one gamma, one solution) and bytes beside the
 * linearization, for each solver; and which of them to take. A product with J counts 2 P M a side
 * and the threads share all of it, so that they do not change the order.
 */
export function planSolver(
  linearization: Linearization,
  requested: SolverName,
  precision: Precision,
  indefinite = false,
): SolverPlan {
  const { parameters: P, rows: R, engine, samples, shape } = linearization.problem;
  const values = samples * shape.outputs;
  const candidates: SolverPlan["candidates"] = [
    {
      solver: "dense",
      flops: denseFlops(P, R),
      bytes: denseBytes(linearization, precision, indefinite),
    },
    {
      solver: "function-space",
      flops: functionSpaceFlops(P, R, values),
      bytes: functionSpaceBytes(linearization),
    },
    {
      solver: "cg",
      flops: conjugateGradientFlops(P, values, shape.width),
      bytes: conjugateGradientBytes(linearization),
    },
  ];
  const room = MEMORY_LIMIT - engine.bytesUsed;
  const fitting = candidates.filter(({ bytes }) => bytes <= room);
  const cheapest = [...fitting].sort((a, b) => a.flops - b.flops)[0];
  const solver =
    requested === "auto" ? (precision === "mixed" ? "dense" : cheapest?.solver) : requested;
  if (solver !== undefined && fitting.some((candidate) => candidate.solver === solver)) {
    const { curvature } = linearization;
    const decomposed = curvature !== "gauss-newton";
    const point = pointFlops(P, samples, shape.outputs, shape.width, decomposed);
    return { solver, threads: engine.threads, candidates, curvature, point, note: null };
  }
  const asked = candidates.find((candidate) => candidate.solver === (solver ?? "cg"))!;
  throw tooLarge(
    asked,
    room,
    P,
    fitting.map((candidate) => candidate.solver),
  );
}

function tooLarge(
  { solver, bytes }: SolverPlan["candidates"][number],
  room: number,
  parameters: number,
  fitting: readonly Concrete[],
): ResourceError {
  const advice =
    fitting.length > 0
      ? `solver ${fitting.map((name) => `"${name}"`).join(" or ")} would fit`
      : 'no solver would fit; reduce the width, or use a method without a Hessian ("lbfgs", "adam", "gd")';
  return new ResourceError(
    "out-of-memory",
    `the ${solver} solver needs ${mebibytes(bytes)} for ${parameters} parameters, and ${mebibytes(room)} are left of the ${mebibytes(MEMORY_LIMIT)} that WebAssembly gives; ${advice}`,
    { argument: "solver", expected: `at most ${mebibytes(room)}`, got: mebibytes(bytes) },
  );
}
