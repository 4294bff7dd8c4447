import type { Engine } from "../../engine/engine.js";
import { type Box, boundary, grid, latinHypercube, sobol, uniform } from "../../pde/points.js";
import { InputError } from "../../support/errors.js";
import { readText } from "../files.js";
import { numericColumns, parseTable } from "../table/csv.js";
import {
  type Along,
  besideProblem,
  type Generator,
  type PointsSaid,
  type Region,
} from "./problem.js";

/** Where the points of an equation are, and columns of data that came with them. */
export interface Made {
  readonly points: number[][];
  /** One value a point, by the names of columns; of one file alone. */
  readonly data: Readonly<Record<string, Float64Array>>;
}

/** What points are made for. */
export interface Setting {
  /** Path of the file that names them. */
  readonly source: string;
  /** Place in it, for messages. */
  readonly argument: string;
  readonly coordinates: readonly string[];
  readonly engine: Engine;
}

/** @throws InputError `file`, `invalid-argument`, `invalid-cell`, `missing-column` */
export async function makePoints(said: PointsSaid, setting: Setting): Promise<Made> {
  if (!Array.isArray(said)) return generate(said as Generator, setting);
  const points: number[][] = [];
  for (const one of said as readonly (Generator | number[])[]) {
    if (Array.isArray(one)) points.push(one);
    else points.push(...(await generate(one, setting)).points);
  }
  return { points, data: {} };
}

async function generate(said: Generator, setting: Setting): Promise<Made> {
  if ("csv" in said) return readPoints(besideProblem(setting.source, said.csv), setting);
  return { points: await inRegion(said, setting), data: {} };
}

function inRegion(
  said: Exclude<Generator, { readonly csv: string }>,
  setting: Setting,
): Promise<number[][]> | number[][] {
  const { engine } = setting;
  if ("grid" in said) {
    const { interior = false } = said;
    return within(said.grid, setting, ({ box, counts }) => grid(box, counts, { interior }));
  }
  if ("boundary" in said) {
    return within(said.boundary, setting, ({ box, counts }) => boundary(box, counts));
  }
  const { count } = said;
  if ("sobol" in said) {
    return within(said.sobol, setting, ({ box }) => sobol(box, count, { engine }));
  }
  const options = { engine, ...(said.seed !== undefined && { seed: said.seed }) };
  if ("uniform" in said) {
    return within(said.uniform, setting, ({ box }) => uniform(box, count, options));
  }
  if ("latinHypercube" in said) {
    return within(said.latinHypercube, setting, ({ box }) => latinHypercube(box, count, options));
  }
  return within(said.faces, setting, async ({ box }) =>
    toFaces(await uniform(box, count, options), box),
  );
}

/** Each to the next of the 2 d faces. */
function toFaces(points: readonly number[][], box: Box): number[][] {
  const faces = box.flatMap((ends, coordinate) => ends.map((end) => [coordinate, end] as const));
  return points.map((point, m) => {
    const [coordinate, end] = faces[m % faces.length]!;
    return point.with(coordinate, end);
  });
}

/** The coordinates that vary. */
interface Free {
  readonly box: Box;
  readonly counts: readonly number[];
}

/** Makes points in the coordinates that vary; the others keep their value. */
async function within(
  region: Region,
  { coordinates, argument, source }: Setting,
  make: (free: Free) => Promise<number[][]> | number[][],
): Promise<number[][]> {
  const fault = (expected: string, got: string) =>
    new InputError("invalid-argument", `${source}: ${argument}: expected ${expected}, got ${got}`, {
      argument: source,
      expected,
      got,
    });
  const strange = Object.keys(region).find((name) => !coordinates.includes(name));
  const all = coordinates.join(", ");
  if (strange !== undefined) throw fault(`coordinates among ${all}`, `"${strange}"`);
  const values = coordinates.map((name) => {
    if (!Object.hasOwn(region, name)) throw fault(`a range of each of ${all}`, `none of ${name}`);
    return region[name]!;
  });
  const ranges = values.filter((value): value is Exclude<Along, number> => Array.isArray(value));
  const backwards = ranges.find(([low, high]) => !(low < high));
  if (backwards) throw fault("[low, high, ...] with low below high", JSON.stringify(backwards));
  if (ranges.length === 0) return [values as number[]];
  const counts = ranges.map((range) => range[2] ?? 0);
  const made = await make({ box: ranges.map(([low, high]) => [low, high]), counts });
  const places = placesAmong(values);
  return made.map((point) =>
    values.map((value, j) => (typeof value === "number" ? value : point[places[j]!]!)),
  );
}

/** Which of the ranges each one is. */
function placesAmong(values: readonly Along[]): number[] {
  let next = 0;
  return values.map((value) => (typeof value === "number" ? -1 : next++));
}

/** A table with a column for each coordinate; the others are data. */
function readPoints(path: string, { coordinates }: Setting): Made {
  const table = parseTable(readText(path), path);
  const d = coordinates.length;
  const x = numericColumns(table, coordinates, path);
  const others = table.columns.filter((name) => !coordinates.includes(name));
  return {
    points: table.rows.map((_, m) => [...x.subarray(m * d, (m + 1) * d)]),
    data: Object.fromEntries(others.map((name) => [name, numericColumns(table, [name], path)])),
  };
}
