import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { strongWolfe, type Trial } from "../../bindings/methods/line-search.js";
import { run } from "../../bindings/support/pauses.js";

/** A function of one variable and its derivative, and the lengths that were tried. */
function along(f: (t: number) => number, slope: (t: number) => number) {
  const tried: number[] = [];
  const at = (length: number): Trial => ({ length, loss: f(length), slope: slope(length) });
  const evaluating = function* (length: number): Generator<void, Trial> {
    tried.push(length);
    yield;
    return at(length);
  };
  return { tried, at, search: (first: number) => run(strongWolfe(at(0), first, evaluating)) };
}

/** The strong Wolfe conditions, with the constants of quasi-Newton methods. */
function satisfies(start: Trial, { length, loss, slope }: Trial): boolean {
  const decrease = loss <= start.loss + 1e-4 * length * start.slope;
  return decrease && Math.abs(slope) <= -0.9 * start.slope;
}

describe("a line search", () => {
  it("takes the first length when that is good", () => {
    const { search, tried } = along((t) => (t - 1) ** 2, (t) => 2 * (t - 1)); // biome-ignore format: a pair
    expect(search(0.9)).toMatchObject({ length: 0.9 });
    expect(tried).toEqual([0.9]);
  });

  it("doubles a length that is too short, until the slope has flattened", () => {
    const { search, tried } = along((t) => (t - 10) ** 2, (t) => 2 * (t - 10)); // biome-ignore format: a pair
    expect(search(0.25)).toMatchObject({ length: 1 });
    expect(tried).toEqual([0.25, 0.5, 1]);
  });

  it("finds the minimum of a cubic in one interpolation", () => {
    // t^3 - 3 t + 2 has its minimum at 1; from 0 to 3 the cubic through values and slopes is the
    // function.
    const { search, tried } = along((t) => t ** 3 - 3 * t + 2, (t) => 3 * t ** 2 - 3); // biome-ignore format: a pair
    const found = search(3);
    expect(tried).toHaveLength(2);
    expect(found!.length).toBeCloseTo(1, 12);
  });

  it("comes back from a length behind the minimum where the loss is lower", () => {
    const { search, tried, at } = along((t) => Math.cosh(t - 1), (t) => Math.sinh(t - 1)); // biome-ignore format: a pair
    const found = search(1.95);
    expect(satisfies(at(0), found!)).toBe(true);
    expect(tried[0]).toBe(1.95);
  });

  it("keeps its trials off the ends of the interval", () => {
    // A kink: the cubic proposes its own ends again and again.
    const { search, tried } = along((t) => Math.abs(t - 1e-3), (t) => (t < 1e-3 ? -1 : 1)); // biome-ignore format: a pair
    const found = search(1);
    expect(found!.loss).toBeLessThan(1e-3);
    let [low, high] = [0, 1];
    for (const length of tried.slice(1)) {
      const margin = 0.05 * (high - low) * (1 - 1e-9);
      expect(length).toBeGreaterThanOrEqual(low + margin);
      expect(length).toBeLessThanOrEqual(high - margin);
      if (length < 1e-3) low = length;
      else high = length;
    }
    expect(tried.length).toBeLessThanOrEqual(25);
  });

  it("gives up after 25 trials, with the lowest of them", () => {
    const endless = along((t) => -t, () => -1); // biome-ignore format: a pair
    expect(endless.search(1)).toMatchObject({ length: 2 ** 24 });
    expect(endless.tried).toHaveLength(25);
  });

  it("finds nothing where everything is higher, also by rounding or overflow", () => {
    expect(along((t) => t, () => -1).search(1)).toBeNull(); // biome-ignore format: a pair
    expect(along((t) => (t === 0 ? 0 : Number.NaN), () => -1).search(1)).toBeNull(); // biome-ignore format: a pair
    const { search, tried } = along((t) => (t === 0 ? 0 : Number.POSITIVE_INFINITY), () => -1); // biome-ignore format: a pair
    expect(search(1)).toBeNull();
    // Halved each time, as far as the trials go.
    expect(tried.slice(0, 4)).toEqual([1, 0.5, 0.25, 0.125]);
  });

  it("satisfies the strong Wolfe conditions on random quartics and waves", () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        number(0.1, 5),
        number(0, 0.9),
        number(0.01, 20),
        number(0, 6),
        (center, wave, first, phase) => {
          const f = (t: number) => (t - center) ** 2 + 0.05 * (t - center) ** 4 + 0.1 * wave * center * Math.sin(3 * t + phase); // biome-ignore format: a formula
          const slope = (t: number) => 2 * (t - center) + 0.2 * (t - center) ** 3 + 0.3 * wave * center * Math.cos(3 * t + phase); // biome-ignore format: a formula
          const { search, at } = along(f, slope);
          fc.pre(slope(0) < -0.1);
          const found = search(first);
          expect(found).not.toBeNull();
          expect(satisfies(at(0), found!)).toBe(true);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });
});
