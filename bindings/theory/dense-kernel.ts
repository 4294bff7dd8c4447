import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../objective/linearization.js";
import type { Point } from "../objective/point.js";
import { paddedCount } from "../shape/shape.js";
import { DenseSolver } from "../solvers/dense.js";
import { run } from "../support/pauses.js";

/**
 * J(points) (H + gamma I)^-1 J^T / M from the factors of H + gamma I, row-major as the caller of
 * the kernel sees it; `null` if that is singular. For fewer parameters than rows: there the R x R
 * matrix of `KernelSystem` has the larger rounding error, by |H| / gamma.
 *
 * @param points where the rows are, the linearization's own point or the same of other inputs
 */
export function denseKernel(
  arena: Arena,
  linearization: Linearization,
  points: Point,
  gamma: number,
): number | null {
  const data = linearization.problem;
  const { engine, shape, samples, ldx } = data;
  const { core } = engine;
  const solver = new DenseSolver(linearization, arena);
  run(solver.linearizing());
  if (run(solver.factoringAny(gamma)) === null) return null;
  const [rows, columns] = [points.problem, data].map((each) => each.samples * shape.outputs) as [
    number,
    number,
  ];
  const unit = arena.f64(data.rows);
  const step = arena.f64(paddedCount(shape));
  const image = arena.f64(points.problem.rows);
  const transposed = arena.f64(rows * columns);
  for (let m = 0; m < samples; m++) {
    for (let o = 0; o < shape.outputs; o++) {
      const place = o * ldx + m;
      engine.f64(unit, data.rows)[place] = 1;
      run(solver.solving(unit, step, 0));
      engine.f64(unit, data.rows)[place] = 0;
      points.jacobianProduct(step, image);
      const column = m * shape.outputs + o;
      core.gramUnpad(points.problem.descriptor, image, transposed + 8 * rows * column);
    }
  }
  const kernel = arena.f64(rows * columns);
  core.toRows(rows, columns, transposed, rows, kernel);
  return kernel;
}
