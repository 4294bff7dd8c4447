import { limitDynamics } from "../../../theory/dynamics.js";
import { limitNntk, limitNtk } from "../../../theory/limit.js";
import { leastSquares, spectrum } from "../../../theory/spectrum.js";
import type { FollowResult } from "../../experiments/follow.js";
import { grid, wave } from "../../experiments/problems.js";
import type { Figure, Row } from "../../plot/figure.js";
import { band, fitPower } from "../../sweep/statistics.js";
import type { Laboratory } from "../laboratory.js";

/** Networks beside their limit, and how fast the limit learns each frequency. */

const [BETA, RATE, STEPS] = [0.75, 0.1, 40];
const GAMMAS = [1, 0.3, 0.1];
/** Those of the published targets, in units of pi. */
const FREQUENCIES = [1, 2, 4, 5, 8, 10, 16, 20];

export async function followFigure(laboratory: Laboratory): Promise<Figure> {
  const { quick, seeds, run } = laboratory;
  const widths = quick ? [1e2, 1e3, 1e4, 1e5] : [1e2, 3e2, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5];
  const trials = seeds({ quick: 3, full: 10 });
  const results = await run<FollowResult>({
    experiment: "follow",
    settings: { beta: BETA, rate: RATE, steps: STEPS },
    grid: { gamma: GAMMAS, width: widths, seed: trials },
  });
  const rows: Row[] = [];
  const rescued: object[] = [];
  for (const gamma of GAMMAS) {
    for (const width of widths) {
      const runs = trials.map((seed) => results.of({ gamma, width, seed }));
      const { mean, low, high } = band(
        runs.map(({ distance }) => distance),
        0.1,
        0.9,
      );
      rows.push({ series: `γ = ${gamma}`, x: width, y: mean, low, high });
      rescued.push({ gamma, width, steps: runs.reduce((sum, { rescued }) => sum + rescued, 0) });
    }
  }
  const frequencies = await frequencyRates(laboratory);
  return {
    name: "follow",
    title: `Newton training beside the dynamics of the limit, β = ${BETA}, α = ${RATE}, ${STEPS} steps`,
    panels: [
      {
        name: "a",
        title: "largest distance along the run, 16 points, y = 2x + 0.4 sin 5πx",
        x: { title: "width N", log: true },
        y: { title: "max |f - g| / |y|", log: true },
        by: "regularization",
        palette: "category",
        rows,
      },
      {
        name: "b",
        title: "rate at which the limit learns sin kπx, over that of k = 1",
        x: { title: "k", log: false },
        y: { title: "relative rate", log: true },
        by: "method",
        palette: "category",
        rows: frequencies,
      },
    ],
    summary: {
      trials: trials.length,
      slopes: GAMMAS.map((gamma) => {
        const own = rows.filter(({ series }) => series === `γ = ${gamma}`);
        return {
          gamma,
          ...fitPower(
            own.map(({ x }) => x),
            own.map(({ y }) => y),
          ),
        };
      }),
      stepsRegularizedMore: rescued,
      frequencies,
    },
  };
}

/**
 * Initial decay, per unit of time, of the coefficient of each sine while the limit network learns
 * it alone.
 */
async function frequencyRates({ engine }: Laboratory): Promise<Row[]> {
  const x = grid(128);
  const tangent = (await limitNtk(x, { engine })).map((value) => value / x.length);
  const kernels: [string, Float64Array][] = [["gradient descent (NTK)", tangent]];
  for (const gamma of [1e-6, 1e-9, 1e-12]) {
    kernels.push([
      `Newton (NNTK), γ = ${gamma.toExponential(0)}`,
      await limitNntk(x, { gamma, engine }),
    ]);
  }
  const rows: Row[] = [];
  for (const [series, kernel] of kernels) {
    const { values } = await spectrum(kernel, { engine });
    // So short a time that the coefficient falls linearly.
    const time = 1e-6 / values[0]!;
    const rates: number[] = [];
    for (const k of FREQUENCIES) {
      const sines = wave(engine, k, x);
      const [state] = await limitDynamics({
        kernel,
        y: sines,
        time: "continuous",
        times: [time],
        engine,
      });
      const [coefficient] = await leastSquares([sines], [state!.values], { engine });
      rates.push(coefficient![0]! / time);
    }
    rows.push(...rates.map((rate, i) => ({ series, x: FREQUENCIES[i]!, y: rate / rates[0]! })));
  }
  return rows;
}
