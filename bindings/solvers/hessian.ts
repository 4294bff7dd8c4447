import type { Arena } from "../engine/engine.js";
import { PackedMatrix } from "../engine/factorization/packed-matrix.js";
import { Progress } from "../engine/progress.js";
import type { Linearization } from "../objective/linearization.js";

/**
 * Below this, the assembled Hessian is kept beside its factor, so that a rejected try costs no
 * assembly.
 */
const KEEP_ASSEMBLED_BYTES = 2 ** 28;

/** Whether the Hessian stays beside its factor, or is overwritten by it. */
export function isKept({ problem }: Linearization): boolean {
  return PackedMatrix.bytes(problem.engine.core, problem.parameters) <= KEEP_ASSEMBLED_BYTES;
}

/** Bytes of an `AssembledHessian`. */
export function hessianBytes(linearization: Linearization): number {
  const { engine, parameters, samples, blockValues } = linearization.problem;
  const { core } = engine;
  const curved = 8 * (linearization.hasOwnBlocks ? blockValues : 0);
  const panels = core.hessianPanelBytes(parameters, samples);
  return PackedMatrix.bytes(core, parameters) + panels + curved + Progress.bytes(core);
}

/** H, without gamma, packed: assembled when it is first asked for at a point. */
export class AssembledHessian {
  readonly #linearization: Linearization;
  readonly #matrix: PackedMatrix;
  readonly #panels: number;
  /** The packed blocks that stand for S, where they are not those of the linearization. */
  readonly #curved: number;
  readonly #progress: Progress;
  #stale = true;

  constructor(linearization: Linearization, arena: Arena) {
    const { engine, parameters, samples, blockValues } = linearization.problem;
    this.#linearization = linearization;
    this.#progress = new Progress(engine, arena);
    this.#matrix = new PackedMatrix(engine, arena, parameters);
    this.#panels = arena.bytes(engine.core.hessianPanelBytes(parameters, samples));
    this.#curved = linearization.hasOwnBlocks ? arena.f64(blockValues) : 0;
  }

  /** The linearization has moved, or the matrix was overwritten. */
  forget(): void {
    this.#stale = true;
  }

  *assembling(): Generator<void, PackedMatrix> {
    if (!this.#stale) return this.#matrix;
    const { problem, point, rows } = this.#linearization;
    const blocks = yield* this.#linearization.makingBlocks(this.#curved);
    const { core } = problem.engine;
    const [h, panels] = [this.#matrix.pointer, this.#panels];
    yield* this.#progress.through((progress, flops) =>
      core.hessian(point.descriptor, rows, blocks, h, panels, progress, flops),
    );
    this.#stale = false;
    return this.#matrix;
  }
}
