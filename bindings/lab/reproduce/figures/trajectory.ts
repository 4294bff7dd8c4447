import type { TrainOptions } from "../../../training/options.js";
import { type PilotResult, RATES } from "../../experiments/pilot.js";
import { COMPONENT_NAMES } from "../../experiments/problems.js";
import type { TrajectoryResult } from "../../experiments/trajectory.js";
import type { Figure, Panel, Row } from "../../plot/figure.js";
import { band, mean } from "../../sweep/statistics.js";
import { bestRate } from "../best-rate.js";
import type { Laboratory } from "../laboratory.js";

/** Figures 3 and 5: training on the published problem. */

interface Runs {
  readonly method: string;
  readonly results: readonly TrajectoryResult[];
}

interface Trained {
  readonly runs: readonly Runs[];
  readonly rates: { readonly gd: number; readonly adam: number };
}

const PUBLISHED: TrainOptions = {
  regularization: { policy: "adaptive" },
  curvature: "exact",
  solver: "function-space",
};

async function trainAll(laboratory: Laboratory): Promise<Trained> {
  const { quick, seeds, run } = laboratory;
  const width = 1000;
  const trials = seeds({ quick: 2, full: 10 });
  const pilots = quick ? trials.slice(0, 1) : trials;
  const [first, second] = quick ? [4000, 400] : [100_000, 10_000];
  const pilot = await run<PilotResult>({
    experiment: "pilot",
    settings: { width },
    grid: { method: ["gd", "adam"], rate: RATES, seed: pilots },
  });
  const rateOf = (method: "gd" | "adam") =>
    bestRate(
      new Map(
        RATES.map((rate) => [rate, pilots.map((seed) => pilot.of({ method, rate, seed }).loss)]),
      ),
    );
  const rates = { gd: rateOf("gd"), adam: rateOf("adam") };
  const methods: { method: string; options: TrainOptions; maxSteps: number }[] = [
    {
      method: "gradient descent",
      options: { method: "gd", learningRate: rates.gd },
      maxSteps: first,
    },
    { method: "Adam", options: { method: "adam", learningRate: rates.adam }, maxSteps: first },
    {
      method: "Gauss-Newton, published damping",
      options: {
        method: "gauss-newton",
        regularization: { policy: "adaptive" },
        solver: "function-space",
      },
      maxSteps: second,
    },
    {
      method: "Newton, published damping",
      options: { method: "newton", ...PUBLISHED },
      maxSteps: second,
    },
    { method: "Newton, default", options: { method: "newton" }, maxSteps: second },
  ];
  const results = await run<TrajectoryResult>({
    experiment: "trajectory",
    settings: { width },
    grid: methods.map(({ options, maxSteps }) => ({
      options: [options],
      maxSteps: [maxSteps],
      seed: trials,
    })),
  });
  const runs = methods.map(({ method, options, maxSteps }) => ({
    method,
    results: trials.map((seed) => results.of({ options, maxSteps, seed })),
  }));
  return { runs, rates };
}

/** A curve a method: points of all seeds at the same step, the mean and a band. */
function curves(
  runs: readonly Runs[],
  x: "step" | "seconds",
  value: (point: TrajectoryResult["points"][number]) => number,
  [low, high]: readonly [number, number],
): Row[] {
  return runs.flatMap(({ method, results }) => {
    // A run that stalls is shorter than the others.
    const count = Math.min(...results.map(({ points }) => points.length));
    return Array.from({ length: count - 1 }, (_, index) => {
      const points = results.map(({ points }) => points[index + 1]!);
      const { mean: y, ...bounds } = band(points.map(value), low, high);
      return { series: method, x: mean(points.map((point) => point[x])), y, ...bounds };
    });
  });
}

export async function trajectoryFigure(laboratory: Laboratory): Promise<Figure> {
  const { runs, rates } = await trainAll(laboratory);
  const panel = (name: string, x: "step" | "seconds", title: string): Panel => ({
    name,
    title,
    x: { title: x === "step" ? "step" : "seconds in the optimizer", log: true },
    y: { title: "best loss so far", log: true },
    by: "method",
    palette: "category",
    rows: curves(runs, x, ({ loss }) => loss, [0.1, 0.9]),
  });
  return {
    name: "fig3",
    title: "Training on the published problem, N = 1000, 128 points",
    panels: [panel("a", "step", "loss against step"), panel("b", "seconds", "loss against time")],
    summary: {
      trials: runs[0]!.results.length,
      learningRates: rates,
      finalLoss: Object.fromEntries(
        runs.map(({ method, results }) => [method, results.map(({ loss }) => loss)]),
      ),
    },
  };
}

export async function componentFigure(laboratory: Laboratory): Promise<Figure> {
  const { runs } = await trainAll(laboratory);
  const shared = {
    x: { title: "step", log: true },
    y: { title: "relative error", log: true },
    palette: "category",
  } as const;
  const panels: Panel[] = runs.flatMap((own) => {
    const { method, results } = own;
    const rows = (pick: "components" | "modes", labels: readonly string[]): Row[] =>
      labels.flatMap((label, index) =>
        curves([own], "step", (point) => point[pick][index]!, [0.05, 0.95]).map((row) => ({
          ...row,
          series: label,
        })),
      );
    const modes = results[0]!.modes.map((mode) => `mode ${mode + 1}`);
    return [
      {
        name: `components, ${method}`,
        title: `${method}: components of the target`,
        by: "component",
        ...shared,
        rows: rows("components", COMPONENT_NAMES),
      },
      {
        name: `modes, ${method}`,
        title: `${method}: modes of the initial NTK`,
        by: "eigenvector",
        ...shared,
        rows: rows("modes", modes),
      },
    ];
  });
  return {
    name: "fig5",
    title: "Error of each component while training, N = 1000, 128 points",
    panels,
    summary: {
      trials: runs[0]!.results.length,
      modes: runs[0]!.results[0]!.modes.map((mode) => mode + 1),
    },
  };
}
