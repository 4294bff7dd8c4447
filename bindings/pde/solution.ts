/// <reference lib="esnext.disposable" preserve="true" />

import type { Matrix } from "../data/matrix.js";
import { type Arena, createEngine, type Engine } from "../engine/engine.js";
import { checkFinite } from "../engine/finite.js";
import { type PdeExports, pdeOf } from "../engine/pde-core.js";
import { decodeSolution, encodeSolution, type SolutionJSON } from "../formats/solution-json.js";
import { parameterCount, type Shape } from "../shape/shape.js";
import { InputError, StateError } from "../support/errors.js";
import { run } from "../support/pauses.js";
import type { StepRecord, StopReason } from "../training/record.js";
import { compileEquation, type Names } from "./equation.js";
import type { ConcreteMethod } from "./methods.js";
import { RowsPoint } from "./point.js";
import { RowsProblem } from "./problem.js";

/** How a solution was found. */
export interface SolveRun {
  /** Half the weighted sum of the mean squared residuals, at the end. */
  readonly loss: number;
  /** The same at the start, after the least-squares start where there was one. */
  readonly startLoss: number;
  /** Rounds of Gauss-Newton of the least-squares start; 0 without it. */
  readonly rounds: number;
  readonly method: ConcreteMethod;
  readonly reason: StopReason;
  /** Steps of the training. */
  readonly steps: number;
  readonly history: readonly StepRecord[];
  readonly seconds: number;
}

/** What a solution is made of. */
export interface SolutionParts {
  readonly engine: Engine;
  readonly core: PdeExports;
  readonly shape: Shape & { readonly seed: number };
  /** Names, and numbers of the constants. */
  readonly names: Names;
  readonly parameters: Readonly<Record<string, number>>;
  /** The network's parameters. */
  readonly theta: Float64Array;
  readonly run: SolveRun | null;
}

/**
 * The solution of differential equations, as a function: a network, with all of its derivatives.
 * Its parameters live in the memory of an engine; `dispose` gives that back.
 */
export class Solution {
  readonly coordinates: readonly string[];
  readonly unknowns: readonly string[];
  /** The parameters of the equations that were found, by their names. */
  readonly parameters: Readonly<Record<string, number>>;
  /** How it was found; `null` for one that was read from JSON. */
  readonly run: SolveRun | null;
  readonly #parts: SolutionParts;
  readonly #arena: Arena & { close(): void };
  readonly #theta: number;
  #disposed = false;

  /** Use `solve`. */
  constructor(parts: SolutionParts) {
    const { engine, theta, names, parameters, run } = parts;
    this.coordinates = names.coordinates;
    this.unknowns = names.unknowns;
    this.parameters = parameters;
    this.run = run;
    this.#parts = parts;
    this.#arena = engine.open();
    const values = Object.values(parameters);
    this.#theta = this.#arena.f64(theta.length + values.length + 8);
    engine.f64(this.#theta, theta.length).set(theta);
    engine.f64(this.#theta + 8 * theta.length, values.length).set(values);
  }

  /**
   * The value of an expression at each point: an unknown, a derivative of one such as `"u_xx"`, or
   * whatever an equation may be made of, such as `"k*u_x^2"`. By default the only unknown.
   *
   * @param points M rows of one value a coordinate
   * @throws InputError `invalid-argument` for names that are none, `invalid-shape`, `non-finite`
   */
  at(points: Matrix, expression?: string): Float64Array {
    const { engine, core, shape, names } = this.#live();
    const asked = expression ?? this.#onlyUnknown();
    const equation = compileEquation(asked, names, { argument: "expression", equals: false });
    return engine.scope((arena) => {
      const setting = { engine, core, shape, extra: names.parameters.length };
      const group = { equation, points, weight: 1, data: {}, argument: "points" };
      const problem = new RowsProblem(setting, arena, [group]);
      const point = new RowsPoint(problem, arena);
      engine.core.copyVector(problem.parameters, this.#theta, point.leave());
      const [rows] = problem.groups;
      const { samples, scale } = rows!;
      const values = run(point.valuing(rows!));
      engine.core.axpby(samples, 1 / scale, values, 0, values);
      checkFinite(engine, samples, values, "points", `"${asked}"`);
      return engine.f64(values, samples).slice();
    });
  }

  #onlyUnknown(): string {
    const [first, ...more] = this.unknowns;
    if (more.length === 0) return first!;
    const expected = `an expression in ${this.unknowns.join(", ")}`;
    throw new InputError("invalid-argument", `expression: expected ${expected}, got nothing`, {
      argument: "expression",
      expected,
      got: "nothing",
    });
  }

  #live(): SolutionParts {
    if (this.#disposed) throw new StateError("disposed", "the solution was disposed");
    return this.#parts;
  }

  /**
   * The versioned format of docs/model-format.md; every bit of the parameters is kept.
   * @throws ResourceError `out-of-memory` above some 5e7 parameters, more than a text can hold
   */
  toJSON(): SolutionJSON {
    const { engine, shape, names } = this.#live();
    const { coordinates, unknowns, constants } = names;
    const theta = engine.f64(this.#theta, parameterCount(shape)).slice();
    return encodeSolution({
      coordinates,
      unknowns,
      constants,
      parameters: this.parameters,
      shape,
      theta,
    });
  }

  /**
   * Restores what `toJSON` gave, bit for bit.
   * @throws InputError `invalid-model`, `unsupported-version`
   */
  static async fromJSON(json: unknown, engine?: Engine): Promise<Solution> {
    const { shape, theta, parameters, ...names } = decodeSolution(json);
    const own = engine ?? (await createEngine());
    return new Solution({
      engine: own,
      core: await pdeOf(own),
      shape,
      names: { ...names, parameters: Object.keys(parameters), data: [] },
      parameters,
      theta,
      run: null,
    });
  }

  /** Gives the memory back; every later call throws `disposed`. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#arena.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
