import type { Engine } from "../../../engine/engine.js";
import { limitDynamics } from "../../../theory/dynamics.js";
import { limitNntk, limitNtk } from "../../../theory/limit.js";
import { spectrum } from "../../../theory/spectrum.js";
import type { OneStepResult } from "../../experiments/one-step.js";
import { BETA, oneStepProblem } from "../../experiments/problems.js";
import type { Figure, Row } from "../../plot/figure.js";
import { band, fitPower } from "../../sweep/statistics.js";
import type { Laboratory } from "../laboratory.js";

/** Figures 1 and 2: one step from initialization. */

const GAMMAS = Array.from({ length: 10 }, (_, i) => Number(`1e-${i + 1}`));
/** Networks whose exact Hessian is looked at too. */
const MARGIN_TRIALS = 2;

const widths = (quick: boolean) => {
  const all = [1, 2, 3, 4, 5].flatMap((power) =>
    [1, 2, 5].map((factor) => Number(`${factor}e${power}`)),
  );
  return quick ? all.filter((width) => width <= 1e5) : [...all, 1e6];
};

const label = (gamma: number) => `γ = ${gamma.toExponential(0)}`;

interface Trials {
  readonly width: number;
  readonly results: readonly OneStepResult[];
}

async function runTrials({ quick, seeds, run }: Laboratory, frequency: number): Promise<Trials[]> {
  const all = widths(quick);
  const trials = seeds({ quick: 6, full: 100 });
  const [watched, others] = [trials.slice(0, MARGIN_TRIALS), trials.slice(MARGIN_TRIALS)];
  const results = await run<OneStepResult>({
    experiment: "one-step",
    settings: { frequency, beta: BETA, gammas: GAMMAS, exact: false },
    grid: [
      { width: all, margin: [true], seed: watched },
      ...(others.length === 0 ? [] : [{ width: all, margin: [false], seed: others }]),
    ],
  });
  return all.map((width) => ({
    width,
    results: trials.map((seed, trial) =>
      results.of({ width, margin: trial < MARGIN_TRIALS, seed }),
    ),
  }));
}

/**
 * One curve a gamma: a quantity against the width, the mean of what lies between the 10 and 90
 * percent quantiles, and that band.
 */
function curves(
  trials: readonly Trials[],
  value: (step: OneStepResult["steps"][number]) => number,
): Row[] {
  return GAMMAS.flatMap((gamma, g) =>
    trials.map(({ width, results }) => {
      const { mean, low, high } = band(
        results.map(({ steps }) => value(steps[g]!)),
        0.1,
        0.9,
        true,
      );
      return { series: label(gamma), x: width, y: mean, low, high };
    }),
  );
}

/**
 * Where H + gamma_N I was positive definite: the least gamma_N at each width, from the smallest
 * eigenvalue of H.
 */
function definiteness(engine: Engine, trials: readonly Trials[]): object[] {
  return trials.map(({ width, results }) => {
    const smallest = results.flatMap(({ smallest }) => (smallest === null ? [] : [smallest]));
    const scale = engine.core.scaledGamma(1, width, BETA);
    const least = -Math.min(...smallest) / scale;
    return {
      width,
      smallestEigenvalue: Math.min(...smallest),
      indefinite: GAMMAS.filter((gamma) => gamma <= least),
    };
  });
}

export async function lossFigure(laboratory: Laboratory): Promise<Figure> {
  const { engine } = laboratory;
  const { x, y } = oneStepProblem(engine, 5);
  const square = y.reduce((sum, value) => sum + value * value, 0);
  const trials = await runTrials(laboratory, 5);
  const { values } = await spectrum(await limitNtk(x, { engine }), { engine });
  const spectra: Row[] = [...values].map((value, i) => ({
    series: "NTK / largest",
    x: i + 1,
    y: value / values[0]!,
  }));
  const limits: Row[] = [];
  const [first, last] = [trials[0]!.width, trials.at(-1)!.width];
  for (const [g, gamma] of GAMMAS.entries()) {
    const kernel = await limitNntk(x, { gamma, engine });
    const newton = await spectrum(kernel, { engine });
    // 1e-2, 1e-4, ...
    if (g % 2 === 1) {
      spectra.push(
        ...[...newton.values].map((value, i) => ({
          series: `NNTK, ${label(gamma)}`,
          x: i + 1,
          y: value,
        })),
      );
    }
    const [step] = await limitDynamics({ kernel, y, times: [1], engine });
    const loss = step!.loss / square;
    limits.push(
      ...[first, last].map((width) => ({ series: `limit, ${label(gamma)}`, x: width, y: loss })),
    );
  }
  const width = { title: "width N", log: true };
  const loss = { title: "L(θ₁) / |y|²", log: true, domain: [1e-7, 1e3] as const };
  return {
    name: "fig1",
    title: "One step from initialization, y = 2x + 0.4 sin 5πx, 16 points",
    panels: [
      {
        name: "a",
        title: "eigenvalues of the limit kernels",
        x: { title: "index", log: false },
        y: { title: "eigenvalue", log: true, domain: [1e-16, 2] },
        by: "kernel",
        palette: "category",
        rows: spectra,
      },
      {
        name: "b",
        title: "loss after one step, linear prediction; dotted: infinite width",
        x: width,
        y: loss,
        by: "regularization",
        palette: "sequence",
        rows: curves(trials, ({ linearLoss }) => linearLoss),
        references: limits,
      },
      {
        name: "c",
        title: "loss of the network after the real step; dotted: infinite width",
        x: width,
        y: loss,
        by: "regularization",
        palette: "sequence",
        rows: curves(trials, ({ realLoss }) => realLoss),
        references: limits,
      },
    ],
    summary: { trials: trials[0]!.results.length, definiteness: definiteness(engine, trials) },
  };
}

/** A straight line on log-log axes through a point, with a given slope. */
function slopeLine(
  series: string,
  from: { x: number; y: number },
  to: number,
  slope: number,
): Row[] {
  return [
    { series, ...from },
    { series, x: to, y: from.y * (to / from.x) ** slope },
  ];
}

export async function kernelFigure(laboratory: Laboratory): Promise<Figure> {
  const trials = await runTrials(laboratory, 20);
  const [first, last] = [trials[0]!.width, trials.at(-1)!.width];
  const updates = curves(trials, ({ gamma, updateMax }) => gamma * updateMax);
  const kernels = curves(trials, ({ gamma, kernelDistance }) => gamma * kernelDistance);
  const slope = -(1 - BETA);
  const reference = (rows: readonly Row[]) =>
    slopeLine("slope -(1 - β)", { x: first, y: 3 * rows[0]!.y }, last, slope);
  const fits = GAMMAS.map((gamma) => {
    const slopeOf = (rows: readonly Row[]) => {
      const own = rows.filter(({ series, x }) => series === label(gamma) && x >= 200);
      return fitPower(
        own.map(({ x }) => x),
        own.map(({ y }) => y),
      );
    };
    return { gamma, update: slopeOf(updates), kernel: slopeOf(kernels) };
  });
  const width = { title: "width N", log: true };
  const shared = { x: width, by: "regularization", palette: "sequence" } as const;
  return {
    name: "fig2",
    title: "One step from initialization, y = 2x + 0.4 sin 20πx, 16 points",
    panels: [
      {
        name: "a",
        title: "largest change of a parameter; dotted: slope -(1 - β)",
        ...shared,
        y: { title: "γ max |Δθ|", log: true },
        rows: updates,
        references: reference(updates),
      },
      {
        name: "b",
        title: "distance of the Newton kernel from its limit; dotted: slope -(1 - β)",
        ...shared,
        y: { title: "γ |K_N - K_∞| / |K_∞|", log: true },
        rows: kernels,
        references: reference(kernels),
      },
    ],
    summary: {
      trials: trials[0]!.results.length,
      slopesFrom200: fits,
      definiteness: definiteness(laboratory.engine, trials),
    },
  };
}
