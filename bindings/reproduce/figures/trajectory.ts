import type { TrainOptions } from "../../types.js";
import { resultOf } from "../cells.js";
import type { Figure, Panel, Row } from "../figure.js";
import type { Laboratory } from "../laboratory.js";
import { bestRate, pilotCell, RATES } from "../pilot.js";
import { COMPONENTS } from "../problems.js";
import { band, mean } from "../statistics.js";
import { type TrajectoryCell, type TrajectoryResult, trajectoryCell } from "../trajectory.js";

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
  const { engine, quick, seeds, run } = laboratory;
  const width = 1000;
  const trials = seeds({ quick: 2, full: 10 });
  const pilots = quick ? trials.slice(0, 1) : trials;
  const [first, second] = quick ? [4000, 400] : [100_000, 10_000];
  const rateOf = async (method: "gd" | "adam") => {
    const cellOf = (rate: number, seed: number) => pilotCell(engine, { method, rate, width, seed });
    const done = await run(RATES.flatMap((rate) => pilots.map((seed) => cellOf(rate, seed))));
    const losses = RATES.map(
      (rate) => [rate, pilots.map((seed) => resultOf(done, cellOf(rate, seed).id).loss)] as const,
    );
    return bestRate(new Map(losses));
  };
  const rates = { gd: await rateOf("gd"), adam: await rateOf("adam") };
  const methods: Omit<TrajectoryCell, "width" | "seed">[] = [
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
  const cells = methods.map((method) => ({
    method: method.method,
    cells: trials.map((seed) => trajectoryCell(engine, { ...method, width, seed })),
  }));
  const results = await run(cells.flatMap(({ cells }) => cells));
  const runs = cells.map(({ method, cells }) => ({
    method,
    results: cells.map(({ id }) => resultOf(results, id)),
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
  const names = Object.keys(COMPONENTS);
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
        rows: rows("components", names),
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
