import type { CoreExports } from "../engine/core.js";
import type { Arena, Engine } from "../engine/engine.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import { PackedMatrix } from "../engine/factorization/packed-matrix.js";
import { Progress } from "../engine/progress.js";
import { blockFlops } from "../objective/costs.js";
import { Point } from "../objective/point.js";
import { Problem } from "../objective/problem.js";
import { COLUMN_BYTES, type Posterior, ROW_BLOCK, type WorkingPosterior } from "./posterior.js";

/** Samples whose leverages are made for the choice among fits. */
const LEVERAGE_ROWS = 256;

/**
 * The posterior as a P x P matrix, A / M, which is what the Hessian without S is. For fewer
 * parameters than samples.
 */
export class ParameterPosterior implements Posterior {
  protected readonly engine: Engine;
  protected readonly problem: Problem;
  protected readonly cholesky: Cholesky;
  protected b = 0;
  readonly #exact: boolean;

  static bytes(core: CoreExports, parameters: number): number {
    return Cholesky.bytes(core, parameters);
  }

  /**
   * @param exact whether the curvature of the network stands beside J^T J, at points that are
   *   evaluated: A may then be indefinite
   */
  constructor(problem: Problem, arena: Arena, exact = false) {
    this.engine = problem.engine;
    this.problem = problem;
    this.#exact = exact;
    this.cholesky = new Cholesky(problem.engine, arena, problem.parameters);
  }

  *build(point: Point, b: number): Generator<void, boolean> {
    yield* this.assemble(point, this.cholesky.matrix);
    return yield* this.complete(b);
  }

  // biome-ignore lint/correctness/useYield: two triangles
  *solving(v: number, out: number): Generator<void, void> {
    const { core } = this.engine;
    this.cholesky.solve(v, out);
    core.axpby(this.problem.parameters, 1 / this.problem.samples, out, 0, out);
  }

  *variances(at: Point, out: number): Generator<void, void> {
    const { engine, problem, cholesky } = this;
    const { core } = engine;
    const { samples } = at.problem;
    const stride = core.rowPanelBytes(problem.parameters);
    const scope = engine.open();
    try {
      const rows = scope.bytes(Math.ceil(Math.min(ROW_BLOCK, samples) / 4) * stride);
      for (let first = 0; first < samples; first += ROW_BLOCK) {
        const count = Math.min(ROW_BLOCK, samples - first);
        core.jacobianRows(at.descriptor, first, count, stride, rows);
        yield* cholesky.solvingRows(Math.ceil(count / 4), rows);
        core.rowSquares(count, problem.parameters, rows, stride, out + 8 * first);
        yield;
      }
      core.axpby(samples, 1 / problem.samples, out, 0, out);
    } finally {
      scope.close();
    }
  }

  *covariance(at: Point, out: PackedMatrix): Generator<void, void> {
    const { engine, problem, cholesky } = this;
    const { core } = engine;
    const { samples } = at.problem;
    const stride = core.rowPanelBytes(problem.parameters);
    const panels = Math.ceil(samples / 4);
    const scope = engine.open();
    try {
      const rows = scope.bytes(panels * stride);
      core.jacobianRows(at.descriptor, 0, samples, stride, rows);
      yield;
      yield* cholesky.solvingRows(panels, rows);
      core.packedZero(samples, out.pointer);
      core.syrk(samples, stride / COLUMN_BYTES, 1 / problem.samples, rows, out.pointer);
      yield;
    } finally {
      scope.close();
    }
  }

  /** J^T J / M, or the Hessian of the loss. */
  protected *assemble(point: Point, matrix: PackedMatrix): Generator<void, void> {
    const { engine } = this;
    const { core } = engine;
    const { problem } = this;
    const { parameters, samples, neuronSize, blockValues } = problem;
    const scope = engine.open();
    try {
      const panels = scope.bytes(core.hessianPanelBytes(parameters, samples));
      const blocks = this.#exact ? scope.f64(blockValues) : 0;
      if (this.#exact) {
        yield* problem.overNeurons(blockFlops(neuronSize, samples), (first, count) => {
          core.hessianBlocks(point.descriptor, blocks, first, count);
        });
      }
      yield* new Progress(engine, scope).through((progress, flops) =>
        core.hessian(point.descriptor, 0, blocks, matrix.pointer, panels, progress, flops),
      );
    } finally {
      scope.close();
    }
  }

  /** Adds B / M to what is in the place of the factor, and factors it. */
  protected *complete(b: number): Generator<void, boolean> {
    const { matrix } = this.cholesky;
    const { width, inputs } = this.problem.shape;
    this.b = b;
    this.engine.core.groupAddDiagonal(width, inputs, 1 / this.problem.samples, b, matrix.pointer);
    const { pivot } = yield* this.cholesky.factoring(matrix);
    yield;
    return pivot === null;
  }
}

export class WorkingParameterPosterior extends ParameterPosterior implements WorkingPosterior {
  readonly rows: number;
  readonly rowCount: number;
  readonly #gram: PackedMatrix;
  readonly #inverseFactor: number;
  readonly #diagonal: number;
  /** A point of the samples `rows` alone; `null` where they are all. */
  readonly #sampled: Point | null;
  #point: Point | null = null;

  static override bytes(core: CoreExports, parameters: number): number {
    const inverse = core.inverseFactorBytes(parameters);
    return (
      ParameterPosterior.bytes(core, parameters) + PackedMatrix.bytes(core, parameters) + inverse
    );
  }

  /** @param x pointer to the inputs of the problem */
  constructor(problem: Problem, arena: Arena, x: number, exact = false) {
    super(problem, arena, exact);
    const { engine, parameters, samples } = problem;
    this.#gram = new PackedMatrix(engine, arena, parameters);
    this.#inverseFactor = arena.bytes(engine.core.inverseFactorBytes(parameters));
    this.#diagonal = arena.f64(parameters);
    this.rowCount = Math.min(samples, LEVERAGE_ROWS);
    if (samples <= LEVERAGE_ROWS) {
      this.rows = 0;
      this.#sampled = null;
    } else {
      this.rows = arena.bytes(4 * this.rowCount);
      engine.core.chooseRows(samples, this.rowCount, this.rows);
      this.#sampled = sampledPoint(problem, arena, x, this.rows, this.rowCount);
    }
  }

  *linearize(point: Point): Generator<void, void> {
    this.#point = point;
    yield* this.assemble(point, this.#gram);
  }

  *factor(b: number): Generator<void, boolean> {
    this.cholesky.matrix.copy(this.#gram);
    return yield* this.complete(b);
  }

  *inspect(gamma: number, leverages: number): Generator<void, number> {
    const { core } = this.engine;
    const { parameters, samples, shape } = this.problem;
    const { width, inputs } = shape;
    yield* this.cholesky.invertingFactor(this.#inverseFactor);
    core.inverseDiagonal(parameters, this.#inverseFactor, this.#diagonal);
    core.effectiveByDiagonal(width, inputs, 1 / samples, this.b, this.#diagonal, gamma);
    yield;
    const at = this.#sampled ?? this.#point!;
    if (this.#sampled !== null) {
      core.copyVector(parameters, this.#point!.theta, this.#sampled.leave());
    }
    yield* this.variances(at, leverages);
    const ofB = core.groupLogDeterminant(width, inputs, 1 / samples, this.b);
    return this.cholesky.logDeterminant - ofB;
  }
}

function sampledPoint(
  { engine, shape, ldx }: Problem,
  arena: Arena,
  x: number,
  rows: number,
  count: number,
): Point {
  const { inputs } = shape;
  const even = count + (count % 2);
  const columns = arena.f64(inputs * even);
  engine.core.gatherColumns(inputs, x, ldx, count, rows, columns, even);
  const sampled = { x: columns, inputs, samples: count, ldx: even };
  return new Point(new Problem(engine, arena, shape, sampled), arena, { keepJets: false });
}
