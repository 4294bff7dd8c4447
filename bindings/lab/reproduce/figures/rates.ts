import type { OneStepResult } from "../../experiments/one-step.js";
import type { Figure, Row } from "../../plot/figure.js";
import { band, fitPower } from "../../sweep/statistics.js";
import type { Laboratory } from "../laboratory.js";

/**
 * How fast the largest update and the Newton kernel approach their limits as N grows, for several
 * beta.
 */

const BETAS = [0.52, 0.6, 0.75];
const GAMMA = 1;
const FREQUENCY = 5;

export async function ratesFigure({ quick, seeds, run }: Laboratory): Promise<Figure> {
  const widths = [2, 3, 4, 5, 6].flatMap((power) =>
    power === 6 ? [1e6] : [1, 2, 5].map((f) => Number(`${f}e${power}`)),
  );
  const used = quick ? widths.filter((width) => width <= 1e5) : widths;
  const trials = seeds({ quick: 10, full: 40 });
  const results = await run<OneStepResult>({
    experiment: "one-step",
    settings: { frequency: FREQUENCY, gammas: [GAMMA], margin: false, exact: true },
    grid: { beta: BETAS, width: used, seed: trials },
  });
  const updates: Row[] = [];
  const kernels: Row[] = [];
  const exact: Row[] = [];
  for (const beta of BETAS) {
    for (const width of used) {
      const steps = trials.map((seed) => results.of({ beta, width, seed }).steps[0]!);
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
