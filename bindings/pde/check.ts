import { Engine } from "../engine/engine.js";
import { checkActivation } from "../shape/activations.js";
import type { Shape } from "../shape/shape.js";
import { describe, invalid } from "../support/errors.js";
import { checkChoice, checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import { checkSignal, type StopRules } from "../training/options.js";
import { compileEquation, type Names } from "./equation.js";
import type { GroupOptions } from "./group.js";
import {
  type ConcreteMethod,
  PDE_METHODS,
  type PdeMethod,
  type PdeSolver,
  pdeMethodNames,
  pdeSolverNames,
} from "./methods.js";
import type { EquationAt, SolutionNetwork, SolveOptions } from "./options.js";

const OPTION_NAMES = [
  "coordinates",
  "unknowns",
  "equations",
  "constants",
  "parameters",
  "network",
  "guess",
  "start",
  "method",
  "solver",
  "maxSteps",
  "stop",
  "signal",
  "onStep",
] as const satisfies (keyof SolveOptions)[];

/** What is solved, its options checked and completed. */
export interface Checked {
  readonly names: Names;
  readonly groups: readonly GroupOptions[];
  readonly parameters: Readonly<Record<string, number>>;
  readonly shape: Shape & { readonly seed: number };
  /** Of each coordinate. */
  readonly scale: readonly number[];
  readonly engine: Engine | undefined;
  /** An expression for each unknown; `null` where none was given. */
  readonly guess: readonly string[] | null;
  readonly leastSquares: boolean;
  readonly method: PdeMethod;
  readonly solver: PdeSolver;
  readonly maxSteps: number;
  readonly stop: StopRules;
}

/** @throws InputError */
export function checkSolveOptions(options: SolveOptions): Checked {
  checkOptions(options, "options", OPTION_NAMES);
  const { constants = {}, parameters = {}, equations, network = {} } = options;
  const { start = "least-squares", method = "auto", solver = "auto", maxSteps = 200 } = options;
  const coordinates = checkNames(options.coordinates, "options.coordinates");
  const unknowns = checkNames(options.unknowns, "options.unknowns");
  checkNumbers(constants, "options.constants");
  checkNumbers(parameters, "options.parameters");
  checkSignal(options.signal);
  if (options.onStep !== undefined && typeof options.onStep !== "function") {
    throw invalid("invalid-argument", "options.onStep", "a function", describe(options.onStep));
  }
  if (!Array.isArray(equations) || equations.length === 0) {
    const got = Array.isArray(equations) ? "none" : describe(equations);
    throw invalid("invalid-argument", "options.equations", "at least one equation", got);
  }
  const names = { coordinates, unknowns, constants, parameters: Object.keys(parameters), data: [] };
  requireDistinct(coordinates, unknowns, "options.unknowns");
  requireDistinct([...coordinates, ...unknowns], names.parameters, "options.parameters");
  requireDistinct(named(names), Object.keys(constants), "options.constants");
  const groups = (equations as readonly EquationAt[]).map((equation, index) =>
    checkEquation(equation, names, `options.equations[${index}]`),
  );
  checkChoice(start, "options.start", ["least-squares", "random"]);
  checkChoice(method, "options.method", pdeMethodNames);
  checkChoice(solver, "options.solver", pdeSolverNames);
  checkInteger(maxSteps, "options.maxSteps", 0, Number.MAX_SAFE_INTEGER);
  const linear = groups.every(({ equation }) => equation.linear);
  requireLinear(method, linear);
  requireNoBlocks(method, solver);
  return {
    names,
    groups,
    parameters,
    ...checkNetwork(network, coordinates.length, unknowns.length),
    guess: checkGuess(options.guess, names),
    leastSquares: start === "least-squares",
    method,
    solver,
    maxSteps,
    stop: checkStop(options.stop),
  };
}

function checkEquation(value: EquationAt, names: Names, argument: string): GroupOptions {
  checkOptions(value, argument, ["equation", "points", "weight", "data"]);
  const { weight = 1, points } = value;
  const data = namedColumns(value.data, argument);
  const taken = [...named(names), ...Object.keys(names.constants)];
  requireDistinct(taken, Object.keys(data), `${argument}.data`);
  const known = { ...names, data: Object.keys(data) };
  const equation = compileEquation(value.equation, known, { argument: `${argument}.equation` });
  checkNumber(weight, `${argument}.weight`, { above: 0 });
  return { equation, points, weight, data, argument };
}

function named({ coordinates, unknowns, parameters }: Names): readonly string[] {
  return [...coordinates, ...unknowns, ...parameters];
}

/** One name for two things would silently mean the first of them: u = u is met by everything. */
function requireDistinct(
  taken: readonly string[],
  names: readonly string[],
  argument: string,
): void {
  const twice = names.find((name) => taken.includes(name));
  if (twice === undefined) return;
  throw invalid("invalid-argument", argument, "names that nothing else has", describe(twice));
}

/** One column alone is called `data`. */
function namedColumns(data: EquationAt["data"], argument: string): GroupOptions["data"] {
  if (data === undefined) return {};
  if (Array.isArray(data) || ArrayBuffer.isView(data)) return { data } as GroupOptions["data"];
  if (typeof data === "object" && data !== null) return data as GroupOptions["data"];
  throw invalid("invalid-argument", `${argument}.data`, "numbers, one a point", describe(data));
}

/** An identifier that an equation can name: letters and digits, no underscore. */
const NAME = /^[A-Za-z][A-Za-z0-9]*$/;

function checkNames(value: unknown, argument: string): readonly string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  if (list.length === 0) {
    throw invalid("invalid-argument", argument, "at least one name", describe(value));
  }
  list.forEach((name, index) => {
    const fits = typeof name === "string" && NAME.test(name) && list.indexOf(name) === index;
    if (fits) return;
    const expected = "a name of letters and digits, once";
    throw invalid("invalid-argument", `${argument}[${index}]`, expected, describe(name));
  });
  return list as string[];
}

function checkNumbers(value: unknown, argument: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("invalid-argument", argument, "numbers by their names", describe(value));
  }
  for (const [name, number] of Object.entries(value)) checkNumber(number, `${argument}.${name}`);
}

function checkNetwork(
  network: SolutionNetwork,
  inputs: number,
  outputs: number,
): Pick<Checked, "shape" | "scale" | "engine"> {
  const argument = "options.network";
  const known = ["width", "activation", "scale", "beta", "seed", "engine"];
  checkOptions(network, argument, known);
  const { width = 200, activation = "sin", scale = 3, beta = 0.52, seed = 0, engine } = network;
  if (engine !== undefined && !(engine instanceof Engine)) {
    const expected = "an Engine (createEngine)";
    throw invalid("invalid-argument", `${argument}.engine`, expected, describe(engine));
  }
  const scales = typeof scale === "number" ? Array.from({ length: inputs }, () => scale) : scale;
  if (!Array.isArray(scales) || scales.length !== inputs) {
    const expected = `a number, or ${inputs}, one a coordinate`;
    throw invalid("invalid-argument", `${argument}.scale`, expected, describe(scale));
  }
  for (const one of scales as number[]) checkNumber(one, `${argument}.scale`, { above: 0 });
  return {
    scale: scales as number[],
    engine,
    shape: {
      inputs,
      outputs,
      width: checkInteger(width, `${argument}.width`, 1, 2 ** 20),
      activation: checkActivation(activation, `${argument}.activation`),
      beta: checkNumber(beta, `${argument}.beta`, { above: 0.5, most: 1 }),
      seed: checkInteger(seed, `${argument}.seed`, 0, Number.MAX_SAFE_INTEGER),
    },
  };
}

function checkGuess(value: SolveOptions["guess"], names: Names): readonly string[] | null {
  if (value === undefined) return null;
  checkOptions(value, "options.guess", names.unknowns);
  return names.unknowns.map((unknown) => {
    const text = value[unknown] ?? "0";
    const argument = `options.guess.${unknown}`;
    const { features } = compileEquation(text, names, { argument, equals: false });
    if (features.length === 0) return text;
    const expected = "an expression in the coordinates alone";
    throw invalid("invalid-argument", argument, expected, describe(text));
  });
}

function checkStop(stop: StopRules = {}): StopRules {
  checkOptions(stop, "options.stop", ["loss", "gradient", "seconds"]);
  for (const [key, value] of Object.entries(stop)) {
    if (value !== undefined) checkNumber(value, `options.stop.${key}`, { least: 0 });
  }
  return stop;
}

function requireLinear(method: PdeMethod, linear: boolean): void {
  if (linear || method === "auto" || PDE_METHODS[method].curvature !== null) return;
  const expected = "a method for equations that are not linear in the unknowns";
  throw invalid("invalid-argument", "options.method", expected, `"${method}"`);
}

function requireNoBlocks(method: PdeMethod, solver: PdeSolver): void {
  const possible: readonly ConcreteMethod[] = ["gauss-newton"];
  if (solver !== "qr" || possible.some((name) => name === method)) return;
  const expected = `the method ${possible.join(", ")} with the solver "qr"`;
  throw invalid("invalid-argument", "options.method", expected, `"${method}"`);
}
