import { beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../bindings/index.js";
import type { Settings } from "../../bindings/lab/experiments/experiment.js";
import { RATES } from "../../bindings/lab/experiments/pilot.js";
import { BETA, COMPONENT_NAMES, oneStepProblem } from "../../bindings/lab/experiments/problems.js";
import type { Figure, Row } from "../../bindings/lab/plot/figure.js";
import { followFigure } from "../../bindings/lab/reproduce/figures/follow.js";
import { kernelFigure, lossFigure } from "../../bindings/lab/reproduce/figures/one-step.js";
import {
  componentFigure,
  trajectoryFigure,
} from "../../bindings/lab/reproduce/figures/trajectory.js";
import type { Laboratory } from "../../bindings/lab/reproduce/laboratory.js";
import { makeCell } from "../../bindings/lab/sweep/cell.js";
import { expandPlan } from "../../bindings/lab/sweep/plan.js";
import { limitDynamics } from "../../bindings/theory/dynamics.js";
import { limitNntk } from "../../bindings/theory/limit.js";

/**
 * Figures of experiments that follow known laws: what the figures say of them has to be these laws.
 */

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});

/** Settings of all the experiments; each has some of them. */
interface Varied {
  readonly width: number;
  readonly seed: number;
  readonly gamma: number;
  readonly gammas: readonly number[];
  readonly margin: boolean;
  readonly rate: number;
  readonly method: string;
  readonly options: { readonly method: string; readonly regularization?: object };
}
type Law = (settings: Varied, experiment: string) => unknown;

/**
 * Every cell of a plan has the result of the law; a cell that is in no plan is asked for in vain.
 */
function laboratory(law: Law, quick = true): Laboratory {
  return {
    engine,
    quick,
    seeds: (usual) =>
      Array.from({ length: quick ? usual.quick : Math.min(usual.full, 3) }, (_, seed) => seed),
    run: async <T>(plan: Parameters<Laboratory["run"]>[0]) => {
      const { experiment = "train", settings } = plan;
      const known = new Set(expandPlan(plan, new Map()).map(({ id }) => id));
      return {
        of: (varied: Settings) => {
          const cell = makeCell(experiment, { ...settings, ...varied });
          expect(known).toContain(cell.id);
          return law(cell.settings as unknown as Varied, experiment) as T;
        },
      };
    },
  };
}

const panel = (figure: Figure, name: string) => figure.panels.find((one) => one.name === name)!;
const curve = (rows: readonly Row[], name: string) => rows.filter(({ series }) => series === name);
const labels = (rows: readonly Row[]) => [...new Set(rows.map(({ series }) => series))];

describe("one step from initialization", () => {
  /**
   * Trials scatter by a factor that is symmetric about one; the largest and the smallest lie
   * outside of the band.
   */
  const scatter = (seed: number) => 1 + (seed - 2.5) / 100;
  const law: Law = ({ width, gammas, seed, margin }) => ({
    smallest: margin ? -3e-4 * width ** (1 - 2 * BETA) : null,
    steps: gammas.map((gamma) => ({
      gamma,
      linearLoss: gamma * scatter(seed),
      realLoss: 2 * gamma * scatter(seed),
      updateMax: (width ** (BETA - 1) / gamma) * scatter(seed),
      kernelDistance: (width ** -0.4 / gamma) * scatter(seed),
      exactDistance: null,
    })),
  });

  it("figure 1: means of the trials, bands around them, and the loss of the limit", async () => {
    const figure = await lossFigure(laboratory(law));
    expect(figure.summary).toMatchObject({ trials: 6 });
    const linear = panel(figure, "b").rows;
    expect(labels(linear)).toHaveLength(10);
    for (const { y, low, high } of curve(linear, "γ = 1e-3")) {
      expect(y).toBeCloseTo(1e-3, 12);
      expect(low).toBeLessThan(y);
      expect(high).toBeGreaterThan(y);
    }
    for (const { y } of curve(panel(figure, "c").rows, "γ = 1e-3")) expect(y).toBeCloseTo(2e-3, 12);
    const { x, y } = oneStepProblem(engine, 5);
    const kernel = await limitNntk(x, { gamma: 1e-3, engine });
    const [step] = await limitDynamics({ kernel, y, times: [1], engine });
    const limit = curve(panel(figure, "b").references!, "limit, γ = 1e-3");
    expect(limit.map(({ x }) => x)).toEqual([10, 100_000]);
    for (const { y: loss } of limit) {
      expect(loss).toBeCloseTo(step!.loss / y.reduce((sum, v) => sum + v * v, 0), 14);
    }
    // The limit loses what gamma keeps of it: less with each decade.
    const losses = panel(figure, "b").references!.map(({ y }) => y);
    expect([...losses].sort((a, b) => b - a)).toEqual(losses);
  });

  it("figure 1: the spectra of the kernels, that of the Newton kernel nearer to one", async () => {
    const { rows } = panel(await lossFigure(laboratory(law)), "a");
    const tangent = curve(rows, "NTK / largest").map(({ y }) => y);
    const newton = curve(rows, "NNTK, γ = 1e-10").map(({ y }) => y);
    expect(tangent[0]).toBe(1);
    expect(newton).toHaveLength(16);
    for (const [i, value] of newton.entries()) {
      expect(value).toBeLessThan(1 + 1e-9);
      expect(value).toBeGreaterThan(tangent[i]! * 0.99);
    }
    expect(newton[8]).toBeGreaterThan(0.9);
  });

  it("says which gammas leave the Hessian indefinite", async () => {
    for (const make of [lossFigure, kernelFigure]) {
      const { definiteness } = (await make(laboratory(law))).summary as {
        definiteness: { width: number; smallestEigenvalue: number; indefinite: number[] }[];
      };
      expect(definiteness.map(({ width }) => width)).toEqual([
        10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5,
      ]);
      for (const { width, smallestEigenvalue, indefinite } of definiteness) {
        expect(smallestEigenvalue).toBeCloseTo(-3e-4 * width ** (1 - 2 * BETA), 15);
        expect(indefinite).toEqual([1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10]);
      }
    }
  });

  it("figure 2: slopes of the laws, and a reference line of the slope of the theory", async () => {
    const figure = await kernelFigure(laboratory(law));
    const { slopesFrom200 } = figure.summary as {
      slopesFrom200: { gamma: number; update: { slope: number }; kernel: { slope: number } }[];
    };
    expect(slopesFrom200).toHaveLength(10);
    for (const { update, kernel } of slopesFrom200) {
      expect(update.slope).toBeCloseTo(BETA - 1, 10);
      expect(kernel.slope).toBeCloseTo(-0.4, 10);
    }
    const [from, to] = panel(figure, "b").references!;
    expect(Math.log(to!.y / from!.y) / Math.log(to!.x / from!.x)).toBeCloseTo(BETA - 1, 12);
  });

  it("looks at wider networks and more trials where there is time", async () => {
    const { panels, summary } = await kernelFigure(laboratory(law, false));
    expect(Math.max(...panels[0]!.rows.map(({ x }) => x))).toBe(1e6);
    expect(summary).toMatchObject({ trials: 3 });
  });
});

describe("training on the published problem", () => {
  const STEPS = [0, 1, 2, 5, 10];
  /**
   * Adam is best at the fourth rate, gradient descent at the sixth; one trial of plain Newton
   * stalls early.
   */
  const law: Law = ({ rate, method, options, seed }, experiment) => {
    if (experiment === "pilot") {
      const best = RATES[method === "adam" ? 3 : 5]!;
      return { loss: rate > 1 ? null : Math.abs(Math.log(rate / best)) };
    }
    const stalls = options.method === "newton" && options.regularization === undefined && seed > 0;
    return {
      points: STEPS.slice(0, stalls ? 3 : 5).map((step) => ({
        step,
        seconds: 0.1 * step * (seed + 1),
        loss: 2 ** -step,
        components: COMPONENT_NAMES.map((_, i) => (i + 1) * 3 ** -step),
        modes: [0, 1, 2, 3, 4].map((i) => (i + 1) * 5 ** -step),
      })),
      loss: 2 ** -10 * (seed + 1),
      modes: [0, 1, 3, 8, 9],
    };
  };

  it("figure 3: the best rates of a pilot, and curves as long as the shortest run", async () => {
    const figure = await trajectoryFigure(laboratory(law));
    expect(figure.summary).toMatchObject({
      trials: 2,
      learningRates: { gd: RATES[5], adam: RATES[3] },
      finalLoss: { Adam: [2 ** -10, 2 ** -9] },
    });
    const { rows } = panel(figure, "a");
    expect(labels(rows)).toHaveLength(5);
    const points = (name: string) => curve(rows, name).map(({ x, y }) => [x, y]);
    expect(points("Adam")).toEqual([1, 2, 5, 10].map((step) => [step, 2 ** -step]));
    expect(points("Newton, default")).toEqual([1, 2].map((step) => [step, 2 ** -step]));
    const times = curve(panel(figure, "b").rows, "Adam").map(({ x }) => x);
    for (const [i, time] of times.entries()) expect(time).toBeCloseTo(0.15 * STEPS[i + 1]!, 12);
  });

  it("figure 5: a panel of components and one of modes for each method", async () => {
    const figure = await componentFigure(laboratory(law, false));
    expect(figure.panels).toHaveLength(10);
    expect(figure.summary).toMatchObject({ trials: 3, modes: [1, 2, 4, 9, 10] });
    const components = panel(figure, "components, Adam").rows;
    expect(labels(components)).toEqual(COMPONENT_NAMES);
    expect(curve(components, "x").map(({ y }) => y)).toEqual([1, 2, 5, 10].map((k) => 3 ** -k));
    const modes = panel(figure, "modes, Adam").rows;
    expect(labels(modes)).toEqual(["mode 1", "mode 2", "mode 4", "mode 9", "mode 10"]);
    expect(curve(modes, "mode 4").map(({ y }) => y)).toEqual(
      [1, 2, 5, 10].map((step) => 3 * 5 ** -step),
    );
  });
});

describe("networks beside their limit", () => {
  const law: Law = ({ width, gamma, seed }) => ({
    distance: width ** -0.3 / gamma,
    left: 0,
    limitLeft: 0,
    rescued: seed,
  });

  let figure: Figure;
  beforeAll(async () => {
    figure = await followFigure(laboratory(law));
  });

  it("has the slope of the distance, and how often a step was regularized more", () => {
    const { slopes, stepsRegularizedMore } = figure.summary as {
      slopes: { gamma: number; slope: number }[];
      stepsRegularizedMore: { steps: number }[];
    };
    expect(slopes.map(({ gamma }) => gamma)).toEqual([1, 0.3, 0.1]);
    for (const { slope } of slopes) expect(slope).toBeCloseTo(-0.3, 10);
    // Three gammas, four widths; seeds 0, 1, 2.
    expect(stepsRegularizedMore.map(({ steps }) => steps)).toEqual(Array(12).fill(3));
  });

  it("finds Newton to learn frequencies the more alike the less it is regularized, gradient descent at rates that differ by hundreds", () => {
    const { rows } = panel(figure, "b");
    const rates = (name: string) => curve(rows, name).map(({ y }) => y);
    const descent = rates("gradient descent (NTK)");
    expect(descent[0]).toBe(1);
    // Frequencies are 1, 2, 4, 5, 8, 10, 16, 20; the network has an easier time with odd ones.
    for (const [even, next] of [[1, 2], [2, 4], [4, 5], [5, 6], [6, 7]] as const) // biome-ignore format: pairs
      expect(descent[next]).toBeLessThan(descent[even]!);
    expect(descent.at(-1)).toBeLessThan(1 / 500);
    const newton = ["1e-6", "1e-9", "1e-12"].map((gamma) => rates(`Newton (NNTK), γ = ${gamma}`));
    for (const own of newton) {
      for (const [i, rate] of own.slice(1).entries()) {
        expect(rate).toBeGreaterThan(2 * descent[i + 1]!);
        expect(rate).toBeLessThan(1.1);
      }
    }
    // The less it is regularized, the more alike.
    const last = newton.map((rates) => rates.at(-1)!);
    expect([...last].sort((a, b) => a - b)).toEqual(last);
  });
});
