import type { Engine } from "../../engine/engine.js";
import type { EquationAt, SolveOptions } from "../../pde/options.js";
import { type Box, grid, sobol } from "../../pde/points.js";
import type { Solution } from "../../pde/solution.js";
import { solve } from "../../pde/solve.js";
import { InputError } from "../../support/errors.js";
import type { SolutionPanel, SolutionPicture } from "../plot/solution.js";
import { type Made, makePoints } from "./points.js";
import type { Problem } from "./problem.js";

/** A problem that was solved. */
export interface Solved {
  readonly solution: Solution;
  /** Least and largest value of each coordinate at the points. */
  readonly box: Box;
  /** M of each equation. */
  readonly points: readonly number[];
  /** Relative error in L2 of the unknowns whose exact solution is known. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Points that the error is measured at, none of which the equations were given. */
const TEST_POINTS = 2000;

/** @throws InputError, StateError `aborted`, ResourceError */
export async function solveProblem(
  problem: Problem,
  source: string,
  engine: Engine,
  running: Pick<SolveOptions, "signal" | "onStep">,
): Promise<Solved> {
  const { name: _, exact = {}, equations: said, network, ...options } = problem;
  const { coordinates } = problem;
  const equations: (EquationAt & Made)[] = [];
  for (const [index, { points: generators, ...rest }] of said.entries()) {
    const argument = `equations[${index}].points`;
    const made = await makePoints(generators, { source, argument, coordinates, engine });
    equations.push({ ...rest, ...made });
  }
  try {
    const solution = await solve({
      ...options,
      equations,
      network: { ...network, engine },
      ...running,
    });
    const box = boxOf(equations, coordinates.length);
    const errors = await measure(solution, exact, box, engine);
    return { solution, box, points: equations.map(({ points }) => points.length), errors };
  } catch (error) {
    throw inFile(error, source);
  }
}

/** Of an option, by its place in the file. */
function inFile(error: unknown, source: string): unknown {
  if (!(error instanceof InputError) || !error.argument?.startsWith("options.")) return error;
  const { code, message } = error;
  const own = message.replace("options.", `${source}: `);
  return new InputError(code, own, { argument: source, cause: error });
}

function boxOf(equations: readonly Made[], d: number): Box {
  const ends = Array.from({ length: d }, () => [Infinity, -Infinity] as [number, number]);
  for (const point of equations.flatMap(({ points }) => points)) {
    ends.forEach((range, j) => {
      range[0] = Math.min(range[0], point[j]!);
      range[1] = Math.max(range[1], point[j]!);
    });
  }
  return ends;
}

/** |u - exact| / |exact| over points of a Sobol sequence in the box. */
async function measure(
  solution: Solution,
  exact: Readonly<Record<string, string>>,
  box: Box,
  engine: Engine,
): Promise<Record<string, number>> {
  const points = await sobol(box, TEST_POINTS, { engine });
  const norm = (expression: string) =>
    engine.scope((arena) => {
      const values = solution.at(points, expression);
      const pointer = arena.f64(values.length);
      engine.f64(pointer, values.length).set(values);
      return engine.core.norm2(values.length, pointer);
    });
  const known = Object.entries(exact);
  return Object.fromEntries(
    known.map(([name, text]) => [name, norm(`${name} - (${text})`) / norm(text)]),
  );
}

/** Along one coordinate, and in each of two. */
const ALONG_LINE = 400;
const ALONG_SIDE = 64;

/** Over the first two coordinates; the others keep the middle of their range. */
export function pictureOfSolution({ solution, box }: Solved, problem: Problem): SolutionPicture {
  const { coordinates, name = problem.equations[0]!.equation, exact = {} } = problem;
  const shown = coordinates.slice(0, 2);
  const count = shown.length === 1 ? ALONG_LINE : ALONG_SIDE;
  const axes = shown.map((_, j) => grid([box[j]!], count).map(([value]) => value!));
  const middle = box.slice(2).map(([low, high]) => (low + high) / 2);
  const points = grid(box.slice(0, 2), count).map((point) => [...point, ...middle]);
  const fixed = middle.map((value, j) => `${coordinates[2 + j]} = ${value}`);
  const panels = solution.unknowns.flatMap((unknown): SolutionPanel[] => {
    const values = solution.at(points, unknown);
    const known = exact[unknown];
    if (known === undefined) return [{ title: unknown, values }];
    const error = `${unknown} - (${known})`;
    const errors = { title: `${unknown}, error`, values: solution.at(points, error) };
    if (shown.length > 1) return [{ title: unknown, values }, errors];
    return [{ title: unknown, values, exact: solution.at(points, known) }, errors];
  });
  return { title: [name, ...fixed].join(", "), coordinates: shown, axes, panels };
}
