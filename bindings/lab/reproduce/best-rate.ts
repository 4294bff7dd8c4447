import { mean } from "../sweep/statistics.js";

/** The rate with the lowest mean, over seeds, of the smallest loss. */
export function bestRate(losses: ReadonlyMap<number, readonly (number | null)[]>): number {
  const scored = [...losses].map(([rate, values]) => [
    rate,
    mean(values.map((v) => v ?? Infinity)),
  ]);
  return scored.reduce((best, next) => (next[1]! < best[1]! ? next : best))[0]!;
}
