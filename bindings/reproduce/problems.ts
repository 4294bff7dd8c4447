import type { Dataset } from "../types.js";

/** The published problems (arXiv:2605.08352, experiments). */

const { PI, sin } = Math;

export function grid(samples: number): number[] {
  return Array.from({ length: samples }, (_, m) => m / (samples - 1));
}

/** Figures 1 and 2: one step from initialization, M = 16. `frequency` 5: figure 1, 20: figure 2. */
export function oneStepProblem(
  frequency: number,
): Dataset & { readonly x: number[]; readonly y: number[] } {
  const x = grid(16);
  return { x, y: x.map((t) => 2 * t + 0.4 * sin(frequency * PI * t)) };
}

/** Figures 3 and 5: training, N = 1000, M = 128. */
export const COMPONENTS = {
  x: (t: number) => t,
  "sin 2πx": (t: number) => sin(2 * PI * t),
  "sin 8πx": (t: number) => sin(8 * PI * t),
  "sin 10πx": (t: number) => sin(10 * PI * t),
  "sin 16πx": (t: number) => sin(16 * PI * t),
};
export const COEFFICIENTS = [4, 1, 0.8, 0.8, 0.8];

export function trainingProblem(): Dataset & { readonly x: number[]; readonly y: number[] } {
  const x = grid(128);
  const parts = Object.values(COMPONENTS);
  return { x, y: x.map((t) => parts.reduce((sum, f, i) => sum + COEFFICIENTS[i]! * f(t), 0)) };
}

export const BETA = 0.52;
