import type { Arena } from "../engine/engine.js";
import type { Evaluable } from "../objective/point.js";
import type { Group } from "./group.js";
import { FEATURE_FLOPS, type RowsProblem } from "./problem.js";

/** What a point knows of a group: pointers. */
interface Rows {
  /** q rows: the features of the network. */
  readonly features: number;
  /** q + e rows: R_v. */
  readonly first: number;
  /** Packed rows R_uv; 0 where they are zero. */
  readonly second: number;
}

/** Parts of the parameters whose columns of J are wanted (assembly/features/). */
export const PARTS = { all: 0, inner: 1, outgoing: 2 } as const;

/**
 * Parameters, and what is known there of the equations: features, residuals rho, loss, partial
 * derivatives. Arguments are pointers to parameter vectors and function vectors.
 */
export class RowsPoint implements Evaluable {
  readonly problem: RowsProblem;
  readonly theta: number;
  /** rho, a function vector. */
  readonly residual: number;
  readonly #rows: ReadonlyMap<Group, Rows>;
  #loss: number | undefined;
  #hasSecond = false;

  constructor(problem: RowsProblem, arena: Arena) {
    this.problem = problem;
    this.theta = arena.f64(problem.length);
    this.residual = arena.f64(problem.rows);
    this.#rows = new Map(
      problem.groups.map((group) => {
        const { ldx, features, variables: v, equation } = group;
        const rows = {
          features: arena.f64(Math.max(1, features) * ldx),
          first: arena.f64(Math.max(1, v) * ldx),
          second: equation.linear ? 0 : arena.f64(((v * (v + 1)) / 2) * ldx),
        };
        return [group, rows];
      }),
    );
  }

  leave(): number {
    this.#loss = undefined;
    this.#hasSecond = false;
    return this.theta;
  }

  /** 1/2 |rho|^2; makes rho and its partial derivatives unless they are known. */
  *evaluating(): Generator<void, number> {
    this.#loss ??= yield* this.#evaluatingAnew();
    return this.#loss;
  }

  *#evaluatingAnew(): Generator<void, number> {
    const { core, engine, rows } = this.problem;
    for (const group of this.problem.groups) {
      const { features } = this.#rows.get(group)!;
      engine.f64(features, group.features * group.ldx).fill(0);
      yield* this.problem.overFeatures(group, FEATURE_FLOPS, (first, count) => {
        core.featureValues(group.descriptor, this.theta, features, first, count);
      });
    }
    for (const group of this.problem.groups) this.#differentiate(group, 1);
    return 0.5 * engine.core.dot(rows, this.residual, this.residual);
  }

  #differentiate(group: Group, order: 1 | 2): void {
    const { networkParameters } = this.problem;
    const parameters = this.theta + 8 * networkParameters;
    const value = this.residual + 8 * group.offset;
    group.differentiate({ ...this.#rows.get(group)!, parameters, value }, order);
  }

  /** out := J^T rho, the gradient of the loss. */
  differentiating(out: number): Generator<void, void> {
    return this.transposing(this.residual, out);
  }

  *measuringGradient(): Generator<void, number> {
    const { engine, length, parameters } = this.problem;
    yield* this.evaluating();
    const arena = engine.open();
    try {
      const gradient = arena.f64(length);
      yield* this.differentiating(gradient);
      return engine.core.norm2(parameters, gradient);
    } finally {
      arena.close();
    }
  }

  /** out := J^T u */
  *transposing(u: number, out: number): Generator<void, void> {
    const { core, engine, length, extra, networkParameters, scratch } = this.problem;
    engine.f64(out, length).fill(0);
    for (const group of this.problem.groups) {
      const { ldx, features, offset, descriptor } = group;
      const { first: partials } = this.#rows.get(group)!;
      core.chainRows(ldx, features, partials, u + 8 * offset, scratch);
      yield* this.problem.overFeatures(group, FEATURE_FLOPS, (first, count) => {
        core.featureTranspose(descriptor, this.theta, scratch, out, first, count);
      });
      const shared = out + 8 * networkParameters;
      core.chainShared(ldx, features, extra, partials, u + 8 * offset, shared);
    }
  }

  /** out := J direction */
  *multiplying(direction: number, out: number): Generator<void, void> {
    yield* this.#along(direction, (group, along, _bent, shared) => {
      this.#chainAlong(group, along, shared, out);
    });
  }

  /** out := rho_vv, the second derivative of rho along v = `direction`. */
  *bending(direction: number, out: number): Generator<void, void> {
    const { core, extra, engine } = this.problem;
    this.#makeSecond();
    const none = engine.open();
    try {
      const zeros = none.f64(Math.max(1, extra));
      yield* this.#along(direction, (group, along, bent, shared) => {
        this.#chainAlong(group, bent, zeros, out);
        const { second } = this.#rows.get(group)!;
        if (second === 0) return;
        const row = out + 8 * group.offset;
        core.chainBend(group.ldx, group.features, extra, second, along, shared, row);
      });
    } finally {
      none.close();
    }
  }

  /** out := the part of rho_vv that comes from the curvature of the equations themselves. */
  *bendingEquations(direction: number, out: number): Generator<void, void> {
    const { core, extra, engine, rows } = this.problem;
    engine.f64(out, rows).fill(0);
    if (this.problem.linear) return;
    this.#makeSecond();
    yield* this.#along(direction, (group, along, _bent, shared) => {
      const { second } = this.#rows.get(group)!;
      if (second === 0) return;
      const row = out + 8 * group.offset;
      core.chainBend(group.ldx, group.features, extra, second, along, shared, row);
    });
  }

  /**
   * Columns of J, of R values each and ld apart, whose rows behind the last point of a group are
   * left as they are. Those of the network's parameters, or of a part of them, and then of the
   * parameters of the equations.
   */
  *fillingColumns(matrix: number, ld: number, part: keyof typeof PARTS): Generator<void, void> {
    const { core, engine, extra } = this.problem;
    const end = matrix + 8 * ld * this.columnsOf(part);
    for (const group of this.problem.groups) {
      const { descriptor, offset, features, ldx, samples } = group;
      const { first: partials } = this.#rows.get(group)!;
      const out = matrix + 8 * offset;
      yield* this.problem.overFeatures(group, 2 * FEATURE_FLOPS, (first, count) => {
        const code = PARTS[part];
        core.featureColumns(descriptor, this.theta, partials, out, ld, code, first, count);
      });
      for (let j = 0; j < extra; j++) {
        const row = partials + 8 * (features + j) * ldx;
        engine.copy(end + 8 * (j * ld + offset), row, 8 * samples);
      }
    }
  }

  /** Columns of a part of the network's parameters. */
  columnsOf(part: keyof typeof PARTS): number {
    const { networkParameters, outgoing } = this.problem;
    if (part === "all") return networkParameters;
    return part === "outgoing" ? outgoing : networkParameters - outgoing;
  }

  /**
   * blocks := S, the packed blocks of the neurons: sum_m rho_m sum_v R_v d^2 v / dtheta^2.
   */
  *fillingBlocks(blocks: number, values: number): Generator<void, void> {
    const { core, engine, scratch } = this.problem;
    engine.f64(blocks, values).fill(0);
    for (const group of this.problem.groups) {
      const { ldx, features, offset, descriptor } = group;
      const { first: partials } = this.#rows.get(group)!;
      core.chainRows(ldx, features, partials, this.residual + 8 * offset, scratch);
      yield* this.problem.overFeatures(group, 4 * FEATURE_FLOPS, (first, count) => {
        core.featureBlocks(descriptor, this.theta, scratch, blocks, first, count);
      });
    }
  }

  /** Address of R at the points of a group. */
  *valuing(group: Group): Generator<void, number> {
    yield* this.evaluating();
    return this.residual + 8 * group.offset;
  }

  #makeSecond(): void {
    if (this.#hasSecond) return;
    for (const group of this.problem.groups) {
      if (!group.equation.linear) this.#differentiate(group, 2);
    }
    this.#hasSecond = true;
  }

  #chainAlong(group: Group, along: number, shared: number, out: number): void {
    const { core, extra } = this.problem;
    const { first } = this.#rows.get(group)!;
    const row = out + 8 * group.offset;
    core.chainAlong(group.ldx, group.features, extra, first, along, shared, row);
  }

  /** Derivatives of the features of each group along a direction, for `use`. */
  *#along(
    direction: number,
    use: (group: Group, along: number, bent: number, shared: number) => void,
  ): Generator<void, void> {
    const { core, engine, networkParameters } = this.problem;
    const arena = engine.open();
    try {
      for (const group of this.problem.groups) {
        const values = Math.max(1, group.features) * group.ldx;
        const [along, bent] = [arena.f64(values), arena.f64(values)];
        yield* this.problem.overFeatures(group, 2 * FEATURE_FLOPS, (first, count) => {
          core.featureDirections(
            group.descriptor,
            this.theta,
            direction,
            along,
            bent,
            first,
            count,
          );
        });
        use(group, along, bent, direction + 8 * networkParameters);
      }
    } finally {
      arena.close();
    }
  }
}
