/**
 * The whole public surface in guarded memory, at sizes beyond every edge of a block: nothing is
 * written outside of an allocation, nothing is left behind, and results are finite and have the
 * bits that they have elsewhere, so that nothing outside is read.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Activation,
  activationNames,
  type Checkpoint,
  type Curvature,
  createEngine,
  type Engine,
  type LossName,
  lossNames,
  Model,
  Network,
  type NetworkOptions,
  NewtonError,
  type Regularization,
  type TrainOptions,
  train,
} from "../../bindings/index.js";
import { experimentOf } from "../../bindings/lab/experiments/index.js";
import { shardedGradient, trainSharded } from "../../bindings/lab/sharded/train.js";
import type { Cell, Outcome } from "../../bindings/lab/sweep/cell.js";
import {
  definitenessMargin,
  leastSquares,
  limitDynamics,
  limitKernel,
  limitNntk,
  newtonKernel,
  nntk,
  ntk,
  spectrum,
} from "../../bindings/theory.js";
import { type GuardedEngine, guardedEngine } from "./guarded-engine.js";
import { solveEverything } from "./solve-everything.js";
import { flatten, grid } from "./support.js";

/** Cells are computed here and not in processes, where no guard is. */
const inProcess = vi.hoisted(() => ({ engine: null as unknown }));
vi.mock("../../bindings/lab/sweep/local.js", () => ({
  LocalExecutor: class {
    async run(cells: readonly Cell[], report: (cell: Cell, outcome: Outcome) => void) {
      for (const cell of cells) {
        const engine = inProcess.engine as Engine;
        const { compute } = experimentOf(cell.experiment);
        const result = await compute(cell.settings, { engine, data: null });
        report(cell, { ok: true, result, seconds: 0 });
      }
    }
    async close() {}
  },
}));

/**
 * What is called when an engine is made, what only builds with threads call, and what the build
 * itself asks.
 */
const UNGUARDED = [
  ...["coreEnd", "heapBase", "pdeEnd", "regionNumber", "setWorkers"],
  ...["shutdown", "theoryEnd", "workerLoop"],
];

const CURVATURES: readonly Curvature[] = ["exact", "absolute", "positive", "gauss-newton"];

let guarded: GuardedEngine;
let plain: Engine;
const names = new Set<string>();
const called = new Set<string>();
beforeEach(async () => {
  guarded = await guardedEngine();
  plain = await createEngine();
});
afterEach(() => {
  for (const name of guarded.names) names.add(name);
  for (const name of guarded.called) called.add(name);
  for (const engine of [guarded.engine, plain]) engine.dispose();
});

type Results = Iterable<ArrayLike<number>>;

/** Runs `work` under guard and elsewhere. */
async function expectSame(
  work: (engine: Engine) => Results | Promise<Results>,
  { engine, memory } = guarded,
): Promise<void> {
  const used = engine.bytesUsed;
  const [seen, expected] = [[...(await work(engine))], [...(await work(plain))]];
  memory.checkAll();
  expect(engine.bytesUsed).toBe(used);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen).toHaveLength(expected.length);
  seen.forEach((values, i) => {
    const bytes = (array: ArrayLike<number>) => Buffer.from(Float64Array.from(array).buffer);
    const wrong = Array.prototype.findIndex.call(values, (value) => !Number.isFinite(value));
    expect(wrong, `result ${i}: first entry that is not finite`).toBe(-1);
    expect(bytes(values).equals(bytes(expected[i]!)), `result ${i}: same bits`).toBe(true);
  });
}

async function withNetwork(
  options: NetworkOptions,
  work: (network: Network) => Results | Promise<Results>,
): Promise<Results> {
  const network = await Network.create(options);
  try {
    return [...(await work(network))];
  } finally {
    network.dispose();
  }
}

/**
 * Smooth, with `outputs` targets a row, and far from what a network gives before it has learned.
 */
function dataset(
  samples: number,
  inputs: number,
  outputs: number,
): { x: number[][]; y: number[][] } {
  const x = Array.from({ length: samples }, (_, m) =>
    Array.from({ length: inputs }, (_, j) => Math.sin(1 + 0.37 * m * (j + 1))),
  );
  const y = x.map((row, m) =>
    Array.from({ length: outputs }, (_, o) => 3 + Math.cos(0.1 * m * (o + 1)) + row[0]!),
  );
  return { x, y };
}

/** The targets of a data set as a loss takes them: a class each, 0 or 1, or counts. */
function targetsFor(loss: LossName, { x, y }: ReturnType<typeof dataset>) {
  if (loss === "softmax") return { x, y: y.map((row, m) => [m % row.length]) };
  if (loss === "logistic") return { x, y: y.map((row) => row.map((v) => Number(v > 3))) };
  return loss === "poisson" ? { x, y: y.map((row) => row.map(Math.round)) } : { x, y };
}

interface Size {
  readonly rows: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
}

const size = (
  rows: number,
  width: number,
  inputs: number,
  outputs: number,
  activation: Activation,
): Size => ({ rows, width, inputs, outputs, activation });

/**
 * Rows, function vectors and parameters around and beyond 64, 128, 256, 512 and 1024, where the
 * core has its blocks.
 */
const SIZES = [
  size(1, 1, 1, 1, "tanh"),
  size(2, 3, 2, 2, "sigmoid"),
  size(3, 257, 1, 1, "erf"),
  size(5, 65, 5, 3, "sin"),
  size(65, 7, 1, 1, "softplus"),
  size(65, 33, 3, 2, "gelu"),
  size(127, 5, 2, 3, "tanh"),
  size(129, 43, 1, 1, "erf"),
  size(257, 11, 4, 1, "tanh"),
  size(257, 9, 5, 3, "sigmoid"),
  size(513, 13, 1, 1, "gelu"),
  size(513, 5, 3, 2, "sin"),
  size(1300, 9, 1, 1, "tanh"),
];

const title = "$rows rows, width $width, $inputs inputs, $outputs outputs, $activation";

describe.each(SIZES)(title, ({ rows, ...shape }) => {
  const data = dataset(rows, shape.inputs, shape.outputs);
  /** New points, of a number of their own. */
  const at = dataset(rows + 2, shape.inputs, 1).x.slice(-Math.min(7, rows));
  const create = (engine: Engine) => ({ ...shape, seed: 4, engine });

  it("derivatives", () =>
    expectSame((engine) =>
      withNetwork(create(engine), (network) => [
        network.predict(data.x),
        [network.loss(data)],
        flatten(network.gradient(data)),
        network.jacobian(data.x),
        network.inputGradient(data.x),
        ...CURVATURES.map((curvature) => network.hessian(data, { curvature })),
      ]),
    ));

  it.each(["dense", "function-space", "cg"] as const)("Newton steps by %s", (solver) =>
    expectSame((engine) =>
      withNetwork(create(engine), (network) =>
        CURVATURES.flatMap((curvature) =>
          // Indefinite, and not.
          [1e-3, 50].flatMap((gamma) => {
            const options = { gamma, curvature, solver, cg: { maxIterations: 60 } };
            const attempt = () => {
              const result = network.newtonStep(data, options);
              const { step, linearizedResidual, predictedDecrease, inertia } = result;
              const negative = inertia === null ? [] : [inertia.negative];
              return [flatten(step), linearizedResidual, [predictedDecrease], negative];
            };
            // Conjugate gradients may give up on what is indefinite or takes more iterations.
            return solver === "cg" ? orCode(attempt) : attempt();
          }),
        ),
      ),
    ),
  );

  it.each(lossNames.filter((loss) => loss !== "softmax" || shape.outputs > 1))(
    "objective with the loss %s",
    (loss) =>
      expectSame((engine) =>
        withNetwork(create(engine), async (network) => {
          const weighted = { ...targetsFor(loss, data), weights: data.x.map((_, m) => m % 3 || 2) };
          const penalty = { w: data.x[0]!.map((_, j) => 0.01 * j), c: 0.1 };
          const told = { loss, penalty } as const;
          const results: ArrayLike<number>[] = [
            [network.loss(weighted, told)],
            flatten(network.gradient(weighted, told)),
            ...CURVATURES.map((curvature) => network.hessian(weighted, { curvature, ...told })),
          ];
          for (const solver of ["dense", "function-space", "cg"] as const) {
            for (const gamma of [1e-3, 50]) {
              const cg = { maxIterations: 60 };
              const attempt = () => {
                const made = network.newtonStep(weighted, { gamma, solver, cg, ...told });
                return [flatten(made.step), made.linearizedResidual, [made.predictedDecrease]];
              };
              results.push(...orCode(attempt));
            }
          }
          await train(network, weighted, { ...told, solver: "dense", maxSteps: 2 });
          return [...results, flatten(network.parameters)];
        }),
      ),
  );

  it("kernels, and the margin of definiteness", () =>
    expectSame((engine) =>
      withNetwork(create(engine), (network) => {
        const large = rows * shape.outputs > 300;
        // The one with the pivoted factorization, and the one that differs most; the others are
        // made as it is.
        const curvatures = large ? (["exact", "gauss-newton"] as const) : CURVATURES;
        const gammas = large ? [1e-3] : [1e-3, 50];
        const margins = large ? [] : (["dense", "function-space"] as const);
        return [
          ntk(network, data.x),
          ntk(network, data.x, at),
          ...curvatures.flatMap((curvature) =>
            gammas.map((gamma) => nntk(network, data, { gamma, curvature, at })),
          ),
          ...(large ? [] : [nntk(network, data, { gamma: 1e-3 })]),
          ...margins.map((solver) => {
            const { smallest, lower, upper } = definitenessMargin(network, data, {
              solver,
              tolerance: 0.1,
            });
            return [smallest, lower, upper];
          }),
        ];
      }),
    ));
});

/** What `attempt` gives, or the code of its error as numbers. */
function orCode(attempt: () => ArrayLike<number>[]): ArrayLike<number>[] {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof NewtonError) return [[...error.code].map((c) => c.charCodeAt(0))];
    throw error;
  }
}

const POLICIES: readonly Regularization[] = [
  { policy: "fixed", gamma: 10 },
  { policy: "scaled", gamma: 10 },
  { policy: "adaptive" },
  { policy: "gain-ratio" },
];

const TRAININGS: Record<string, TrainOptions> = {
  ...Object.fromEntries(
    (["dense", "function-space", "cg", "auto"] as const).flatMap((solver) =>
      POLICIES.flatMap((regularization) =>
        (["geodesic", "none"] as const).map((acceleration) => [
          `newton, ${solver}, ${regularization.policy}, ${acceleration}`,
          { solver, regularization, acceleration },
        ]),
      ),
    ),
  ),
  ...Object.fromEntries(
    CURVATURES.map((curvature) => [`newton, ${curvature}`, { curvature, solver: "dense" }]),
  ),
  "newton, mixed": { precision: "mixed" },
  "newton, mixed, adaptive": { precision: "mixed", regularization: { policy: "adaptive" } },
  "gauss-newton": { method: "gauss-newton" },
  "gauss-newton, function space": { method: "gauss-newton", solver: "function-space" },
  "trust-region": { method: "trust-region", corrections: 3 },
  lbfgs: { method: "lbfgs", corrections: 3 },
  adam: { method: "adam" },
  gd: { method: "gd", learningRate: 0.01 },
};

const TRAINED = [
  size(1, 2, 1, 1, "tanh"),
  size(65, 23, 1, 1, "gelu"),
  size(129, 13, 5, 3, "tanh"),
  size(513, 21, 1, 1, "sin"),
];

describe.each(TRAINED)(`training: ${title}`, ({ rows, ...shape }) => {
  const data = dataset(rows, shape.inputs, shape.outputs);
  const steps = rows > 500 ? 1 : 2;

  it.each(Object.entries(TRAININGS))("%s, stopped and resumed", (_name, options) =>
    expectSame((engine) =>
      withNetwork({ ...shape, seed: 2, engine }, async (network) => {
        let saved: Checkpoint | undefined;
        const first = await train(network, data, {
          ...options,
          maxSteps: steps,
          onStep: (_record, control) => {
            saved = control.checkpoint();
          },
        });
        const parameters = flatten(network.parameters);
        const more = saved && { resume: saved, maxSteps: 2 * steps };
        const second = await train(network, data, { ...options, ...more });
        return [
          [first.loss, second.loss, first.initialLoss],
          parameters,
          flatten(network.parameters),
          second.history.flatMap(({ loss, gradientNorm }) => [loss, gradientNorm]),
        ];
      }),
    ),
  );
});

it("wide networks, whose neurons come in many blocks", () =>
  expectSame((engine) =>
    withNetwork({ width: 2113, inputs: 2, outputs: 2, engine }, async (network) => {
      const data = dataset(9, 2, 2);
      const results = [ntk(network, data.x), nntk(network, data, { gamma: 1e-3 })];
      for (const options of [
        { solver: "function-space" },
        { solver: "cg" },
        { method: "trust-region" },
        { method: "lbfgs" },
        { method: "gd", learningRate: 1e-3 },
      ] as TrainOptions[]) {
        await train(network, data, { ...options, maxSteps: 2 });
        results.push(flatten(network.parameters));
      }
      return results;
    }),
  ));

it("more neurons than the jets of which are kept", () =>
  expectSame((engine) =>
    withNetwork({ width: 1151, engine }, async (network) => {
      const cg = { maxIterations: 3 };
      const options: TrainOptions = {
        solver: "cg",
        cg,
        regularization: { policy: "gain-ratio", initial: 1 },
      };
      const { loss } = await train(network, dataset(1300, 1, 1), { ...options, maxSteps: 2 });
      return [[loss], flatten(network.parameters)];
    }),
  ));

it("two threads", async () => {
  const threaded = await guardedEngine("simd", 2);
  const work = (engine: Engine) =>
    withNetwork({ width: 131, engine }, async (network) => {
      const data = dataset(257, 1, 1);
      await train(network, data, { solver: "dense", maxSteps: 2 });
      await train(network, data, { solver: "function-space", maxSteps: 2 });
      await train(network, data, { precision: "mixed", maxSteps: 2 });
      const step = network.newtonStep(data, { gamma: 1e-3, solver: "dense" });
      return [
        flatten(network.parameters),
        flatten(step.step),
        nntk(network, data, { gamma: 1e-3, at: [0.5] }),
        network.hessian(data),
      ];
    });
  await expectSame(work, threaded);
  threaded.engine.dispose();
});

it.each([2, 3, 67, 257])("models of a table of %d rows", (rows) =>
  expectSame(async (engine) => {
    const data = dataset(rows, 3, 1);
    const { model, run } = await Model.fit(data, {
      columns: { inputs: ["a", "b", "c"], target: "y" },
      network: { width: 5, engine },
      evidence: false,
      maxSteps: 3,
    });
    const { rmse, r2 } = model.evaluate(data);
    const results = [model.predict(data.x), [run.loss, rmse, r2]];
    model.dispose();
    return results;
  }),
);

it.each([2, 3, 67, 257])("classes and counts of a table of %d rows", (rows) =>
  expectSame(async (engine) => {
    const { x } = dataset(rows, 3, 1);
    const count = (_: unknown, m: number) => (m * m) % 5;
    const weights = Array.from({ length: rows }, (_, m) => 1 + (m % 3));
    const common = { network: { width: 5, engine }, maxSteps: 3 } as const;
    const results: Float64Array[] = [];
    for (const [loss, classes] of [
      ["logistic", 2],
      ["softmax", 4],
    ] as const) {
      const y = Array.from({ length: rows }, (_, m) => m % classes);
      const data = { x, y, weights };
      const { model } = await Model.fit(data, {
        ...common,
        loss,
        classes: [0, 1, 2, 3].slice(0, classes),
      });
      const { accuracy, logLoss, brier } = model.evaluate(data);
      const { probabilities } = model.predictive(x);
      results.push(
        probabilities,
        Float64Array.from([...model.predict(x), accuracy, logLoss, brier]),
      );
      model.dispose();
    }
    const data = { x, y: Array.from({ length: rows }, count), weights };
    const { model } = await Model.fit(data, { ...common, loss: "poisson" });
    const { rmse, r2 } = model.evaluate(data);
    results.push(model.predict(x), Float64Array.from([rmse, r2]));
    model.dispose();
    return results;
  }),
);

it.each([5, 67, 257])("error bars of a table of %d rows", (rows) =>
  expectSame(async (engine) => {
    const { x, y } = dataset(rows, 3, 1);
    const skewed = (x as number[][]).map(([a, ...rest]) => [Math.exp(3 * a!), ...rest]);
    const data = { x: skewed, y };
    const network = { width: 5, engine };
    const { model } = await Model.fit(data, { network, members: 2, precisions: "layers" });
    const { rmse, logLikelihood } = model.evaluate(data);
    const joint = model.predictive(skewed, { covariance: true, samples: 2 });
    const { mean, sd, lower, upper, covariance, samples } = joint;
    const left = model.leaveOneOut();
    const numbers = [rmse, logLikelihood!, left.logLikelihood, ...model.relevance!];
    const results = [mean, sd, lower, upper, covariance!, ...samples!, left.residuals, numbers];
    model.dispose();
    return results;
  }),
);

describe("theory without a network", () => {
  it.each(activationNames)("limits of %s", (activation) =>
    expectSame(async (engine) => {
      const [x, x2] = [dataset(9, 3, 1).x, dataset(12, 3, 1).x.slice(9)];
      const options = { activation, inputs: 3, engine, tolerance: 1e-6 };
      const { ntk: tangent, nngp } = await limitKernel(x, options);
      const numeric = await limitKernel(x, { ...options, x2, closedForm: false }).catch(() => null);
      const newton = await limitNntk(x, { ...options, gamma: 0.1, x2 });
      return [tangent, nngp, ...(numeric === null ? [] : [numeric.ntk, numeric.nngp]), newton];
    }),
  );

  it.each([1, 2, 65, 130, 257])("spectra and dynamics of order %d", (n) =>
    expectSame(async (engine) => {
      const [x, x2] = [
        grid(n + 1).slice(1),
        grid(6)
          .slice(1)
          .map((v) => v + 0.01),
      ];
      const kernel = await limitKernel(x, { activation: "erf", engine });
      const cross = await limitKernel(x2, { activation: "erf", x2: x, engine });
      const variance = await limitKernel(x2, { activation: "erf", engine });
      const results: ArrayLike<number>[] = [];
      const { values, vectors } = await spectrum(kernel.ntk, { engine });
      results.push(values, vectors, await newtonKernel(kernel.ntk, { gamma: 0.1, engine }));
      results.push(await limitNntk(x, { gamma: 0.1, activation: "erf", x2, engine }));
      for (const time of ["discrete", "continuous"] as const) {
        const states = await limitDynamics({
          kernel: kernel.ntk,
          y: x.map((v) => Math.sin(9 * v)),
          initial: x.map(() => 0.5),
          times: [0, 1, 5],
          time,
          rate: 0.1 / n,
          prior: kernel.nngp,
          at: {
            kernel: cross.ntk,
            initial: x2,
            priorCross: cross.nngp,
            priorVariance: x2.map((_, i) => variance.nngp[i * (x2.length + 1)]!),
          },
          engine,
        });
        for (const { values, at, deviation, atDeviation, loss } of states) {
          results.push(values, at!, deviation!, atDeviation!, [loss]);
        }
      }
      return results;
    }),
  );

  it.each([1, 2, 65, 257])("least squares on %d points", (points) =>
    expectSame(async (engine) => {
      const x = grid(points + 1).slice(1);
      const basis = [1, 2, 3].slice(0, points).map((k) => x.map((v) => Math.sin(k * v)));
      return leastSquares(basis, [x, x.map((v) => v * v)], { engine });
    }),
  );
});

it("sums over shards", async () => {
  const folder = mkdtempSync(join(tmpdir(), "newton-nn-guarded-"));
  const { x, y } = dataset(131, 2, 1);
  const files = [x.slice(0, 65), x.slice(65)].map((rows, part) => {
    const path = join(folder, `${part}.csv`);
    const lines = rows.map(([a, b], m) => `${a},${b},${y[65 * part + m]![0]}`);
    writeFileSync(path, `a,b,y\n${lines.join("\n")}\n`);
    return path;
  });
  const data = { files, inputs: ["a", "b"], target: "y" };
  await expectSame((engine) => {
    inProcess.engine = engine;
    return withNetwork({ width: 17, inputs: 2, engine }, async (network) => {
      const { loss, gradient } = await shardedGradient(network, data);
      const run = await trainSharded(network, data, { maxSteps: 3 });
      return [flatten(gradient), [loss, run.loss], flatten(network.parameters)];
    });
  });
  rmSync(folder, { recursive: true });
});

/** Kernels that the public surface reaches through others alone. */
it.each([1, 2, 5, 65, 129, 257])("kernels of the linear algebra, order %d", (n) =>
  expectSame((engine) => {
    const { core } = engine;
    return engine.scope((arena) => {
      const [order4, order8] = [4, 8].map((lanes) => lanes * Math.ceil(n / lanes)) as [
        number,
        number,
      ];
      const depth = 7;
      const packed = arena.bytes(core.packedBytes(n));
      const factor = arena.bytes(core.packedBytes(n));
      const [panels, reciprocals, right] = [order4 * depth, order4, order4].map((length) =>
        arena.f64(length),
      ) as [number, number, number];
      for (let row = 0; row < n; row++) {
        for (let j = 0; j < depth; j++) {
          const place = (row >> 2) * 4 * depth + 4 * j + (row & 3);
          engine.f64(panels, order4 * depth)[place] = Math.sin(row + 3 * j);
        }
      }
      const fillRight = () => {
        engine.f64(right, n).forEach((_, i, all) => {
          all[i] = Math.cos(i);
        });
      };
      const matrix = (target: number, gamma: number) => {
        core.packedZero(n, target);
        core.packedAddDiagonal(n, target, gamma);
        core.syrk(n, depth, 1, panels, target);
      };
      const progress = arena.bytes(core.progressBytes());
      const begin = () => {
        core.progressStart(progress);
        return progress;
      };
      const results: ArrayLike<number>[] = [];
      matrix(packed, n);
      matrix(factor, n);
      results.push([
        core.packedNorm(n, packed, 1),
        core.potrf(n, factor, reciprocals, begin(), Infinity),
      ]);
      fillRight();
      core.potrs(n, factor, reciprocals, right);
      results.push(engine.f64(right, n).slice());

      const single = arena.bytes(core.mixedFactorBytes(n));
      const scratch = arena.bytes(core.mixedScratchBytes(n));
      results.push([core.mixedPrepare(n, packed, 1, single, scratch)]);
      results.push([core.mixedFactor(n, single, scratch, begin(), Infinity)]);
      // The lower triangle that this leaves is that of a positive definite matrix too.
      results.push([core.spotrf(n, single, arena.bytes(4 * order8), begin(), Infinity)]);

      // Indefinite: some eigenvalues are those of -1 / 4.
      matrix(packed, -0.25);
      const full = arena.f64(n * n);
      core.packedToFull(n, packed, full, n);
      if (n < 100) {
        const [copy, vectors, values] = [n * n, n * n, n].map((length) => arena.f64(length)) as [
          number,
          number,
          number,
        ];
        core.copyVector(n * n, full, copy);
        core.syevj(n, copy, values, vectors);
        results.push(engine.f64(values, n).slice(), engine.f64(vectors, n * n).slice());
      }
      const pivots = arena.bytes(4 * n);
      const work = arena.bytes(core.sytrfWorkBytes(n));
      results.push([
        core.sytrf(n, full, n, pivots, work, begin(), Infinity),
        core.sytrfNegative(n, full, n, pivots),
      ]);
      const x = arena.f64(n);
      core.copyVector(n, right, x);
      core.sytrs(n, full, n, pivots, x);
      results.push(engine.f64(x, n).slice());
      return results;
    });
  }),
);

it("activations, the depth of panels, and random numbers", () =>
  expectSame((engine) => {
    const { core } = engine;
    return engine.scope((arena) => {
      const n = 66;
      const [z, s0, s1, s2] = [n, n, n, n].map((length) => arena.f64(length)) as [
        number,
        number,
        number,
        number,
      ];
      const results: ArrayLike<number>[] = [[core.panelDepth(n)]];
      activationNames.forEach((_, kind) => {
        engine.f64(z, n).set(grid(n).map((v) => 40 * v - 20));
        core.activateJet(kind, n, z, s0, s1, s2);
        core.activate(kind, n, z, z);
        results.push(...[z, s0, s1, s2].map((pointer) => engine.f64(pointer, n).slice()));
      });
      const out = arena.bytes(16);
      core.philox(1, 2, 3, 4, 5, 6, out);
      results.push([...new Uint32Array(core.memory.buffer, out, 4)]);
      return results;
    });
  }));

describe("equations", () => {
  // Points around the blocks of tapes and of features.
  it.each([2, 22, 43, 86, 171])("%d x 3 points", (count) =>
    expectSame((engine) => solveEverything(engine, count)),
  );
});

it("every kernel of the core was called", () => {
  expect(names.size).toBeGreaterThan(80);
  const missing = [...names].filter((name) => !called.has(name));
  expect(missing.sort()).toEqual(UNGUARDED);
});
