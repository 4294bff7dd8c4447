import { dirname, resolve } from "node:path";
import type { SolutionNetwork, SolveOptions } from "../../pde/options.js";
import { InputError } from "../../support/errors.js";
import { faultFinder } from "../faults.js";
import { readText } from "../files.js";
import { parseYaml } from "../yaml.js";
import { problemSchema } from "./schema.js";

/** A coordinate's value, its ends, or its ends and how many points it has. */
export type Along = number | readonly [number, number] | readonly [number, number, number];
/** By the names of all coordinates. */
export type Region = Readonly<Record<string, Along>>;

/** A way to say points; docs/cli.md. */
export type Generator =
  | { readonly grid: Region; readonly interior?: boolean }
  | { readonly boundary: Region }
  | { readonly faces: Region; readonly count: number; readonly seed?: number }
  | { readonly uniform: Region; readonly count: number; readonly seed?: number }
  | { readonly latinHypercube: Region; readonly count: number; readonly seed?: number }
  | { readonly sobol: Region; readonly count: number }
  | { readonly csv: string };

export type PointsSaid = Generator | readonly (Generator | readonly number[])[];

/** What a file says; all else is as `solve` takes it. */
export interface Problem
  extends Pick<SolveOptions, "coordinates" | "unknowns" | "constants" | "parameters" | "guess">,
    Pick<SolveOptions, "start" | "method" | "solver" | "maxSteps" | "stop"> {
  readonly name?: string;
  readonly equations: readonly {
    readonly equation: string;
    readonly points: PointsSaid;
    readonly weight?: number;
  }[];
  readonly network?: Omit<SolutionNetwork, "engine">;
  /** Expressions that the unknowns are known to be, to measure the error by. */
  readonly exact?: Readonly<Record<string, string>>;
}

const problemFaults = faultFinder(problemSchema);

/**
 * Reads a YAML (or JSON) file. @throws InputError `file`, `invalid-argument` with the lines of all
 * faults
 */
export function readProblem(path: string): Problem {
  return parseProblem(readText(path), path);
}

export function parseProblem(text: string, source: string): Problem {
  const { value, line } = parseYaml(text, source);
  const faults = problemFaults(value);
  if (faults.length > 0) {
    const lines = faults.map(
      ({ path, message }) =>
        `${source}${line(path)}: ${path.join(".") || "the problem"} ${message}`,
    );
    throw new InputError("invalid-argument", lines.join("; "), {
      argument: source,
      expected: "a problem by its schema",
      got: faults[0]!.message,
    });
  }
  const problem = value as Problem;
  for (const name of Object.keys(problem.exact ?? {})) {
    if (problem.unknowns.includes(name)) continue;
    const expected = `one of ${problem.unknowns.join(", ")}`;
    const message = `${source}${line(["exact", name])}: exact: expected ${expected}, got "${name}"`;
    throw new InputError("invalid-argument", message, { argument: source, expected, got: name });
  }
  return problem;
}

/** Files are found from where the problem is. */
export function besideProblem(path: string, file: string): string {
  return resolve(dirname(path), file);
}
