import type { CoreExports } from "../engine/core.js";
import type { Arena, Engine } from "../engine/engine.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import { PackedMatrix } from "../engine/factorization/packed-matrix.js";
import { Progress } from "../engine/progress.js";
import type { Point } from "../objective/point.js";
import type { Problem } from "../objective/problem.js";
import { paddedCount } from "../shape/shape.js";
import { COLUMN_BYTES, type Posterior, ROW_BLOCK, type WorkingPosterior } from "./posterior.js";

/**
 * The posterior as an M x M matrix, C = I + J B^-1 J^T (assembly/fit/kernels.ts): A^-1 = B^-1 -
 * B^-1 J^T C^-1 J B^-1. For fewer samples than parameters.
 */
export class SamplePosterior implements Posterior {
  protected readonly engine: Engine;
  protected readonly problem: Problem;
  protected readonly cholesky: Cholesky;
  protected point: Point | null = null;
  protected b = 0;
  /** d values of scratch. */
  protected readonly scale: number;
  protected readonly progress: Progress;
  readonly #scaled: number;
  readonly #image: number;

  static bytes(core: CoreExports, samples: number): number {
    return Cholesky.bytes(core, samples);
  }

  constructor(problem: Problem, arena: Arena) {
    const { engine, samples, shape, rows } = problem;
    this.engine = engine;
    this.problem = problem;
    this.cholesky = new Cholesky(engine, arena, samples);
    this.progress = new Progress(engine, arena);
    this.scale = arena.f64(shape.inputs);
    this.#scaled = arena.f64(paddedCount(shape));
    this.#image = arena.f64(rows);
  }

  *build(point: Point, b: number): Generator<void, boolean> {
    const scope = this.engine.open();
    try {
      const values = new PackedMatrix(this.engine, scope, this.problem.samples);
      const slopes = new PackedMatrix(this.engine, scope, this.problem.samples);
      const rows = scope.bytes(this.rowsBytes());
      yield* this.makeKernels(point, values, slopes, rows);
      return yield* this.complete(b, values, slopes, rows);
    } finally {
      scope.close();
    }
  }

  *solving(v: number, out: number): Generator<void, void> {
    const { core } = this.engine;
    const { width, inputs } = this.problem.shape;
    const { parameters, samples } = this.problem;
    const point = this.point!;
    core.groupDivide(width, inputs, this.b, v, this.#scaled);
    yield* point.multiplying(this.#scaled, this.#image);
    this.cholesky.solve(this.#image, this.#image);
    core.axpby(samples, -1, this.#image, 0, this.#image);
    yield* point.summing(this.#image, out);
    core.groupDivide(width, inputs, this.b, out, out);
    core.axpy(parameters, 1, this.#scaled, out);
  }

  *variances(at: Point, out: number): Generator<void, void> {
    const { core } = this.engine;
    const { width, inputs } = this.problem.shape;
    const { samples: m } = this.problem;
    const { samples } = at.problem;
    const stride = core.rowPanelBytes(m);
    const most = Math.min(ROW_BLOCK, samples);
    const scope = this.engine.open();
    try {
      const rows = scope.bytes(Math.ceil(most / 4) * stride);
      const scratch = scope.bytes(core.crossScratchBytes(width, inputs, m, most));
      const squares = scope.f64(most);
      for (let first = 0; first < samples; first += ROW_BLOCK) {
        const count = Math.min(ROW_BLOCK, samples - first);
        const [from, to] = [this.point!.descriptor, at.descriptor];
        const prior = out + 8 * first;
        core.crossCovariance(from, to, first, count, this.b, prior, this.scale, scratch, rows);
        yield;
        yield* this.cholesky.solvingRows(Math.ceil(count / 4), rows);
        core.rowSquares(count, m, rows, stride, squares);
        core.axpy(count, -1, squares, prior);
        yield;
      }
    } finally {
      scope.close();
    }
  }

  *covariance(at: Point, out: PackedMatrix): Generator<void, void> {
    const { engine } = this;
    const { core } = engine;
    const { width, inputs } = this.problem.shape;
    const { samples: m } = this.problem;
    const { samples } = at.problem;
    const stride = core.rowPanelBytes(m);
    const panels = Math.ceil(samples / 4);
    const scope = engine.open();
    try {
      const values = new PackedMatrix(engine, scope, samples);
      const slopes = new PackedMatrix(engine, scope, samples);
      const pass = scope.bytes(core.kernelRowsBytes(width, inputs, samples));
      const [f, g] = [values.pointer, slopes.pointer];
      const work = new Progress(engine, scope);
      yield* work.through((...part) => core.kernels(at.descriptor, f, g, pass, ...part));
      const rest = [f, g, this.b, this.scale, pass, out.pointer] as const;
      yield* work.through((...part) => core.priorCovariance(at.descriptor, 0, ...rest, ...part));
      const rows = scope.bytes(panels * stride);
      const scratch = scope.bytes(core.crossScratchBytes(width, inputs, m, samples));
      const prior = scope.f64(samples);
      const [from, to] = [this.point!.descriptor, at.descriptor];
      core.crossCovariance(from, to, 0, samples, this.b, prior, this.scale, scratch, rows);
      yield;
      yield* this.cholesky.solvingRows(panels, rows);
      core.syrk(samples, stride / COLUMN_BYTES, -1, rows, out.pointer);
      yield;
    } finally {
      scope.close();
    }
  }

  protected rowsBytes(): number {
    const { width, inputs } = this.problem.shape;
    return this.engine.core.kernelRowsBytes(width, inputs, this.problem.samples);
  }

  protected *makeKernels(
    point: Point,
    values: PackedMatrix,
    slopes: PackedMatrix,
    rows: number,
  ): Generator<void, void> {
    const { core } = this.engine;
    const [f, g] = [values.pointer, slopes.pointer];
    this.point = point;
    yield* this.progress.through((...part) => core.kernels(point.descriptor, f, g, rows, ...part));
  }

  protected *complete(
    b: number,
    values: PackedMatrix,
    slopes: PackedMatrix,
    rows: number,
  ): Generator<void, boolean> {
    const { core } = this.engine;
    const { matrix } = this.cholesky;
    const { descriptor } = this.point!;
    this.b = b;
    const rest = [values.pointer, slopes.pointer, b, this.scale, rows, matrix.pointer] as const;
    yield* this.progress.through((...part) =>
      core.priorCovariance(descriptor, 1, ...rest, ...part),
    );
    const { pivot } = yield* this.cholesky.factoring(matrix);
    yield;
    return pivot === null;
  }
}

export class WorkingSamplePosterior extends SamplePosterior implements WorkingPosterior {
  readonly rows = 0;
  readonly rowCount: number;
  readonly #values: PackedMatrix;
  readonly #slopes: PackedMatrix;
  /** L^-T, then products of C^-1 with a kernel, entry by entry. */
  readonly #scratch: number;
  readonly #rows: number;
  readonly #vectors: number;

  static override bytes(core: CoreExports, samples: number): number {
    const scratch = core.inverseFactorBytes(samples);
    return SamplePosterior.bytes(core, samples) + 2 * PackedMatrix.bytes(core, samples) + scratch;
  }

  constructor(problem: Problem, arena: Arena) {
    super(problem, arena);
    const { engine, samples } = problem;
    const { core } = engine;
    this.rowCount = samples;
    this.#values = new PackedMatrix(engine, arena, samples);
    this.#slopes = new PackedMatrix(engine, arena, samples);
    this.#scratch = arena.bytes(core.inverseFactorBytes(samples));
    this.#rows = arena.bytes(this.rowsBytes());
    this.#vectors = arena.bytes(2 * core.potrsVectorBytes(samples));
  }

  linearize(point: Point): Generator<void, void> {
    return this.makeKernels(point, this.#values, this.#slopes, this.#rows);
  }

  factor(b: number): Generator<void, boolean> {
    return this.complete(b, this.#values, this.#slopes, this.#rows);
  }

  *inspect(gamma: number, leverages: number): Generator<void, number> {
    const { core } = this.engine;
    const { samples } = this.problem;
    const { logDeterminant } = this.cholesky;
    yield* this.cholesky.invertingFactor(this.#scratch);
    const inverse = this.cholesky.matrix.pointer;
    yield* this.progress.through((...part) =>
      core.inverseMatrix(samples, this.#scratch, inverse, ...part),
    );
    core.leveragesByInverse(samples, inverse, leverages);
    const { descriptor } = this.point!;
    const [values, slopes] = [this.#values.pointer, this.#slopes.pointer];
    const [b, w, vectors] = [this.b, this.#scratch, this.#vectors];
    core.effectiveByKernels(descriptor, b, inverse, values, slopes, w, gamma);
    const { inputs } = this.problem.shape;
    const most = this.problem.turnsBetweenPauses(samples * samples);
    for (let first = 0; first < inputs; first += most) {
      yield;
      const count = Math.min(most, inputs - first);
      core.effectiveOfInputs(descriptor, b, w, first, count, vectors, gamma);
    }
    yield;
    return logDeterminant;
  }
}
