import { type Arena, createEngine, type Engine } from "../engine/engine.js";
import { type PdeExports, pdeOf } from "../engine/pde-core.js";
import { describe, invalid } from "../support/errors.js";
import { checkInteger, checkNumber, checkOptions } from "../support/validate.js";

/** Least and largest value of each coordinate, in the order of the equations' coordinates. */
export type Box = readonly (readonly [number, number])[];

const MOST_POINTS = 2 ** 27;

export interface DrawOptions {
  /** An integer from 0 to 2^53 - 1; default 0. */
  readonly seed?: number;
  /** An engine to share. */
  readonly engine?: Engine;
}

/**
 * A regular grid with the ends of the box: `counts` points in each coordinate, or as many in all.
 * The last coordinate runs fastest.
 *
 * @param options `interior: true` leaves out the points on the boundary
 * @returns one row a point
 * @throws InputError `invalid-argument`
 */
export function grid(
  box: Box,
  counts: number | readonly number[],
  options: { readonly interior?: boolean } = {},
): number[][] {
  checkOptions(options, "options", ["interior"]);
  const { interior = false } = options;
  const sizes = checkCounts(box, counts);
  const axes = checkBox(box).map(([low, high], j) => axis(low, high, sizes[j]!));
  const inner = interior ? axes.map((values) => values.slice(1, -1)) : axes;
  return product(inner);
}

/**
 * The points of a grid that are on the boundary of its box, in the grid's order.
 *
 * @param options `sides`: only the faces that are named by coordinate and end, such as
 *   `{ coordinate: 0, end: "low" }`
 * @throws InputError `invalid-argument`
 */
export function boundary(
  box: Box,
  counts: number | readonly number[],
  options: { readonly sides?: readonly Side[] } = {},
): number[][] {
  checkOptions(options, "options", ["sides"]);
  const sides = options.sides ?? box.flatMap((_, coordinate) => BOTH(coordinate));
  for (const [index, side] of sides.entries()) checkSide(side, box, `options.sides[${index}]`);
  return grid(box, counts).filter((point) =>
    sides.some(({ coordinate, end }) => {
      const [low, high] = box[coordinate]!;
      return point[coordinate] === (end === "low" ? low : high);
    }),
  );
}

/** A face of a box. */
export interface Side {
  /** Index of the coordinate that does not vary on it. */
  readonly coordinate: number;
  readonly end: "low" | "high";
}

const BOTH = (coordinate: number): Side[] => [
  { coordinate, end: "low" },
  { coordinate, end: "high" },
];

/**
 * Independent uniform points, from the seed alone.
 * @throws InputError `invalid-argument`
 */
export function uniform(box: Box, count: number, options: DrawOptions = {}): Promise<number[][]> {
  const { low, high } = halves(seed(options));
  return drawn(box, count, options.engine, (core, arena, from, to, out) => {
    core.uniformPoints(low, high, count, box.length, from, to, arena.f64(count), out);
  });
}

/**
 * A Latin hypercube: each coordinate has one point in each of `count` slices.
 * @throws InputError `invalid-argument`
 */
export function latinHypercube(
  box: Box,
  count: number,
  options: DrawOptions = {},
): Promise<number[][]> {
  const { low, high } = halves(seed(options));
  return drawn(box, count, options.engine, (core, arena, from, to, out) => {
    const [work, order] = [arena.f64(2 * count), arena.bytes(4 * count)];
    core.latinPoints(low, high, count, box.length, from, to, work, order, out);
  });
}

/**
 * The first points of the Sobol sequence, in at most ten coordinates.
 * @throws InputError `invalid-argument`
 */
export function sobol(
  box: Box,
  count: number,
  options: Pick<DrawOptions, "engine"> = {},
): Promise<number[][]> {
  checkOptions(options, "options", ["engine"]);
  return drawn(box, count, options.engine, (core, _arena, from, to, out) => {
    const most = core.sobolDimensions();
    if (box.length > most) {
      throw invalid("invalid-argument", "box", `at most ${most} coordinates`, `${box.length}`);
    }
    core.sobolPoints(count, box.length, from, to, out);
  });
}

type Draw = (core: PdeExports, arena: Arena, low: number, high: number, out: number) => void;

async function drawn(
  box: Box,
  count: number,
  shared: Engine | undefined,
  draw: Draw,
): Promise<number[][]> {
  checkBox(box);
  checkInteger(count, "count", 1, MOST_POINTS);
  const engine = shared ?? (await createEngine());
  try {
    const core = await pdeOf(engine);
    const d = box.length;
    const values = engine.scope((arena) => {
      const out = arena.f64(count * d);
      const [low, high] = [0, 1].map((end) => vector(engine, arena, box, end));
      draw(core, arena, low!, high!, out);
      return engine.f64(out, count * d).slice();
    });
    return Array.from({ length: count }, (_, i) => [...values.subarray(i * d, (i + 1) * d)]);
  } finally {
    if (shared === undefined) engine.dispose();
  }
}

function vector(engine: Engine, arena: Arena, box: Box, end: number): number {
  const pointer = arena.f64(box.length);
  engine.f64(pointer, box.length).set(box.map((range) => range[end as 0 | 1]));
  return pointer;
}

function seed(options: DrawOptions): number {
  checkOptions(options, "options", ["seed", "engine"]);
  return checkInteger(options.seed ?? 0, "options.seed", 0, Number.MAX_SAFE_INTEGER);
}

function halves(value: number): { readonly low: number; readonly high: number } {
  return { low: value >>> 0, high: Math.floor(value / 2 ** 32) };
}

function axis(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    i === count - 1 ? high : low + ((high - low) * i) / (count - 1),
  );
}

function product(axes: readonly (readonly number[])[]): number[][] {
  return axes.reduce<number[][]>(
    (points, values) => points.flatMap((point) => values.map((value) => [...point, value])),
    [[]],
  );
}

function checkBox(box: Box): Box {
  const rows: unknown = box;
  if (!Array.isArray(rows) || rows.length === 0) {
    throw invalid("invalid-argument", "box", "[low, high] of each coordinate", describe(box));
  }
  for (const [index, range] of rows.entries()) {
    if (!Array.isArray(range) || range.length !== 2) {
      throw invalid("invalid-argument", `box[${index}]`, "[low, high]", describe(range));
    }
    checkNumber(range[0], `box[${index}][0]`);
    checkNumber(range[1], `box[${index}][1]`, { above: range[0] as number });
  }
  return box;
}

function checkCounts(box: Box, counts: number | readonly number[]): readonly number[] {
  const { length } = checkBox(box);
  const list = typeof counts === "number" ? Array.from({ length }, () => counts) : counts;
  if (!Array.isArray(list) || list.length !== length) {
    const expected = `a number, or ${length}, one a coordinate`;
    throw invalid("invalid-argument", "counts", expected, describe(counts));
  }
  for (const count of list as number[]) checkInteger(count, "counts", 2, MOST_POINTS);
  const all = (list as number[]).reduce((points, count) => points * count, 1);
  checkInteger(all, "counts", 1, MOST_POINTS);
  return list as number[];
}

function checkSide(side: Side, box: Box, argument: string): void {
  checkOptions(side, argument, ["coordinate", "end"]);
  checkInteger(side.coordinate, `${argument}.coordinate`, 0, box.length - 1);
  if (side.end === "low" || side.end === "high") return;
  throw invalid("invalid-argument", `${argument}.end`, '"low" or "high"', describe(side.end));
}
