import type { Arena } from "../engine/engine.js";
import { parameterCount, type Shape } from "../shape/shape.js";
import { PAUSE_FLOPS } from "../support/pauses.js";
import { Group, type GroupOptions, type Setting } from "./group.js";

/**
 * Equations at points, and the network that is to solve them: the loss is 1/2 |rho|^2, where rho
 * has sqrt(weight / M) R for each of the M points of each equation R = 0. So it is half the
 * weighted sum of the mean squares.
 *
 * A parameter vector is that of the network, and then the parameters of the equations that are to
 * be found. A function vector has a row for each point of each group, in their order.
 */
export class RowsProblem implements Setting {
  readonly engine: Setting["engine"];
  readonly core: Setting["core"];
  readonly shape: Shape;
  readonly extra: number;
  /** P, the parameters of the equations among them, and room for them. */
  readonly parameters: number;
  readonly length: number;
  /** Of the network alone. */
  readonly networkParameters: number;
  /** R, the rows of all groups and what makes their numbers even. */
  readonly rows: number;
  readonly groups: readonly Group[];
  /** Whether the residuals are affine in what the network gives, and no number is to be found. */
  readonly linear: boolean;
  /** Room for q rows of any group. */
  readonly scratch: number;

  constructor(setting: Setting, arena: Arena, groups: readonly GroupOptions[]) {
    this.engine = setting.engine;
    this.core = setting.core;
    this.shape = setting.shape;
    this.extra = setting.extra;
    this.networkParameters = parameterCount(setting.shape);
    this.parameters = this.networkParameters + setting.extra;
    this.length = Math.ceil(this.parameters / 8) * 8;
    let rows = 0;
    this.groups = groups.map((options) => {
      const group = new Group(setting, arena, options, rows);
      rows += group.ldx;
      return group;
    });
    this.rows = rows;
    this.linear = groups.every(({ equation }) => equation.linear);
    const most = Math.max(...this.groups.map(({ features, ldx }) => features * ldx));
    this.scratch = arena.f64(Math.max(1, most));
  }

  /** Number of c, of which the outputs are a linear function. */
  get outgoing(): number {
    return this.shape.width * this.shape.outputs;
  }

  /**
   * Calls `work` for ranges of neurons that are all of them, pausing in between.
   * @param flops operations that one neuron takes
   */
  *overNeurons(flops: number, work: (first: number, count: number) => void): Generator<void, void> {
    const { width } = this.shape;
    const most = Math.max(1, Math.floor((PAUSE_FLOPS * this.engine.threads) / flops));
    for (let first = 0; first < width; first += most) {
      if (first > 0) yield;
      work(first, Math.min(most, width - first));
    }
  }

  /**
   * The same for the features of a group.
   * @param perFeature operations that a feature of one neuron takes at a point
   */
  overFeatures(
    group: Group,
    perFeature: number,
    work: (first: number, count: number) => void,
  ): Generator<void, void> {
    const flops = perFeature * group.samples * Math.max(1, group.features);
    return this.overNeurons(flops, work);
  }
}

/** Operations of one feature of one neuron at a point, its jet among them. */
export const FEATURE_FLOPS = 64;
