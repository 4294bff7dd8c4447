import { loadInputs } from "../data/load.js";
import type { Matrix, Numbers } from "../data/matrix.js";
import type { Arena, Engine } from "../engine/engine.js";
import type { PdeExports } from "../engine/pde-core.js";
import { activationKind } from "../shape/activations.js";
import type { Shape } from "../shape/shape.js";
import { invalid } from "../support/errors.js";
import type { Equation } from "./equation.js";
import { loadTape } from "./tape.js";

/** An equation, and the points at which it is to hold. */
export interface GroupOptions {
  readonly equation: Equation;
  /** M rows of one value a coordinate. */
  readonly points: Matrix;
  /** Of the mean of the squared residuals. */
  readonly weight: number;
  /** Columns of M values that the equation names. */
  readonly data: Readonly<Record<string, Numbers>>;
  /** What the group is called in errors. */
  readonly argument: string;
}

/** What all groups of a problem share. */
export interface Setting {
  readonly engine: Engine;
  readonly core: PdeExports;
  readonly shape: Shape;
  /** Parameters of the equations. */
  readonly extra: number;
}

/**
 * The rows of one equation in memory: an even number of them, `ldx`, from `offset` on in every
 * function vector; those behind the last point are zero.
 */
export class Group {
  readonly equation: Equation;
  /** What errors call it. */
  readonly argument: string;
  readonly samples: number;
  readonly ldx: number;
  readonly offset: number;
  /** Features of the network in the equation. */
  readonly features: number;
  /** sqrt(weight / M), by which the residuals are multiplied. */
  readonly scale: number;
  /** Address of what the feature kernels know of it (assembly/features/). */
  readonly descriptor: number;
  readonly #setting: Setting;
  /** Pointer to the coordinates, transposed: a row of ldx values each. */
  readonly x: number;
  readonly #data: number;
  readonly #tape: number;
  readonly #work: number;

  constructor(setting: Setting, arena: Arena, options: GroupOptions, offset: number) {
    const { engine, core, shape } = setting;
    const { equation, points, weight, data, argument } = options;
    const { x, samples, ldx } = loadInputs(
      engine,
      arena,
      points,
      shape.inputs,
      `${argument}.points`,
    );
    this.equation = equation;
    this.samples = samples;
    this.ldx = ldx;
    this.offset = offset;
    this.argument = argument;
    this.features = equation.features.length;
    this.scale = Math.sqrt(weight / samples);
    this.#setting = setting;
    this.x = x;
    this.#data = loadColumns(engine, arena, equation.data, data, samples, ldx, argument);
    this.#tape = loadTape(engine, core, arena, equation, setting.extra);
    this.#work = arena.bytes(core.tapeWork(this.#tape));
    this.descriptor = describeFeatures(setting, arena, equation.features, x, samples, ldx);
  }

  /** Rows of R_v: one a feature, one a parameter of the equations. */
  get variables(): number {
    return this.features + this.#setting.extra;
  }

  /**
   * The residuals and their partial derivatives, each multiplied by the scale.
   * @param order 1, or 2 to make `second` too
   */
  differentiate(at: Addresses, order: 1 | 2): void {
    const { engine, core } = this.#setting;
    const { ldx, samples, variables: v, scale } = this;
    const { features, parameters, value, first, second } = at;
    core.tapeEvaluate(
      this.#tape,
      samples,
      ldx,
      this.x,
      this.#data,
      features,
      parameters,
      order,
      value,
      first,
      second,
      this.#work,
    );
    const multiply = (rows: number, to: number) => engine.core.axpby(rows * ldx, scale, to, 0, to);
    multiply(1, value);
    multiply(v, first);
    if (order === 2) multiply((v * (v + 1)) / 2, second);
  }
}

/** Pointers to what an evaluation takes and makes (assembly/expressions/). */
export interface Addresses {
  readonly features: number;
  readonly parameters: number;
  readonly value: number;
  readonly first: number;
  readonly second: number;
}

/** A list of features at points, as the kernels take it. */
export function describeFeatures(
  { engine, core, shape }: Pick<Setting, "engine" | "core" | "shape">,
  arena: Arena,
  features: Equation["features"],
  x: number,
  samples: number,
  ldx: number,
): number {
  const { width, inputs, outputs, activation, beta } = shape;
  const count = features.length;
  const list = arena.bytes(4 * Math.max(1, count * (1 + inputs)));
  const flat = features.flatMap(({ output, exponents }) => [output, ...exponents]);
  new Int32Array(engine.core.memory.buffer as ArrayBuffer, list, flat.length).set(flat);
  const descriptor = arena.bytes(core.featuresBytes());
  const work = arena.bytes(core.featuresWork(width, inputs, outputs, samples, count));
  core.featuresSet(
    descriptor,
    activationKind(activation),
    width,
    inputs,
    outputs,
    samples,
    ldx,
    engine.core.outputScale(width, beta),
    x,
    count,
    list,
    work,
  );
  return descriptor;
}

/** The data columns that an equation names, rows of ldx values in its order. */
function loadColumns(
  engine: Engine,
  arena: Arena,
  names: readonly string[],
  data: GroupOptions["data"],
  samples: number,
  ldx: number,
  argument: string,
): number {
  const columns = arena.f64(Math.max(1, names.length) * ldx);
  names.forEach((name, index) => {
    const what = `${argument}.data.${name}`;
    engine.scope((scratch) => {
      const loaded = loadInputs(engine, scratch, data[name] as Matrix, 1, what);
      requireSamples(loaded.samples, samples, what);
      engine.copy(columns + 8 * index * ldx, loaded.x, 8 * samples);
    });
  });
  return columns;
}

function requireSamples(got: number, samples: number, argument: string): void {
  if (got === samples) return;
  throw invalid("invalid-shape", argument, `${samples} numbers, one a point`, `${got}`);
}
