import { MEMORY_LIMIT, mebibytes } from "../engine/memory.js";
import { pointFlops } from "../objective/costs.js";
import { CURVATURES, type Curvature } from "../objective/curvature.js";
import type { Linearization } from "../objective/linearization.js";
import { ResourceError } from "../support/errors.js";
import type { Precision } from "./precision.js";
import {
  AUTO,
  type ConcreteSolver,
  concreteSolverNames,
  offersPrecision,
  SOLVERS,
  type SolverName,
} from "./table.js";

/** What `auto` counted for each solver, and what was taken. */
export interface SolverPlan {
  readonly solver: ConcreteSolver;
  readonly threads: number;
  /** Floating-point operations of one try, and bytes beside those of the point. */
  readonly candidates: readonly {
    readonly solver: ConcreteSolver;
    readonly flops: number;
    readonly bytes: number;
  }[];
  readonly curvature: Curvature;
  /**
   * Floating-point operations that every point takes beside the tries: gradient, blocks and their
   * eigenvectors.
   */
  readonly point: number;
  /** Why the default curvature is another than usual, or `null`. */
  readonly note: string | null;
}

/**
 * Floating-point operations of one try (one gamma, one solution) and bytes beside the
 * linearization, for each solver; and which of them to take. A product with J counts 2 P M a side
 * and the threads share all of it, so that they do not change the order.
 *
 * @param among what `auto` may take
 * @throws ResourceError `out-of-memory`
 */
export function planSolver(
  linearization: Linearization,
  requested: SolverName,
  precision: Precision,
  indefinite = false,
  among: readonly ConcreteSolver[] = concreteSolverNames,
): SolverPlan {
  const { parameters, rows, engine, samples, shape } = linearization.problem;
  const { width, outputs } = shape;
  const sizes = { parameters, rows, values: samples * outputs, width };
  const candidates = concreteSolverNames.map((solver) => ({
    solver,
    flops: SOLVERS[solver].flops(sizes),
    bytes: SOLVERS[solver].bytes(linearization, precision, indefinite),
  }));
  const room = MEMORY_LIMIT - engine.bytesUsed;
  const allowed = candidates.filter(({ solver }) =>
    requested === AUTO
      ? among.includes(solver) && offersPrecision(solver, precision)
      : solver === requested,
  );
  const cheapest = allowed
    .filter(({ bytes }) => bytes <= room)
    .sort((a, b) => a.flops - b.flops)[0];
  if (cheapest !== undefined) {
    const { curvature } = linearization;
    const { usesBlocks } = CURVATURES[curvature];
    const point = pointFlops(parameters, samples, outputs, width, usesBlocks);
    const { solver } = cheapest;
    return { solver, threads: engine.threads, candidates, curvature, point, note: null };
  }
  // Of those that were allowed, the one that wants least.
  const asked = allowed.find(({ solver }) => SOLVERS[solver].matrixFree) ?? allowed[0]!;
  const fitting = candidates.filter(({ bytes }) => bytes <= room);
  throw tooLarge(
    asked,
    room,
    parameters,
    fitting.map(({ solver }) => solver),
  );
}

function tooLarge(
  { solver, bytes }: SolverPlan["candidates"][number],
  room: number,
  parameters: number,
  fitting: readonly ConcreteSolver[],
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
