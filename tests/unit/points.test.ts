import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine, InputError } from "../../bindings/index.js";
import { type Box, boundary, grid, latinHypercube, sobol, uniform } from "../../bindings/pde.js";

const BOX: Box = [
  [-1, 3],
  [0, 0.5],
];

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});

/** Place in its range, in [0, 1). */
const unit = (points: readonly number[][], box: Box) =>
  points.map((point) => point.map((x, j) => (x - box[j]![0]) / (box[j]![1] - box[j]![0])));

describe("grid and boundary", () => {
  it("has the ends, and the last coordinate runs fastest", () => {
    expect(grid(BOX, [2, 3])).toEqual([
      [-1, 0],
      [-1, 0.25],
      [-1, 0.5],
      [3, 0],
      [3, 0.25],
      [3, 0.5],
    ]);
    expect(grid([[0, 1]], 3, { interior: true })).toEqual([[0.5]]);
    expect(grid([[0, 1]], 2, { interior: true })).toEqual([]);
  });

  it("interior and boundary are the grid, each point once", () => {
    const counts = fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(counts, (sizes) => {
        const box = sizes.map((_, j): [number, number] => [0.1 - j, 0.7 * j + 0.3]);
        const all = grid(box, sizes).map(String).sort();
        const parts = [...grid(box, sizes, { interior: true }), ...boundary(box, sizes)];
        expect(parts.map(String).sort()).toEqual(all);
        expect(new Set(all).size).toBe(sizes.reduce((product, n) => product * n, 1));
      }),
    );
  });

  it("has the sides that are asked for", () => {
    const low = boundary(BOX, [3, 4], { sides: [{ coordinate: 1, end: "low" }] });
    expect(low).toEqual([
      [-1, 0],
      [1, 0],
      [3, 0],
    ]);
  });
});

describe("drawn points", () => {
  it.each([
    ["uniform", uniform],
    ["latinHypercube", latinHypercube],
  ] as const)("%s is in the box, and depends on the seed alone", async (_, draw) => {
    const points = await draw(BOX, 257, { seed: 5, engine });
    for (const [x, y] of unit(points, BOX)) {
      expect(x! >= 0 && x! < 1 && y! >= 0 && y! < 1).toBe(true);
    }
    expect(await draw(BOX, 257, { seed: 5 })).toEqual(points);
    expect(await draw(BOX, 257, { seed: 6, engine })).not.toEqual(points);
    const large = await draw(BOX, 257, { seed: 5 + 2 ** 32, engine });
    expect(large).not.toEqual(points);
  });

  it("uniform fills cells as chance does", async () => {
    const cells = new Array<number>(64).fill(0);
    const count = 64_000;
    for (const [x, y] of unit(await uniform(BOX, count, { engine }), BOX)) {
      cells[Math.floor(8 * x!) * 8 + Math.floor(8 * y!)]! += 1;
    }
    const expected = count / 64;
    const chi = cells.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: mean 63, standard deviation 11.2; five of them either way.
    expect(Math.abs(chi - 63)).toBeLessThan(56);
  });

  it.each([1, 2, 100])("a Latin hypercube of %d has each slice once", async (count) => {
    const box: Box = [...BOX, [0, 1]];
    const points = unit(await latinHypercube(box, count, { seed: 3, engine }), box);
    for (let j = 0; j < 3; j++) {
      const slices = points.map((point) => Math.floor(point[j]! * count)).sort((a, b) => a - b);
      expect(slices).toEqual(Array.from({ length: count }, (_, i) => i));
    }
  });

  it("the Sobol sequence has every elementary interval once, in each coordinate", async () => {
    const box: Box = Array.from({ length: 10 }, () => [0, 1]);
    const points = await sobol(box, 256, { engine });
    for (let j = 0; j < 10; j++) {
      const slices = new Set(points.map((point) => Math.floor(point[j]! * 256)));
      expect(slices.size).toBe(256);
    }
    // The first two coordinates are a (0, 8, 2) net: every shape of 2^-a by 2^-(8 - a).
    for (let a = 0; a <= 8; a++) {
      const cells = new Set(
        points.map(([x, y]) => `${Math.floor(x! * 2 ** a)},${Math.floor(y! * 2 ** (8 - a))}`),
      );
      expect(cells.size).toBe(256);
    }
  });

  it("pairs of Sobol coordinates are different, and even in quarters", async () => {
    const box: Box = Array.from({ length: 10 }, () => [0, 1]);
    const points = await sobol(box, 1024, { engine });
    for (let i = 0; i < 10; i++) {
      for (let j = 0; j < i; j++) {
        const quarters = [0, 0, 0, 0];
        for (const point of points) {
          quarters[2 * Math.floor(2 * point[i]!) + Math.floor(2 * point[j]!)]! += 1;
        }
        expect(quarters).toEqual([256, 256, 256, 256]);
      }
    }
  });
});

describe("points that are none", () => {
  const fault = async (make: () => unknown) => {
    const error = await Promise.resolve()
      .then(make)
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).argument;
  };
  const SQUARE = [...BOX];

  it.each<[string, () => unknown, string]>([
    ["no box", () => grid([] as unknown as Box, 3), "box"],
    ["a range backwards", () => grid([[1, 0]], 3), "box[0][1]"],
    ["a range without width", () => uniform([[1, 1]], 3), "box[0][1]"],
    ["an end that is no number", () => sobol([[0, Number.NaN]], 3), "box[0][1]"],
    ["one value", () => grid([[0] as unknown as [number, number]], 3), "box[0]"],
    ["too few counts", () => grid(SQUARE, [3]), "counts"],
    ["a grid of one", () => grid(SQUARE, 1), "counts"],
    ["a grid no memory holds", () => grid(SQUARE, 2 ** 20), "counts"],
    ["no points", () => uniform(SQUARE, 0), "count"],
    ["a seed that is none", () => latinHypercube(SQUARE, 3, { seed: -1 }), "options.seed"],
    ["a seed for Sobol", () => sobol(SQUARE, 3, { seed: 1 } as object), "options.seed"],
    ["too many coordinates", () => sobol(Array(11).fill([0, 1]), 3), "box"],
    [
      "a side that is none",
      () => boundary(SQUARE, 3, sides(2, "low")),
      "options.sides[0].coordinate",
    ],
    ["an end that is none", () => boundary(SQUARE, 3, sides(0, "top")), "options.sides[0].end"],
  ])("%s", async (_, make, argument) => {
    expect(await fault(make)).toBe(argument);
  });
});

const sides = (coordinate: number, end: string) =>
  ({ sides: [{ coordinate, end }] }) as unknown as { sides: [] };
