import { activationTraits } from "./activations.js";
import type { LoadedData } from "./data.js";
import type { Arena, Engine } from "./engine/engine.js";
import { parameterCount, type Shape } from "./shape.js";

/**
 * A network shape and a data set bound together in memory: evaluates loss, gradient and curvature at any parameter vector
 * the caller points to. Holds pointers and no state but the residual of the last `loss`.
 */
export class Problem {
  readonly engine: Engine;
  readonly shape: Shape;
  readonly data: LoadedData;
  readonly parameters: number;
  /** N^-beta */
  readonly scale: number;
  readonly #kind: number;
  readonly #residual: number;
  readonly #work: number;

  constructor(engine: Engine, arena: Arena, shape: Shape, data: LoadedData) {
    const { core } = engine;
    this.engine = engine;
    this.shape = shape;
    this.data = data;
    this.parameters = parameterCount(shape);
    this.scale = core.outputScale(shape.width, shape.beta);
    this.#kind = activationTraits(shape.activation).kind;
    this.#residual = arena.f64(data.ldx);
    this.#work = arena.bytes(
      Math.max(
        core.forwardScratchBytes(),
        core.linearizeScratchBytes(),
        core.jacobianScratchBytes(),
      ),
    );
  }

  /** L(theta) = 1/(2M) sum r^2, and the residual r = f - y for what is asked next. */
  loss(theta: number): number {
    const { core } = this.engine;
    const { width, inputs } = this.shape;
    const { samples, x, ldx, y } = this.data;
    core.forward(
      this.#kind,
      width,
      inputs,
      samples,
      this.scale,
      theta,
      x,
      ldx,
      this.#residual,
      this.#work,
    );
    return core.residual(samples, ldx, this.#residual, y, this.#residual);
  }

  /** Gradient and, unless `blocks` is 0, the blocks S_i at theta; the residual must be that of theta. */
  linearize(theta: number, gradient: number, blocks: number): void {
    const { width, inputs } = this.shape;
    const { samples, x, ldx } = this.data;
    this.engine.core.linearize(
      this.#kind,
      width,
      inputs,
      samples,
      this.scale,
      theta,
      x,
      ldx,
      this.#residual,
      gradient,
      blocks,
      this.#work,
    );
  }

  /** H = J^T J / M + S, packed; without `blocks` (0) the Gauss-Newton matrix. */
  hessian(theta: number, blocks: number, h: number, panels: number): void {
    const { width, inputs } = this.shape;
    const { samples, x, ldx } = this.data;
    this.engine.core.hessian(
      this.#kind,
      width,
      inputs,
      samples,
      this.scale,
      theta,
      x,
      ldx,
      blocks,
      h,
      panels,
      this.#work,
    );
  }

  /** Values of all S_i together. */
  get blockValues(): number {
    return this.shape.width * this.engine.core.blockSize(this.shape.inputs);
  }
}
