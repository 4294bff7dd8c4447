import { loadRows } from "../data/load.js";
import type { Matrix, Numbers } from "../data/matrix.js";
import type { Arena, Engine } from "../engine/engine.js";
import { checkFiniteNumber, finiteResult } from "../engine/finite.js";
import type { TheoryExports } from "../engine/theory-core.js";
import { invalid } from "../support/errors.js";
import { checkChoice, checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import { padRows, withTheory } from "./matrix.js";
import { type Decomposition, decompose, type TheoryOptions } from "./spectrum.js";

/** Points away from the data, and what the dynamics need to know there. */
export interface DynamicsAt {
  /**
   * T x M, rows at the new points, columns at the data: `ntk(network, at, x)` over M, or
   * `nntk(network, data, { at })`.
   */
  readonly kernel: Matrix;
  /** f at the new points at time 0; default 0. */
  readonly initial?: Numbers;
  /**
   * T x M and T covariances of the untrained function: between the new points and the data, and at
   * the new points. For bands.
   */
  readonly priorCross?: Matrix;
  readonly priorVariance?: Numbers;
}

export interface DynamicsOptions extends TheoryOptions {
  /** M x M, symmetric: NTK over M for gradient descent, the NNTK for Newton. */
  readonly kernel: Matrix;
  /** M targets. */
  readonly y: Numbers;
  /** f at the data at time 0; default 0, that of an infinitely wide network. */
  readonly initial?: Numbers;
  /** Steps (whole numbers) for discrete time, times for continuous. */
  readonly times: readonly number[];
  /**
   * `"discrete"`, f' = f - rate K (f - y), or `"continuous"`, df/dt = -rate K (f - y); default
   * discrete.
   */
  readonly time?: "discrete" | "continuous";
  /** alpha; default 1. */
  readonly rate?: number;
  readonly at?: DynamicsAt;
  /**
   * M x M covariance of the untrained function at the data (`limitKernel(...).nngp` times N^(1 - 2
   * beta)): asks for bands.
   */
  readonly prior?: Matrix;
}

/** The function at one time. */
export interface DynamicsState {
  readonly time: number;
  /** f at the data. */
  readonly values: Float64Array;
  /** 1/(2M) sum (f - y)^2. */
  readonly loss: number;
  /** f at the new points; `null` without `at`. */
  readonly at: Float64Array | null;
  /**
   * Standard deviation of f over initializations, where `prior` was given (and `priorCross`,
   * `priorVariance` for the new points).
   */
  readonly deviation: Float64Array | null;
  readonly atDeviation: Float64Array | null;
}

/**
 * Training in the limit, where the kernel does not move: gradient descent with the NTK, Newton's
 * method with the NNTK, solved exactly in the eigenbasis of the kernel at any time, at the data and
 * elsewhere.
 *
 * @throws InputError `invalid-shape`, `invalid-argument`; `non-finite` also where the function
 *   overflows
 */
export async function limitDynamics(options: DynamicsOptions): Promise<DynamicsState[]> {
  checkOptions(options, "options", [
    "kernel",
    "y",
    "initial",
    "times",
    "time",
    "rate",
    "at",
    "prior",
    "engine",
  ]);
  const { rate = 1, time = "discrete" } = options;
  checkNumber(rate, "options.rate", { above: 0 });
  checkChoice(time, "options.time", ["discrete", "continuous"]);
  if (!Array.isArray(options.times)) {
    throw invalid("invalid-argument", "options.times", "an array of numbers", typeof options.times);
  }
  for (const [index, t] of options.times.entries()) {
    const argument = `options.times[${index}]`;
    if (time === "discrete") checkInteger(t, argument, 0, Number.MAX_SAFE_INTEGER);
    else checkNumber(t, argument, { least: 0 });
  }
  return withTheory(options.engine, (engine, theory) =>
    engine.scope((arena) => {
      const dynamics = new Dynamics(engine, theory, arena, options);
      return options.times.map((t, index) =>
        dynamics.stateAt(t, rate, time === "discrete", `options.times[${index}]`),
      );
    }),
  );
}

class Dynamics {
  readonly #engine: Engine;
  readonly #theory: TheoryExports;
  readonly #modes: Decomposition;
  readonly #n: number;
  readonly #ld: number;
  /** Pointers. */
  readonly #y: number;
  readonly #coefficients: number;
  readonly #decay: number;
  readonly #phi: number;
  readonly #work: number;
  readonly #points: {
    readonly count: number;
    readonly kernel: number;
    readonly initial: number;
  } | null;
  readonly #bands: Bands | null;

  constructor(
    engine: Engine,
    theory: TheoryExports,
    arena: Arena,
    { kernel, y, initial, at, prior }: DynamicsOptions,
  ) {
    this.#engine = engine;
    this.#theory = theory;
    this.#modes = decompose(engine, theory, arena, kernel, "options.kernel");
    const { n, ld, vectors } = this.#modes;
    this.#n = n;
    this.#ld = ld;
    this.#y = loadVector(engine, arena, y, n, "options.y");
    const residual = arena.f64(ld);
    if (initial !== undefined) {
      const start = loadVector(engine, arena, initial, n, "options.initial");
      engine.core.copyVector(n, start, residual);
    }
    const size = engine.core.norm2(n, residual);
    engine.core.axpy(n, -1, this.#y, residual);
    const blame = engine.core.norm2(n, this.#y) < size ? "options.initial" : "options.y";
    checkFiniteNumber(engine.core.dot(ld, residual, residual), blame, "the loss");
    [this.#coefficients, this.#decay, this.#phi, this.#work] = [0, 0, 0, 0].map(() =>
      arena.f64(ld),
    ) as [number, number, number, number];
    theory.toModes(n, ld, vectors, residual, this.#coefficients);
    this.#points = at === undefined ? null : this.#loadPoints(arena, at);
    this.#bands =
      prior === undefined
        ? null
        : new Bands(engine, theory, arena, this.#modes, prior, at, this.#points);
  }

  /**
   * `argument` is what the time is called when the function has grown beyond all bounds by then.
   */
  stateAt(time: number, rate: number, discrete: boolean, argument: string): DynamicsState {
    const { core } = this.#engine;
    const theory = this.#theory;
    const { values: eigenvalues, vectors } = this.#modes;
    const [n, ld] = [this.#n, this.#ld];
    theory.modeDecay(n, eigenvalues, discrete, rate, time, this.#decay, this.#phi);
    theory.fromModes(n, ld, vectors, this.#decay, this.#coefficients, this.#work);
    const loss = core.dot(ld, this.#work, this.#work) / (2 * n);
    core.axpy(n, 1, this.#y, this.#work);
    checkFiniteNumber(loss, argument, "the loss");
    const values = finiteResult(this.#engine, this.#work, n, argument);
    const at = this.#points === null ? null : this.#valuesAt();
    const bands = this.#bands?.at(this.#decay, this.#phi) ?? { deviation: null, atDeviation: null };
    return { time, values, loss, at, ...bands };
  }

  /** f elsewhere has changed by -K w, w = sum_l phi_l (v_l . r) v_l. */
  #valuesAt(): Float64Array {
    const { core } = this.#engine;
    const theory = this.#theory;
    const { count, kernel, initial } = this.#points!;
    const [n, ld] = [this.#n, this.#ld];
    theory.fromModes(n, ld, this.#modes.vectors, this.#phi, this.#coefficients, this.#work);
    return this.#engine.scope((scratch) => {
      const out = scratch.f64(count);
      theory.gemmRows(count, 1, ld, kernel, ld, this.#work, ld, out, 1);
      core.axpby(count, 1, initial, -1, out);
      return finiteResult(this.#engine, out, count, "options.at");
    });
  }

  #loadPoints(arena: Arena, { kernel, initial }: DynamicsAt) {
    const { pointer, count } = loadWide(this.#engine, arena, kernel, this.#n, "options.at.kernel");
    const start =
      initial === undefined
        ? arena.f64(count)
        : loadVector(this.#engine, arena, initial, count, "options.at.initial");
    return { count, kernel: pointer, initial: start };
  }
}

/**
 * Standard deviations over Gaussian initial functions, which the linear dynamics carry along
 * exactly.
 */
class Bands {
  readonly #engine: Engine;
  readonly #theory: TheoryExports;
  readonly #modes: Decomposition;
  readonly #prior: number;
  readonly #points: {
    readonly count: number;
    readonly kernel: number;
    readonly cross: number;
    readonly variance: number;
  } | null;

  constructor(
    engine: Engine,
    theory: TheoryExports,
    arena: Arena,
    modes: Decomposition,
    prior: Matrix,
    at: DynamicsAt | undefined,
    points: { readonly count: number; readonly kernel: number } | null,
  ) {
    this.#engine = engine;
    this.#theory = theory;
    this.#modes = modes;
    const { pointer, count } = loadWide(engine, arena, prior, modes.n, "options.prior");
    if (count !== modes.n)
      throw invalid("invalid-shape", "options.prior", `${modes.n} rows`, `${count}`);
    this.#prior = pointer;
    if (points === null || at?.priorCross === undefined || at.priorVariance === undefined) {
      this.#points = null;
      return;
    }
    const cross = loadWide(engine, arena, at.priorCross, modes.n, "options.at.priorCross");
    if (cross.count !== points.count) {
      throw invalid(
        "invalid-shape",
        "options.at.priorCross",
        `${points.count} rows`,
        `${cross.count}`,
      );
    }
    const variance = loadVector(
      engine,
      arena,
      at.priorVariance,
      points.count,
      "options.at.priorVariance",
    );
    this.#points = { ...points, cross: cross.pointer, variance };
  }

  at(decay: number, phi: number): { deviation: Float64Array; atDeviation: Float64Array | null } {
    return this.#engine.scope((scratch) => {
      const theory = this.#theory;
      const { n, ld, vectors } = this.#modes;
      const [map, product] = [scratch.f64(n * ld), scratch.f64(n * ld)];
      // What is left of the initial function at the data is E f(0) with E = V^T diag(decay) V.
      theory.functionOfKernel(n, ld, vectors, decay, map);
      theory.gemmRows(n, n, ld, map, ld, this.#prior, ld, product, ld);
      const variance = scratch.f64(n);
      for (let i = 0; i < n; i++)
        theory.gemmRows(
          1,
          1,
          ld,
          map + 8 * ld * i,
          ld,
          product + 8 * ld * i,
          ld,
          variance + 8 * i,
          1,
        );
      return {
        deviation: this.#deviations(variance, n, "options.prior"),
        atDeviation: this.#elsewhere(scratch, phi, map),
      };
    });
  }

  /** var f(t) = k - 2 T k_x + T k_xx T^T with T = K V^T diag(phi) V, for each new point. */
  #elsewhere(scratch: Arena, phi: number, map: number): Float64Array | null {
    if (this.#points === null) return null;
    const { core } = this.#engine;
    const theory = this.#theory;
    const { n, ld, vectors } = this.#modes;
    const { count, kernel, cross, variance: prior } = this.#points;
    const [t, product, variance, term] = [count * ld, count * ld, count, 1].map((length) =>
      scratch.f64(length),
    ) as [number, number, number, number];
    theory.functionOfKernel(n, ld, vectors, phi, map);
    theory.gemmRows(count, n, ld, kernel, ld, map, ld, t, ld);
    theory.gemmRows(count, n, ld, t, ld, this.#prior, ld, product, ld);
    core.axpby(count * ld, -2, cross, 1, product);
    core.copyVector(count, prior, variance);
    for (let j = 0; j < count; j++) {
      theory.gemmRows(1, 1, ld, t + 8 * ld * j, ld, product + 8 * ld * j, ld, term, 1);
      core.axpy(1, 1, term, variance + 8 * j);
    }
    return this.#deviations(variance, count, "options.at");
  }

  #deviations(variance: number, count: number, argument: string): Float64Array {
    this.#engine.core.squareRoots(count, variance);
    return finiteResult(this.#engine, variance, count, argument);
  }
}

function loadVector(
  engine: Engine,
  arena: Arena,
  value: Numbers,
  length: number,
  argument: string,
): number {
  const { rows, samples } = loadRows(engine, arena, value, 1, argument);
  if (samples !== length)
    throw invalid("invalid-shape", argument, `${length} values`, `${samples}`);
  const out = arena.f64(engine.core.rowLength(length));
  engine.core.copyVector(length, rows, out);
  return out;
}

/** Rows of n values with the leading dimension of the core's matrices. */
function loadWide(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  n: number,
  argument: string,
): { readonly pointer: number; readonly count: number } {
  const { rows, samples } = loadRows(engine, arena, value, n, argument);
  return { pointer: padRows(engine, arena, rows, samples, n), count: samples };
}
