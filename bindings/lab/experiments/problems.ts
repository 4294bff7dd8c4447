import type { Dataset } from "../../data/matrix.js";
import type { Engine } from "../../engine/engine.js";
import { activationKind } from "../../shape/activations.js";

/**
 * The published problems (arXiv:2605.08352, experiments) and others of their kind: y = slope x +
 * sum of amplitudes times sin(k pi x) on [0, 1]. Sines are those of the core, so that the data have
 * the same bits on every engine.
 */

export interface Samples extends Dataset {
  readonly x: number[];
  readonly y: number[];
}

interface Wave {
  /** k of sin(k pi x). */
  readonly frequency: number;
  readonly amplitude: number;
}

interface Sum {
  readonly slope: number;
  readonly waves: readonly Wave[];
}

const single = (frequency: number): Sum => ({ slope: 2, waves: [{ frequency, amplitude: 0.4 }] });

const SUMS = {
  /** Figures 3 and 5. */
  published: {
    slope: 4,
    waves: [
      { frequency: 2, amplitude: 1 },
      { frequency: 8, amplitude: 0.8 },
      { frequency: 10, amplitude: 0.8 },
      { frequency: 16, amplitude: 0.8 },
    ],
  },
  /** Figure 1. */
  low: single(5),
  /** Figure 2. */
  high: single(20),
} as const satisfies Record<string, Sum>;

export type ProblemName = keyof typeof SUMS;
export const problemNames = Object.keys(SUMS) as ProblemName[];

/** Exponent of the output scale in the published experiments. */
export const BETA = 0.52;

export function grid(samples: number): number[] {
  return Array.from({ length: samples }, (_, m) => m / (samples - 1));
}

/** sin(k pi x) at every x. */
export function wave(engine: Engine, frequency: number, x: readonly number[]): number[] {
  return engine.scope((arena) => {
    const pointer = arena.f64(x.length + (x.length % 2));
    engine.f64(pointer, x.length).set(x.map((t) => frequency * Math.PI * t));
    engine.core.activate(activationKind("sin"), x.length, pointer, pointer);
    return [...engine.f64(pointer, x.length)];
  });
}

function evaluate(engine: Engine, { slope, waves }: Sum, x: number[]): Samples {
  const parts = waves.map(({ frequency }) => wave(engine, frequency, x));
  const y = x.map((t, m) =>
    waves.reduce((sum, { amplitude }, i) => sum + amplitude * parts[i]![m]!, slope * t),
  );
  return { x, y };
}

/** A named problem on an even grid of [0, 1]. */
export function problem(engine: Engine, name: ProblemName, samples: number): Samples {
  return evaluate(engine, SUMS[name], grid(samples));
}

/** The same halfway between the points of that grid: what was not trained on. */
export function heldOut(engine: Engine, name: ProblemName, samples: number): Samples {
  const x = grid(samples);
  const between = x.slice(1).map((t, m) => (t + x[m]!) / 2);
  return evaluate(engine, SUMS[name], between);
}

/** Figures 1 and 2: one step from initialization, M = 16. `frequency` 5: figure 1, 20: figure 2. */
export function oneStepProblem(engine: Engine, frequency: number): Samples {
  return evaluate(engine, single(frequency), grid(16));
}

/** Figures 3 and 5: training, N = 1000, M = 128. */
export function trainingProblem(engine: Engine): Samples {
  return problem(engine, "published", 128);
}

/** Components of the training problem: their names, their coefficients, and their values at x. */
export const COMPONENT_NAMES = [
  "x",
  ...SUMS.published.waves.map(({ frequency }) => `sin ${frequency}πx`),
];
export const COEFFICIENTS: readonly number[] = [
  SUMS.published.slope,
  ...SUMS.published.waves.map(({ amplitude }) => amplitude),
];
export function components(engine: Engine, x: readonly number[]): number[][] {
  const waves = SUMS.published.waves.map(({ frequency }) => wave(engine, frequency, x));
  return [[...x], ...waves];
}
