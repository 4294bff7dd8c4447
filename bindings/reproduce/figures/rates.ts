import { limitNntk } from "../../theory/limit.js";
import { resultOf } from "../cells.js";
import type { Figure, Row } from "../figure.js";
import type { Laboratory } from "../laboratory.js";
import { oneStepCell } from "../one-step.js";
import { oneStepProblem } from "../problems.js";
import { band, fitPower } from "../statistics.js";

/** How fast the largest update and the Newton kernel approach their limits as N grows, for several beta. */

const BETAS = [0.52, 0.6, 0.75];
const GAMMA = 1;
const FREQUENCY = 5;

export async function ratesFigure({ engine, quick, seeds, run }: Laboratory): Promise<Figure> {
  const widths = [2, 3, 4, 5, 6].flatMap((power) =>
    power === 6 ? [1e6] : [1, 2, 5].map((f) => f * 10 ** power),
  );
  const used = quick ? widths.filter((width) => width <= 1e5) : widths;
  const { x } = oneStepProblem(FREQUENCY);
  const limits = new Map([[GAMMA, await limitNntk(x, { gamma: GAMMA, engine })]]);
  const trials = seeds({ quick: 10, full: 40 });
  const cellOf = (beta: number, width: number, seed: number) =>
    oneStepCell(
      engine,
      { frequency: FREQUENCY, width, beta, gammas: [GAMMA], seed, margin: false, exact: true },
      limits,
    );
  const results = await run(
    BETAS.flatMap((beta) =>
      used.flatMap((width) => trials.map((seed) => cellOf(beta, width, seed))),
    ),
  );
  const updates: Row[] = [];
  const kernels: Row[] = [];
  const exact: Row[] = [];
  for (const beta of BETAS) {
    for (const width of used) {
      const steps = trials.map((seed) => resultOf(results, cellOf(beta, width, seed).id).steps[0]!);
      const series = `β = ${beta}`;
      const add = (rows: Row[], values: number[]) => {
        const { mean, low, high } = band(values, 0.1, 0.9);
        rows.push({ series, x: width, y: mean, low, high });
      };
      add(
        updates,
        steps.map(({ updateMax }) => updateMax),
      );
      add(
        kernels,
        steps.map(({ kernelDistance }) => kernelDistance),
      );
      add(
        exact,
        steps.map(({ exactDistance }) => exactDistance!),
      );
    }
  }
  const slopeOf = (rows: readonly Row[], beta: number) => {
    const own = rows.filter(({ series }) => series === `β = ${beta}`);
    return fitPower(
      own.map(({ x }) => x),
      own.map(({ y }) => y),
    );
  };
  const shared = {
    x: { title: "width N", log: true },
    by: "scaling",
    palette: "category",
  } as const;
  return {
    name: "rates",
    title: `Approach to the limit, γ = ${GAMMA}, y = 2x + 0.4 sin 5πx, 16 points`,
    panels: [
      {
        name: "a",
        title: "largest change of a parameter in one step",
        ...shared,
        y: { title: "max |Δθ|", log: true },
        rows: updates,
      },
      {
        name: "b",
        title: "distance of the Gauss-Newton kernel from the limit",
        ...shared,
        y: { title: "|K_N - K_∞| / |K_∞|", log: true },
        rows: kernels,
      },
      {
        name: "c",
        title: "the same with the exact Hessian",
        ...shared,
        y: { title: "|K_N - K_∞| / |K_∞|", log: true },
        rows: exact,
      },
    ],
    summary: {
      trials: trials.length,
      widths: used,
      slopes: BETAS.map((beta) => ({
        beta,
        theory: -(1 - beta),
        update: slopeOf(updates, beta),
        kernel: slopeOf(kernels, beta),
        exactKernel: slopeOf(exact, beta),
      })),
    },
  };
}
