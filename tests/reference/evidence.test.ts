/**
 * Evidence, effective parameters, predictive variance and leave-one-out of small networks against
 * explicit inverses and determinants at 60 digits (evidence.py), in both spaces; powers of columns
 * and quantiles of mixtures.
 */
import { afterAll, describe, expect, it } from "vitest";
import { loadDataset } from "../../bindings/data/load.js";
import type { Arena } from "../../bindings/engine/engine.js";
import { PackedMatrix } from "../../bindings/engine/factorization/packed-matrix.js";
import { WorkingParameterPosterior } from "../../bindings/fit/parameter-space.js";
import { WorkingSamplePosterior } from "../../bindings/fit/sample-space.js";
import { type Activation, createEngine } from "../../bindings/index.js";
import { Point } from "../../bindings/objective/point.js";
import { Problem } from "../../bindings/objective/problem.js";
import { run } from "../../bindings/support/pauses.js";
import { decode, EPS, lowerTriangle, readData, relativeError, report } from "./support.js";

interface Case {
  readonly activation: Activation;
  readonly inputs: number;
  readonly width: number;
  readonly samples: number;
  readonly beta: number;
  readonly alpha: string;
  readonly noiseVariance: number;
  readonly theta: string;
  readonly x: string;
  readonly y: string;
  readonly newX: string;
  readonly condition: number;
  readonly logEvidence: string;
  readonly effectiveParameters: string;
  /** Lower triangle, of the new points. */
  readonly modelCovariance: string;
  /** y - f of each row left out, and its log density. */
  readonly leaveOneOutResiduals: string;
  readonly leaveOneOutLogDensities: string;
  readonly leverages: string;
  /** The same with the exact Hessian; `null` where that is not positive definite. */
  readonly exactHessian: Pick<
    Case,
    "logEvidence" | "effectiveParameters" | "modelCovariance"
  > | null;
}

const data = readData<{
  cases: Case[];
  columns: { name: string; x: string; power: number; y: string }[];
  transforms: { power: number; x: string; y: string }[];
  mixtures: {
    weights: number[];
    means: number[];
    sds: number[];
    levels: number[];
    quantiles: string;
    densities: string;
  }[];
}>("evidence.json");

const engine = await createEngine();
const { core } = engine;
afterAll(() => engine.dispose());

const spaces = {
  parameters: (problem: Problem, arena: Arena, x: number) =>
    new WorkingParameterPosterior(problem, arena, x),
  exact: (problem: Problem, arena: Arena, x: number) =>
    new WorkingParameterPosterior(problem, arena, x, true),
  samples: (problem: Problem, arena: Arena) => new WorkingSamplePosterior(problem, arena),
} as const;

/** Puts numbers where the core finds them; an even count, as vectors have. */
function put(arena: Arena, values: ArrayLike<number>): number {
  const pointer = arena.f64(values.length + (values.length % 2));
  engine.f64(pointer, values.length).set(values);
  return pointer;
}

function pointOf(arena: Arena, shape: Case, x: string, y: ArrayLike<number>): Point {
  const { inputs } = shape;
  const loaded = loadDataset(
    engine,
    arena,
    { x: decode(x), y: Float64Array.from(y) },
    { inputs, outputs: 1 },
  );
  const problem = new Problem(engine, arena, { ...shape, outputs: 1 }, loaded);
  const theta = put(arena, decode(shape.theta));
  const point = new Point(problem, arena, { keepJets: true, theta });
  point.evaluate();
  return point;
}

/** All that the package says of a case. */
function inspect(shape: Case, space: keyof typeof spaces) {
  return engine.scope((arena) => {
    const { inputs, width, samples, noiseVariance } = shape;
    const alpha = decode(shape.alpha);
    const point = pointOf(arena, shape, shape.x, decode(shape.y));
    const { problem, residual } = point;
    const x = loadDataset(
      engine,
      arena,
      { x: decode(shape.x), y: decode(shape.y) },
      { inputs, outputs: 1 },
    ).x;
    const posterior = spaces[space](problem, arena, x);
    const precisions = put(arena, alpha);
    const penalty = arena.f64(inputs + 2);
    core.groupPenalty(inputs, noiseVariance, 0, precisions, penalty);
    run(posterior.linearize(point));
    expect(run(posterior.factor(penalty))).toBe(true);
    const gamma = arena.f64(inputs + 2);
    const leverages = arena.f64(samples);
    const logDeterminant = run(posterior.inspect(gamma, leverages));
    const squares = arena.f64(inputs + 2);
    core.groupSquares(width, inputs, point.theta, squares);
    const squared = core.dot(problem.rows, residual, residual);
    const perSample = core.logEvidence(
      samples,
      inputs,
      noiseVariance,
      squared,
      precisions,
      squares,
      logDeterminant,
    );
    const copy = (pointer: number, count: number) => engine.f64(pointer, count).slice();
    const h = copy(leverages, samples);
    const leaveOneOut = core.leaveOneOut(
      samples,
      samples,
      0,
      leverages,
      residual,
      noiseVariance,
      squared,
    );
    const [mean, variance] = [arena.f64(samples), arena.f64(samples)];
    core.leftOut(samples, noiseVariance, leverages, point.f, problem.targets, mean, variance);
    core.axpby(samples, 1, problem.targets, -1, mean);
    run(posterior.build(point, penalty));
    const newX = decode(shape.newX);
    const count = newX.length / inputs;
    const at = pointOf(arena, shape, shape.newX, new Float64Array(count));
    const variances = arena.f64(count);
    run(posterior.variances(at, variances));
    core.scaleVariances(count, noiseVariance, variances);
    const covariance = new PackedMatrix(engine, arena, count);
    run(posterior.covariance(at, covariance));
    const square = arena.f64(count * count);
    covariance.toFull(square);
    core.axpby(count * count, noiseVariance, square, 0, square);
    return {
      covariance: lowerTriangle(copy(square, count * count), count),
      logEvidence: samples * perSample,
      effective: copy(gamma, inputs + 2),
      leverages: h,
      leaveOneOut,
      residuals: copy(mean, samples),
      variances: copy(variances, count),
    };
  });
}

describe.each(data.cases)(
  "$activation, $inputs inputs, $width neurons, $samples samples",
  (shape) => {
    // A factor of A or C changes an entry by its condition; sums over P or M add their roundings.
    const parameters = shape.width * (shape.inputs + 2);
    const tolerance = 4 * (parameters + shape.samples) * EPS + 2 * EPS * shape.condition;

    it.each(["parameters", "samples"] as const)("in the space of the %s", (space) => {
      const found = inspect(shape, space);
      const close = (name: string, got: ArrayLike<number>, wanted: ArrayLike<number>) => {
        const error = relativeError(Float64Array.from(got), Float64Array.from(wanted));
        report(`${name}, ${space}`, error, tolerance);
        expect(error).toBeLessThan(tolerance);
      };
      const covariance = decode(shape.modelCovariance);
      const count = decode(shape.newX).length / shape.inputs;
      const diagonal = Array.from({ length: count }, (_, i) => covariance[(i * (i + 3)) / 2]!);
      const densities = decode(shape.leaveOneOutLogDensities);
      const mean = densities.reduce((sum, value) => sum + value, 0) / densities.length;
      close("evidence", [found.logEvidence], decode(shape.logEvidence));
      close("effective parameters", found.effective, decode(shape.effectiveParameters));
      close("leverages", found.leverages, decode(shape.leverages));
      close("variances", found.variances, diagonal);
      close("covariance", found.covariance, covariance);
      close("residuals left out", found.residuals, decode(shape.leaveOneOutResiduals));
      close("left out", [found.leaveOneOut], [mean]);
    });
  },
);

describe("powers of Yeo and Johnson", () => {
  it.each(data.transforms)("with lambda = $power", ({ power, x, y }) => {
    engine.scope((arena) => {
      const xs = decode(x);
      const pointer = put(arena, xs);
      core.yeoJohnson(xs.length, pointer, 1, power);
      const got = engine.f64(pointer, xs.length);
      decode(y).forEach((wanted, i) => {
        // log1p and expm1 are within an ulp each, and expm1 has the error of its argument.
        const spread = 1 + Math.abs(power - 1) * Math.log1p(Math.abs(xs[i]!));
        expect(Math.abs(got[i]! - wanted)).toBeLessThanOrEqual(8 * EPS * spread * Math.abs(wanted));
      });
    });
  });

  it.each(data.columns)("of largest likelihood: $name", ({ x, power, y }) => {
    engine.scope((arena) => {
      const xs = decode(x);
      const pointer = put(arena, xs);
      const lambda = core.yeoJohnsonLambda(xs.length, pointer, 1);
      // A maximum is found to the root of what its value is rounded to.
      expect(Math.abs(lambda - power)).toBeLessThan(64 * Math.sqrt(xs.length * EPS));
      core.yeoJohnson(xs.length, pointer, 1, power);
      expect(relativeError(engine.f64(pointer, xs.length).slice(), decode(y))).toBeLessThan(
        64 * EPS,
      );
    });
  });
});

describe("mixtures of normals", () => {
  it.each(data.mixtures)("of $means.length", ({ weights, means, sds, levels, ...wanted }) => {
    engine.scope((arena) => {
      const k = means.length;
      const noise = arena.f64(k);
      const of = [
        put(arena, means),
        put(
          arena,
          sds.map((sd) => sd * sd),
        ),
        noise,
        put(arena, weights),
      ] as const;
      const out = arena.f64(1);
      const quantiles = decode(wanted.quantiles);
      const densities = decode(wanted.densities);
      levels.forEach((level, i) => {
        core.mixtureQuantiles(1, k, ...of, level, out);
        const got = engine.f64(out, 1)[0]!;
        // The rounding of the probability over the density, and of the place itself.
        const byProbability = (8 * k * EPS) / densities[i]!;
        const byPlace = 8 * EPS * Math.max(...means.map(Math.abs), Math.abs(got), ...sds);
        expect(Math.abs(got - quantiles[i]!)).toBeLessThan(byProbability + byPlace);
      });
    });
  });
});
