import { loadInputs } from "../data/load.js";
import { flattenRows, type Matrix } from "../data/matrix.js";
import type { Arena, Engine } from "../engine/engine.js";
import { Cholesky } from "../engine/factorization/cholesky.js";
import { checkFiniteNumber, finiteResult } from "../engine/finite.js";
import type { TheoryExports } from "../engine/theory-core.js";
import { type Activation, activationKind, checkActivation } from "../shape/activations.js";
import { describe, invalid, ResourceError } from "../support/errors.js";
import { run } from "../support/pauses.js";
import { checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import { loadSymmetric, type SymmetricMatrix, withEngine, withTheory } from "./matrix.js";
import type { TheoryOptions } from "./spectrum.js";

export interface LimitOptions extends TheoryOptions {
  /** Default `"tanh"`. */
  readonly activation?: Activation;
  /** d, the number of inputs; default 1. */
  readonly inputs?: number;
  /** Second set of points; by default the first. */
  readonly x2?: Matrix;
  /**
   * Error of the quadrature that is good enough, relative to sqrt(K(x, x) K(x2, x2)); default
   * 1e-12.
   */
  readonly tolerance?: number;
  /** Most nodes in one dimension; default 1024. */
  readonly maxNodes?: number;
  /**
   * Default true; false integrates numerically where a closed form is known too, as a check of
   * both.
   */
  readonly closedForm?: boolean;
}

export interface LimitKernel {
  /**
   * Limit of N^(2 beta - 1) J(x) J(x2)^T, M x M2 row-major; with several outputs each has this
   * kernel and none reaches another.
   */
  readonly ntk: Float64Array;
  /**
   * Covariance of N^(beta - 1/2) f at the initial parameters, E[sigma sigma'] / 3: the Gaussian
   * process of the untrained network.
   */
  readonly nngp: Float64Array;
  /** Most nodes of the quadrature in one dimension; 0 for closed forms (erf, relu, sin). */
  readonly nodes: number;
  /**
   * Largest error of an entry of `ntk`, relative to sqrt(K(x, x) K(x2, x2)); 0 for closed forms.
   */
  readonly error: number;
}

const OPTION_NAMES = [
  "activation",
  "inputs",
  "x2",
  "tolerance",
  "maxNodes",
  "closedForm",
  "engine",
] as const satisfies (keyof LimitOptions)[];

/** Steps of the first quadrature, in lengths of the activation; tanh has then 14 digits or more. */
const FIRST_FINENESS = 1 / 4;
/** Each following quadrature has half as many more nodes. */
const FINER = 2 / 3;
/** The least that `maxNodes` may be. */
const LEAST_NODES = 32;

/**
 * Kernels of the infinitely wide network, with w and eta standard normal and c uniform on [-1, 1].
 * Points may be on any scale: years, say, as they are.
 *
 * In closed form for erf, relu and sin. For the other activations by trapezoidal sums with steps on
 * the scale of the activation, over what it differs by from its sign, step or ramp
 * (assembly/theory/quadrature.ts). Two lattices, one between the nodes of the other, are refined
 * until they agree, and `error` is what they differ by.
 *
 * @throws InputError `invalid-argument` and for points that do not fit; `non-finite` for points
 *   whose fourth powers overflow
 * @throws ResourceError `not-converged` when `maxNodes` are not enough
 */
export async function limitKernel(x: Matrix, options: LimitOptions = {}): Promise<LimitKernel> {
  checkOptions(options, "options", OPTION_NAMES);
  const { activation = "tanh", inputs = 1, closedForm = true } = options;
  const { tolerance = 1e-12, maxNodes = 1024 } = options;
  const kind = activationKind(checkActivation(activation, "options.activation"));
  checkInteger(inputs, "options.inputs", 1, 2 ** 20);
  checkNumber(tolerance, "options.tolerance", { above: 0 });
  checkInteger(maxNodes, "options.maxNodes", LEAST_NODES, 4096);
  if (typeof closedForm !== "boolean") {
    throw invalid("invalid-argument", "options.closedForm", "true or false", describe(closedForm));
  }
  return withTheory(options.engine, (engine, theory) =>
    engine.scope((arena) => {
      const pair = new Pair(engine, theory, arena, kind, inputs, x, options.x2);
      if (closedForm && theory.hasClosedForm(kind)) return pair.closedForm();
      let error: number | null = null;
      for (let fineness = FIRST_FINENESS; ; fineness *= FINER) {
        const nodes = pair.nodes(fineness);
        if (nodes > maxNodes) throw notConverged(error, tolerance, nodes);
        const kernel = pair.quadrature(fineness, nodes);
        if (kernel.error <= tolerance) return kernel;
        error = kernel.error;
      }
    }),
  );
}

/** The limit of N^(2 beta - 1) J(x) J(x2)^T, M x M2 row-major: `limitKernel(...).ntk`. */
export async function limitNtk(x: Matrix, options: LimitOptions = {}): Promise<Float64Array> {
  return (await limitKernel(x, options)).ntk;
}

export interface LimitNewtonOptions extends LimitOptions {
  /** Regularization of the limit, above 0; the network of width N has gamma N^(1 - 2 beta). */
  readonly gamma: number;
}

/**
 * Newton kernel of the infinitely wide network, A (A + gamma I)^-1 with A = K / M: rows at `x2` (by
 * default x), columns at x. Its eigenvalues are lambda / (lambda + gamma). The curvature of single
 * neurons has no part in the limit.
 */
export async function limitNntk(x: Matrix, options: LimitNewtonOptions): Promise<Float64Array> {
  checkOptions(options, "options", ["gamma", ...OPTION_NAMES]);
  const { gamma, x2, ...rest } = options;
  checkNumber(gamma, "options.gamma", { above: 0 });
  const { ntk } = await limitKernel(x, rest);
  const cross = x2 === undefined ? ntk : (await limitKernel(x2, { ...rest, x2: x })).ntk;
  return withEngine(options.engine, (engine) =>
    engine.scope((arena) =>
      regularizedQuotient(
        engine,
        arena,
        loadSymmetric(engine, arena, ntk, "x"),
        cross,
        gamma,
        x2 === undefined,
        "x",
      ),
    ),
  );
}

/** B (K + M gamma I)^-1 for a symmetric K of order M and rows B. */
function regularizedQuotient(
  engine: Engine,
  arena: Arena,
  { pointer, n, ld }: SymmetricMatrix,
  rows: Float64Array,
  gamma: number,
  symmetric: boolean,
  argument: string,
): Float64Array {
  const count = rows.length / n;
  const system = new Cholesky(engine, arena, n);
  const { matrix } = system;
  matrix.fromFull(pointer, ld);
  checkFiniteNumber(n * gamma, "options.gamma", "M gamma");
  matrix.addDiagonal(n * gamma);
  matrix.checkFinite(argument, "the kernel");
  if (run(system.factoring(matrix)).pivot !== null) {
    throw invalid(
      "invalid-argument",
      "options.gamma",
      "large enough for K + gamma I to be positive definite to working precision",
      String(gamma),
    );
  }
  const out = arena.f64(rows.length);
  engine.f64(out, rows.length).set(rows);
  for (let i = 0; i < count; i++) {
    const row = out + 8 * n * i;
    system.solve(row, row);
  }
  if (symmetric) engine.core.symmetrize(n, out);
  return finiteResult(engine, out, rows.length, argument);
}

/**
 * Newton kernel that belongs to a tangent kernel when the curvature of single neurons is left out:
 * K (K + M gamma I)^-1 for a symmetric kernel K of order M. For `ntk(network, x)` it is `nntk` with
 * curvature "gauss-newton", at a fraction of the cost for many gammas.
 *
 * @throws InputError `invalid-shape`, `non-finite`; `invalid-argument` if K + M gamma I is not
 *   positive definite to working precision
 */
export async function newtonKernel(
  kernel: Matrix,
  options: { readonly gamma: number } & TheoryOptions,
): Promise<Float64Array> {
  checkOptions(options, "options", ["gamma", "engine"]);
  const gamma = checkNumber(options.gamma, "options.gamma", { above: 0 });
  return withEngine(options.engine, (engine) =>
    engine.scope((arena) => {
      const loaded = loadSymmetric(engine, arena, kernel, "kernel");
      const rows = flattenRows(kernel, loaded.n, "kernel");
      return regularizedQuotient(engine, arena, loaded, rows, gamma, true, "kernel");
    }),
  );
}

/** gamma_N = gamma N^(1 - 2 beta), the regularization of the scaling rule. */
export async function scaledGamma(
  gamma: number,
  options: { width: number; beta?: number } & TheoryOptions,
): Promise<number> {
  // A network will do, which has more keys than these.
  if (typeof options !== "object" || options === null) {
    throw invalid("invalid-argument", "options", "an object { width, beta }", describe(options));
  }
  const { width, beta = 0.52, engine } = options;
  checkNumber(gamma, "gamma", { least: 0 });
  checkInteger(width, "options.width", 1, 2 ** 31);
  checkNumber(beta, "options.beta", { above: 0.5, most: 1 });
  return withEngine(engine, ({ core }) => core.scaledGamma(gamma, width, beta));
}

/** Two sets of points, and the kernels between them. */
class Pair {
  readonly #engine: Engine;
  readonly #theory: TheoryExports;
  readonly #kind: number;
  readonly #inputs: number;
  readonly #a: Points;
  readonly #b: Points;

  constructor(
    engine: Engine,
    theory: TheoryExports,
    arena: Arena,
    kind: number,
    inputs: number,
    x: Matrix,
    x2?: Matrix,
  ) {
    this.#engine = engine;
    this.#theory = theory;
    this.#kind = kind;
    this.#inputs = inputs;
    this.#a = loadPoints(engine, theory, arena, inputs, x, "x");
    this.#b =
      x2 === undefined ? this.#a : loadPoints(engine, theory, arena, inputs, x2, "options.x2");
  }

  closedForm(): LimitKernel {
    return this.#engine.scope((arena) => {
      const kernels = this.#kernels(arena, 0, 0, 0);
      return this.#result(kernels, 0, 0);
    });
  }

  /** Nodes in one dimension, of the points that need most. */
  nodes(fineness: number): number {
    const theory = this.#theory;
    return this.#engine.scope((arena) => {
      const work = arena.f64(theory.limitWork(0));
      const [a, b] = [this.#a, this.#b].map(({ pointer }) =>
        theory.limitNodes(this.#kind, this.#inputs, pointer, fineness, work),
      ) as [number, number];
      return Math.max(a, b);
    });
  }

  /** The mean of two lattices, one between the nodes of the other. */
  quadrature(fineness: number, nodes: number): LimitKernel {
    const { core } = this.#engine;
    const theory = this.#theory;
    return this.#engine.scope((arena) => {
      const through = this.#kernels(arena, nodes, fineness, 0);
      const between = this.#kernels(arena, nodes, fineness, 0.5);
      const scaleA = this.#scale(arena, this.#a, nodes, fineness);
      const scaleB = this.#a === this.#b ? scaleA : this.#scale(arena, this.#b, nodes, fineness);
      const error = theory.limitDistance(
        this.#a.samples,
        this.#b.samples,
        through.ntk,
        between.ntk,
        scaleA,
        scaleB,
      );
      core.axpby(this.#entries, 0.5, between.ntk, 0.5, through.ntk);
      core.axpby(this.#entries, 0.5, between.nngp, 0.5, through.nngp);
      return this.#result(through, nodes, error);
    });
  }

  get #entries(): number {
    return this.#a.samples * this.#b.samples;
  }

  #kernels(arena: Arena, nodes: number, fineness: number, shift: number): Kernels {
    const { core } = this.#engine;
    const theory = this.#theory;
    const nngp = arena.f64(this.#entries);
    const ntk = arena.f64(this.#entries);
    const [a, b] = [this.#a.pointer, this.#b.pointer];
    this.#engine.scope((scratch) => {
      const slopes = scratch.f64(this.#entries);
      const work = scratch.f64(theory.limitWork(nodes));
      theory.limitExpectations(
        this.#kind,
        this.#inputs,
        a,
        b,
        nodes,
        fineness,
        shift,
        nngp,
        slopes,
        work,
      );
      theory.limitTangent(this.#inputs, a, b, nngp, slopes, ntk, work);
    });
    // E c^2 of the uniform distribution on [-1, 1].
    core.axpby(this.#entries, 0, nngp, 1 / 3, nngp);
    return { ntk, nngp };
  }

  #scale(arena: Arena, { pointer, samples }: Points, nodes: number, fineness: number): number {
    const theory = this.#theory;
    const scale = arena.f64(samples);
    this.#engine.scope((scratch) => {
      const work = scratch.f64(theory.limitWork(nodes));
      theory.limitScale(this.#kind, this.#inputs, pointer, nodes, fineness, scale, work);
    });
    return scale;
  }

  #result({ ntk, nngp }: Kernels, nodes: number, error: number): LimitKernel {
    const copy = (pointer: number) => this.#engine.f64(pointer, this.#entries).slice();
    return { ntk: copy(ntk), nngp: copy(nngp), nodes, error };
  }
}

/** Pointers to the kernels of one quadrature. */
interface Kernels {
  readonly ntk: number;
  readonly nngp: number;
}

interface Points {
  readonly pointer: number;
  readonly samples: number;
}

function loadPoints(
  engine: Engine,
  theory: TheoryExports,
  arena: Arena,
  inputs: number,
  value: Matrix,
  argument: string,
): Points {
  const { x, samples, ldx } = loadInputs(engine, arena, value, inputs, argument);
  const pointer = arena.bytes(theory.pointsBytes());
  theory.pointsSet(pointer, x, samples, ldx);
  if (!theory.pointsFit(pointer, inputs)) {
    throw invalid(
      "non-finite",
      argument,
      "points whose fourth powers are finite",
      "one that is too far away",
    );
  }
  return { pointer, samples };
}

function notConverged(error: number | null, tolerance: number, nodes: number): ResourceError {
  const left = error === null ? "" : `; fewer leave an error of ${error.toExponential(1)}`;
  return new ResourceError(
    "not-converged",
    `options.maxNodes: an error of ${tolerance} needs ${nodes} nodes in each dimension or more` +
      `${left}; raise maxNodes or tolerance`,
    {
      argument: "options.maxNodes",
      expected: `an error of ${tolerance}`,
      ...(error !== null && { got: error.toExponential(1) }),
    },
  );
}
