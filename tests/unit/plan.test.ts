import { describe, expect, it } from "vitest";
import { loadDataset } from "../../bindings/data/load.js";
import { MEMORY_LIMIT } from "../../bindings/engine/memory.js";
import {
  type Curvature,
  createEngine,
  type Dataset,
  type Engine,
  type Precision,
} from "../../bindings/index.js";
import { Linearization } from "../../bindings/objective/linearization.js";
import { Point } from "../../bindings/objective/point.js";
import { Problem } from "../../bindings/objective/problem.js";
import { paddedCount, type Shape } from "../../bindings/shape/shape.js";
import { planSolver } from "../../bindings/solvers/plan.js";
import { certifyingSolverNames, createSolver } from "../../bindings/solvers/table.js";
import { run } from "../../bindings/support/pauses.js";
import { planarProblem } from "./support.js";

type Named = "dense" | "function-space" | "cg";

interface Setting {
  readonly width: number;
  readonly samples: number;
  readonly inputs?: number;
  readonly outputs?: number;
  readonly curvature?: Curvature;
}

/** A linearization in memory of its own, at parameters that are small numbers. */
async function withLinearization<T>(
  { width, samples, inputs = 2, outputs = 1, curvature = "exact" }: Setting,
  work: (linearization: Linearization, engine: Engine, open: () => ReturnType<Engine["open"]>) => T,
): Promise<T> {
  using engine = await createEngine();
  const shape: Shape = { inputs, outputs, width, beta: 0.52, activation: "tanh" };
  return engine.scope((arena) => {
    const { x, y } = planarProblem(samples, inputs);
    const targets = outputs === 1 ? y : (y as number[]).map((v) => Array(outputs).fill(v));
    const loaded = loadDataset(engine, arena, { x, y: targets } as Dataset, shape);
    const problem = new Problem(engine, arena, shape, loaded);
    const point = new Point(problem, arena, { keepJets: true });
    const values = engine.f64(point.leave(), problem.parameters);
    values.forEach((_, p) => {
      values[p] = Math.sin(3 * p + 1);
    });
    const linearization = new Linearization(point, arena, curvature);
    point.evaluate();
    linearization.moveTo(point);
    return work(linearization, engine, () => engine.open());
  });
}

const countsOf = (linearization: Linearization, name: Named, precision: Precision = "float64") =>
  planSolver(linearization, name, precision).candidates.find(({ solver }) => solver === name)!;

describe("the plan of the solvers", () => {
  it.each([
    { width: 7, samples: 5, inputs: 2, outputs: 3 },
    { width: 40, samples: 64, inputs: 1, outputs: 1 },
  ])("counts the operations of each: %o", async ({ width, samples, inputs, outputs }) => {
    await withLinearization({ width, samples, inputs, outputs }, (linearization) => {
      const P = width * (inputs + 1 + outputs);
      // Rows are padded to whole vectors.
      const R = outputs * 2 * Math.ceil(samples / 2);
      const { candidates } = planSolver(linearization, "auto", "float64");
      const flops = Object.fromEntries(candidates.map(({ solver, flops }) => [solver, flops]));
      const product = 2 * P * samples * outputs;
      expect(linearization.problem.rows).toBe(R);
      expect(flops).toEqual({
        dense: P ** 2 * R + P ** 3 / 3,
        // Four products with J or its transpose, and two an iteration of conjugate gradients, at a
        // quarter of the speed.
        "function-space": P * R ** 2 + R ** 3 / 3 + 16 * product,
        // The preconditioner decomposes a block a neuron, by Jacobi rotations at this size.
        cg: 100 * 8 * product + 200 * width * (inputs + 1 + outputs) ** 3,
      });
    });
  });

  it.each([
    { width: 1000, samples: 20, solver: "function-space" },
    { width: 5, samples: 900, solver: "dense" },
    { width: 2000, samples: 2000, solver: "cg" },
  ] as const)("takes the one with the fewest: %o", async ({ width, samples, solver }) => {
    await withLinearization({ width, samples }, (linearization) => {
      const plan = planSolver(linearization, "auto", "float64");
      const least = plan.candidates.toSorted((a, b) => a.flops - b.flops)[0]!;
      expect([plan.solver, least.solver]).toEqual([solver, solver]);
      // Mixed precision is a matter of the dense solver alone.
      expect(planSolver(linearization, "auto", "mixed").solver).toBe("dense");
      for (const asked of ["dense", "function-space", "cg"] as const) {
        expect(planSolver(linearization, asked, "float64").solver).toBe(asked);
      }
    });
  });

  it("takes the cheaper of those it may: where the inertia has to be known, not always the same", async () => {
    await withLinearization({ width: 2000, samples: 10_000 }, (linearization) => {
      const plan = (among?: readonly ("dense" | "function-space" | "cg")[]) =>
        planSolver(linearization, "auto", "float64", false, among).solver;
      expect([plan(), plan(certifyingSolverNames)]).toEqual(["cg", "dense"]);
    });
    await withLinearization({ width: 2000, samples: 2000 }, (linearization) => {
      const { solver } = planSolver(linearization, "auto", "float64", false, certifyingSolverNames);
      expect(solver).toBe("function-space");
    });
  });

  const curvatures = ["exact", "absolute", "positive", "gauss-newton"] as const;
  const memory = curvatures.flatMap((curvature) =>
    [
      { solver: "dense", precision: "float64" },
      { solver: "dense", precision: "mixed" },
      { solver: "function-space", precision: "float64" },
      { solver: "cg", precision: "float64" },
    ].map((each) => ({ curvature, ...each }) as const),
  );

  it.each(memory)("foresees the bytes that a solver takes: %o", async (each) => {
    const { curvature } = each;
    const solver = each.solver as Named;
    const precision = each.precision as Precision;
    await withLinearization(
      { width: 120, samples: 90, curvature },
      (linearization, engine, open) => {
        const plan = planSolver(linearization, solver, precision);
        const { bytes } = countsOf(linearization, solver, precision);
        const { rows, shape } = linearization.problem;
        const ours = open();
        const step = ours.f64(paddedCount(shape));
        const image = ours.f64(rows);
        const arena = open();
        const before = engine.bytesUsed;
        const made = createSolver(plan, linearization, arena, precision, {});
        run(made.linearizing());
        // Large enough for every curvature: H + gamma I is definite.
        expect(run(made.factoring(50))).toBeNull();
        expect(run(made.solving(linearization.point.residual, step, image))).toBeNull();
        const taken = engine.bytesUsed - before;
        // Beside what is counted: vectors of the length of a row or a column, and padding.
        expect(taken).toBeLessThanOrEqual(bytes + 8 * 6 * (rows + 360));
        // Mixed precision has to have room for a float64 factor, and takes it only when it does not
        // converge.
        const reserve = precision === "mixed" ? engine.core.packedBytes(360 + 120) : 0;
        expect(bytes).toBeLessThanOrEqual(1.1 * taken + reserve);
        arena.close();
        ours.close();
      },
    );
  });

  it("leaves out what does not fit, and says what would", async () => {
    await withLinearization({ width: 12_000, samples: 12 }, (linearization, engine) => {
      const room = MEMORY_LIMIT - engine.bytesUsed;
      const dense = countsOf(linearization, "function-space");
      expect(dense.bytes).toBeLessThan(room);
      expect(planSolver(linearization, "auto", "float64").solver).toBe("function-space");
      for (const [solver, precision] of [
        ["dense", "float64"],
        ["auto", "mixed"],
      ] as const) {
        expect(() => planSolver(linearization, solver, precision)).toThrow(
          /dense solver needs \d+ MiB for 48000 parameters.*"function-space" or "cg" would fit/,
        );
      }
    });
  });
});
